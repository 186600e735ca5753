/** Scores, places and texts of geohashes: the values are those of Redis. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import {
  geohashText,
  isPlace,
  MAX_LATITUDE,
  MIN_LATITUDE,
  type Place,
  placeOf,
  scoreOf,
} from "../../../src/store/geo/geohash.ts";

function placed(score: number): Place {
  const place = { longitude: NaN, latitude: NaN };
  placeOf(score, place);
  return place;
}

Deno.test("a place has the score that Redis gives it", () => {
  assert.equal(scoreOf(13.361389, 38.115556), 3479099956230698);
  assert.equal(scoreOf(15.087269, 37.502669), 3479447370796909);
  assert.equal(scoreOf(-180, MIN_LATITUDE), 0);
});

Deno.test("the greatest coordinates are beyond the last cell, and come back as they are", () => {
  assert.equal(scoreOf(180, MIN_LATITUDE), 2 ** 53);
  assert.equal(scoreOf(-180, MAX_LATITUDE), 2 ** 52);
  assert.equal(scoreOf(180, MAX_LATITUDE), 2 ** 53 + 2 ** 52);
  assert.deepEqual(placed(2 ** 53 + 2 ** 52), { longitude: 180, latitude: MAX_LATITUDE });
});

Deno.test("the place of a score is the middle of its cell", () => {
  assert.deepEqual(placed(3479099956230698), {
    longitude: 13.361389338970184,
    latitude: 38.1155563954963,
  });
});

Deno.test("scores that are no geohashes are places too", () => {
  assert.deepEqual(placed(-1), { longitude: 180, latitude: MAX_LATITUDE });
  assert.deepEqual(placed(Infinity), placed(0));
  assert.deepEqual(placed(1e300), placed(0));
  assert.deepEqual(placed(-Infinity), { longitude: 180, latitude: placed(0).latitude });
  assert.deepEqual(placed(3479099956230698.5), placed(3479099956230698));
});

Deno.test("the text of a geohash has eleven characters, the last of which says nothing", () => {
  assert.equal(geohashText(placed(3479099956230698)), "sqc8b49rny0");
  assert.equal(geohashText(placed(3479447370796909)), "sqdtr74hyu0");
});

Deno.test("a place is on the map up to its edges", () => {
  assert.ok(isPlace(-180, MAX_LATITUDE));
  assert.ok(!isPlace(-180.1, 0));
  assert.ok(!isPlace(0, 85.06));
});

Deno.test("a place moves by less than half a metre when it is encoded", () => {
  fc.assert(fc.property(
    fc.double({ min: -180, max: 180, noNaN: true }),
    fc.double({ min: MIN_LATITUDE, max: MAX_LATITUDE, noNaN: true }),
    (longitude, latitude) => {
      const place = placed(scoreOf(longitude, latitude));
      assert.ok(Math.abs(place.longitude - longitude) <= 360 / 2 ** 27 + 1e-12);
      assert.ok(Math.abs(place.latitude - latitude) <= 171 / 2 ** 27 + 1e-12);
    },
  ));
});
