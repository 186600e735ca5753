/** What commands on keys of any type do with filters and sketches. */

import { strict as assert } from "node:assert";
import { Redlite, WrongTypeError } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

const items = (count: number, prefix = "item") =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** One value of each type, large enough for many blocks. */
function fill(db: Redlite): void {
  db.bf.reserve("bloom", 0.001, 20_000);
  db.bf.madd("bloom", ...items(5000));
  db.cf.reserve("cuckoo", 4000);
  db.cf.insert("cuckoo", items(3000));
  db.cms.initbydim("counts", 3000, 5);
  db.cms.incrby("counts", items(2000).map((item, i) => [item, i]));
  db.topk.reserve("top", 20, { width: 1000, depth: 5, decay: 0.9 });
  db.topk.incrby("top", items(100).map((item, i) => [item, i]));
  db.tdigest.create("digest", 200);
  db.tdigest.add("digest", ...items(3000).map((_, i) => i * 7919 % 3001));
}

const TYPES = {
  bloom: "MBbloom--",
  cuckoo: "MBbloomCF",
  counts: "CMSk-TYPE",
  top: "TopK-TYPE",
  digest: "TDIS-TYPE",
};
const KEYS = Object.keys(TYPES);

/** Asks each value something, by a name of its key. */
function told(db: Redlite, name: (key: string) => string = (key) => key): unknown {
  return [
    db.bf.mexists(name("bloom"), ...items(5000)).every((found) => found),
    db.bf.mexists(name("bloom"), ...items(1000, "other")).filter((found) => found).length,
    db.bf.info(name("bloom")),
    db.cf.mexists(name("cuckoo"), ...items(3000)).every((found) => found),
    db.cf.info(name("cuckoo")),
    db.cms.query(name("counts"), ...items(2000)),
    db.topk.listWithCount(name("top")),
    db.topk.count(name("top"), ...items(100)),
    db.tdigest.quantile(name("digest"), 0, 0.25, 0.5, 0.99, 1),
  ];
}

const digests = (db: Redlite, ...keys: string[]) => db.call("DEBUG", "DIGEST-VALUE", ...keys);

Deno.test("TYPE, SCAN, OBJECT ENCODING and KEYINFO know filters and sketches", () => {
  using db = Redlite.open(":memory:");
  fill(db);
  for (const [key, type] of Object.entries(TYPES)) {
    assert.equal(db.type(key), type);
    assert.equal(db.object("encoding", key), "raw");
    assert.deepEqual([...db.scanIterator({ type })], [key]);
    const { length = 0 } = db.keyinfo(key) ?? {};
    assert.ok(length > 400, key);
    assert.ok(Number(db.call("MEMORY", "USAGE", key)) >= length, key);
  }
});

