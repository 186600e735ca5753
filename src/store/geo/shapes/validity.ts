/**
 * Whether rings make a polygon: the rules of the OGC, in the order in which RediSearch's library checks
 * them, and in its words. Of an invalid self-intersection the library tells more than its place: how it
 * came upon it. That is told of edges that cross, and left out where they touch.
 *
 * @module
 */

import { type Meeting, meetingOf } from "./crossings.ts";
import { Plane } from "./projection.ts";
import {
  type CoordinateSystem,
  doubleArea,
  isOnEdge,
  isWithin,
  type Point,
  type Ring,
  type Shape,
  sideOf,
} from "./shape.ts";
import { readWkt, ShapeError } from "./wkt.ts";

/**
 * Reads a shape and makes sure that it is one.
 *
 * @returns The shape, its rings as {@linkcode Shape} wants them.
 * @throws {ShapeError} What is wrong, in RediSearch's words.
 */
export function parseShape(text: string, system: CoordinateSystem): Shape {
  const read = readWkt(text);
  if ("point" in read) {
    if (!isFinitePoint(read.point)) throw invalid(INVALID_COORDINATES);
    return { type: "point", point: read.point };
  }
  if (read.rings.length === 0) throw invalid(TOO_FEW);
  const plane = system === "flat" ? undefined : Plane.of(read.rings.flat().filter(isFinitePoint));
  const rings = read.rings.map((ring, i) => new CheckedRing(ring, i > 0, plane));
  const meetings = new Meetings(rings, plane);
  meetings.check();
  assertHoles(rings);
  if (meetings.haveCycle()) throw invalid("Geometry has disconnected interior");
  return { type: "polygon", rings: rings.map(({ ring }) => ring) };
}

const TOO_FEW = "Geometry has too few points";
const INVALID_COORDINATES = "Geometry has point(s) with invalid coordinate(s)";

const invalid = (message: string) => new ShapeError(`invalid geometry: ${message}`);
const isFinitePoint = ({ x, y }: Point) => Number.isFinite(x) && Number.isFinite(y);
const isSame = (a: Point, b: Point) => a.x === b.x && a.y === b.y;

/** A number as C++ prints it: six digits. */
function sixDigits(value: number): string {
  const text = value.toPrecision(6);
  const [digits = "", exponent] = text.split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  if (exponent !== undefined) {
    const size = exponent.slice(1).padStart(2, "0");
    return `${short}e${exponent[0]}${size}`;
  }
  if (value !== 0 && Math.abs(value) < 1e-4) {
    const [small = "", power = ""] = value.toExponential(5).split("e");
    return `${small.replace(/\.?0+$/, "")}e-${power.slice(1).padStart(2, "0")}`;
  }
  return short;
}

const shown = ({ x, y }: Point) => `(${sixDigits(x)}, ${sixDigits(y)})`;

/** A ring that is valid by itself. */
class CheckedRing {
  /** Its vertices, each once, in the direction that it should have. */
  readonly ring: Ring;
  /** The same on the plane on which its edges are straight. */
  readonly flat: Ring;

  /** @throws {ShapeError} */
  constructor(written: readonly Point[], isHole: boolean, plane: Plane | undefined) {
    if (!written.every(isFinitePoint)) throw invalid(INVALID_COORDINATES);
    const first = written[0], last = written[written.length - 1];
    const closes = first !== undefined && last !== undefined && isSame(first, last);
    const size = written.length > 2 && !closes ? written.length + 1 : written.length;
    if (size < 4) throw invalid(TOO_FEW);
    const ring = written.filter((point, i) => i === 0 || !isSame(point, written[i - 1]!));
    while (ring.length > 1 && isSame(ring[0]!, ring[ring.length - 1]!)) ring.pop();
    if (ring.length < 3) throw invalid("Geometry has wrong topological dimension");
    let flat: Point[] = plane === undefined ? ring : ring.map(plane.project);
    const area = doubleArea(flat);
    // From the first vertex on in the other direction.
    if (isHole ? area < 0 : area > 0) {
      ring.reverse().unshift(ring.pop()!);
      if (flat !== ring) flat = ring.map((point) => plane?.project(point) ?? point);
    }
    assertNoSpikes(ring, flat);
    if (area === 0) throw invalid("Geometry has wrong orientation");
    this.ring = ring;
    this.flat = flat;
  }
}

/** @param details How it was found. */
const selfIntersection = (point: Point, details = "") =>
  invalid(
    "Geometry has invalid self-intersections. " +
      `A self-intersection point was found at ${shown(point)}${details}`,
  );

