/**
 * Shapes on a plane or on the sphere: points, and polygons that may have holes.
 *
 * On a plane edges are straight lines, on the sphere arcs of great circles. The names of relations and
 * what they mean are those of RediSearch's GEOSHAPE fields.
 *
 * @module
 */

/** What coordinates are: of a plane, or longitudes and latitudes in degrees. */
export type CoordinateSystem = "flat" | "spherical";

/** A point, or one that is a vertex. */
export interface Point {
  /** To the right, or the longitude. */
  readonly x: number;
  /** Upwards, or the latitude. */
  readonly y: number;
}

/** The vertices of a ring in their order, each once: the last is joined to the first. */
export type Ring = readonly Point[];

/** A point or a polygon. */
export type Shape =
  | { readonly type: "point"; readonly point: Point }
  | {
    readonly type: "polygon";
    /** The outer ring, clockwise, and then the holes, counterclockwise. */
    readonly rings: readonly Ring[];
  };

/** A polygon. */
export type PolygonShape = Extract<Shape, { readonly type: "polygon" }>;

/** How many roundings the side of a point may be off by. */
const ROUNDINGS = 4;

/** The side of the line from `a` to `b` on which a point is: 1 to the left, -1 to the right, 0 on it but for rounding. */
export function sideOf(a: Point, b: Point, p: Point): -1 | 0 | 1 {
  const dx = b.x - a.x, dy = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
  const side = dx * py - dy * px;
  const scale = Math.max(1, Math.abs(dx), Math.abs(dy), Math.abs(px), Math.abs(py));
  return Math.abs(side) <= ROUNDINGS * Number.EPSILON * scale ? 0 : side > 0 ? 1 : -1;
}

/** Whether a point of the line through `a` and `b` is between them, or one of them. */
export function isBetween(a: Point, b: Point, p: Point): boolean {
  // Along the axis on which they are farther apart: on the other one a rounding may be all there is.
  return Math.abs(b.x - a.x) >= Math.abs(b.y - a.y)
    ? Math.min(a.x, b.x) <= p.x && p.x <= Math.max(a.x, b.x)
    : Math.min(a.y, b.y) <= p.y && p.y <= Math.max(a.y, b.y);
}

/** Whether a ray from a point to the right crosses an odd number of edges: it is inside, where it is on none of them. */
export function isWithin(rings: readonly Ring[], { x, y }: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    let before = ring[ring.length - 1]!;
    for (const vertex of ring) {
      if (
        (vertex.y > y) !== (before.y > y) &&
        x < (before.x - vertex.x) * (y - vertex.y) / (before.y - vertex.y) + vertex.x
      ) inside = !inside;
      before = vertex;
    }
  }
  return inside;
}

/** Whether a point is on an edge. */
export function isOnEdge(rings: readonly Ring[], point: Point): boolean {
  return rings.some((ring) =>
    ring.some((vertex, i) => {
      const next = ring[(i + 1) % ring.length]!;
      return isBetween(vertex, next, point) && sideOf(vertex, next, point) === 0;
    })
  );
}

/** Twice the area of a ring, positive if it goes counterclockwise. */
export function doubleArea(ring: Ring): number {
  let area = 0;
  let before = ring[ring.length - 1]!;
  const origin = before;
  for (const vertex of ring) {
    area += (before.x - origin.x) * (vertex.y - origin.y) -
      (vertex.x - origin.x) * (before.y - origin.y);
    before = vertex;
  }
  return area;
}
