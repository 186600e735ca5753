/**
 * The regions that a search may ask for: circles, boxes and polygons.
 *
 * What is in a region, and how far from its centre, is decided as Redis does (polygons: as Valkey
 * does), rounding errors and all. A box is one of distances, not of degrees: what is at most half
 * its height away along the meridian and half its width along the parallel.
 *
 * @module
 */

import { degrees, distance, EARTH_RADIUS, latitudeDistance, Origin, radians } from "./distance.ts";
import { MAX_LATITUDE, MAX_LONGITUDE, MIN_LATITUDE, MIN_LONGITUDE, type Place } from "./geohash.ts";

/** The least and greatest coordinates of a region, which may lie beyond those of the map. */
export interface Bounds {
  /** The westernmost longitude. */
  readonly west: number;
  /** The southernmost latitude. */
  readonly south: number;
  /** The easternmost longitude. */
  readonly east: number;
  /** The northernmost latitude. */
  readonly north: number;
}

/** What a search looks in. */
export interface Region {
  /** What distances are measured from. */
  readonly centre: Readonly<Place>;
  /** A rectangle around it. */
  readonly bounds: Bounds;
  /**
   * A rectangle that has all places of the region for certain, where {@linkcode bounds} may leave
   * some out; longitudes go on beyond 180. Of a region around a pole it is all longitudes.
   */
  readonly extent: Bounds;
  /** How far its places may be from the centre, in metres. */
  readonly radius: number;
  /**
   * The distance of a place from the centre, in metres.
   *
   * @returns {@linkcode OUTSIDE} if the place is not in the region.
   */
  distanceOf(longitude: number, latitude: number): number;
}

/** The distance of what is outside. */
export const OUTSIDE = -1;

/** More than what the distance along the meridian may be off by rounding: it is a lower bound then. */
const ROUNDING = 1 + 1e-9;
/** Degrees by which an extent is larger than it has to be: ten metres. */
const MARGIN = 1e-4;
/** A little less than the latitude of a pole. */
const MOST_RADIANS = Math.PI / 2 - 1e-6;

/** All places up to a distance. */
export class Circle implements Region {
  readonly bounds: Bounds;
  readonly extent: Bounds;
  readonly #from: Origin;
  /** Haversines that are greater than this are outside for certain. */
  readonly #most: number;

  /**
   * Makes a circle.
   *
   * @param radius In metres.
   */
  constructor(readonly centre: Readonly<Place>, readonly radius: number) {
    this.bounds = boundsAround(centre, radius, radius);
    const angle = radius / EARTH_RADIUS, north = radians(Math.abs(centre.latitude));
    const isAroundPole = angle + north > MOST_RADIANS;
    const longitudes = isAroundPole ? Infinity : Math.asin(Math.sin(angle) / Math.cos(north));
    this.extent = extentAround(centre, longitudes, angle);
    this.#from = new Origin(centre);
    // A metre more, so that a rounding error of a circle without extent leaves no place out.
    const reach = (radius * ROUNDING + 1) / EARTH_RADIUS / 2;
    this.#most = reach > Math.PI / 2 ? Infinity : Math.sin(reach) ** 2;
  }

  distanceOf(longitude: number, latitude: number): number {
    const haversine = this.#from.haversine(longitude, latitude);
    if (haversine > this.#most) return OUTSIDE;
    const metres = this.#from.distance(haversine, latitude);
    return metres > this.radius ? OUTSIDE : metres;
  }
}

/** All places up to a distance to the north and south, and up to another to the east and west. */
export class Box implements Region {
  readonly bounds: Bounds;
  readonly extent: Bounds;
  readonly radius: number;
  readonly #halfWidth: number;
  readonly #halfHeight: number;

  /**
   * Makes a box.
   *
   * @param width From west to east, in units.
   * @param height From south to north, in units.
   * @param unit The metres of a unit.
   */
  constructor(readonly centre: Readonly<Place>, width: number, height: number, unit = 1) {
    this.bounds = boundsAround(centre, unit * width / 2, unit * height / 2);
    // The width is that of the great circle, which is shorter than the parallel.
    const angle = unit * height / 2 / EARTH_RADIUS;
    const north = radians(Math.abs(centre.latitude)) + angle;
    const half = Math.min(unit * width / 2 / EARTH_RADIUS, Math.PI) / 2;
    const sine = north > MOST_RADIANS ? Infinity : Math.sin(half) / Math.cos(north);
    this.extent = extentAround(centre, sine < 1 ? 2 * Math.asin(sine) : Infinity, angle);
    this.radius = Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unit;
    this.#halfWidth = width * unit / 2;
    this.#halfHeight = height * unit / 2;
  }

