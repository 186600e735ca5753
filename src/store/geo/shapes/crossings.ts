/** How two edges meet. */

import { isBetween, type Point, sideOf } from "./shape.ts";

/** What two edges have in common. */
export type Meeting =
  /** A point in the middle of both. */
  | { readonly kind: "crossing"; readonly point: Point }
  /** A point that is an end of one of them. */
  | { readonly kind: "touch"; readonly point: Point }
  /** More than a point. The ends of what they share. */
  | { readonly kind: "overlap"; readonly from: Point; readonly to: Point };

/** How the edges from `a` to `b` and from `c` to `d` meet; undefined if they do not. */
export function meetingOf(a: Point, b: Point, c: Point, d: Point): Meeting | undefined {
  if (areApart(a.x, b.x, c.x, d.x) || areApart(a.y, b.y, c.y, d.y)) return undefined;
  const sideC = sideOf(a, b, c), sideD = sideOf(a, b, d);
  const sideA = sideOf(c, d, a), sideB = sideOf(c, d, b);
  if (sideC === 0 && sideD === 0) return sharedBy(a, b, c, d);
  if (sideC * sideD < 0 && sideA * sideB < 0) {
    const t = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) /
      ((b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x));
    return { kind: "crossing", point: { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) } };
  }
  if (sideC === 0 && isBetween(a, b, c)) return { kind: "touch", point: c };
  if (sideD === 0 && isBetween(a, b, d)) return { kind: "touch", point: d };
  if (sideA === 0 && isBetween(c, d, a)) return { kind: "touch", point: a };
  if (sideB === 0 && isBetween(c, d, b)) return { kind: "touch", point: b };
  return undefined;
}

/** What rounding may put between two numbers that are the same. */
const SLACK = 8 * Number.EPSILON;

/** Whether the ranges from `a` to `b` and from `c` to `d` have nothing in common. */
function areApart(a: number, b: number, c: number, d: number): boolean {
  const slack = SLACK * Math.max(1, Math.abs(a), Math.abs(b));
  return Math.max(a, b) + slack < Math.min(c, d) || Math.max(c, d) + slack < Math.min(a, b);
}

/** What two edges of one line share. */
function sharedBy(a: Point, b: Point, c: Point, d: Point): Meeting | undefined {
  const shared: Point[] = [];
  const add = (point: Point) => {
    if (!shared.some(({ x, y }) => x === point.x && y === point.y)) shared.push(point);
  };
  for (const end of [c, d]) if (isBetween(a, b, end)) add(end);
  for (const end of [a, b]) if (isBetween(c, d, end)) add(end);
  const [from, to] = shared;
  if (from === undefined) return undefined;
  return to === undefined ? { kind: "touch", point: from } : { kind: "overlap", from, to };
}
