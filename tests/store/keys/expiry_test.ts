import { strict as assert } from "node:assert";
import type { Change } from "../../../src/engine/changes.ts";
import { SqliteError } from "../../../src/sqlite/sqlite.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, get, number, put, remove, slice, testOnDrivers, text } from "../open.ts";

const rows = (store: Store) => number(store.engine.connection, "SELECT count(*) FROM keys");

function listen(store: Store): string[] {
  const heard: string[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes as Change[]) heard.push(`${change.event} ${text(change.key)}`);
  });
  return heard;
}

testOnDrivers("a key is there until its time and gone the millisecond after", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "value", { expiresAtMs: file.clock.now() + 100 });
  store.endTurn();
  for (const cached of [true, false]) {
    if (!cached) store.keyspace.cache.clear();
    assert.equal(get(store, "k"), "value");
    store.endTurn();
  }
  file.clock.advance(100);
  assert.equal(get(store, "k"), "value");
  store.endTurn();
  file.clock.advance(1);
  assert.equal(get(store, "k"), undefined);
  store.keyspace.cache.clear();
  assert.equal(get(store, "k"), undefined);
  assert.equal(rows(store), 1);
});

testOnDrivers("counts leave expired keys out before they are swept", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "a", "1", { expiresAtMs: file.clock.now() + 10 });
  put(store, "b", "1", { expiresAtMs: file.clock.now() + 1000 });
  put(store, "c", "1");
  store.endTurn();
  file.clock.advance(11);
  assert.equal(store.keyspace.facts.size(0), 2);
  assert.equal(rows(store), 3);
});

testOnDrivers("a turn that only counts counts by its own time", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "a", "1", { expiresAtMs: file.clock.now() + 10 });
  store.endTurn();
  file.clock.advance(11);
  assert.equal(store.keyspace.facts.size(0), 0);
});

testOnDrivers("an expired key that is set anew is a new key", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const heard = listen(store);
  put(store, "k", "old", { expiresAtMs: file.clock.now() + 10 });
  store.endTurn();
  file.clock.advance(11);
  put(store, "k", "new");
  store.endTurn();
  assert.equal(get(store, "k"), "new");
  assert.equal(store.keyspace.facts.size(0), 1);
  assert.equal(store.databases.expires(0), 0);
  assert.deepEqual(heard, ["expired k", "set k"]);
});

testOnDrivers(
  "deleting an expired key tells that it expired, not that it was deleted",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    put(store, "k", "old", { expiresAtMs: file.clock.now() + 10 });
    store.endTurn();
    const heard = listen(store);
    file.clock.advance(11);
    assert.equal(remove(store, "k"), false);
    store.endTurn();
    assert.deepEqual(heard, ["expired k"]);
  },
);

testOnDrivers("the sweep deletes expired keys and tells each", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "b", "1", { expiresAtMs: file.clock.now() + 20 });
  put(store, "a", "1", { expiresAtMs: file.clock.now() + 10 });
  put(store, "kept", "1", { expiresAtMs: file.clock.now() + 1000 });
  store.endTurn();
  const heard = listen(store);
  file.clock.advance(21);
  store.sweeper.sweep();
  assert.deepEqual(heard, ["expired a", "expired b"]);
  assert.equal(rows(store), 1);
  assert.equal(store.databases.keys(0), 1);
  assert.equal(store.databases.expires(0), 1);
  assert.equal(store.keyspace.statistics.expired, 2);
});

testOnDrivers("many expired keys are swept in slices", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 450; i++) put(store, `k${i}`, "1", { expiresAtMs: file.clock.now() + 1 });
  store.endTurn();
  file.clock.advance(2);
  assert.equal(store.sweeper.sweep(), true);
  assert.equal(rows(store), 250);
  assert.equal(store.keyspace.facts.size(0), 0);
  while (store.sweeper.sweep());
  assert.equal(rows(store), 0);
  assert.equal(store.databases.keys(0), 0);
});

