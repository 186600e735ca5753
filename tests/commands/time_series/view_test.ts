/** The view of samples shows what ranges tell. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { Choice, SEED } from "../search/same_as_stack.ts";
import { DRIVERS } from "../../store/open.ts";

const VALUES = [20.5, -3, 5e-324, -1e-310, 0, -0, 1 / 3, 1.7e308, -1.7e308, 2 ** 53];

for (const { info: { name: driver } } of DRIVERS) {
  Deno.test(`redlite_timeseries has every sample, bit by bit, by ${driver}`, () => {
    const choice = new Choice(SEED);
    using db = Redlite.open(":memory:", { driver });
    db.ts.create("a", { chunkSize: 64 });
    db.ts.create("b", { chunkSize: 64, encoding: "uncompressed" });
    db.ts.create("c");
    const expected: unknown[] = [];
    for (const key of ["a", "b", "c"]) {
      let time = 1000;
      for (let i = 0; i < 200; i++) {
        time += 1 + choice.below(choice.chance(0.1) ? 10 ** 12 : 30);
        db.ts.add(key, time, choice.chance(0.3) ? choice.next() : choice.of(VALUES));
      }
      for (const [time, value] of db.ts.range(key)) expected.push({ key, time, value });
    }
    db.ts.add("d", 1, NaN);
    db.ts.incrby("e", -Infinity, 1);
    expected.push({ key: "d", time: 1, value: null }, { key: "e", time: 1, value: -Infinity });
    assert.deepEqual(
      db.sql("SELECT key, time, value FROM redlite_timeseries ORDER BY key, time")
        .map((row) => ({ ...row, time: Number(row["time"]) })),
      expected,
    );
  });
}
