/** The areas that the typed methods search, and the words of them. */

import { wrongType } from "../../../src/embedded/checks.ts";
import type { Argument } from "../../../src/embedded/data.ts";
import { checked, type Kinds } from "../../../src/embedded/commands/option_words.ts";

/**
 * A unit of length: metres, kilometres, feet or miles.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoUnit } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
 * const unit: GeoUnit = "km";
 * console.log(db.geodist("towns", "Palermo", "Catania", unit)); // 166.2742
 * ```
 */
export type GeoUnit = "m" | "km" | "ft" | "mi";

/**
 * What a search looks in: a circle or a box around a member or a place, or a polygon of its corners.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { geo, type GeoArea } from "@redlite/redlite/ext/geo";
 *
 * using db = Redlite.open(":memory:", { extensions: [geo()] });
 * db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
 * const areas: GeoArea[] = [
 *   { longitude: 15, latitude: 37, radius: 100, unit: "km" },
 *   { member: "Palermo", width: 400, height: 10, unit: "km" },
 *   { polygon: [[13, 38], [14, 38], [14, 39], [13, 39]] },
 * ];
 * console.log(areas.map((area) => db.geosearch("towns", area)));
 * // [["Catania"], ["Palermo"], ["Palermo"]]
 * ```
 */
export type GeoArea = GeoCentre & GeoExtent & { unit?: GeoUnit } | {
  /** Longitudes and latitudes of the corners. Its edges are straight on the map. */
  polygon: readonly (readonly [longitude: number, latitude: number])[];
};

/**
 * The middle of an area.
 *
 * @example
 * ```ts
 * import { type GeoCentre } from "@redlite/redlite/ext/geo";
 *
 * const centre: GeoCentre = { longitude: 15, latitude: 37 };
 * console.log(centre.longitude);
 * ```
 */
export type GeoCentre = {
  /** A member of the sorted set. */
  member: Argument;
} | {
  /** In degrees. */
  longitude: number;
  /** In degrees. */
  latitude: number;
};

/**
 * How far an area reaches: in the unit, which is metres by default.
 *
 * @example
 * ```ts
 * import { type GeoExtent } from "@redlite/redlite/ext/geo";
 *
 * const extent: GeoExtent = { radius: 100 };
 * console.log(extent.radius);
 * ```
 */
export type GeoExtent = {
  /** Of a circle. */
  radius: number;
} | {
  /** Of a box, from west to east. */
  width: number;
  /** Of a box, from south to north. */
  height: number;
};

/** All that an area may have. */
interface AreaParts {
  member?: Argument;
  longitude?: number;
  latitude?: number;
  radius?: number;
  width?: number;
  height?: number;
  unit?: GeoUnit;
  polygon?: readonly (readonly [number, number])[];
}

const AREA: Kinds<AreaParts> = {
  member: "value",
  longitude: "number",
  latitude: "number",
  radius: "number",
  width: "number",
  height: "number",
  unit: ["m", "km", "ft", "mi"],
  polygon: "list",
};

/** The words of an area. @throws {TypeError} If it is none, or two at once. */
export function areaWords(area: GeoArea): Argument[] {
  const parts: AreaParts = checked<AreaParts>(area, AREA);
  const { member, longitude, latitude, radius, width, height, unit = "m", polygon } = parts;
  if (polygon !== undefined) {
    if (Object.keys(parts).length > 1) throw twoAtOnce();
    return ["BYPOLYGON", polygon.length, ...polygon.flatMap(corner)];
  }
  const isCircle = radius !== undefined, isBox = width !== undefined && height !== undefined;
  const isPlace = longitude !== undefined && latitude !== undefined;
  if ((member !== undefined) === isPlace || isCircle === isBox) throw twoAtOnce();
  const from = member !== undefined
    ? ["FROMMEMBER", member]
    : ["FROMLONLAT", longitude ?? 0, latitude ?? 0];
  const by = isCircle ? ["BYRADIUS", radius] : ["BYBOX", width ?? 0, height ?? 0];
  return [...from, ...by, unit];
}

function corner(corner: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(corner) || corner.length !== 2) {
    throw wrongType("each of polygon", "a longitude and a latitude", corner);
  }
  return corner;
}

const twoAtOnce = () =>
  new TypeError(
    "an area is { polygon }, or one of { member } and { longitude, latitude } " +
      "with one of { radius } and { width, height }",
  );
