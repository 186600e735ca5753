/** The typed methods of the geo commands. */

import { wrongType } from "../../../src/embedded/checks.ts";
import { list, many } from "../../../src/embedded/commands/given.ts";
import { CommandGroup } from "../../../src/embedded/commands/group.ts";
import { checked, type Kinds, words } from "../../../src/embedded/commands/option_words.ts";
import {
  type Argument,
  type Data,
  type Key,
  type Many,
  toText,
} from "../../../src/embedded/data.ts";
import { areaWords, type GeoArea, type GeoUnit } from "./area.ts";

/**
 * A place in degrees.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoPlace } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]]);
 * const [place]: (GeoPlace | null)[] = db.geopos("towns", "Palermo");
 * console.log(place?.longitude.toFixed(4)); // "13.3614"
 * ```
 */
export interface GeoPlace {
  /** To the east; to the west it is negative. */
  longitude: number;
  /** To the north; to the south it is negative. */
  latitude: number;
}

/**
 * A member that a search has found.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoFound } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]]);
 * const area = { longitude: 13, latitude: 38, radius: 50, unit: "km" } as const;
 * const found: GeoFound<string>[] = db.geosearchWithDetails("towns", area);
 * console.log(found[0]?.member, found[0]?.distance); // "Palermo" 34.1601
 * ```
 */
export interface GeoFound<V> extends GeoPlace {
  /** The member. */
  member: V;
  /** From the middle of the area, in its unit. */
  distance: number;
  /** Its score, the geohash of 52 bits. */
  hash: number;
}

/**
 * Options of `geoadd`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoaddOptions } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * const options: GeoaddOptions = { xx: true };
 * console.log(db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]], options)); // 0
 * ```
 */
export interface GeoaddOptions {
  /** Only add new members. */
  nx?: boolean;
  /** Only change members that are there. */
  xx?: boolean;
  /** Count changed members beside new ones. */
  ch?: boolean;
}

const GEOADD: Kinds<GeoaddOptions> = { nx: "flag", xx: "flag", ch: "flag" };

/**
 * Options of `geosearch` and its kin.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeosearchOptions } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
 * const nearest: GeosearchOptions = { order: "asc", count: 1 };
 * const area = { longitude: 15, latitude: 37, radius: 1000, unit: "km" } as const;
 * console.log(db.geosearch("towns", area, nearest)); // ["Catania"]
 * ```
 */
export interface GeosearchOptions {
  /** The nearest first, or the farthest. */
  order?: "asc" | "desc";
  /** How many at most: the nearest, unless the order is another. */
  count?: number;
  /** With `count`: as many as are found first. */
  any?: boolean;
}

const GEOSEARCH: Kinds<GeosearchOptions> = {
  order: ["asc", "desc"],
  count: "number",
  any: "flag",
};

/**
 * Options of `geosearchstore`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeosearchstoreOptions } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]]);
 * const options: GeosearchstoreOptions = { storedist: true };
 * const area = { member: "Palermo", radius: 1 };
 * db.geosearchstore("near", "towns", area, options);
 * console.log(db.zscore("near", "Palermo")); // 0
 * ```
 */
export interface GeosearchstoreOptions extends GeosearchOptions {
  /** Store the distances as scores, in the area's unit. */
  storedist?: boolean;
}

const GEOSEARCHSTORE: Kinds<GeosearchstoreOptions> = { ...GEOSEARCH, storedist: "flag" };

/**
 * The geo commands; `V` is what values come back as. GEORADIUS and GEORADIUSBYMEMBER, which Redis
 * has put aside for GEOSEARCH, run by `call`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoCommands } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * const apart = (towns: GeoCommands<string>) => towns.geodist("towns", "Palermo", "Catania", "km");
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
 * console.log(apart(db)); // 166.2742
 * ```
 */
export abstract class GeoCommands<V extends Data> extends CommandGroup<V> {
  /** GEOADD: adds members or moves them. @returns How many are new (or moved, with `ch`). */
  geoadd(
    key: Key,
    places: readonly (readonly [longitude: number, latitude: number, member: Argument])[],
    options: GeoaddOptions = {},
  ): number {
    const triples = list(places, "places").flatMap((place) => {
      if (Array.isArray(place) && place.length === 3) return place as readonly Argument[];
      throw wrongType("each of places", "a longitude, a latitude and a member", place);
    });
    return this.run(["GEOADD", key, ...words(options, GEOADD), ...triples]);
  }

  /** GEOPOS: where members are; `null` for those that are not there. */
  geopos(key: Key, ...members: Many<Argument>): (GeoPlace | null)[] {
    const places = this.run<([number, number] | null)[]>(["GEOPOS", key, ...many(members)]);
    return places.map((place) => place && { longitude: place[0], latitude: place[1] });
  }

  /** GEODIST: how far two members are from each other, `null` if one is not there. */
  geodist(key: Key, from: Argument, to: Argument, unit: GeoUnit = "m"): number | null {
    const distance = this.run<Data | null>(["GEODIST", key, from, to, unit]);
    return distance === null ? null : numberOf(distance);
  }

  /** GEOHASH: the geohashes of members in eleven characters; `null` for those that are not there. */
  geohash(key: Key, ...members: Many<Argument>): (V | null)[] {
    return this.run(["GEOHASH", key, ...many(members)]);
  }

  /** GEOSEARCH: the members in an area. */
  geosearch(key: Key, area: GeoArea, options: GeosearchOptions = {}): V[] {
    return this.run(["GEOSEARCH", key, ...areaWords(area), ...searchWords(options, GEOSEARCH)]);
  }

  /** GEOSEARCH with WITHDIST, WITHHASH and WITHCOORD: the same with their distances and places. */
  geosearchWithDetails(key: Key, area: GeoArea, options: GeosearchOptions = {}): GeoFound<V>[] {
    const found = this.run<[V, Data, number, [number, number]][]>([
      ...["GEOSEARCH", key, ...areaWords(area), ...searchWords(options, GEOSEARCH)],
      ...["WITHDIST", "WITHHASH", "WITHCOORD"],
    ]);
    return found.map(([member, distance, hash, [longitude, latitude]]) => ({
      member,
      distance: numberOf(distance),
      hash,
      longitude,
      latitude,
    }));
  }

  /** GEOSEARCHSTORE: stores the members in an area under another key. @returns How many there are. */
  geosearchstore(
    destination: Key,
    source: Key,
    area: GeoArea,
    options: GeosearchstoreOptions = {},
  ): number {
    const search = [...areaWords(area), ...searchWords(options, GEOSEARCHSTORE)];
    return this.run(["GEOSEARCHSTORE", destination, source, ...search]);
  }
}

/** The words of options. */
function searchWords(
  options: GeosearchstoreOptions,
  kinds: Kinds<GeosearchOptions>,
): Argument[] {
  const { order, ...others } = checked<GeosearchOptions>(options, kinds);
  return [...order === undefined ? [] : [order], ...words(others, kinds)];
}

/** A distance, which replies have as text. */
function numberOf(distance: Data): number {
  const isText = typeof distance === "string";
  return Number(isText ? distance : toText(distance, 0, distance.length));
}

/** The methods that only read. */
export type GeoReadMethod =
  | "geopos"
  | "geodist"
  | "geohash"
  | "geosearch"
  | "geosearchWithDetails";
