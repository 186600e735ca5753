/** How samples are told and deleted, where random commands seldom come to it. The values are RedisTimeSeries's. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { testReplies } from "../replies.ts";
import { Choice, SEED } from "../search/same_as_stack.ts";

testReplies("a number is written with an exponent from 2^52 on, unless its digits are all there", [
  ["TS.ADD a 1 4500000000000000", ":1"],
  ["TS.ADD a 2 4600000000000000", ":2"],
  ["TS.ADD a 3 9007199254740992", ":3"],
  ["TS.ADD a 4 9007199254740990", ":4"],
  ["TS.ADD a 5 -12345678901234562", ":5"],
  ["TS.ADD a 6 0.5", ":6"],
  [
    "TS.RANGE a - +",
    "[[:1, +4500000000000000], [:2, +4.6E15], [:3, +9007199254740992], " +
    "[:4, +9.00719925474099E15], [:5, +-12345678901234562], [:6, +5E-1]]",
  ],
]);

testReplies("a value is a number as JSON has it, from its beginning", [
  ...["01", "+1", ".5", "1.", "-", "1.e", "1e", "--1", "1.2.3"].map((
    text,
  ) => [`TS.ADD a 1 ${text}`, "-ERR TSDB: invalid value"] as const),
  ["TS.MADD a 1 -0.25", "[-ERR TSDB: the key is not a TSDB key]"],
  ["TS.ADD a 1 -0.25", ":1"],
  ["TS.ADD a 2 0", ":2"],
  ["TS.ADD a 3 12345678901234567890.5", ":3"],
  ["TS.RANGE a - +", "[[:1, +-2.5E-1], [:2, +0], [:3, +1.2345678901234567E19]]"],
]);

Deno.test("the chunk before a last one that is emptied is the last", () => {
  using db = Redlite.open(":memory:", { driver: "builtin" });
  for (const encoding of ["compressed", "uncompressed"] as const) {
    db.ts.create(encoding, { encoding, chunkSize: 48 });
    for (let i = 1; i <= 20; i++) db.ts.add(encoding, i, i / 3);
    const { chunkCount } = db.ts.info(encoding);
    while (db.ts.info(encoding).chunkCount === chunkCount) {
      const { lastTimestamp } = db.ts.info(encoding);
      assert.equal(db.ts.del(encoding, lastTimestamp, lastTimestamp), 1);
    }
    assert.equal(db.ts.info(encoding).chunkCount, chunkCount - 1);
    const { lastTimestamp } = db.ts.info(encoding);
    for (let i = lastTimestamp + 1; i <= 30; i++) db.ts.add(encoding, i, i / 3);
    assert.deepEqual(
      db.ts.range(encoding),
      Array.from({ length: 30 }, (_, i) => [i + 1, (i + 1) / 3]),
    );
    assert.equal(db.ts.del(encoding, 0, 30), 30);
    assert.equal(db.ts.info(encoding).chunkCount, 1);
    db.ts.add(encoding, 5, 1);
    assert.deepEqual(db.ts.range(encoding), [[5, 1]]);
  }
});

Deno.test("a last sample that is changed leaves the bits that it would have had at once", () => {
  const choice = new Choice(SEED);
  using db = Redlite.open(":memory:", { driver: "builtin" });
  for (const encoding of ["compressed", "uncompressed"] as const) {
    for (const chunkSize of [48, 128, 4096]) {
      for (const key of ["once", "changed"]) {
        db.ts.create(key, { encoding, chunkSize, duplicatePolicy: "last" });
      }
      let time = 0;
      for (let i = 0; i < 400; i++) {
        time += 1 + choice.below(choice.chance(0.2) ? 5000 : 3);
        // Within a chunk of that size whatever it is, for where it does not fit the chunk grows.
        const values = Array.from({ length: 1 + choice.below(3) }, () => choice.below(16));
        for (const value of values) db.ts.add("changed", time, value);
        db.ts.add("once", time, values.at(-1)!);
      }
      assert.deepEqual(db.ts.range("changed"), db.ts.range("once"));
      // A payload has the key's name.
      const [once, changed] = ["once", "changed"].map((key) => {
        db.rename(key, "t");
        return db.call("DUMP", "t");
      });
      if (chunkSize === 4096) assert.deepEqual(changed, once);
      db.del("t");
    }
  }
});

Deno.test("a counter of one moment counts on, whatever of its chunk is in a row", () => {
  using db = Redlite.open(":memory:", { driver: "builtin" });
  db.ts.create("counter");
  for (let i = 1; i <= 300; i++) {
    db.ts.add("counter", 1000 * i, i / 3);
    for (let j = 0; j < 3; j++) db.ts.incrby("counter", 1 / 7, 1000 * i);
  }
  assert.deepEqual(
    db.ts.range("counter"),
    Array.from({ length: 300 }, (_, i) => [1000 * (i + 1), (i + 1) / 3 + 1 / 7 + 1 / 7 + 1 / 7]),
  );
});
