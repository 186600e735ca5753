/**
 * Places on earth: the geo commands of Redis, and GEOSEARCH BYPOLYGON of Valkey.
 *
 * A place is the score of a member of a sorted set, so the commands on sorted sets, DUMP and a real
 * `redis-server` see the same. The server has this extension by itself; a program asks for it:
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
 * console.log(db.geosearch("towns", { longitude: 15, latitude: 37, radius: 100, unit: "km" })); // ["Catania"]
 * ```
 *
 * @module
 */

import type { Extension, LoadableExtension, Methods } from "../src/embedded/extension.ts";
import { geoCommands } from "./geo/commands.ts";
import { GeoCommands, type GeoReadMethod } from "./geo/methods/commands.ts";
import { GEO_VIEW } from "./geo/view.ts";

export type { GeoArea, GeoCentre, GeoExtent, GeoUnit } from "./geo/methods/area.ts";
export type {
  GeoaddOptions,
  GeoCommands,
  GeoFound,
  GeoPlace,
  GeoReadMethod,
  GeosearchOptions,
  GeosearchstoreOptions,
} from "./geo/methods/commands.ts";

/**
 * The extension.
 *
 * @returns What `open` takes among its `extensions`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * console.log(db.call("GEOADD", "towns", 13.361389, 38.115556, "Palermo")); // 1
 * ```
 */
export function geo(): LoadableExtension<
  Methods<GeoCommands<string>, GeoCommands<Uint8Array>, GeoReadMethod>
> {
  const extension: Extension<
    Methods<GeoCommands<string>, GeoCommands<Uint8Array>, GeoReadMethod>
  > = {
    name: "geo",
    readsWithoutTables: true,
    commands: geoCommands,
    methods: GeoCommands,
    migrations: [GEO_VIEW],
  };
  return extension;
}

export default geo;
