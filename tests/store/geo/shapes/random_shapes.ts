/** Random shapes on a small grid, where edges touch and overlap often: valid ones, and others. */

import fc from "../../../harness/properties.ts";

type Point = readonly [x: number, y: number];

const GRID = 8;

const ringText = (ring: readonly Point[]) =>
  `(${[...ring, ring[0]!].map((point) => point.join(" ")).join(", ")})`;

const onGrid = fc.integer({ min: 0, max: GRID });
const point: fc.Arbitrary<Point> = fc.tuple(onGrid, onGrid);

/** A rectangle, with a hole where there is room for one. */
const box = fc.tuple(
  point,
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 4 }),
  fc.boolean(),
)
  .map(([[x, y], width, height, hollow]) => {
    const rectangle = (x: number, y: number, width: number, height: number): Point[] => [
      [x, y],
      [x, y + height],
      [x + width, y + height],
      [x + width, y],
    ];
    const rings = [rectangle(x, y, width, height)];
    if (hollow && width > 2 && height > 2) rings.push(rectangle(x + 1, y + 1, 1, 1));
    return `POLYGON(${rings.map(ringText).join(", ")})`;
  });

/** Some points, mostly in their order around the middle. */
const polygon = fc.tuple(
  fc.array(point, { minLength: 3, maxLength: 6 }),
  fc.integer({ max: 9, min: 0 }),
)
  .map(([points, order]) => {
    const middle = [0, 1].map((axis) =>
      points.reduce((sum, point) => sum + point[axis]!, 0) / points.length
    );
    const angle = ([x, y]: Point) => Math.atan2(y - middle[1]!, x - middle[0]!);
    const ring = order < 7 ? points.toSorted((a, b) => angle(a) - angle(b)) : points;
    return `POLYGON(${ringText(ring)})`;
  });

/** The text of a shape. */
export const shapeText: fc.Arbitrary<string> = fc.oneof(
  point.map(([x, y]) => `POINT(${x} ${y})`),
  box,
  polygon,
  polygon,
);
