/** The view of filters and sketches tells what their INFO does. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../../store/open.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** What is not NULL of the rows, by key. */
const rows = (db: Redlite) =>
  db.sql("SELECT * FROM redlite_filters ORDER BY key").map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
  );

for (const { info: { name: driver } } of DRIVERS) {
  Deno.test(`redlite_filters has what each filter and sketch is like, by ${driver}`, () => {
    using db = Redlite.open(":memory:", { driver });
    db.bf.reserve("bloom", 0.001, 100);
    db.bf.madd("bloom", ...numbers(350));
    db.bf.reserve("fixed", 1e-9, 10, { nonscaling: true });
    db.cf.reserve("cuckoo", 64);
    db.cf.insert("cuckoo", numbers(400));
    db.cms.initbyprob("counts", 0.001, 0.01);
    db.cms.incrby("counts", [["a", 7]]);
    db.topk.reserve("top", 50, { width: 2000, depth: 7, decay: 0.9 });
    db.topk.add("top", "a", "b");
    db.tdigest.create("digest", 200);
    db.tdigest.add("digest", 1, 2, 3.5);
    db.sadd("other", 1);
    const bloom = db.bf.info("bloom"), cuckoo = db.cf.info("cuckoo");
    const bytes = Object.fromEntries(
      db.sql("SELECT key, length FROM redlite_keys").map(({ key, length }) => [key, length]),
    );
    const shown = rows(db).map(({ error_rate: rate, ...row }) =>
      rate === undefined ? row : { ...row, error_rate: Number(Number(rate).toPrecision(12)) }
    );
    const key = (name: string, type: string) => ({ db: 0, key: name, type, bytes: bytes[name] });
    assert.deepEqual(shown, [
      {
        ...key("bloom", "bloom"),
        items: bloom.items,
        capacity: bloom.capacity,
        filters: bloom.filters,
        error_rate: 0.001,
      },
      {
        ...key("counts", "count-min"),
        items: 7,
        width: 2000,
        depth: 7,
        error_rate: 0.001,
      },
      {
        ...key("cuckoo", "cuckoo"),
        items: cuckoo.items,
        capacity: cuckoo.buckets * cuckoo.bucketSize * cuckoo.filters,
        filters: cuckoo.filters,
        error_rate: Number((4 * cuckoo.filters / 255).toPrecision(12)),
      },
      { ...key("digest", "t-digest"), items: 3, compression: 200 },
      { ...key("fixed", "bloom"), items: 0, capacity: 10, filters: 1, error_rate: 1e-9 },
      { ...key("top", "top-k"), items: 2, capacity: 50, width: 2000, depth: 7 },
    ]);
  });
}

Deno.test("a file that was made before there was the view has it when it is opened", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/test.db`;
  {
    using db = Redlite.open(path);
    db.bf.add("bloom", 1);
    db.sql("SELECT 1");
  }
  const { DatabaseSync } = await import("node:sqlite");
  const older = new DatabaseSync(path);
  older.exec("DROP VIEW redlite_filters");
  older.close();
  using db = Redlite.open(path);
  assert.equal(rows(db).length, 1);
});