  distanceOf(longitude: number, latitude: number): number {
    const { centre } = this;
    if (latitudeDistance(latitude, centre.latitude) > this.#halfHeight) return OUTSIDE;
    if (distance(longitude, latitude, centre.longitude, latitude) > this.#halfWidth) return OUTSIDE;
    return distance(centre.longitude, centre.latitude, longitude, latitude);
  }
}

/**
 * All places within a polygon whose edges are straight on the map of longitudes and latitudes. An
 * edge never crosses the antimeridian: it goes the long way round.
 */
export class Polygon implements Region {
  readonly centre: Readonly<Place>;
  readonly bounds: Bounds;
  readonly extent: Bounds;
  readonly radius: number;
  readonly #vertices: readonly Readonly<Place>[];

  /** Makes a polygon of its vertices. The last one is joined to the first. */
  constructor(vertices: readonly Readonly<Place>[]) {
    this.#vertices = vertices;
    this.bounds = boundsOf(vertices);
    this.extent = this.bounds;
    this.centre = centroid(vertices);
    const { west, south, east, north } = this.bounds;
    const { longitude, latitude } = this.centre;
    this.radius = Math.max(
      distance(longitude, latitude, west, north),
      distance(longitude, latitude, east, north),
      distance(longitude, latitude, west, south),
      distance(longitude, latitude, east, south),
    );
  }

  distanceOf(longitude: number, latitude: number): number {
    if (!this.#contains(longitude, latitude)) return OUTSIDE;
    const { centre } = this;
    return distance(centre.longitude, centre.latitude, longitude, latitude);
  }

  /** Whether a ray to the east crosses an odd number of edges. */
  #contains(longitude: number, latitude: number): boolean {
    const vertices = this.#vertices;
    let inside = false;
    let before = vertices[vertices.length - 1]!;
    for (const vertex of vertices) {
      if (
        (vertex.latitude > latitude) !== (before.latitude > latitude) &&
        longitude <
          (before.longitude - vertex.longitude) * (latitude - vertex.latitude) /
                (before.latitude - vertex.latitude) + vertex.longitude
      ) {
        inside = !inside;
      }
      before = vertex;
    }
    return inside;
  }
}

/** The bounds of what is so far around a place, in metres: on the side nearer to a pole, where it is wider. */
function boundsAround({ longitude, latitude }: Readonly<Place>, width: number, height: number) {
  const latitudes = degrees(height / EARTH_RADIUS);
  const widest = latitude < 0 ? latitude - latitudes : latitude + latitudes;
  const longitudes = degrees(width / EARTH_RADIUS / Math.cos(radians(widest)));
  return {
    west: longitude - longitudes,
    south: latitude - latitudes,
    east: longitude + longitudes,
    north: latitude + latitudes,
  };
}

/** The rectangle of what is so far around a place in radians, and a little more. */
function extentAround(
  { longitude, latitude }: Readonly<Place>,
  longitudes: number,
  latitudes: number,
): Bounds {
  const toEast = degrees(longitudes) * ROUNDING + MARGIN;
  const toNorth = degrees(latitudes) * ROUNDING + MARGIN;
  return {
    west: longitude - toEast,
    south: latitude - toNorth,
    east: longitude + toEast,
    north: latitude + toNorth,
  };
}

function boundsOf(vertices: readonly Readonly<Place>[]): Bounds {
  let west = MAX_LONGITUDE, south = MAX_LATITUDE, east = MIN_LONGITUDE, north = MIN_LATITUDE;
  for (const { longitude, latitude } of vertices) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  return { west, south, east, north };
}

/** The place below the mean of the vertices. */
function centroid(vertices: readonly Readonly<Place>[]): Place {
  let x = 0, y = 0, z = 0;
  for (const { longitude, latitude } of vertices) {
    const east = radians(longitude), north = radians(latitude);
    x += EARTH_RADIUS * Math.cos(north) * Math.cos(east);
    y += EARTH_RADIUS * Math.cos(north) * Math.sin(east);
    z += EARTH_RADIUS * Math.sin(north);
  }
  x /= vertices.length;
  y /= vertices.length;
  z /= vertices.length;
  return {
    longitude: degrees(Math.atan2(y, x)),
    latitude: degrees(Math.atan2(z, Math.sqrt(x * x + y * y))),
  };
}
