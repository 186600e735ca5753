/**
 * Shapes of the sphere on a plane on which arcs of great circles are straight lines, so that what is
 * decided on planes serves both.
 *
 * Seen from the centre of the sphere (the gnomonic projection) everything on one half of it lies on a
 * plane before the eye, and its arcs are straight. What is larger than a half is laid out by longitude
 * and latitude, with a vertex every two degrees of each arc.
 *
 * @module
 */

import type { Point, Ring, Shape } from "./shape.ts";

/** A direction from the centre of the sphere. */
interface Direction {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const RADIANS = Math.PI / 180;
/** The least cosine between the middle of a plane and what is shown on it. */
const MIN_COSINE = 0.1;
/** The longest part of an arc that is taken for a straight line among longitudes and latitudes, in radians. */
const PART = 2 * RADIANS;

function directionOf({ x, y }: Point): Direction {
  const longitude = x * RADIANS, latitude = y * RADIANS;
  const cosine = Math.cos(latitude);
  return {
    x: cosine * Math.cos(longitude),
    y: cosine * Math.sin(longitude),
    z: Math.sin(latitude),
  };
}

const dot = (a: Direction, b: Direction) => a.x * b.x + a.y * b.y + a.z * b.z;

/** The direction in the middle of some; undefined if they are as much on one side as on the other. */
function middleOf(directions: readonly Direction[]): Direction | undefined {
  let x = 0, y = 0, z = 0;
  for (const direction of directions) {
    x += direction.x;
    y += direction.y;
    z += direction.z;
  }
  const size = Math.hypot(x, y, z);
  return size < 1e-9 ? undefined : { x: x / size, y: y / size, z: z / size };
}

/** A plane before the sphere. */
export class Plane {
  readonly #middle: Direction;
  readonly #east: Direction;
  readonly #north: Direction;

  private constructor(middle: Direction) {
    this.#middle = middle;
    const size = Math.hypot(middle.x, middle.y);
    // At a pole any direction is as good as another.
    this.#east = size < 1e-12
      ? { x: 0, y: 1, z: 0 }
      : { x: -middle.y / size, y: middle.x / size, z: 0 };
    const { x, y, z } = this.#east;
    this.#north = {
      x: middle.y * z - middle.z * y,
      y: middle.z * x - middle.x * z,
      z: middle.x * y - middle.y * x,
    };
  }

  /** The plane on which all of the points are; undefined if they are not on one half of the sphere. */
  static of(points: Iterable<Point>): Plane | undefined {
    const directions = Array.from(points, directionOf);
    const middle = middleOf(directions);
    if (middle === undefined) return undefined;
    if (!directions.every((direction) => dot(direction, middle) >= MIN_COSINE)) return undefined;
    return new Plane(middle);
  }

  /** Where a place is on the plane; it must be on the half that the plane shows. */
  readonly project = (point: Point): Point => {
    const direction = directionOf(point);
    const depth = dot(direction, this.#middle);
    return { x: dot(direction, this.#east) / depth, y: dot(direction, this.#north) / depth };
  };

  /** The place that is at a point of the plane. */
  readonly unproject = ({ x, y }: Point): Point => {
    const at = (axis: "x" | "y" | "z") =>
      this.#middle[axis] + x * this.#east[axis] + y * this.#north[axis];
    return {
      x: Math.atan2(at("y"), at("x")) / RADIANS,
      y: Math.atan2(at("z"), Math.hypot(at("x"), at("y"))) / RADIANS,
    };
  };
}

/** All vertices of a shape. */
export function verticesOf(shape: Shape): readonly Point[] {
  return shape.type === "point" ? [shape.point] : shape.rings[0] ?? [];
}

/** A shape whose vertices are moved. */
export function mapped(shape: Shape, move: (point: Point) => Point): Shape {
  if (shape.type === "point") return { type: "point", point: move(shape.point) };
  return { type: "polygon", rings: shape.rings.map((ring) => ring.map(move)) };
}

/** A shape by longitude and latitude: longitudes go on beyond 180 where an edge crosses the antimeridian. */
export function laidOut(shape: Shape): Shape {
  return shape.type === "point" ? shape : { type: "polygon", rings: shape.rings.map(unrolled) };
}

/** A ring with vertices along its arcs. One that goes round the world is closed along the pole that is nearer. */
function unrolled(ring: Ring): Point[] {
  const points: Point[] = [];
  let turn = 0;
  let before = ring[0]!;
  const add = (point: Point) => {
    // The short way: no part of an arc is longer than half the world.
    turn -= Math.round((point.x - before.x) / 360) * 360;
    before = point;
    points.push({ x: point.x + turn, y: point.y });
  };
  for (const [i, vertex] of ring.entries()) {
    for (const point of along(vertex, ring[(i + 1) % ring.length]!)) add(point);
  }
  const first = points[0]!;
  add(ring[0]!);
  const last = points.pop()!;
  if (Math.abs(last.x - first.x) < 180) return points;
  const pole = points.reduce((sum, { y }) => sum + y, 0) < 0 ? -90 : 90;
  return [...points, last, { x: last.x, y: pole }, { x: first.x, y: pole }];
}

/** The points of an arc, without its end. */
function along(from: Point, to: Point): Point[] {
  const a = directionOf(from), b = directionOf(to);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b))));
  const parts = Math.max(1, Math.ceil(angle / PART));
  if (parts === 1) return [from];
  return Array.from({ length: parts }, (_, i) => {
    if (i === 0) return from;
    const forward = Math.sin(angle * i / parts), back = Math.sin(angle * (parts - i) / parts);
    const x = back * a.x + forward * b.x;
    const y = back * a.y + forward * b.y;
    const z = back * a.z + forward * b.z;
    return { x: Math.atan2(y, x) / RADIANS, y: Math.atan2(z, Math.hypot(x, y)) / RADIANS };
  });
}

/** How far a polygon reaches: a direction, and the angle from it within which all of it is. */
export interface Cap {
  /** The middle. */
  readonly middle: Direction;
  /** The angle in radians. */
  readonly angle: number;
}

/** The cap of a shape; undefined if it is larger than half the sphere. */
export function capOf(shape: Shape): Cap | undefined {
  const directions = verticesOf(shape).map(directionOf);
  const middle = middleOf(directions);
  if (middle === undefined) return undefined;
  let least = 1;
  for (const direction of directions) least = Math.min(least, dot(direction, middle));
  return least < MIN_COSINE ? undefined : { middle, angle: Math.acos(Math.min(1, least)) };
}

/** Radians by which angles of the same place may differ: what an arc cosine makes of a rounding. */
const SLACK = 1e-7;

/** Whether two caps have nothing in common. */
export function areApart(a: Cap, b: Cap): boolean {
  const between = Math.acos(Math.min(1, Math.max(-1, dot(a.middle, b.middle))));
  return between > a.angle + b.angle + SLACK;
}
