import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import type { Store } from "../../../src/store/store.ts";
import { bytesOf, get, memoryStore, put, remove, testOnDrivers, text } from "../open.ts";

/** The keys one walk visits. */
function walk(
  store: Store,
  { db = 0, prefix = "", start = undefined as Uint8Array | undefined, limit = -1 } = {},
): { keys: string[]; next: Uint8Array | undefined } {
  const keys: string[] = [];
  const next = store.walk.walk(db, bytesOf(prefix), start, limit, (key) => {
    keys.push(text(key.view()));
  });
  return { keys, next };
}

/** Scans to the end by cursors, as SCAN does; `between` runs after each step. */
function scan(store: Store, count: number, between: () => void = () => {}): string[] {
  const found: string[] = [];
  let cursor = 0n;
  do {
    const step = walk(store, { start: store.cursors.position(cursor), limit: count });
    found.push(...step.keys);
    cursor = store.cursors.cursor(step.next);
    store.endTurn();
    between();
  } while (cursor !== 0n);
  return found;
}

testOnDrivers("keys are walked in the order of their bytes", (driver) => {
  const store = memoryStore(driver);
  for (const key of ["b", "a", "", "ab", "B", "aa"]) put(store, key, "1");
  assert.deepEqual(walk(store).keys, ["", "B", "a", "aa", "ab", "b"]);
  store.closeNow();
});

testOnDrivers("a walk over a database never written to visits nothing", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1");
  assert.deepEqual(walk(store, { db: 5 }), { keys: [], next: undefined });
  store.closeNow();
});

testOnDrivers("a walk stays within its database", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1", { db: 0 });
  put(store, "b", "1", { db: 1 });
  assert.deepEqual(walk(store, { db: 1 }).keys, ["b"]);
  store.closeNow();
});

testOnDrivers("a prefix narrows the walk to the keys that begin with it", (driver) => {
  const store = memoryStore(driver);
  for (const key of ["user:1", "user:2", "user", "user;", "other"]) put(store, key, "1");
  assert.deepEqual(walk(store, { prefix: "user:" }).keys, ["user:1", "user:2"]);
  store.closeNow();
});

testOnDrivers("a prefix of the greatest bytes narrows the walk as well", (driver) => {
  const store = memoryStore(driver);
  const top = new Uint8Array([0xff, 0xff]);
  for (const key of [[0xff], [0xff, 0xff], [0xff, 0xff, 1], [0xfe, 0xff]]) {
    put(store, new Uint8Array(key), "1");
  }
  let count = 0;
  store.walk.walk(0, top, undefined, -1, () => count++);
  assert.equal(count, 2);
  count = 0;
  store.walk.walk(0, new Uint8Array([0xfe, 0xff]), undefined, -1, () => count++);
  assert.equal(count, 1);
  store.closeNow();
});

testOnDrivers("a walk stops after as many keys as asked and tells where to go on", (driver) => {
  const store = memoryStore(driver);
  for (const key of ["a", "b", "c"]) put(store, key, "1");
  const { keys, next } = walk(store, { limit: 2 });
  assert.deepEqual(keys, ["a", "b"]);
  assert.equal(next && text(next), "c");
  assert.deepEqual(walk(store, { start: next, limit: 2 }), { keys: ["c"], next: undefined });
  store.closeNow();
});

testOnDrivers("a walk that ends exactly at the last key says so", (driver) => {
  const store = memoryStore(driver);
  for (const key of ["a", "b"]) put(store, key, "1");
  assert.equal(walk(store, { limit: 2 }).next, undefined);
  store.closeNow();
});

testOnDrivers("keys longer than any buffer are walked whole", (driver) => {
  const store = memoryStore(driver);
  const long = "k".repeat(100_000);
  put(store, long, "1");
  put(store, "z", "1");
  assert.deepEqual(walk(store).keys, [long, "z"]);
  store.closeNow();
});

testOnDrivers("expired keys are looked at but not visited", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1", { expiresAtMs: 1 });
  put(store, "b", "1");
  assert.deepEqual(walk(store, { limit: 1 }).keys, []);
  assert.deepEqual(walk(store).keys, ["b"]);
  store.closeNow();
});

testOnDrivers("the cursor of the end is zero", (driver) => {
  const store = memoryStore(driver);
  assert.equal(store.cursors.cursor(undefined), 0n);
  assert.equal(store.cursors.position(0n), undefined);
  store.closeNow();
});

testOnDrivers("a cursor leads back to its position, more than once", (driver) => {
  const store = memoryStore(driver);
  const cursor = store.cursors.cursor(bytesOf("here"));
  store.cursors.cursor(bytesOf("there"));
  assert.deepEqual(store.cursors.position(cursor), bytesOf("here"));
  assert.deepEqual(store.cursors.position(cursor), bytesOf("here"));
  store.closeNow();
});

testOnDrivers("an unknown cursor starts over", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1");
  assert.equal(store.cursors.position(12345n), undefined);
  assert.deepEqual(walk(store, { start: store.cursors.position(12345n) }).keys, ["a"]);
  store.closeNow();
});

testOnDrivers("cursors remembered are bounded, and the oldest go first", (driver) => {
  const store = memoryStore(driver);
  const first = store.cursors.cursor(bytesOf("first"));
  let last = 0n;
  for (let i = 0; i < 100_000; i++) last = store.cursors.cursor(bytesOf("next"));
  assert.equal(store.cursors.position(first), undefined);
  assert.deepEqual(store.cursors.position(last), bytesOf("next"));
  store.closeNow();
});

testOnDrivers("a scan without changes tells each key once", (driver) => {
  const store = memoryStore(driver);
  const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`);
  for (const key of keys) put(store, key, "1");
  assert.deepEqual(scan(store, 7), keys.toSorted());
  store.closeNow();
});

testOnDrivers("a key there during a whole scan is told, whatever comes and goes", (driver) => {
  const key = fc.integer({ min: 0, max: 99 }).map((n) => `k${n}`);
  const changes = fc.array(
    fc.array(fc.tuple(fc.boolean(), key), { maxLength: 8 }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 40 }), changes, fc.integer({ min: 1, max: 9 }), (
      initial,
      rounds,
      count,
    ) => {
      const store = memoryStore(driver);
      for (const name of initial) put(store, name, "1");
      store.endTurn();
      const throughout = new Set(initial);
      let round = 0;
      const found = scan(store, count, () => {
        for (const [add, name] of rounds[round++] ?? []) {
          if (add) {
            put(store, name, "1");
          } else {
            remove(store, name);
            throughout.delete(name);
          }
        }
        store.endTurn();
      });
      for (const name of throughout) assert.ok(found.includes(name!), name);
      assert.equal(new Set(found).size, found.length);
      store.closeNow();
    }),
    { numRuns: 60, seed: 2 },
  );
});

testOnDrivers("what a walk visits may be read during the visit", (driver) => {
  const store = memoryStore(driver);
  for (const key of ["a", "b", "c"]) put(store, key, key.toUpperCase());
  store.endTurn();
  store.keyspace.cache.clear();
  const values: (string | undefined)[] = [];
  store.walk.walk(0, bytesOf(""), undefined, -1, (key) => values.push(get(store, key.copy())));
  assert.deepEqual(values, ["A", "B", "C"]);
  store.closeNow();
});
