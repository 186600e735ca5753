/** Where among scores the places of a rectangle are. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import {
  cellLatitude,
  cellLongitude,
  MAX_STEP,
  placeOf,
  scoreOf,
} from "../../../src/store/geo/geohash.ts";
import { cellsOf } from "../../../src/store/geo/cells.ts";
import { Box, Circle, OUTSIDE, Polygon, type Region } from "../../../src/store/geo/regions.ts";
import { nextScoreIn, scoresIn, windowsOf } from "../../../src/store/geo/windows.ts";

/** The middle of a cell of the finest step. */
const inCell = (column: number, row: number) => ({
  longitude: cellLongitude(column + 0.5, MAX_STEP),
  latitude: cellLatitude(row + 0.5, MAX_STEP),
});

Deno.test("the next score in windows is the least of those that are greater", () => {
  const coordinate = fc.integer({ min: 0, max: 15 });
  const range = fc.tuple(coordinate, coordinate).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
  const window = fc.tuple(range, range).map(([[west, east], [south, north]]) => ({
    west: west!,
    east: east!,
    south: south!,
    north: north!,
  }));
  fc.assert(
    fc.property(fc.array(window, { maxLength: 2 }), coordinate, coordinate, (windows, x, y) => {
      const { longitude, latitude } = inCell(x, y);
      const score = scoreOf(longitude, latitude);
      let least = Infinity;
      for (const { west, east, south, north } of windows) {
        for (let column = west; column <= east; column++) {
          for (let row = south; row <= north; row++) {
            const place = inCell(column, row);
            const other = scoreOf(place.longitude, place.latitude);
            if (other > score && other < least) least = other;
          }
        }
      }
      const outside = windows.every(({ west, east, south, north }) =>
        x < west || x > east || y < south || y > north
      );
      if (outside) assert.equal(nextScoreIn(windows, { longitude, latitude }), least);
    }),
  );
});

Deno.test("a rectangle across the antimeridian has two windows, one around a pole all columns", () => {
  const bounds = { west: 170, east: 190, south: 0, north: 1 };
  const [east, west] = windowsOf(bounds);
  assert.equal(east?.east, 2 ** MAX_STEP);
  assert.equal(west?.west, 0);
  const pole = windowsOf(new Circle({ longitude: 0, latitude: 85 }, 1e6).extent);
  assert.equal(pole.length, 1);
  assert.equal(pole[0]?.west, 0);
  assert.equal(pole[0]?.east, 2 ** MAX_STEP);
});

Deno.test("every place of a region is in its extent, and among the scores that are left of its cell", () => {
  const longitude = fc.double({ min: -180, max: 180, noNaN: true });
  const latitude = fc.double({ min: -85, max: 85, noNaN: true });
  const place = fc.record({ longitude, latitude });
  const size = fc.double({ min: -1, max: 7.5, noNaN: true }).map((exponent) => 10 ** exponent);
  const inUnit = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(place, size, size, inUnit, inUnit, place, (centre, width, height, x, y, other) => {
      const regions: Region[] = [
        new Circle(centre, width),
        new Box(centre, width, height),
        new Polygon([centre, other, { longitude: 90 * x, latitude: 80 * y }]),
      ];
      const degrees = Math.max(width, height) / 5e4;
      const near = {
        longitude: Math.min(180, Math.max(-180, centre.longitude + x * degrees)),
        latitude: Math.min(85, Math.max(-85, centre.latitude + y * degrees)),
      };
      for (const { longitude, latitude } of [near, other, centre]) {
        const place = { longitude: 0, latitude: 0 };
        const score = scoreOf(longitude, latitude);
        placeOf(score, place);
        for (const region of regions) {
          if (region.distanceOf(place.longitude, place.latitude) === OUTSIDE) continue;
          const windows = windowsOf(region.extent);
          const column = Math.trunc((place.longitude + 180) / 360 * 2 ** MAX_STEP);
          assert.ok(windows.some(({ west, east }) => west <= column && column <= east));
          for (const cell of cellsOf(region)) {
            if (score < cell.min || score >= cell.max) continue;
            const { min, max } = scoresIn(windows, cell);
            assert.ok(cell.min <= min && min <= score && score < max && max <= cell.max);
          }
          const { south, north } = region.extent;
          assert.ok(south <= place.latitude && place.latitude <= north);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
