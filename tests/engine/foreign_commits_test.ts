import { strict as assert } from "node:assert";
import { WriteLocked } from "../../src/engine/turn_errors.ts";
import { DatabaseFile, get, number, put, remove, testOnDrivers } from "../store/open.ts";

testOnDrivers("a key remembered is read anew after another process changed it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "k", "old");
  ours.endTurn();
  assert.equal(get(ours, "k"), "old");
  ours.endTurn();
  put(theirs, "k", "new");
  theirs.endTurn();
  assert.equal(get(ours, "k"), "new");
});

testOnDrivers("a key that another process deleted is gone", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "k", "value");
  ours.endTurn();
  remove(theirs, "k");
  theirs.endTurn();
  assert.equal(get(ours, "k"), undefined);
  assert.equal(ours.keyspace.facts.size(0), 0);
});

testOnDrivers("a raw SQL update is noticed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "old");
  store.endTurn();
  file.connect().exec("UPDATE keys SET value = x'6e6577'");
  assert.equal(get(store, "k"), "new");
});

testOnDrivers("a turn that only counts notices another process's commit", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "a", "1");
  ours.endTurn();
  put(theirs, "b", "1");
  theirs.endTurn();
  assert.equal(ours.keyspace.facts.size(0), 2);
});

testOnDrivers("counts include the keys of another process", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "a", "1");
  ours.endTurn();
  put(theirs, "b", "1");
  put(theirs, "c", "1");
  theirs.endTurn();
  put(ours, "d", "1");
  ours.endTurn();
  assert.equal(ours.keyspace.facts.size(0), 4);
  assert.equal(number(file.connect(), "SELECT keys FROM databases WHERE db = 0"), 4);
});

testOnDrivers("ids of two processes are never the same", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  const large = new Uint8Array(2000);
  for (let i = 0; i < 10; i++) {
    put(ours, `ours${i}`, large);
    ours.endTurn();
    put(theirs, `theirs${i}`, large);
    theirs.endTurn();
  }
  assert.equal(number(file.connect(), "SELECT count(DISTINCT id) FROM keys"), 20);
});

testOnDrivers("another process's flush and swap are noticed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "a", "zero");
  put(ours, "a", "one", { db: 1 });
  ours.endTurn();
  theirs.engine.write();
  theirs.keyspace.swap(0, 1);
  theirs.endTurn();
  assert.equal(get(ours, "a"), "one");
  ours.endTurn();
  theirs.engine.write();
  theirs.keyspace.flush(0);
  theirs.endTurn();
  assert.equal(get(ours, "a"), undefined);
  assert.equal(get(ours, "a", 1), "zero");
});

testOnDrivers("our own commits do not make us forget", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  let forgotten = 0;
  store.engine.addListener({ forget: () => forgotten++, beforeCommit: () => {} });
  for (let i = 0; i < 5; i++) {
    put(store, "k", `${i}`);
    store.endTurn();
    get(store, "k");
    store.endTurn();
  }
  assert.equal(forgotten, 0);
});

testOnDrivers(
  "a turn that reads and then writes is not stopped by a commit between",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const ours = file.open(), theirs = file.open();
    put(theirs, "k", "1");
    theirs.endTurn();
    assert.equal(get(ours, "k"), "1");
    put(theirs, "k", "2");
    theirs.endTurn();
    put(ours, "other", "x");
    assert.equal(get(ours, "k"), "2");
    assert.equal(ours.endTurn(), true);
  },
);

testOnDrivers("a write finds the lock of another process taken", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  file.connect().exec("BEGIN IMMEDIATE");
  assert.throws(() => store.engine.write(), WriteLocked);
  assert.equal(store.engine.writing, false);
});

testOnDrivers("reads go on while another process holds the write lock", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  put(store, "k", "value");
  store.endTurn();
  store.keyspace.cache.clear();
  file.connect().exec("BEGIN IMMEDIATE");
  assert.throws(() => store.engine.write(), WriteLocked);
  assert.equal(get(store, "k"), "value");
});

testOnDrivers("writes succeed once the lock is free", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  const other = file.connect();
  other.exec("BEGIN IMMEDIATE");
  assert.throws(() => store.engine.write(), WriteLocked);
  store.endTurn();
  other.exec("ROLLBACK");
  put(store, "k", "value");
  assert.equal(store.endTurn(), true);
  assert.equal(get(store, "k"), "value");
});

testOnDrivers("a write after a lock sees what was committed under it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  put(store, "k", "old");
  store.endTurn();
  const other = file.connect();
  other.exec("BEGIN IMMEDIATE; UPDATE keys SET value = x'6e6577'");
  assert.throws(() => store.engine.write(), WriteLocked);
  other.exec("COMMIT");
  store.engine.write();
  assert.equal(get(store, "k"), "new");
});