Deno.test("filters and sketches are as they were when the file is opened again", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/test.db`;
  let before: unknown;
  {
    await using db = Redlite.open(path);
    fill(db);
    before = told(db);
    // Turns of one addition each: some of them are rows of changes when the file is closed.
    for (const item of items(300, "late")) db.bf.add("bloom", item);
    assert.deepEqual(await db.integrity(), []);
  }
  await using db = Redlite.open(path);
  assert.ok(db.bf.mexists("bloom", ...items(300, "late")).every((found) => found));
  assert.equal(db.bf.add("bloom", "late0"), false);
  db.bf.reserve("again", 0.001, 20_000);
  db.bf.madd("again", ...items(5000), ...items(300, "late"));
  assert.deepEqual(db.dump("again"), db.dump("bloom"));
  const rest = told(db);
  assert.ok(Array.isArray(rest) && Array.isArray(before));
  assert.deepEqual(rest.slice(3), before.slice(3));
});

Deno.test("filters and sketches are copied, renamed, moved, given expiries and deleted", async () => {
  await using db = Redlite.open(":memory:");
  fill(db);
  const before = told(db);
  for (const key of KEYS) {
    assert.equal(db.copy(key, `${key}:copy`), true);
    assert.deepEqual(digests(db, key), digests(db, `${key}:copy`));
  }
  db.bf.add("bloom", "only there");
  db.cms.incrby("counts", [["item5", 1]]);
  db.tdigest.reset("digest");
  assert.deepEqual(told(db, (key) => `${key}:copy`), before);
  for (const key of KEYS) {
    db.rename(`${key}:copy`, `${key}:moved`);
    assert.equal(db.expire(`${key}:moved`, 1000), true);
  }
  assert.deepEqual(told(db, (key) => `${key}:moved`), before);
  db.bf.add("bloom:moved", "more");
  assert.ok(db.ttl("bloom:moved") > 900);
  for (const key of KEYS) assert.equal(db.del(key), 1);
  assert.equal(db.bf.exists("bloom", "item1"), false);
  db.set("bloom:moved", "text");
  assert.throws(() => db.bf.add("bloom:moved", "item"), WrongTypeError);
  db.flushall();
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("what a transaction did to filters and sketches is undone with it", () => {
  using db = Redlite.open(":memory:");
  fill(db);
  const before = [told(db), digests(db, ...KEYS)];
  assert.throws(() =>
    db.transaction(() => {
      db.bf.madd("bloom", ...items(500, "gone"));
      db.cf.insert("cuckoo", items(500, "gone"));
      db.cms.incrby("counts", [["item1", 1000]]);
      db.topk.incrby("top", [["gone", 5000]]);
      db.tdigest.add("digest", 1e9);
      throw new Error("no");
    }), /no/);
  assert.deepEqual([told(db), digests(db, ...KEYS)], before);
});

Deno.test("a filter for a hundred million items is made and used at once", () => {
  using db = Redlite.open(":memory:");
  db.bf.reserve("huge", 0.01, 100_000_000);
  assert.ok(db.bf.info("huge").size > 100_000_000);
  assert.deepEqual(db.bf.madd("huge", "a", "b", "a"), [true, true, false]);
  assert.deepEqual(db.bf.mexists("huge", "a", "c"), [true, false]);
  const blocks = db.sql("SELECT count(*) AS n FROM bloom_blocks") as { n: number }[];
  assert.ok((blocks[0]?.n ?? 0) < 40);
});

Deno.test("the past of filters and sketches is told, compared and brought back", async () => {
  await using db = Redlite.open(":memory:");
  db.history.enable();
  fill(db);
  db.bf.add("bloom", "early");
  const before = told(db);
  const wanted = [["BF.INFO", "bloom"], ["CF.INFO", "cuckoo"], ["CMS.INFO", "counts"], [
    "TOPK.LIST",
    "top",
    "WITHCOUNT",
  ], ["TDIGEST.INFO", "digest"]].map(([name = "", ...args]) => db.call(name, ...args));
  const then = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 3));
  for (const item of items(50, "late")) db.bf.add("bloom", item);
  db.cf.del("cuckoo", "item1");
  db.cms.incrby("counts", [["item1", 100]]);
  db.topk.incrby("top", [["late", 5000]]);
  db.tdigest.add("digest", 1e9);
  assert.deepEqual(told(db.at(then) as Redlite), before);
  assert.deepEqual(KEYS.map((key) => db.history.getAt(key, then)), wanted);
  for (const key of KEYS) db.history.revert(key, then);
  assert.deepEqual(told(db), before);
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("what another process adds is seen, and adds to what is there", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/test.db`;
  await using db = Redlite.open(path), other = Redlite.open(path);
  fill(db);
  for (let i = 0; i < 20; i++) {
    assert.equal(db.bf.add("bloom", `mine${i}`), true);
    assert.equal(other.bf.add("bloom", `mine${i}`), false);
    assert.equal(other.bf.add("bloom", `theirs${i}`), true);
    assert.equal(db.bf.exists("bloom", `theirs${i}`), true);
    other.cms.incrby("counts", [["item1", 1]]);
    db.cms.incrby("counts", [["item1", 1]]);
    other.tdigest.add("digest", i);
  }
  assert.deepEqual(digests(db, ...KEYS), digests(other, ...KEYS));
  assert.equal(db.tdigest.info("digest").observations, 3020);
});
