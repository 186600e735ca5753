import { strict as assert } from "node:assert";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, number, put, testOnDrivers } from "../open.ts";

const free = (store: Store) => number(store.engine.connection, "PRAGMA freelist_count");
const pages = (store: Store) => number(store.engine.connection, "PRAGMA page_count");

/** Fills a file and deletes all of it, rows too: most of its pages are free then. */
function fillAndEmpty(store: Store): void {
  const value = new Uint8Array(200).fill(0x61);
  for (let i = 0; i < 5000; i++) put(store, `key:${i}`, value);
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(0);
  store.endTurn();
  while (store.sweeper.sweep());
  assert.ok(free(store) > 400);
}

/** Lets a checkpoint that runs elsewhere come to its end. */
async function checkpointed(store: Store): Promise<void> {
  while (store.checkpointer.running) await new Promise((resolve) => setTimeout(resolve, 0));
}

function set(store: Store, change: { enabled?: boolean; intervalMs?: number }): void {
  store.autoVacuum.configure(change);
  store.endTurn();
}

testOnDrivers("free pages are given back in the background, and a few stay", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fillAndEmpty(store);
  const before = pages(store);
  store.start();
  file.clock.advance(10_000);
  assert.ok(pages(store) < before / 2, `${before} to ${pages(store)}`);
  assert.ok(free(store) < 200);
  const { releasedPages } = store.autoVacuum;
  // With the pages goes what SQLite notes of them, a page for four hundred.
  assert.ok(releasedPages >= 0.99 * (before - pages(store)) && releasedPages <= before);
  assert.ok(store.autoVacuum.lastRunAtMs > 0);
});

testOnDrivers("pages are given back in slices, each a turn of its own", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fillAndEmpty(store);
  store.start();
  const turns = store.engine.committedTurn;
  file.clock.advance(10_000);
  const { releasedPages } = store.autoVacuum;
  assert.equal(store.engine.committedTurn - turns, Math.ceil(releasedPages / 64));
});

testOnDrivers("the file itself gets shorter", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fillAndEmpty(store);
  store.checkpoint();
  const before = Deno.statSync(file.path).size;
  store.start();
  for (let i = 0; i < 20; i++) {
    file.clock.advance(1000);
    await checkpointed(store);
  }
  assert.ok(Deno.statSync(file.path).size < before / 2);
});

testOnDrivers("nothing is given back while it is off", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fillAndEmpty(store);
  set(store, { enabled: false });
  store.start();
  const before = pages(store);
  file.clock.advance(300_000);
  assert.equal(pages(store), before);
  set(store, { enabled: true, intervalMs: 1000 });
  file.clock.advance(10_000);
  assert.ok(pages(store) < before / 2);
});

testOnDrivers("a file with few free pages is left as it is", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const value = new Uint8Array(200).fill(0x61);
  for (let i = 0; i < 20_000; i++) put(store, `key:${i}`, value);
  store.endTurn();
  for (let i = 0; i < 1000; i++) put(store, `key:${i}`, "1");
  store.endTurn();
  while (store.sweeper.sweep());
  store.start();
  const turns = store.engine.committedTurn;
  file.clock.advance(200_000);
  assert.equal(store.engine.committedTurn, turns);
});

testOnDrivers("it looks once in an interval", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  set(store, { intervalMs: 50_000 });
  store.start();
  file.clock.advance(5000);
  fillAndEmpty(store);
  const before = pages(store);
  file.clock.advance(45_000);
  assert.equal(pages(store), before);
  file.clock.advance(10_000);
  assert.ok(pages(store) < before);
});

testOnDrivers("what is set is kept in the file, and CONFIG REWRITE leaves it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  assert.equal(store.autoVacuum.enabled, true);
  assert.equal(store.autoVacuum.intervalMs, 60_000);
  set(store, { enabled: false, intervalMs: 5000 });
  store.settings.save([["hz", "20"]]);
  store.endTurn();
  assert.deepEqual([...store.settings.load()], [["hz", "20"]]);
  await store.close();
  const reopened = file.open();
  assert.equal(reopened.autoVacuum.enabled, false);
  assert.equal(reopened.autoVacuum.intervalMs, 5000);
});

testOnDrivers("what is set in a turn that is rolled back is not set", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.autoVacuum.configure({ enabled: false });
  store.engine.rollback();
  assert.equal(store.autoVacuum.enabled, true);
});

testOnDrivers("another process that turns it on or off is followed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open(), other = file.open();
  fillAndEmpty(store);
  store.start();
  set(other, { enabled: false });
  const before = pages(store);
  file.clock.advance(100_000);
  assert.equal(pages(store), before);
  set(other, { enabled: true, intervalMs: 1000 });
  // Whoever does anything sees the commit; the setting is read again a second later.
  store.engine.begin();
  store.endTurn();
  file.clock.advance(10_000);
  assert.ok(pages(store) < before / 2);
});

testOnDrivers("it waits until what is garbage is deleted", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fillAndEmpty(store);
  store.garbage.pending = true;
  store.autoVacuum.start();
  const before = pages(store);
  file.clock.advance(5000);
  assert.equal(pages(store), before);
  store.garbage.pending = false;
  file.clock.advance(5000);
  assert.ok(pages(store) < before / 2);
});

testOnDrivers("a lock that another process holds is waited for", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 0 });
  set(store, { intervalMs: 1000 });
  fillAndEmpty(store);
  const other = file.connect();
  other.exec("BEGIN IMMEDIATE");
  store.start();
  const before = pages(store);
  file.clock.advance(5000);
  assert.equal(pages(store), before);
  other.exec("COMMIT");
  await checkpointed(store);
  file.clock.advance(2000);
  assert.ok(pages(store) < before / 2);
});
