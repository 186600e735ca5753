/** The typed methods of places, their view in SQL, and their past. */

import { strict as assert } from "node:assert";
import { geo, type GeoArea } from "../../../ext/geo.ts";
import { Redlite } from "../../../mod.ts";

const open = () => Redlite.open(":memory:", { extensions: [geo()] });

function withSicily(): ReturnType<typeof open> {
  const db = open();
  db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
  return db;
}

const AROUND: GeoArea = { longitude: 15, latitude: 37, radius: 1000, unit: "km" };

Deno.test("geoadd adds members and moves them, as its options say", () => {
  using db = open();
  assert.equal(db.geoadd("g", [[1, 1, "a"], [2, 2, 5]]), 2);
  assert.equal(db.geoadd("g", [[1, 2, "a"], [3, 3, "c"]], { ch: true }), 2);
  assert.equal(db.geoadd("g", [[1, 3, "a"]], { nx: true, ch: true }), 0);
  assert.equal(db.geoadd("g", [[1, 3, "d"]], { xx: true }), 0);
  assert.deepEqual(db.zrange("g", 0, -1).sort(), ["5", "a", "c"]);
});

Deno.test("places, distances and geohashes are values, and null of members that are not there", () => {
  using db = withSicily();
  assert.deepEqual(db.geopos("towns", "Palermo", "Rome"), [
    { longitude: 13.361389338970184, latitude: 38.1155563954963 },
    null,
  ]);
  assert.equal(db.geodist("towns", "Palermo", "Catania"), 166274.1516);
  assert.equal(db.geodist("towns", "Palermo", "Catania", "mi"), 103.3182);
  assert.equal(db.geodist("towns", "Palermo", "Rome"), null);
  assert.equal(db.bytes.geodist("towns", "Palermo", "Catania", "km"), 166.2742);
  assert.deepEqual(db.geohash("towns", ["Palermo", "Rome"]), ["sqc8b49rny0", null]);
});

Deno.test("geosearch takes circles, boxes and polygons around places and members", () => {
  using db = withSicily();
  const search = (area: GeoArea) => db.geosearch("towns", area);
  assert.deepEqual(search({ longitude: 15, latitude: 37, radius: 100, unit: "km" }), ["Catania"]);
  assert.deepEqual(search({ member: "Palermo", radius: 1 }), ["Palermo"]);
  assert.deepEqual(search({ member: "Palermo", width: 400, height: 10, unit: "km" }), ["Palermo"]);
  assert.deepEqual(search({ polygon: [[15, 37], [16, 37], [16, 38], [15, 38]] }), ["Catania"]);
  assert.deepEqual(db.geosearch("towns", AROUND, { order: "desc" }), ["Palermo", "Catania"]);
  assert.deepEqual(db.geosearch("towns", AROUND, { count: 1 }), ["Catania"]);
  assert.equal(db.geosearch("towns", AROUND, { count: 1, any: true }).length, 1);
});

Deno.test("geosearchWithDetails tells distances and places, of members as bytes too", () => {
  using db = withSicily();
  assert.deepEqual(db.geosearchWithDetails("towns", AROUND, { count: 1 }), [{
    member: "Catania",
    distance: 56.4413,
    hash: 3479447370796909,
    longitude: 15.087267458438873,
    latitude: 37.50266842333162,
  }]);
  const [found] = db.bytes.geosearchWithDetails("towns", AROUND, { count: 1 });
  assert.deepEqual(found?.member, new TextEncoder().encode("Catania"));
  assert.equal(found?.distance, 56.4413);
});

Deno.test("geosearchstore stores geohashes, or distances", () => {
  using db = withSicily();
  assert.equal(db.geosearchstore("near", "towns", AROUND, { order: "asc", count: 1 }), 1);
  assert.equal(db.zscore("near", "Catania"), 3479447370796909);
  assert.equal(db.geosearchstore("near", "towns", AROUND, { storedist: true }), 2);
  assert.equal(db.zscore("near", "Catania")?.toFixed(4), "56.4413");
});

Deno.test("areas and options of a wrong kind are refused by their names", () => {
  using db = withSicily();
  const wrong = (area: unknown, options = {}) => () =>
    db.geosearch("towns", area as GeoArea, options);
  assert.throws(wrong({ longitude: 1, latitude: 1 }), /an area is/);
  assert.throws(wrong({ radius: 1 }), /an area is/);
  assert.throws(wrong({ member: "a", longitude: 1, latitude: 1, radius: 1 }), /an area is/);
  assert.throws(wrong({ member: "a", radius: 1, width: 1, height: 1 }), /an area is/);
  assert.throws(wrong({ polygon: [[1, 1]], unit: "km" }), /an area is/);
  assert.throws(wrong({ polygon: [[1, 1, 1]] }), /each of polygon must be/);
  assert.throws(wrong({ member: "a", radius: 1, unit: "yd" }), /option unit must be/);
  assert.throws(wrong({ member: "a", radios: 1 }), /there is no option radios/);
  assert.throws(wrong(AROUND, { storedist: true }), /there is no option storedist/);
  assert.throws(() => db.geoadd("g", [[1, 2]] as never), /each of places must be/);
});

Deno.test("the view redlite_geo has the places that GEOPOS tells", () => {
  using db = withSicily();
  db.geoadd("edges", [[180, 85.05112878, "a"], [-180, -85.05112878, "b"], [0, 0, "c"]]);
  const rows = db.sql("SELECT key, member, longitude, latitude FROM redlite_geo");
  assert.equal(rows.length, 5);
  for (const { key, member, longitude, latitude } of rows) {
    assert.deepEqual(db.geopos(String(key), String(member)), [{ longitude, latitude }]);
  }
});

Deno.test("places can be searched as they were", async () => {
  using db = withSicily();
  db.history.enable();
  db.geoadd("towns", [[2, 48, "Palermo"]]);
  const then = Date.now();
  while (Date.now() <= then) await new Promise((resolve) => setTimeout(resolve, 1));
  db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]]);
  db.zrem("towns", "Catania");
  assert.deepEqual(db.geosearch("towns", AROUND), ["Palermo"]);
  assert.deepEqual(db.at(then).geosearch("towns", AROUND), ["Catania"]);
});

Deno.test("a transaction finds the places it has added", () => {
  using db = withSicily();
  const found = db.transaction(() => {
    db.geoadd("towns", [[14, 37, "Gela"]]);
    return db.geosearch("towns", AROUND, { order: "asc" });
  });
  assert.deepEqual(found, ["Catania", "Gela", "Palermo"]);
});
