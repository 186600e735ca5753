import { strict as assert } from "node:assert";
import type { ArrayIndex } from "../../../src/store/arrays/index.ts";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

const LAST = (1n << 64n) - 2n;

function create(store: Store, key = "k"): Collection {
  store.engine.write();
  return store.keyspace.createCollection(0, slice(key), TYPE.ARRAY);
}

function open(store: Store, key = "k"): Collection | undefined {
  store.engine.begin();
  return store.keyspace.findCollection(0, slice(key), TYPE.ARRAY);
}

function entries(store: Store, c: Collection): [ArrayIndex, string][] {
  const found: [ArrayIndex, string][] = [];
  store.arrays.each(c, (index, value) => found.push([index, text(value.copy())]));
  return found;
}

/** Pseudo-random numbers. */
function randomNumbers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((seed ^ seed >>> 13) >>> 0) % limit;
  };
}

testOnDrivers("length, highest index and elements stay right under random operations", (driver) => {
  const seed = 88;
  const below = randomNumbers(seed);
  const store = memoryStore(driver);
  const c = create(store);
  const model = new Map<bigint, string>();
  const index = () => {
    const spread = BigInt(below(3000));
    return below(4) === 0 ? (1n << 63n) - 1500n + spread : spread;
  };
  const narrowed = (index: bigint) => index < 1n << 53n ? Number(index) : index;
  for (let step = 0; step < 12_000; step++) {
    const at = index();
    const choice = below(10);
    const message = `seed ${seed}, step ${step}`;
    if (choice < 8) {
      const isNew = store.arrays.set(c, narrowed(at), slice(`v${step}`));
      assert.equal(isNew, !model.has(at), message);
      model.set(at, `v${step}`);
    } else if (choice < 9 || model.size < 2) {
      assert.equal(store.arrays.delete(c, narrowed(at)), model.delete(at), message);
    } else {
      const to = at + BigInt(below(8));
      let deleted = 0;
      for (let i = at; i <= to; i++) if (model.delete(i)) deleted++;
      assert.equal(store.arrays.deleteRange(c, narrowed(at), narrowed(to)), deleted, message);
    }
    assert.equal(c.length, model.size, message);
    if (step % 300 === 0 && model.size > 0) {
      const sorted = [...model].sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(entries(store, c).map(([i, v]) => [BigInt(i), v]), sorted, message);
      assert.equal(BigInt(store.arrays.span(c)), sorted[sorted.length - 1]![0] + 1n, message);
    }
  }
  assert.ok(model.size > 2000, "the array is long");
  store.endTurn();
  store.closeNow();
});

testOnDrivers("a scan stops where its visitor says, in either direction, past a page", (driver) => {
  const store = memoryStore(driver);
  const c = create(store);
  for (let i = 0; i < 2000; i++) store.arrays.set(c, i * 3, slice(String(i)));
  const first = (count: number, from: ArrayIndex, to: ArrayIndex) => {
    const found: ArrayIndex[] = [];
    store.arrays.scan(c, from, to, (index) => found.push(index) < count);
    return found;
  };
  assert.deepEqual(first(2, 1, 9000), [3, 6]);
  assert.deepEqual(first(2, 9000, 0), [5997, 5994]);
  const all = Array.from({ length: 2000 }, (_, i) => i * 3);
  assert.deepEqual(first(Infinity, 0, LAST), all);
  assert.deepEqual(first(Infinity, LAST, 0), all.reverse());
  assert.deepEqual(first(Infinity, 4, 5), []);
  store.closeNow();
});

testOnDrivers("elements, cursor and highest index outlive the process", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const c = create(store);
  store.arrays.set(c, LAST, slice("z"));
  store.arrays.set(c, 3, slice("d"));
  store.arrays.setLastInserted(c, 3);
  store.endTurn();
  await store.close();

  const again = file.open();
  const found = open(again);
  assert.ok(found !== undefined);
  assert.equal(found.length, 2);
  assert.equal(again.arrays.span(found), LAST + 1n);
  assert.equal(again.arrays.nextInsert(found), 4);
  assert.deepEqual(entries(again, found), [[3, "d"], [LAST, "z"]]);
});

testOnDrivers("what a turn did is gone when it is rolled back", (driver) => {
  const store = memoryStore(driver);
  const c = create(store);
  store.arrays.set(c, 1, slice("a"));
  store.endTurn();
  store.engine.write();
  const changing = open(store);
  assert.ok(changing !== undefined);
  store.arrays.set(changing, 9, slice("b"));
  store.arrays.setLastInserted(changing, 9);
  store.engine.rollback();
  const found = open(store);
  assert.ok(found !== undefined);
  assert.equal(store.arrays.span(found), 2);
  assert.equal(store.arrays.lastInserted(found), undefined);
  assert.deepEqual(entries(store, found), [[1, "a"]]);
  store.closeNow();
});

testOnDrivers("small indexes show as themselves to SQL, and in the view", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const c = create(store);
  store.arrays.set(c, 42, slice("answer"));
  store.arrays.set(c, 1n << 53n, slice("large"));
  store.endTurn();
  const connection = file.connect();
  const view = "SELECT idx FROM redlite_arrays WHERE value = 'answer' AND key = 'k'";
  assert.equal(number(connection, view), 42);
  assert.equal(number(connection, "SELECT max(idx) FROM arrays"), 2 ** 53);
});

testOnDrivers("a ring put in order leaves no row behind", (driver) => {
  const store = memoryStore(driver);
  const c = create(store);
  store.arrays.ring(c, 5, 8, (i) => slice(`v${i}`));
  store.arrays.set(c, 1n << 63n, slice("far"));
  store.arrays.ring(c, 4, 1, () => slice("new"));
  assert.deepEqual(entries(store, c), [[0, "new"], [1, "v5"], [2, "v6"], [3, "v7"]]);
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM arrays"), c.length);
  store.endTurn();
  store.closeNow();
});

testOnDrivers("counts of a range and of a value", (driver) => {
  const store = memoryStore(driver);
  const c = create(store);
  for (let i = 0; i < 100; i++) store.arrays.set(c, i * 2, slice(i % 10 === 0 ? "" : "x"));
  store.arrays.set(c, LAST, slice(""));
  const { arrays } = store;
  assert.equal(arrays.count(c, 0, LAST), 101);
  assert.equal(arrays.count(c, 1, 10), 5);
  assert.equal(arrays.count(c, 0, LAST, slice("")), 11);
  assert.equal(arrays.count(c, 1, 198, slice("")), 9);
  assert.equal(arrays.covers(c, 0, LAST), true);
  assert.equal(arrays.covers(c, 0, LAST - 1n), false);
  assert.equal(arrays.covers(c, 1, LAST), false);
  store.closeNow();
});
