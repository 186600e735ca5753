import { strict as assert } from "node:assert";
import { TYPE } from "../../../src/store/file/schema.ts";
import { Overdue } from "../../../src/store/keys/overdue.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, get, number, put, slice, testOnDrivers, text } from "../open.ts";

const rows = (store: Store) => number(store.engine.connection, "SELECT count(*) FROM keys");

/** A store whose background work runs, and the events it tells. */
function started(file: DatabaseFile): { store: Store; heard: string[] } {
  const store = file.open();
  store.start();
  const heard: string[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes) {
      heard.push("key" in change ? `${change.event} ${text(change.key)}` : change.event);
    }
  });
  return { store, heard };
}

/** Ends the turn, and lets what follows at once happen. */
async function ended(store: Store): Promise<void> {
  store.endTurn();
  await Promise.resolve();
}

testOnDrivers("an expired key that is read is deleted right after the turn", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { store, heard } = started(file);
  store.sweeper.activeExpire = false;
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 10 });
  put(store, "unread", "1", { expiresAtMs: file.clock.now() + 10 });
  await ended(store);
  heard.length = 0;
  file.clock.advance(11);
  assert.equal(get(store, "k"), undefined);
  assert.equal(store.engine.writing, false);
  assert.equal(rows(store), 2);
  await ended(store);
  assert.deepEqual(heard, ["expired k"]);
  assert.equal(rows(store), 1);
  assert.equal(store.keyspace.statistics.expired, 1);
  store.sweeper.stop();
});

testOnDrivers("an expired field is deleted right after a read of its hash", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { store, heard } = started(file);
  store.sweeper.activeExpire = false;
  store.engine.write();
  const key = slice("h");
  const hash = store.hashes.create(0, key);
  store.hashes.set(hash, slice("f"), slice("1"), file.clock.now() + 10);
  store.hashes.set(hash, slice("g"), slice("1"));
  await ended(store);
  heard.length = 0;
  file.clock.advance(11);
  const read = store.hashes.read(0, key);
  assert.ok(read !== undefined && !store.hashes.has(read, slice("f")));
  await ended(store);
  assert.deepEqual(heard, ["hexpired h"]);
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 1);
  store.sweeper.stop();
});

testOnDrivers("what is written over an expired key that was read stays", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { store, heard } = started(file);
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 10 });
  await ended(store);
  heard.length = 0;
  file.clock.advance(11);
  assert.equal(get(store, "k"), undefined);
  put(store, "k", "2");
  await ended(store);
  assert.deepEqual(heard, ["expired k", "set k"]);
  assert.equal(get(store, "k"), "2");
  store.sweeper.stop();
});

testOnDrivers(
  "while another process writes, what was read is left to the next look",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const { store, heard } = started(file);
    put(store, "k", "1", { expiresAtMs: file.clock.now() + 10 });
    await ended(store);
    heard.length = 0;
    file.clock.advance(11);
    const other = file.connect();
    other.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < 3; i++) {
      assert.equal(get(store, "k"), undefined);
      await ended(store);
    }
    assert.equal(store.sweeper.postponed, 1);
    assert.deepEqual(heard, []);
    other.exec("ROLLBACK");
    store.sweeper.sweep();
    assert.deepEqual(heard, ["expired k"]);
    store.sweeper.stop();
  },
);

testOnDrivers("a paused store deletes nothing that is read", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { store, heard } = started(file);
  put(store, "k", "1", { expiresAtMs: file.clock.now() + 10 });
  await ended(store);
  heard.length = 0;
  file.clock.advance(11);
  store.sweeper.paused = true;
  assert.equal(get(store, "k"), undefined);
  await ended(store);
  assert.deepEqual(heard, []);
  assert.equal(rows(store), 1);
  store.sweeper.stop();
});

testOnDrivers("many keys that are read at once are deleted in slices", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { store } = started(file);
  store.sweeper.activeExpire = false;
  for (let i = 0; i < 450; i++) put(store, `k${i}`, "1", { expiresAtMs: file.clock.now() + 1 });
  await ended(store);
  file.clock.advance(2);
  for (let i = 0; i < 450; i++) assert.equal(store.keyspace.find(0, slice(`k${i}`)), TYPE.NONE);
  await ended(store);
  assert.equal(rows(store), 250);
  file.clock.advance(1);
  assert.equal(rows(store), 50);
  file.clock.advance(1);
  assert.equal(rows(store), 0);
  store.sweeper.stop();
});

Deno.test("a key is noted once, and no more than a limit of keys and bytes", () => {
  const overdue = new Overdue();
  for (let i = 0; i < 3; i++) overdue.add(0, slice("k"));
  overdue.add(1, slice("k"));
  assert.equal(overdue.first(Infinity).length, 2);
  overdue.add(0, slice("x".repeat(2_000_000)));
  for (let i = 0; i < 20_000; i++) overdue.add(0, slice(`k${i}`));
  assert.equal(overdue.first(Infinity).length, 10_000);
  overdue.drop(1);
  overdue.add(0, slice("k"));
  assert.equal(text(overdue.first(Infinity).at(-1)?.key.copy() ?? new Uint8Array()), "k");
  overdue.drop(Infinity);
  assert.equal(overdue.pending, false);
});
