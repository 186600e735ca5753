/** What is in circles, boxes and polygons, and the cells that a search looks at. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { cellsOf, stepFor } from "../../../src/store/geo/cells.ts";
import { distance, latitudeDistance } from "../../../src/store/geo/distance.ts";
import { scoreOf } from "../../../src/store/geo/geohash.ts";
import { Box, Circle, OUTSIDE, Polygon, type Region } from "../../../src/store/geo/regions.ts";

const HERE = { longitude: 15, latitude: 37 };

Deno.test("the distance of two places is that of Redis", () => {
  const metres = distance(
    13.361389338970184,
    38.1155563954963,
    15.087267458438873,
    37.50266842333162,
  );
  assert.equal(metres.toFixed(4), "166274.1516");
});

Deno.test("the distance along a meridian is that of the latitudes", () => {
  assert.equal(distance(10, 1, 10, 2), latitudeDistance(1, 2));
});

Deno.test("a circle has the places up to its radius, those at it too", () => {
  const metres = distance(15, 37, 15.1, 37);
  assert.equal(new Circle(HERE, metres).distanceOf(15.1, 37), metres);
  assert.equal(new Circle(HERE, metres * (1 - 1e-12)).distanceOf(15.1, 37), OUTSIDE);
  assert.equal(new Circle(HERE, 0).distanceOf(15, 37), 0);
});

Deno.test("a box has other limits to the north than to the east", () => {
  const box = new Box(HERE, 400, 2, 1000);
  assert.notEqual(box.distanceOf(16, 37), OUTSIDE);
  assert.equal(box.distanceOf(15, 38), OUTSIDE);
});

Deno.test("a polygon has what is between its edges, measured from its centroid", () => {
  const polygon = new Polygon([
    { longitude: 0, latitude: 0 },
    { longitude: 10, latitude: 0 },
    { longitude: 10, latitude: 10 },
    { longitude: 5, latitude: 5 },
    { longitude: 0, latitude: 10 },
  ]);
  const { longitude, latitude } = polygon.centre;
  assert.equal(polygon.distanceOf(2, 6), distance(longitude, latitude, 2, 6));
  assert.equal(polygon.distanceOf(5, 6), OUTSIDE);
});

Deno.test("a step is coarser for larger circles and towards the poles", () => {
  assert.equal(stepFor(0, 0), 26);
  assert.equal(stepFor(1, 0), 24);
  assert.equal(stepFor(1, 70), 23);
  assert.equal(stepFor(1, -85), 22);
  assert.equal(stepFor(1e8, 0), 1);
});

Deno.test("a polygon around the pole is looked for in all of the world", () => {
  const ring = new Polygon([-170, -60, 50, 160].map((longitude) => ({ longitude, latitude: 84 })));
  assert.ok(ring.centre.latitude > 85.06);
  assert.deepEqual(cellsOf(ring).map(({ min }) => min).sort(), [0, 2 ** 50, 2 ** 51, 3 * 2 ** 50]);
});

Deno.test("a search looks at every place of its region once", () => {
  const degrees = fc.double({ min: -1, max: 1, noNaN: true });
  const size = fc.double({ min: 0, max: 5, noNaN: true }).map((exponent) => 10 ** exponent);
  const centre = fc.record({ longitude: fc.integer({ min: -170, max: 170 }), latitude: degrees });
  fc.assert(
    fc.property(centre, size, size, degrees, degrees, (centre, width, height, east, north) => {
      const regions: Region[] = [new Circle(centre, width), new Box(centre, width, height)];
      const longitude = centre.longitude + east * width / 1e5;
      const latitude = centre.latitude + north * height / 1e5;
      const score = scoreOf(longitude, latitude);
      for (const region of regions) {
        const looks = cellsOf(region).filter(({ min, max }) => score >= min && score < max).length;
        if (region.distanceOf(longitude, latitude) === OUTSIDE) assert.ok(looks <= 1);
        else assert.equal(looks, 1);
      }
    }),
  );
});
