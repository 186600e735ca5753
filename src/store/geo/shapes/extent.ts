/** Rectangles around shapes: what an index tells apart before the shapes themselves are looked at. */

import { laidOut, verticesOf } from "./projection.ts";
import type { CoordinateSystem, Shape } from "./shape.ts";

/** A rectangle that has all of a shape. */
export interface Extent {
  /** The least x. */
  readonly minX: number;
  /** The least y. */
  readonly minY: number;
  /** The greatest x. */
  readonly maxX: number;
  /** The greatest y. */
  readonly maxY: number;
}

/** Degrees by which an arc goes farther to the north or south than the vertices that stand for it. */
const BULGE = 0.01;

/** The rectangle around a shape. On the sphere it is all longitudes where a shape crosses the antimeridian. */
export function extentOf(shape: Shape, system: CoordinateSystem): Extent {
  const isArc = system === "spherical" && shape.type === "polygon";
  let minX = Infinity, minY = Infinity, maxX = -Infinity, maxY = -Infinity;
  for (const { x, y } of verticesOf(isArc ? laidOut(shape) : shape)) {
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    maxX = Math.max(maxX, x);
    maxY = Math.max(maxY, y);
  }
  if (!isArc) return { minX, minY, maxX, maxY };
  const isWhole = minX < -180 || maxX > 180;
  return {
    minX: isWhole ? -180 : minX,
    minY: minY - BULGE,
    maxX: isWhole ? 180 : maxX,
    maxY: maxY + BULGE,
  };
}
