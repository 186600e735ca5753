/** What texts are shapes, and how shapes lie to each other: the answers are those of RediSearch. */

import { strict as assert } from "node:assert";
import {
  type CoordinateSystem,
  extentOf,
  isRelated,
  parseShape,
  type Relation,
} from "../../../../src/store/geo/shapes.ts";

const SYSTEMS = ["flat", "spherical"] as const;

/** What is said of a text; empty if it is a shape. */
function refusal(text: string, system: CoordinateSystem): string {
  try {
    parseShape(text, system);
    return "";
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
}

const SHAPES = [
  "POINT(5 5)",
  "POINT (1e2 -3.5) ",
  "POInt( +5.\t.5 )",
  "POINT()",
  "POINT(5)",
  "POINT EMPTY",
  "POINT M(1 2)",
  "POLYGON((1 1, 1 9, 9 9, 9 1, 1 1))",
  "POLYGON((1 1, 9 1, 9 9, 1 9))",
  "POLYGON ( ( 0 0 , 9 0 , 9 9 ) )",
  "POLYGON((0 0 9 0,9 9,0 9))",
  "POLYGON((0 0,9 0,9 9),)",
  "POLYGON((1 1, 1 1, 1 9, 9 9, 9 1, 1 1))",
  "POLYGON((1 1,1 9,9 9,9 1,1 1),(2 2,2 3,3 3,3 2,2 2))",
  "POLYGON((0 0,0 9,9 9,9 0,0 0),(0 0,2 4,4 2,0 0))",
  "POLYGON((0 0,0 9,9 9,9 0),(1 1,1 2,2 2,2 1),(2 2,2 3,3 3,3 2),(3 3,3 4,4 4,4 3))",
];

Deno.test("points and polygons are read, and what is missing is 0", () => {
  for (const text of SHAPES) for (const system of SYSTEMS) assert.equal(refusal(text, system), "");
  assert.deepEqual(parseShape("POINT(5)", "flat"), { type: "point", point: { x: 5, y: 0 } });
});

Deno.test("the outer ring of a polygon goes clockwise, its holes the other way, each vertex once", () => {
  const text = "POLYGON((1 1,9 1,9 9,1 9,1 1),(2 2,2 3,3 3,3 3,3 2,2 2))";
  const shape = parseShape(text, "flat");
  assert.ok(shape.type === "polygon");
  const rings = shape.rings.map((ring) => ring.map(({ x, y }) => `${x} ${y}`).join(","));
  assert.deepEqual(rings, ["1 1,1 9,9 9,9 1", "2 2,3 2,3 3,2 3"]);
});

const bad = (word: string, text: string) =>
  `bad lexical cast: source type value could not be interpreted as target at '${word}' in '${text}'`;
const SELF = "invalid geometry: Geometry has invalid self-intersections. " +
  "A self-intersection point was found at";
const IDS = "segment IDs {source, multi, ring, segment}:";

const REFUSED: readonly (readonly [text: string, error: string])[] = [
  ["", "unknown geometry type"],
  ["point(5 5)", "unknown geometry type"],
  [" POINT(5 5)", "unknown geometry type"],
  ["LINESTRING(1 1,2 2)", "unknown geometry type"],
  ["POIx(1 2)", "Should start with 'POINT'' in (POIx(1 2))"],
  ["POL", "Should start with 'POLYGON'' in (POL)"],
  ["POINT Z(1 2)", "Z only allowed for 3 or more dimensions' in (POINT Z(1 2))"],
  ["POINT", "Expected '(' in 'POINT'"],
  ["POINT(1 2", "Expected ')' in 'POINT(1 2'"],
  ["POINT(5 5 5)", "Expected ')' at '5' in 'POINT(5 5 5)'"],
  ["POINT(5,5)", "Expected ')' at ',' in 'POINT(5,5)'"],
  ["POINT(5 5)x", "Too many tokens at 'x' in 'POINT(5 5)x'"],
  ["POINT EMPTY x", "Too many tokens at 'x' in 'POINT EMPTY x'"],
  ["POINT(a b)", bad("a", "POINT(a b)")],
  ["POINT((1 2))", bad("(", "POINT((1 2))")],
  ["POINT(0x10 5)", bad("0x10", "POINT(0x10 5)")],
  ["POINT(1e 1)", bad("1e", "POINT(1e 1)")],
  ["POINT(1e400 1)", bad("1e400", "POINT(1e400 1)")],
  ["POINT(inf 1)", "invalid geometry: Geometry has point(s) with invalid coordinate(s)"],
  ["POINT(1 -nan)", "invalid geometry: Geometry has point(s) with invalid coordinate(s)"],
  ["POLYGON(1 1,1 9,9 9)", "Expected '(' at '1' in 'POLYGON(1 1,1 9,9 9)'"],
  ["POLYGON((1 1,1 9,9 9)", "Expected ')' in 'POLYGON((1 1,1 9,9 9)'"],
  ["POLYGON((0 0,9 0,9 9),,)", "Expected '(' at ',' in 'POLYGON((0 0,9 0,9 9),,)'"],
  ["POLYGON()", "invalid geometry: Geometry has too few points"],
  ["POLYGON((1 1,2 2,1 1))", "invalid geometry: Geometry has too few points"],
  ["POLYGON((0 0,9 0,9 9,0 9),(2 2))", "invalid geometry: Geometry has too few points"],
  ["POLYGON((0 0,4 0,4 0,0 0))", "invalid geometry: Geometry has wrong topological dimension"],
  [
    "POLYGON((1 1,1 9,9 9,nan 1,1 1))",
    "invalid geometry: Geometry has point(s) with invalid coordinate(s)",
  ],
  [
    "POLYGON((1 1,1 9,5 9,5 12,5 9,9 9,9 1,1 1))",
    "invalid geometry: Geometry has spikes. A spike point was found with apex at (5, 12)",
  ],
  [
    "POLYGON((1 1,1 9,9 9,9 1,1 1),(20 20,20 30,30 30,30 20,20 20))",
    "invalid geometry: Geometry has interior rings defined outside the outer boundary",
  ],
  [
    "POLYGON((1 1,1 9,9 9,9 1,1 1),(2 2,2 5,5 5,5 2,2 2),(3 3,3 4,4 4,4 3,3 3))",
    "invalid geometry: Geometry has nested interior rings",
  ],
  [
    "POLYGON((0 0,0 9,9 9,9 0,0 0),(0 0,2 4,9 9,4 2,0 0))",
    "invalid geometry: Geometry has disconnected interior",
  ],
];

Deno.test("what is no shape is refused in RediSearch's words", () => {
  for (const [text, error] of REFUSED) {
    for (const system of SYSTEMS) assert.equal(refusal(text, system), error, `${text}, ${system}`);
  }
});

const REFUSED_FLAT: readonly (readonly [text: string, error: string])[] = [
  [
    "POLYGON((1 1,2 2,3 3,1 1))",
    "invalid geometry: Geometry has spikes. A spike point was found with apex at (3, 3)",
  ],
  ["POLYGON((1 1,9 9,1 9,9 1,1 1))", "invalid geometry: Geometry has wrong orientation"],
  [
    "POLYGON((0 0,6 0,6 6,3 -2,0 6,0 0))",
    `${SELF} (2.25, 0); method: i; operations: u/i; ${IDS} {0, -1, -1, 1}/{0, -1, -1, 4}`,
  ],
  [
    "POLYGON((0 0,0 9,9 9,9 0,0 0),(1 1,1 4,4 4,4 1,1 1),(3 3,3 6,6 6,6 3,3 3))",
    `${SELF} (4, 3); method: i; operations: u/i; ${IDS} {0, -1, 0, 1}/{0, -1, 1, 0}`,
  ],
  ["POLYGON((0 0,2 2,4 0,4 4,2 2,0 4,0 0))", `${SELF} (2, 2)`],
  ["POLYGON((0 0,4 0,4 4,2 0,0 4,0 0))", `${SELF} (2, 0)`],
  ["POLYGON((0 0,0 9,9 9,9 0,0 0),(0 2,0 4,4 4,4 2,0 2))", `${SELF} (0, 4)`],
];

Deno.test("on a plane edges that cross are told of with where they are", () => {
  for (const [text, error] of REFUSED_FLAT) assert.equal(refusal(text, "flat"), error, text);
});

Deno.test("three places on a line of the map make a polygon on the sphere, where it is none", () => {
  assert.equal(refusal("POLYGON((1 1,2 2,3 3,1 1))", "spherical"), "");
});

const SQUARE = "POLYGON((0 0,0 10,10 10,10 0,0 0))";
const HOLLOW = "POLYGON((0 0,0 10,10 10,10 0,0 0),(4 4,4 6,6 6,6 4,4 4))";

/** Which of WITHIN, CONTAINS, INTERSECTS and DISJOINT are true of two shapes. */
const RELATED: readonly (readonly [document: string, query: string, relations: string])[] = [
  ["POINT(5 5)", SQUARE, "WITHIN INTERSECTS"],
  ["POINT(0 5)", SQUARE, "INTERSECTS"],
  ["POINT(11 5)", SQUARE, "DISJOINT"],
  ["POINT(5 5)", HOLLOW, "DISJOINT"],
  ["POINT(4 5)", HOLLOW, "INTERSECTS"],
  ["POINT(5 5)", "POINT(5 5)", "INTERSECTS"],
  ["POINT(5 5)", "POINT(5 6)", "DISJOINT"],
  [SQUARE, "POINT(5 5)", "CONTAINS INTERSECTS"],
  [SQUARE, SQUARE, "WITHIN CONTAINS INTERSECTS"],
  [HOLLOW, SQUARE, "WITHIN INTERSECTS"],
  ["POLYGON((0 0,0 5,5 0,0 0))", SQUARE, "WITHIN INTERSECTS"],
  ["POLYGON((5 5,5 15,15 15,15 5,5 5))", SQUARE, "INTERSECTS"],
  ["POLYGON((4 4,4 6,6 6,6 4,4 4))", HOLLOW, "INTERSECTS"],
  ["POLYGON((4.5 4.5,4.5 5,5 5,4.5 4.5))", HOLLOW, "DISJOINT"],
  ["POLYGON((3 3,3 7,7 7,7 3,3 3))", HOLLOW, "INTERSECTS"],
  ["POLYGON((1 1,1 2,2 2,1 1))", HOLLOW, "WITHIN INTERSECTS"],
  ["POLYGON((10 10,10 12,12 12,10 10))", SQUARE, "INTERSECTS"],
  ["POLYGON((11 11,11 12,12 12,11 11))", SQUARE, "DISJOINT"],
];

function relations(document: string, query: string, system: CoordinateSystem): string {
  const [a, b] = [parseShape(document, system), parseShape(query, system)];
  const all: readonly Relation[] = ["WITHIN", "CONTAINS", "INTERSECTS", "DISJOINT"];
  return all.filter((relation) => isRelated(relation, a, b, system)).join(" ");
}

Deno.test("shapes are within, contain, meet or miss each other, their edges and holes considered", () => {
  for (const [document, query, expected] of RELATED) {
    assert.equal(relations(document, query, "flat"), expected, `${document} and ${query}`);
  }
});

Deno.test("on the sphere edges are arcs of great circles", () => {
  const wide = "POLYGON((0 60,0 50,90 50,90 60,0 60))";
  assert.equal(relations("POINT(45 63)", wide, "spherical"), "WITHIN INTERSECTS");
  assert.equal(relations("POINT(45 63)", wide, "flat"), "DISJOINT");
});

Deno.test("shapes may lie across the antimeridian, around a pole, or around half the world", () => {
  const across = "POLYGON((170 0,-170 0,-170 10,170 10,170 0))";
  const pole = "POLYGON((0 80,90 80,180 80,-90 80,0 80))";
  const south = "POLYGON((0 -80,90 -80,180 -80,-90 -80,0 -80))";
  const wide = "POLYGON((-100 -60,0 -60,100 -60,100 60,0 60,-100 60,-100 -60))";
  const related = (document: string, query: string) => relations(document, query, "spherical");
  assert.equal(related("POINT(180 5)", across), "WITHIN INTERSECTS");
  assert.equal(related("POINT(-179 5)", across), "WITHIN INTERSECTS");
  assert.equal(related("POINT(0 5)", across), "DISJOINT");
  assert.equal(related("POINT(0 85)", pole), "WITHIN INTERSECTS");
  assert.equal(related("POINT(0 -85)", pole), "DISJOINT");
  assert.equal(related("POINT(0 -85)", south), "WITHIN INTERSECTS");
  assert.equal(related("POINT(90 0)", wide), "WITHIN INTERSECTS");
  assert.equal(related("POINT(50 63)", wide), "WITHIN INTERSECTS");
  assert.equal(related("POINT(0 61)", wide), "DISJOINT");
  assert.equal(related("POINT(179 0)", wide), "DISJOINT");
});

Deno.test("an extent has all of a shape: arcs go beyond their ends, and some all round the world", () => {
  const extent = (text: string, system: CoordinateSystem) =>
    extentOf(parseShape(text, system), system);
  const wide = "POLYGON((0 60,0 50,90 50,90 60,0 60))";
  assert.deepEqual(extent(wide, "flat"), { minX: 0, minY: 50, maxX: 90, maxY: 60 });
  const { minY, maxY, maxX } = extent(wide, "spherical");
  assert.ok(minY < 50 && maxY > 67 && maxX === 90);
  const across = extent("POLYGON((170 0,-170 0,-170 10,170 10,170 0))", "spherical");
  assert.deepEqual([across.minX, across.maxX], [-180, 180]);
  const pole = extent("POLYGON((0 80,90 80,180 80,-90 80,0 80))", "spherical");
  assert.ok(pole.maxY >= 90 && pole.minX === -180 && pole.maxX === 180);
  assert.deepEqual(extent("POINT(1 2)", "spherical"), { minX: 1, minY: 2, maxX: 1, maxY: 2 });
});
