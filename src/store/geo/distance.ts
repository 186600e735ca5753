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
  return arc(haversine(v, from, Math.cos(from), to));
}

/** A place that many distances are measured from. */
export class Origin {
  readonly #longitude: number;
  readonly #latitude: number;
  readonly #cosine: number;
  readonly #degrees: number;

  /** Takes the place. */
  constructor({ longitude, latitude }: { readonly longitude: number; readonly latitude: number }) {
    this.#longitude = radians(longitude);
    this.#latitude = radians(latitude);
    this.#cosine = Math.cos(this.#latitude);
    this.#degrees = latitude;
  }

  /**
   * The haversine of the angle between this and another place, which grows with their distance:
   * what tells most places from those that are near without any arc sine. -1 on the same meridian.
   */
  haversine(longitude: number, latitude: number): number {
    const v = Math.sin((radians(longitude) - this.#longitude) / 2);
    return v === 0 ? -1 : haversine(v, this.#latitude, this.#cosine, radians(latitude));
  }

  /** The distance of a place whose haversine is known: the same that {@linkcode distance} tells. */
  distance(haversine: number, latitude: number): number {
    return haversine < 0 ? latitudeDistance(this.#degrees, latitude) : arc(haversine);
  }
}

/** @param v The sine of half of the longitudes' difference. */
function haversine(v: number, from: number, cosineOfFrom: number, to: number): number {
  const u = Math.sin((to - from) / 2);
  return u * u + cosineOfFrom * Math.cos(to) * v * v;
}

const arc = (haversine: number) => 2 * EARTH_RADIUS * Math.asin(Math.sqrt(haversine));
