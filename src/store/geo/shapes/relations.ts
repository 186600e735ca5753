/** How two shapes lie to each other: what GEOSHAPE queries ask. */

import { type Meeting, meetingOf } from "./crossings.ts";
import { areApart, capOf, laidOut, mapped, Plane, verticesOf } from "./projection.ts";
import {
  type CoordinateSystem,
  isOnEdge,
  isWithin,
  type Point,
  type PolygonShape,
  type Ring,
  type Shape,
} from "./shape.ts";

/** What a query asks of the shapes of documents. */
export type Relation = "WITHIN" | "CONTAINS" | "INTERSECTS" | "DISJOINT";

/**
 * Whether a document's shape lies to a query's as this asks: is within it, contains it, has a point in
 * common with it or none. A point is within a polygon if it is not on its edge, and within no point; a
 * polygon is within itself.
 */
export function isRelated(
  relation: Relation,
  document: Shape,
  query: Shape,
  system: CoordinateSystem,
): boolean {
  switch (relation) {
    case "WITHIN":
      return onPlane(document, query, system, isShapeWithin);
    case "CONTAINS":
      return onPlane(query, document, system, isShapeWithin);
    case "INTERSECTS":
      return onPlane(document, query, system, meet);
    case "DISJOINT":
      return !onPlane(document, query, system, meet);
  }
}

type Question = (a: Shape, b: Shape) => boolean;

/** Turns, in degrees, by which one shape may have gone farther round the world than the other. */
const TURNS = [0, 360, -360, 720, -720];

/** Asks a question of shapes on a plane on which their edges are straight: one that is false of those far apart. */
function onPlane(a: Shape, b: Shape, system: CoordinateSystem, question: Question): boolean {
  if (system === "flat") return question(a, b);
  const capA = capOf(a), capB = capOf(b);
  if (capA !== undefined && capB !== undefined) {
    if (areApart(capA, capB)) return false;
    const plane = Plane.of([...verticesOf(a), ...verticesOf(b)]);
    if (plane !== undefined) return question(mapped(a, plane.project), mapped(b, plane.project));
  }
  const first = laidOut(a), second = laidOut(b);
  return TURNS.some((turn) => question(mapped(first, ({ x, y }) => ({ x: x + turn, y })), second));
}

const isSame = (a: Point, b: Point) => a.x === b.x && a.y === b.y;

/** Whether all of a shape is in another, and not only on its edge. */
function isShapeWithin(a: Shape, b: Shape): boolean {
  if (b.type === "point") return false;
  if (a.type === "point") return isWithin(b.rings, a.point) && !isOnEdge(b.rings, a.point);
  const within = (point: Point) => isWithin(b.rings, point);
  // Nothing of its edges is outside; no edge of the other is inside it, where the outside would be
  // beside; and it does not fill a hole.
  return everyPart(a.rings, b.rings, within) &&
    everyPart(b.rings, a.rings, (point) => !isWithin(a.rings, point)) &&
    within(innerPoint(a));
}

/** Whether two shapes have a point in common. */
function meet(a: Shape, b: Shape): boolean {
  if (a.type === "point") {
    return b.type === "point" ? isSame(a.point, b.point) : holds(b.rings, a.point);
  }
  if (b.type === "point") return holds(a.rings, b.point);
  const near = nearTo(b.rings[0]!);
  for (const [from, to] of edgesOf(a.rings)) {
    if (!near(from, to)) continue;
    for (const [start, end] of edgesOf(b.rings)) {
      if (meetingOf(from, to, start, end) !== undefined) return true;
    }
  }
  // One of them is all inside the other, or none.
  return isWithin(b.rings, a.rings[0]![0]!) || isWithin(a.rings, b.rings[0]![0]!);
}

const holds = (rings: readonly Ring[], point: Point) =>
  isWithin(rings, point) || isOnEdge(rings, point);

