/** Samples that are in memory alone until their turn is committed, and what is told of them. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { Followed } from "../effects/stores.ts";

/** Samples more than fit a key's row, in some chunks. */
const COUNT = 700;

/** Adds samples, with a look or a change in between that needs those before it. */
function fill(db: Redlite): void {
  db.ts.create("a", { chunkSize: 256, labels: { room: "study" } });
  const look = (at: number) => {
    assert.equal(db.ts.range("a").length, at + 1);
    assert.equal(db.ts.info("a").totalSamples, at + 1);
    assert.deepEqual(
      db.sql("SELECT count(*) AS n FROM redlite_timeseries WHERE key = 'a'").map(({ n }) =>
        Number(n)
      ),
      [at + 1],
    );
  };
  for (let i = 0; i < COUNT; i++) {
    db.ts.add("a", 10 * i, i / 7);
    if (i === 90 || i === 400) look(i);
    if (i === 150) db.ts.add("a", 10 * i, -1, { onDuplicate: "last" });
    if (i === 500) db.ts.add("a", 10 * i - 55, 7, { onDuplicate: "last" });
    if (i === 300) db.copy("a", "copied");
    if (i === 301) db.call("RESTORE", "restored", 0, db.dump("a")!);
    if (i === 600) db.ts.del("a", 10 * i - 2000, 10 * i);
  }
  db.rename("a", "b");
  db.ts.add("b", 10 * COUNT, 1);
}

const digests = (db: Redlite) => db.call("DEBUG", "DIGEST-VALUE", "b", "copied", "restored");

Deno.test("samples of one transaction come to what those of many come to", async () => {
  using together = Redlite.open(":memory:"), apart = Redlite.open(":memory:");
  together.transaction(() => fill(together));
  fill(apart);
  assert.deepEqual(digests(together), digests(apart));
  assert.deepEqual(together.ts.range("b"), apart.ts.range("b"));
  assert.equal(together.ts.range("copied").length, 301);
  assert.deepEqual(together.ts.queryindex("room=study"), apart.ts.queryindex("room=study"));
  for (const db of [together, apart]) assert.deepEqual(await db.integrity(), []);
});

Deno.test("samples of a transaction that fails are gone, however many", () => {
  using db = Redlite.open(":memory:");
  for (let i = 0; i < 50; i++) db.ts.add("a", i, i / 7);
  const before = db.ts.range("a");
  const fail = () => {
    for (let i = 50; i < COUNT; i++) db.ts.add("a", i, i / 7);
    throw new RangeError("no more");
  };
  assert.throws(() => db.transaction(fail), RangeError);
  assert.deepEqual(db.ts.range("a"), before);
  db.ts.add("a", 50, 1);
  assert.equal(db.ts.info("a").totalSamples, 51);
});

Deno.test("a sample is told with a policy where it depends on one what becomes of it", () => {
  using followed = new Followed();
  const told = (line: string) => {
    followed.told.length = 0;
    followed.original.ask(...line.split(" "));
    followed.follow();
    return followed.told.map((each) => each.split("|").at(-1)?.trim());
  };
  told("TS.CREATE a DUPLICATE_POLICY SUM");
  assert.deepEqual(told("TS.ADD a 1 2"), ["TS.ADD a 1 2"]);
  assert.deepEqual(told("TS.ADD a 1 2"), ["TS.ADD a 1 2 ON_DUPLICATE sum"]);
  assert.deepEqual(told("TS.ADD a 2 5"), ["TS.ADD a 2 5"]);
  assert.deepEqual(told("TS.ADD a 1 9 ON_DUPLICATE MAX"), ["TS.ADD a 1 9 ON_DUPLICATE max"]);
  told("TS.CREATE b DUPLICATE_POLICY LAST IGNORE 5 1");
  assert.deepEqual(told("TS.ADD b 1 2"), ["TS.ADD b 1 2 ON_DUPLICATE last"]);
  assert.deepEqual(told("TS.ADD b 3 2.5"), []);
  followed.look((original, copy) => {
    for (const key of ["a", "b"]) {
      assert.deepEqual(
        original.ask("TS.RANGE", key, "-", "+"),
        copy.ask("TS.RANGE", key, "-", "+"),
      );
    }
  });
});
