import { strict as assert } from "node:assert";
import { CHUNK_SIZE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  DatabaseFile,
  get,
  memoryStore,
  number,
  put,
  remove,
  slice,
  testOnDrivers,
} from "../open.ts";

const count = (store: Store, table: string) =>
  number(store.engine.connection, `SELECT count(*) FROM ${table}`);

/** Sweeps to the end. @returns The slices it took. */
function sweepAll(store: Store): number {
  let slices = 0;
  while (store.sweeper.sweep()) slices++;
  return slices;
}

const LARGE = 600 * CHUNK_SIZE;

testOnDrivers("deleting a large string leaves its chunks to the sweep", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(LARGE));
  store.endTurn();
  remove(store, "k");
  store.endTurn();
  assert.equal(count(store, "keys"), 0);
  assert.equal(count(store, "strings"), 600);
  assert.equal(count(store, "garbage"), 1);
  store.closeNow();
});

testOnDrivers("overwriting a large string leaves its chunks to the sweep", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(LARGE));
  put(store, "k", "new");
  assert.equal(count(store, "strings"), 600);
  store.endTurn();
  sweepAll(store);
  assert.equal(count(store, "strings"), 0);
  assert.equal(get(store, "k"), "new");
  store.closeNow();
});

testOnDrivers("deleting a small string leaves nothing", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(2 * CHUNK_SIZE));
  remove(store, "k");
  assert.equal(count(store, "strings"), 0);
  assert.equal(count(store, "garbage"), 0);
  store.closeNow();
});

testOnDrivers("chunks are swept in slices, each a turn of its own", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(LARGE));
  remove(store, "k");
  store.endTurn();
  let before = count(store, "strings");
  let turns = store.engine.committedTurn;
  while (before > 0) {
    assert.equal(store.sweeper.sweep(), true);
    assert.equal(store.engine.committedTurn, ++turns);
    const left = count(store, "strings");
    assert.ok(left < before && before - left <= 128, `${before} to ${left}`);
    before = left;
  }
  store.closeNow();
});

testOnDrivers("a swept string leaves no garbage and no work", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(LARGE));
  remove(store, "k");
  store.endTurn();
  sweepAll(store);
  assert.equal(count(store, "garbage"), 0);
  const turns = store.engine.committedTurn;
  store.sweeper.sweep();
  store.sweeper.sweep();
  assert.equal(store.engine.committedTurn, turns);
  store.closeNow();
});

testOnDrivers("a sparse string is swept however far apart its chunks are", (driver) => {
  const store = memoryStore(driver);
  store.engine.write();
  for (const at of [0, 1000, 5000, 12_000]) {
    store.strings.setRange(0, slice("k"), at * CHUNK_SIZE, slice("x"));
  }
  remove(store, "k");
  put(store, "other", new Uint8Array(CHUNK_SIZE));
  store.endTurn();
  sweepAll(store);
  assert.equal(count(store, "strings"), 1);
  assert.equal(store.strings.get(0, slice("other"))?.length, CHUNK_SIZE);
  store.closeNow();
});

testOnDrivers("a delete that is rolled back leaves its string whole", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", new Uint8Array(LARGE));
  store.endTurn();
  remove(store, "k");
  store.engine.rollback();
  sweepAll(store);
  assert.equal(store.strings.get(0, slice("k"))?.length, LARGE);
  assert.equal(count(store, "strings"), 600);
  store.closeNow();
});

testOnDrivers("the sweep goes on after reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", new Uint8Array(LARGE));
  remove(store, "k");
  store.endTurn();
  store.sweeper.sweep();
  await store.close();
  const reopened = file.open();
  assert.ok(count(reopened, "strings") > 0);
  sweepAll(reopened);
  assert.equal(count(reopened, "strings"), 0);
  assert.equal(count(reopened, "garbage"), 0);
});

testOnDrivers("the sweep runs by itself on the clock", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.sweeper.start();
  put(store, "k", new Uint8Array(LARGE));
  remove(store, "k");
  store.endTurn();
  file.clock.advance(1000);
  assert.equal(count(store, "strings"), 0);
});

testOnDrivers("flushing a database writes a row or two, and its keys go in slices", (driver) => {
  const store = memoryStore(driver);
  for (let i = 0; i < 2000; i++) put(store, `k${i}`, "1");
  put(store, "large", new Uint8Array(LARGE));
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(0);
  store.endTurn();
  assert.equal(store.keyspace.facts.size(0), 0);
  assert.equal(get(store, "k1"), undefined);
  assert.equal(count(store, "keys"), 2001);
  put(store, "k1", "new");
  store.endTurn();
  assert.ok(sweepAll(store) > 4);
  assert.equal(count(store, "keys"), 1);
  assert.equal(count(store, "strings"), 0);
  assert.equal(get(store, "k1"), "new");
  store.closeNow();
});