/** Whether an edge comes into the rectangle around a ring. */
function nearTo(ring: Ring): (from: Point, to: Point) => boolean {
  let minX = Infinity, minY = Infinity, maxX = -Infinity, maxY = -Infinity;
  for (const { x, y } of ring) {
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    maxX = Math.max(maxX, x);
    maxY = Math.max(maxY, y);
  }
  return (from, to) =>
    Math.min(from.x, to.x) <= maxX + NEAR && Math.max(from.x, to.x) >= minX - NEAR &&
    Math.min(from.y, to.y) <= maxY + NEAR && Math.max(from.y, to.y) >= minY - NEAR;
}

/** What rounding may put between an edge and a rectangle that it touches. */
const NEAR = 1e-9;

function* edgesOf(rings: readonly Ring[]): Generator<readonly [Point, Point]> {
  for (const ring of rings) {
    for (const [i, vertex] of ring.entries()) yield [vertex, ring[(i + 1) % ring.length]!];
  }
}

/**
 * Whether something is true of the middle of each part of edges, cut where other edges meet them.
 * Parts that are on the others' edges do not count.
 */
function everyPart(
  rings: readonly Ring[],
  others: readonly Ring[],
  test: (middle: Point) => boolean,
): boolean {
  const near = nearTo(others[0]!);
  for (const [from, to] of edgesOf(rings)) {
    const cuts = [0, 1];
    const shared: (readonly [number, number])[] = [];
    const alongX = Math.abs(to.x - from.x) >= Math.abs(to.y - from.y);
    /** How far along the edge a point of it is. */
    const along = ({ x, y }: Point) =>
      alongX ? (x - from.x) / (to.x - from.x) : (y - from.y) / (to.y - from.y);
    for (const [start, end] of near(from, to) ? edgesOf(others) : []) {
      const meeting: Meeting | undefined = meetingOf(from, to, start, end);
      if (meeting === undefined) continue;
      if (meeting.kind === "overlap") {
        const ends = [along(meeting.from), along(meeting.to)].sort((a, b) => a - b);
        shared.push([ends[0]!, ends[1]!]);
        cuts.push(...ends);
      } else {
        cuts.push(along(meeting.point));
      }
    }
    cuts.sort((a, b) => a - b);
    for (let i = 1; i < cuts.length; i++) {
      const low = cuts[i - 1]!, high = cuts[i]!;
      if (high - low <= SHORTEST) continue;
      const middle = (low + high) / 2;
      if (shared.some(([start, end]) => start <= middle && middle <= end)) continue;
      const point = { x: from.x + middle * (to.x - from.x), y: from.y + middle * (to.y - from.y) };
      if (!test(point)) return false;
    }
  }
  return true;
}

/** Parts of an edge that are shorter are what rounding makes of none. */
const SHORTEST = 1e-12;

/**
 * A point inside of a polygon, away from its edges: in the middle of the widest part of a line halfway
 * between the two heights of vertices that are farthest apart.
 */
function innerPoint({ rings }: PolygonShape): Point {
  const heights = rings.flat().map(({ y }) => y).sort((a, b) => a - b);
  const gap = widest(heights, 1);
  const y = (heights[gap]! + heights[gap + 1]!) / 2;
  const crossings: number[] = [];
  for (const [from, to] of edgesOf(rings)) {
    if ((from.y > y) === (to.y > y)) continue;
    crossings.push(from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y));
  }
  crossings.sort((a, b) => a - b);
  const part = widest(crossings, 2);
  return { x: (crossings[part]! + crossings[part + 1]!) / 2, y };
}

/** Where the greatest difference of a number and the next begins. @param step Of every how manieth number. */
function widest(sorted: readonly number[], step: number): number {
  let best = 0;
  for (let i = 0; i + 1 < sorted.length; i += step) {
    if (sorted[i + 1]! - sorted[i]! > sorted[best + 1]! - sorted[best]!) best = i;
  }
  return best;
}
