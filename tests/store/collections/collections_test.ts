/** What all types of collections share: their keys' rows, several processes, renames, deletion. */

import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, number, remove, slice, testOnDrivers } from "../open.ts";

function findSet(store: Store, key: string): Collection | undefined {
  return store.keyspace.findCollection(0, slice(key), TYPE.SET);
}

/** Adds members to a set, made if need be. */
function add(store: Store, key: string, ...members: string[]): void {
  store.engine.write();
  const set = findSet(store, key) ?? store.keyspace.createCollection(0, slice(key), TYPE.SET);
  for (const member of members) store.sets.add(set, slice(member));
}

function has(store: Store, key: string, member: string): boolean {
  const set = store.keyspace.readCollection(0, slice(key), TYPE.SET);
  return set !== undefined && store.sets.has(set, slice(member));
}

const members = (count: number) => Array.from({ length: count }, (_, i) => `member:${i}`);

/** The rank of a member and the member of that rank agree with the table. */
function assertRunsRight(store: Store, key: string): void {
  const set = findSet(store, key);
  assert.ok(set !== undefined);
  const { connection } = store.engine;
  assert.equal(
    number(connection, `SELECT count(*) FROM sets WHERE key_id = ${set.id}`),
    set.length,
  );
  let total = 0;
  const runs = store.keyspace.collections.runs(set);
  for (let rank = 0; rank < set.length; rank += runs.at(rank).run.count) {
    assert.equal(runs.at(rank).offset, 0);
    total += runs.at(rank).run.count;
  }
  assert.equal(total, set.length);
}

testOnDrivers("a collection that another process changed is seen changed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const here = file.open(), there = file.open();
  add(here, "k", "a");
  here.endTurn();
  assert.ok(has(there, "k", "a"));
  there.endTurn();
  add(here, "k", "b");
  here.endTurn();
  assert.ok(has(there, "k", "b"));
  assert.equal(findSet(there, "k")?.length, 2);
  there.endTurn();
  here.engine.write();
  here.keyspace.delete(0, slice("k"));
  here.endTurn();
  assert.equal(findSet(there, "k"), undefined);
});

testOnDrivers("two processes that add by turns count every element", async (driver) => {
  await using file = new DatabaseFile(driver);
  const stores = [file.open(), file.open()];
  for (let i = 0; i < 60; i++) {
    const store = stores[i % 2]!;
    add(store, "k", ...members(50).map((member) => `${member}:${i}`));
    store.endTurn();
  }
  for (const store of stores) {
    assert.equal(findSet(store, "k")?.length, 3000);
    assertRunsRight(store, "k");
    store.endTurn();
  }
});

testOnDrivers("a turn that is rolled back leaves a collection as it was", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  add(store, "k", ...members(3000));
  store.endTurn();
  add(store, "k", ...members(4000));
  add(store, "other", "a");
  store.engine.rollback();
  assert.equal(findSet(store, "k")?.length, 3000);
  assert.equal(findSet(store, "other"), undefined);
  assertRunsRight(store, "k");
  add(store, "k", ...members(3500));
  assertRunsRight(store, "k");
  store.endTurn();
  assertRunsRight(store, "k");
});

testOnDrivers("a collection is the same after reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  add(store, "k", ...members(2500));
  const version = findSet(store, "k")?.version;
  store.endTurn();
  await store.close();
  const reopened = file.open();
  assert.equal(findSet(reopened, "k")?.length, 2500);
  assert.equal(findSet(reopened, "k")?.version, version);
  assertRunsRight(reopened, "k");
});

testOnDrivers("renaming, moving and copying take the elements along", async (driver) => {
  const store = memoryStore(driver);
  const { keyspace } = store;
  add(store, "k", ...members(2000));
  keyspace.move(0, slice("k"), 0, slice("renamed"));
  add(store, "renamed", "more");
  assert.equal(findSet(store, "k"), undefined);
  assert.equal(findSet(store, "renamed")?.length, 2001);
  store.endTurn();
  assertRunsRight(store, "renamed");
  store.engine.write();
  keyspace.copy(0, slice("renamed"), 0, slice("copy"));
  add(store, "copy", "another");
  assert.equal(findSet(store, "renamed")?.length, 2001);
  assert.equal(findSet(store, "copy")?.length, 2002);
  assertRunsRight(store, "copy");
  assert.ok(!has(store, "renamed", "another"));
  store.engine.write();
  keyspace.move(0, slice("copy"), 3, slice("elsewhere"));
  assert.equal(keyspace.findCollection(3, slice("elsewhere"), TYPE.SET)?.length, 2002);
  await store.close();
});

testOnDrivers(
  "a deleted collection's elements go in slices, its runs with them",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    add(store, "k", ...members(5000));
    store.endTurn();
    remove(store, "k");
    store.endTurn();
    const left = () => number(store.engine.connection, "SELECT count(*) FROM sets");
    assert.equal(left(), 5000);
    let slices = 0;
    for (let before = left(); store.sweeper.sweep(); slices++) {
      assert.ok(before - left() <= 500);
      before = left();
    }
    assert.ok(slices >= 10);
    assert.equal(left(), 0);
    assert.equal(number(store.engine.connection, "SELECT count(*) FROM runs"), 0);
    assert.equal(number(store.engine.connection, "SELECT count(*) FROM garbage"), 0);
  },
);

testOnDrivers("a small collection's elements go with its key", async (driver) => {
  const store = memoryStore(driver);
  add(store, "k", ...members(50));
  remove(store, "k");
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM sets"), 0);
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM garbage"), 0);
  await store.close();
});

testOnDrivers("many collections in use do not push out one that is changed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 6000; i++) add(store, `k${i}`, "a");
  for (let i = 0; i < 6000; i++) add(store, `k${i}`, "b");
  store.endTurn();
  for (let i = 0; i < 6000; i += 7) assert.equal(findSet(store, `k${i}`)?.length, 2);
  store.endTurn();
  assert.equal(
    number(file.connect(), "SELECT sum(length) FROM keys"),
    12_000,
  );
});

testOnDrivers("an expiry set on a collection counts its version on", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  add(store, "k", ...members(1500));
  store.endTurn();
  store.engine.write();
  store.keyspace.find(0, slice("k"));
  store.keyspace.setExpiry(0, slice("k"), file.clock.now() + 60_000);
  add(store, "k", "more");
  store.endTurn();
  assertRunsRight(store, "k");
  assert.equal(findSet(store, "k")?.expiresAtMs, file.clock.now() + 60_000);
  file.clock.advance(60_001);
  store.endTurn();
  assert.equal(findSet(store, "k"), undefined);
});