/** An edge that goes back on the one before. The first vertex is looked at last. */
function assertNoSpikes(ring: Ring, flat: Ring): void {
  const { length } = flat;
  for (let i = 1; i <= length; i++) {
    const before = flat[i - 1]!, apex = flat[i % length]!, after = flat[(i + 1) % length]!;
    if (sideOf(before, apex, after) !== 0) continue;
    const ahead = (apex.x - before.x) * (after.x - apex.x) +
      (apex.y - before.y) * (after.y - apex.y);
    if (ahead >= 0) continue;
    const at = shown(ring[i % length]!);
    throw invalid(`Geometry has spikes. A spike point was found with apex at ${at}`);
  }
}

/** An edge of a ring. */
interface Edge {
  /** Which ring, from 0. */
  readonly ring: number;
  /** Which edge of it, from 0. */
  readonly index: number;
}

/** A place of a meeting in the order in which they are told. */
type Rank = readonly [kind: number, first: number, second: number];

/** Edges that meet as they should not. */
interface Wrong {
  readonly meeting: Meeting;
  readonly first: Edge;
  readonly second: Edge;
  readonly rank: Rank;
}

const rankOf = ({ kind }: Meeting) => kind === "crossing" ? 0 : 1;

const isBefore = (a: Rank, b: Rank) => (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0;

/** Pairs of edges after which anything that is wrong will do. */
const MOST_LOOKS = 500_000;

/** The axis along which fewer edges are abreast. */
function clearerAxis(edges: readonly (readonly [Point, Point])[]): "x" | "y" {
  const share = (axis: "x" | "y") => {
    let least = Infinity, greatest = -Infinity, sum = 0;
    for (const [a, b] of edges) {
      least = Math.min(least, a[axis]);
      greatest = Math.max(greatest, a[axis]);
      sum += Math.abs(b[axis] - a[axis]);
    }
    return sum / (greatest - least);
  };
  return share("x") <= share("y") ? "x" : "y";
}

/** By how much an edge may seem to end before another begins that it meets. */
const ABREAST = 1e-12;

/** Where the edges of rings meet that do not follow each other. */
class Meetings {
  readonly #rings: readonly CheckedRing[];
  readonly #plane: Plane | undefined;
  /** The points at which rings touch, and which. */
  readonly #touches: { readonly point: Point; readonly rings: Set<number> }[] = [];

  constructor(rings: readonly CheckedRing[], plane: Plane | undefined) {
    this.#rings = rings;
    this.#plane = plane;
  }

  /**
   * Makes sure that edges do no more than touch, of different rings. They are looked at in the order
   * of where they begin along an axis, each beside those that have not ended there; of what is wrong the
   * first is told, in the order of the edges, and what crosses before what touches.
   *
   * @throws {ShapeError}
   */
  check(): void {
    const edges = this.#rings.flatMap(({ flat }, ring) =>
      flat.map((_, index) => ({ ring, index }))
    );
    const ends = edges.map((edge) => this.#ends(edge));
    const axis = clearerAxis(ends);
    const from = ends.map(([a, b]) => Math.min(a[axis], b[axis]));
    const to = ends.map(([a, b]) => Math.max(a[axis], b[axis]) + ABREAST);
    let begun: number[] = [];
    let looks = 0;
    let worst: Wrong | undefined;
    for (const edge of [...edges.keys()].sort((a, b) => from[a]! - from[b]!)) {
      begun = begun.filter((other) => to[other]! >= from[edge]!);
      for (const other of begun) {
        const [i, j] = edge < other ? [edge, other] : [other, edge];
        const first = edges[i]!, second = edges[j]!;
        if (this.#follow(first, second)) continue;
        const meeting = meetingOf(...ends[i]!, ...ends[j]!);
        if (meeting === undefined || !this.#isWrong(meeting, first, second)) continue;
        const wrong: Wrong = { meeting, first, second, rank: [rankOf(meeting), i, j] };
        if (worst === undefined || isBefore(wrong.rank, worst.rank)) worst = wrong;
      }
      looks += begun.length;
      if (worst !== undefined && looks > MOST_LOOKS) break;
      begun.push(edge);
    }
    if (worst !== undefined) throw this.#error(worst);
  }

  #ends({ ring, index }: Edge): [Point, Point] {
    const { flat } = this.#rings[ring]!;
    return [flat[index]!, flat[(index + 1) % flat.length]!];
  }

  #follow(first: Edge, second: Edge): boolean {
    if (first.ring !== second.ring) return false;
    const { length } = this.#rings[first.ring]!.flat;
    return second.index - first.index === 1 || second.index - first.index === length - 1;
  }

  #error({ meeting, first, second }: Wrong): ShapeError {
    if (meeting.kind !== "crossing") {
      const point = meeting.kind === "touch" ? meeting.point : meeting.from;
      return selfIntersection(this.#vertexAt(point));
    }
    const [a, b] = this.#ends(first), [, d] = this.#ends(second);
    const operations = sideOf(a, b, d) < 0 ? "u/i" : "i/u";
    const ids = [first, second].map(({ ring, index }) => `{0, -1, ${ring - 1}, ${index}}`);
    return selfIntersection(
      this.#plane?.unproject(meeting.point) ?? meeting.point,
      `; method: i; operations: ${operations}; ` +
        `segment IDs {source, multi, ring, segment}: ${ids.join("/")}`,
    );
  }

  /** Whether edges may not meet like this. Takes note of those that may. */
  #isWrong(meeting: Meeting, first: Edge, second: Edge): boolean {
    if (meeting.kind !== "touch" || first.ring === second.ring) return true;
    const { point } = meeting;
    if (this.#passes(first, second, point)) return true;
    let touch = this.#touches.find((each) => isSame(each.point, point));
    if (touch === undefined) this.#touches.push(touch = { point, rings: new Set() });
    touch.rings.add(first.ring).add(second.ring);
    return false;
  }

  /** A vertex as it is written, by where it is on the plane. */
  #vertexAt(point: Point): Point {
    for (const { ring, flat } of this.#rings) {
      const index = flat.findIndex((vertex) => isSame(vertex, point));
      if (index >= 0) return ring[index]!;
    }
    return point;
  }

  /** Whether one ring goes to the other side of the other where they touch. */
  #passes(first: Edge, second: Edge, point: Point): boolean {
    const [a, b] = this.#around(first, point), [c, d] = this.#around(second, point);
    const isAhead = (p: Point) => {
      // Turning left from `b`, whether `p` comes before `a`.
      const left = sideOf(point, b, p), right = sideOf(point, a, p);
      return sideOf(point, b, a) >= 0 ? left > 0 && right < 0 : left > 0 || right < 0;
    };
    return isAhead(c) !== isAhead(d);
  }

  /** The vertices before and after a point of an edge, which may be one of its ends. */
  #around({ ring, index }: Edge, point: Point): [Point, Point] {
    const { flat } = this.#rings[ring]!;
    const { length } = flat;
    const from = flat[index]!, to = flat[(index + 1) % length]!;
    if (isSame(point, from)) return [flat[(index + length - 1) % length]!, to];
    return [from, isSame(point, to) ? flat[(index + 2) % length]! : to];
  }

  /** Whether rings touch in a circle, so that something is cut off. */
  haveCycle(): boolean {
    const parents = Array.from(
      { length: this.#rings.length + this.#touches.length },
      (_, node) => node,
    );
    const rootOf = (node: number): number => {
      while (parents[node] !== node) node = parents[node]!;
      return node;
    };
    for (const [i, { rings }] of this.#touches.entries()) {
      for (const ring of rings) {
        const a = rootOf(ring), b = rootOf(this.#rings.length + i);
        if (a === b) return true;
        parents[a] = b;
      }
    }
    return false;
  }
}

/** Makes sure that holes are in the outer ring, and not in each other. @throws {ShapeError} */
function assertHoles([outer, ...holes]: readonly CheckedRing[]): void {
  if (outer === undefined) return;
  for (const hole of holes) {
    if (!isIn(hole.flat, outer.flat)) {
      throw invalid("Geometry has interior rings defined outside the outer boundary");
    }
  }
  for (const hole of holes) {
    if (holes.some((other) => other !== hole && isIn(hole.flat, other.flat))) {
      throw invalid("Geometry has nested interior rings");
    }
  }
}

/** Whether a ring is within another one, which it does not cross: by a point of it that is not on that. */
function isIn(ring: Ring, other: Ring): boolean {
  for (const [i, vertex] of ring.entries()) {
    const next = ring[(i + 1) % ring.length]!;
    const middle = { x: (vertex.x + next.x) / 2, y: (vertex.y + next.y) / 2 };
    for (const point of [vertex, middle]) {
      if (!isOnEdge([other], point)) return isWithin([other], point);
    }
  }
  return true;
}