testOnDrivers("expired keys of all databases are swept", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (const db of [0, 3, 15]) put(store, "k", "1", { db, expiresAtMs: file.clock.now() + 1 });
  store.endTurn();
  file.clock.advance(2);
  while (store.sweeper.sweep());
  assert.equal(rows(store), 0);
  for (const db of [0, 3, 15]) assert.equal(store.databases.keys(db), 0);
});

testOnDrivers("the sweep runs by itself on the clock, unless it is turned off", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.sweeper.start();
  store.sweeper.activeExpire = false;
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 1 });
  store.endTurn();
  file.clock.advance(1000);
  assert.equal(rows(store), 1);
  store.sweeper.activeExpire = true;
  file.clock.advance(200);
  assert.equal(rows(store), 0);
});

testOnDrivers("a stopped sweep does nothing", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.sweeper.start();
  store.sweeper.stop();
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 1 });
  store.endTurn();
  file.clock.advance(1000);
  assert.equal(rows(store), 1);
});

testOnDrivers("setting an expiry counts and tells, removing it too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const heard = listen(store);
  put(store, "k", "1");
  store.keyspace.find(0, slice("k"));
  assert.equal(store.keyspace.setExpiry(0, slice("k"), file.clock.now() + 50), true);
  assert.equal(store.databases.expires(0), 1);
  store.keyspace.find(0, slice("k"));
  assert.equal(store.keyspace.row.expiresAtMs, file.clock.now() + 50);
  store.keyspace.setExpiry(0, slice("k"), 0);
  assert.equal(store.databases.expires(0), 0);
  store.endTurn();
  assert.deepEqual(heard, ["set k", "expire k", "persist k"]);
});

testOnDrivers("an expiry in the past deletes the key", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "1");
  store.keyspace.find(0, slice("k"));
  assert.equal(store.keyspace.setExpiry(0, slice("k"), 1), false);
  assert.equal(store.keyspace.find(0, slice("k")), TYPE.NONE);
  assert.equal(rows(store), 0);
});

testOnDrivers("a sweep that finds the lock taken is counted as postponed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 1 });
  store.endTurn();
  file.clock.advance(2);
  file.connect().exec("BEGIN IMMEDIATE");
  assert.equal(store.sweeper.sweep(), false);
  assert.equal(store.sweeper.postponed, 1);
});

testOnDrivers(
  "after a sweep that found the lock taken no stale value is served",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open({ busyTimeoutMs: 1 });
    put(store, "k", "old");
    put(store, "due", "1", { expiresAtMs: file.clock.now() + 1 });
    store.endTurn();
    file.clock.advance(2);
    const other = file.connect();
    other.exec("BEGIN IMMEDIATE; UPDATE keys SET value = x'6e6577' WHERE key = x'6b'");
    store.sweeper.sweep();
    other.exec("COMMIT");
    assert.equal(get(store, "k"), "new");
  },
);

testOnDrivers("time goes on after a sweep that found the lock taken", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 1 });
  put(store, "due", "1", { expiresAtMs: file.clock.now() + 1 });
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 50 });
  store.endTurn();
  file.clock.advance(2);
  file.connect().exec("BEGIN IMMEDIATE");
  store.sweeper.sweep();
  file.clock.advance(100);
  assert.equal(get(store, "k"), undefined);
});

testOnDrivers(
  "a sweep that fails half way leaves nothing for another turn to commit",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    const heard = listen(store);
    put(store, "a", "1", { expiresAtMs: file.clock.now() + 1 });
    put(store, "b", "1", { expiresAtMs: file.clock.now() + 2 });
    store.endTurn();
    file.clock.advance(5);
    store.engine.connection.exec(
      `CREATE TEMP TRIGGER broken BEFORE DELETE ON main.keys WHEN old.key = x'62'
     BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`,
    );
    assert.throws(() => remove(store, "b"), SqliteError);
    store.engine.rollback();
    store.sweeper.sweep();
    assert.equal(store.engine.writing, false);
    assert.equal(rows(store), 2);
    store.endTurn();
    assert.deepEqual(heard, []);
  },
);
