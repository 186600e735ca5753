import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { KeyBuckets } from "../../../src/store/keys/buckets.ts";
import type { Store } from "../../../src/store/store.ts";
import { memoryStore, put, slice, testOnDrivers, text } from "../open.ts";

const SPACE = 1;

/** Buckets over rows written by hand, told of each as the keyspace tells them. */
class Rows {
  readonly buckets: KeyBuckets;
  readonly #insert;
  readonly #delete;

  constructor(store: Store) {
    store.engine.write();
    this.buckets = new KeyBuckets(store.engine);
    this.#insert = store.engine.prepare(
      `INSERT INTO keys(space, key, type, version, created_at, updated_at, value)
       VALUES (${SPACE}, ?1, 1, 1, 0, 0, x'')`,
    );
    this.#delete = store.engine.prepare(`DELETE FROM keys WHERE space = ${SPACE} AND key = ?1`);
  }

  add(key: string): void {
    const name = slice(key);
    this.#insert.bindBlob(1, name.bytes, name.start, name.end);
    this.#insert.run();
    this.buckets.added(SPACE, name);
  }

  remove(key: string): void {
    const name = slice(key);
    this.#delete.bindBlob(1, name.bytes, name.start, name.end);
    this.#delete.run();
    this.buckets.removed(SPACE, name);
  }

  /** The key of each rank: what a draw gives for the middle of each of `count` equal parts. */
  ranks(count: number): (string | undefined)[] {
    return Array.from({ length: count }, (_, rank) => {
      const key = this.buckets.draw(SPACE, (rank + 0.5) / count);
      return key && text(key);
    });
  }
}

/** A generator of its own, so that a test draws the same numbers every time: mulberry32. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ seed >>> 15, seed | 1);
    t = t + Math.imul(t ^ t >>> 7, t | 61) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 0x100000000;
  };
}

testOnDrivers("an empty space has no key to draw", (driver) => {
  const store = memoryStore(driver);
  assert.equal(new Rows(store).buckets.draw(SPACE, 0.5), undefined);
  store.closeNow();
});

testOnDrivers("every key has its place in the draw", (driver) => {
  for (const count of [1, 2, 511, 512, 513, 1024, 3000]) {
    const store = memoryStore(driver);
    const rows = new Rows(store);
    const keys = Array.from({ length: count }, (_, i) => `k${i}`);
    for (const key of keys) rows.add(key);
    assert.deepEqual(rows.ranks(count), keys.toSorted());
    store.closeNow();
  }
});

testOnDrivers("the ends of the range are the first and the last key", (driver) => {
  const store = memoryStore(driver);
  const rows = new Rows(store);
  for (let i = 0; i < 2000; i++) rows.add(`k${String(i).padStart(4, "0")}`);
  assert.equal(text(rows.buckets.draw(SPACE, 0) ?? assert.fail()), "k0000");
  assert.equal(text(rows.buckets.draw(SPACE, 1 - 2 ** -53) ?? assert.fail()), "k1999");
  store.closeNow();
});

testOnDrivers("a run that grows is cut, and every key keeps its place", (driver) => {
  const store = memoryStore(driver);
  const rows = new Rows(store);
  rows.add("m");
  rows.ranks(1);
  const keys = ["m"];
  for (let i = 0; i < 2500; i++) {
    const key = `${i % 2 === 0 ? "a" : "z"}${i}`;
    keys.push(key);
    rows.add(key);
  }
  assert.deepEqual(rows.ranks(keys.length), keys.toSorted());
  store.closeNow();
});

testOnDrivers("places stay right as keys come and go", (driver) => {
  const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 1500, size: "max" }), (steps) => {
      const store = memoryStore(driver);
      const rows = new Rows(store);
      const model = new Set<string>();
      for (let i = 0; i < 3000; i += 2) {
        model.add(`k${i}`);
        rows.add(`k${i}`);
      }
      rows.ranks(1);
      for (const [add, number] of steps) {
        const key = `k${number}`;
        if (add === model.has(key)) continue;
        if (add) {
          rows.add(key);
          model.add(key);
        } else {
          rows.remove(key);
          model.delete(key);
        }
      }
      assert.deepEqual(rows.ranks(model.size), [...model].sort());
      store.closeNow();
    }),
    { numRuns: 8, seed: 3 },
  );
});

testOnDrivers("a space emptied key by key has none to draw", (driver) => {
  const store = memoryStore(driver);
  const rows = new Rows(store);
  for (let i = 0; i < 1500; i++) rows.add(`k${i}`);
  rows.ranks(1);
  for (let i = 0; i < 1500; i++) rows.remove(`k${i}`);
  assert.equal(rows.buckets.draw(SPACE, 0.5), undefined);
  store.closeNow();
});

testOnDrivers("a rollback drops the runs", (driver) => {
  const store = memoryStore(driver);
  const rows = new Rows(store);
  rows.add("a");
  store.engine.commit();
  rows.ranks(1);
  store.engine.write();
  rows.add("b");
  store.engine.rollback();
  assert.deepEqual(rows.ranks(2), ["a", "a"]);
  store.closeNow();
});

testOnDrivers("draws are uniform over the keys", (driver) => {
  const store = memoryStore(driver);
  const rows = new Rows(store);
  // Keys that crowd together, so that equal parts of the byte range would not be equal chances.
  const keys = Array.from({ length: 1500 }, (_, i) => i < 100 ? `${i}` : `crowd:${i}`);
  for (const key of keys) rows.add(key);
  const random = generator(42);
  const draws = 30 * keys.length;
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const key = text(rows.buckets.draw(SPACE, random()) ?? assert.fail());
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const expected = draws / keys.length;
  let chiSquare = 0;
  for (const key of keys) chiSquare += ((counts.get(key) ?? 0) - expected) ** 2 / expected;
  // Degrees of freedom k = 1499: mean k, standard deviation sqrt(2k) = 54.8; four of them.
  const deviation = Math.sqrt(2 * (keys.length - 1));
  assert.ok(Math.abs(chiSquare - (keys.length - 1)) < 4 * deviation, `chi-square ${chiSquare}`);
  store.closeNow();
});

testOnDrivers("a random key of a store is a live one of its database", (driver) => {
  const store = memoryStore(driver);
  put(store, "live", "1");
  for (let i = 0; i < 5; i++) put(store, `expired${i}`, "1", { expiresAtMs: 1 });
  put(store, "elsewhere", "1", { db: 1 });
  for (let i = 0; i < 20; i++) {
    assert.equal(text(store.keyspace.random(0) ?? assert.fail()), "live");
  }
  assert.equal(store.keyspace.random(2), undefined);
  store.closeNow();
});

testOnDrivers("a random key follows renames, deletes, flushes and swaps", (driver) => {
  const store = memoryStore(driver);
  const random = (db = 0) => {
    const key = store.keyspace.random(db);
    return key && text(key);
  };
  put(store, "a", "1");
  assert.equal(random(), "a");
  store.keyspace.move(0, slice("a"), 0, slice("b"));
  assert.equal(random(), "b");
  store.keyspace.copy(0, slice("b"), 1, slice("c"));
  assert.equal(random(1), "c");
  store.keyspace.swap(0, 1);
  assert.equal(random(0), "c");
  store.keyspace.flush(0);
  assert.equal(random(0), undefined);
  store.keyspace.delete(1, slice("b"));
  assert.equal(random(1), undefined);
  store.closeNow();
});
