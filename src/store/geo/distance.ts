/**
 * Distances on the sphere that Redis takes the earth for, in metres.
 *
 * The operations come in Redis's order, so that a distance is the same to the last bit wherever the
 * sines of the machine are.
 *
 * @module
 */

/** The radius of the earth: the quadratic mean of the ellipsoid WGS 84. */
export const EARTH_RADIUS = 6372797.560856;

const RADIANS_PER_DEGREE = Math.PI / 180;

/** Degrees as radians. */
export const radians = (degrees: number): number => degrees * RADIANS_PER_DEGREE;

/** Radians as degrees. */
export const degrees = (radians: number): number => radians / RADIANS_PER_DEGREE;

/** Units of length and their metres. */
export const UNITS = { m: 1, km: 1000, ft: 0.3048, mi: 1609.34 } as const;

/** A unit of length. */
export type Unit = keyof typeof UNITS;

/** The distance between two latitudes, along a meridian. */
export function latitudeDistance(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS * Math.abs(radians(latitude2) - radians(latitude1));
}

/** The distance between two places, by the haversine formula. */
export function distance(
  longitude1: number,
  latitude1: number,
  longitude2: number,
  latitude2: number,
): number {
  const v = Math.sin((radians(longitude2) - radians(longitude1)) / 2);
  if (v === 0) return latitudeDistance(latitude1, latitude2);
  const from = radians(latitude1), to = radians(latitude2);
  const u = Math.sin((to - from) / 2);
  const a = u * u + Math.cos(from) * Math.cos(to) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
}
