import { strict as assert } from "node:assert";
import { CommandError } from "../../../src/store/values/errors.ts";
import { CHUNK_SIZE, TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import type { VacuumOutcome } from "../../../src/store/file/vacuum.ts";
import { DatabaseFile, get, number, put, remove, slice, testOnDrivers } from "../open.ts";

/** Runs a VACUUM to its end. @param pages As in `Vacuum.start`. */
async function vacuum(
  file: DatabaseFile,
  store: Store,
  pages?: number,
): Promise<VacuumOutcome | CommandError> {
  let outcome: VacuumOutcome | CommandError | undefined;
  store.vacuum.start(pages, (result) => outcome = result);
  while (outcome === undefined) {
    file.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return outcome;
}

function done(outcome: VacuumOutcome | CommandError): VacuumOutcome {
  if (outcome instanceof CommandError) throw outcome;
  return outcome;
}

/** Fills some keys, a turn for a hundred. */
function fill(store: Store, keys: number, expiresAtMs = 0): void {
  const value = new Uint8Array(200).fill(0x61);
  for (let i = 0; i < keys; i++) {
    put(store, `key:${i}`, value, { expiresAtMs });
    if (i % 100 === 99) store.endTurn();
  }
  store.endTurn();
}

function flush(store: Store): void {
  store.engine.write();
  store.keyspace.flush(0);
  store.endTurn();
}

const fileSize = (file: DatabaseFile) => Deno.statSync(file.path).size;
const pragma = (store: Store, name: string) => number(store.engine.connection, `PRAGMA ${name}`);
const isWhole = (store: Store) => {
  const check = store.engine.prepare("PRAGMA integrity_check");
  check.step();
  const verdict = check.columnText(0);
  check.finalize();
  return verdict;
};

testOnDrivers("a new file can give single pages back, and has small pages", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  assert.equal(store.freePages.mode, "incremental");
  assert.equal(pragma(store, "page_size"), 2048);
});

testOnDrivers("a file of another application keeps what it has chosen", async (driver) => {
  await using file = new DatabaseFile(driver);
  const theirs = file.connect();
  theirs.exec("PRAGMA auto_vacuum = FULL; CREATE TABLE notes(text)");
  theirs.close();
  const before = Deno.readFileSync(file.path);
  assert.throws(() => file.open());
  assert.deepEqual(Deno.readFileSync(file.path), before);
  assert.equal(file.open({ adopt: true }).freePages.mode, "full");
});

testOnDrivers(
  "VACUUM deletes what is expired and what is garbage, and the file shrinks",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    fill(store, 3000);
    flush(store);
    fill(store, 500, file.clock.now() + 10);
    put(store, "kept", "value");
    store.engine.write();
    const set = store.keyspace.createCollection(0, slice("set"), TYPE.SET);
    for (let i = 0; i < 200; i++) store.sets.add(set, slice(`member:${i}`));
    store.endTurn();
    remove(store, "set");
    store.endTurn();
    store.checkpoint();
    const before = fileSize(file);
    file.clock.advance(20);
    const outcome = done(await vacuum(file, store));
    assert.equal(outcome.expiredKeys, 500);
    assert.equal(outcome.garbageRows, 3000 + 200);
    assert.equal(outcome.pageSize, 2048);
    assert.equal(outcome.pagesBefore, before / 2048);
    assert.equal(outcome.pagesAfter, pragma(store, "page_count"));
    assert.ok(outcome.pagesAfter < outcome.pagesBefore / 5);
    assert.equal(fileSize(file), outcome.pagesAfter * 2048);
    assert.equal(pragma(store, "freelist_count"), 0);
    assert.equal(get(store, "kept"), "value");
    assert.equal(isWhole(store), "ok");
  },
);

testOnDrivers("VACUUM cuts the write-ahead log that it has filled", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, 3000);
  done(await vacuum(file, store));
  assert.ok(Deno.statSync(`${file.path}-wal`).size < 100_000);
});

testOnDrivers(
  "VACUUM deletes expired keys where they are not deleted by themselves",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    store.sweeper.activeExpire = false;
    put(store, "k", "value", { expiresAtMs: file.clock.now() + 10 });
    store.endTurn();
    file.clock.advance(20);
    assert.equal(done(await vacuum(file, store)).expiredKeys, 1);
  },
);

testOnDrivers("VACUUM INCREMENTAL gives all free pages back", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, 3000);
  store.checkpoint();
  const before = fileSize(file);
  flush(store);
  put(store, "kept", "value");
  store.endTurn();
  const outcome = done(await vacuum(file, store, Infinity));
  assert.equal(outcome.garbageRows, 3000);
  assert.equal(pragma(store, "freelist_count"), 0);
  assert.ok(fileSize(file) < before / 4, `${before} to ${fileSize(file)}`);
  assert.equal(get(store, "kept"), "value");
  assert.equal(isWhole(store), "ok");
});

testOnDrivers("VACUUM INCREMENTAL gives no more pages back than it is told to", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, 3000);
  flush(store);
  // The rows go first, so that there is something to give back.
  while (store.sweeper.sweep());
  const { pagesBefore, pagesAfter } = done(await vacuum(file, store, 100));
  // With the pages goes what SQLite notes of them, a page for four hundred.
  assert.ok([100, 101].includes(pagesBefore - pagesAfter), `${pagesBefore} to ${pagesAfter}`);
  const turns = store.engine.committedTurn;
  done(await vacuum(file, store, 100));
  assert.ok(store.engine.committedTurn - turns >= 2, "a slice is a turn of its own");
});

testOnDrivers("giving pages back leaves what is remembered as it is", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, 3000);
  for (let i = 0; i < 2900; i++) remove(store, `key:${i}`);
  store.endTurn();
  const foreign = store.engine.foreignCommits;
  const { pagesBefore, pagesAfter } = done(await vacuum(file, store, Infinity));
  assert.ok(pagesAfter < pagesBefore);
  get(store, "key:2950");
  store.endTurn();
  assert.equal(store.engine.foreignCommits, foreign);
});

testOnDrivers("a file that cannot give pages back can after a VACUUM", async (driver) => {
  await using file = new DatabaseFile(driver);
  const old = file.connect();
  old.exec("CREATE TABLE notes(text)");
  old.close();
  const store = file.open({ adopt: true });
  fill(store, 500);
  assert.equal(store.freePages.mode, "none");
  store.endTurn();
  done(await vacuum(file, store));
  assert.equal(store.freePages.mode, "incremental");
  store.endTurn();
  // Both sides of the change work on: this connection's writes keep the file whole.
  fill(store, 1000);
  flush(store);
  done(await vacuum(file, store, Infinity));
  assert.equal(pragma(store, "freelist_count"), 0);
  assert.equal(isWhole(store), "ok");
});

testOnDrivers("turns go on while a VACUUM runs, and nothing of them is lost", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ busyTimeoutMs: 5000 });
  fill(store, 3000);
  flush(store);
  let outcome: VacuumOutcome | CommandError | undefined;
  store.vacuum.start(undefined, (result) => outcome = result);
  let turns = 0;
  while (outcome === undefined) {
    file.clock.advance(1);
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (turns < 500) put(store, `new:${turns++}`, `${turns}`);
    store.endTurn();
  }
  done(outcome);
  for (let i = 0; i < turns; i++) assert.equal(get(store, `new:${i}`), `${i + 1}`);
  assert.equal(store.keyspace.facts.size(0), turns);
  assert.equal(isWhole(store), "ok");
});

testOnDrivers("a second VACUUM is refused while one runs", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const first = vacuum(file, store);
  assert.equal(store.vacuum.running, true);
  assert.throws(() => store.vacuum.start(undefined, () => {}), TypeError);
  done(await first);
  assert.equal(store.vacuum.running, false);
});

testOnDrivers(
  "another process's write lock is waited for, and named if it stays",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open({ busyTimeoutMs: 0 });
    put(store, "k", "value", { expiresAtMs: file.clock.now() + 10 });
    store.endTurn();
    file.clock.advance(20);
    const other = file.connect();
    other.exec("BEGIN IMMEDIATE");
    const outcome = await vacuum(file, store);
    assert.ok(outcome instanceof CommandError);
    assert.match(outcome.message, /^BUSY /);
    assert.equal(store.vacuum.running, false);
    other.exec("COMMIT");
    assert.equal(done(await vacuum(file, store)).expiredKeys, 1);
  },
);

testOnDrivers("closing a store stops its VACUUM, and leaves the file whole", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, 3000);
  let outcome: VacuumOutcome | CommandError | undefined;
  store.vacuum.start(undefined, (result) => outcome = result);
  file.clock.advance(1);
  await store.close();
  assert.ok(outcome instanceof CommandError);
  assert.match(outcome.message, /stopped/);
  const reopened = file.open();
  assert.equal(reopened.keyspace.facts.size(0), 3000);
  assert.equal(isWhole(reopened), "ok");
});

testOnDrivers("closing a store in the middle of the rewriting ends it soon", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 40; i++) put(store, `large:${i}`, new Uint8Array(30 * CHUNK_SIZE));
  store.endTurn();
  let outcome: VacuumOutcome | CommandError | undefined;
  store.vacuum.start(undefined, (result) => outcome = result);
  while (!store.vacuum.rewriting && outcome === undefined) {
    file.clock.advance(1);
    await Promise.resolve();
  }
  store.closeNow();
  while (outcome === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(store.vacuum.rewriting, false);
  await store.close();
  const reopened = file.open();
  assert.equal(reopened.keyspace.facts.size(0), 40);
  assert.equal(isWhole(reopened), "ok");
});

testOnDrivers("the cache takes another size while it is in use", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ cacheBytes: 8 << 20 });
  fill(store, 500);
  const rows = store.keyspace.cache.bytes.length;
  const pages = pragma(store, "cache_size");
  store.cacheBytes = 32 << 20;
  assert.equal(store.keyspace.cache.bytes.length, 4 * rows);
  assert.equal(pragma(store, "cache_size"), 4 * pages);
  assert.equal(get(store, "key:7")?.length, 200);
  store.cacheBytes = 1 << 20;
  assert.ok(store.keyspace.cache.bytes.length < rows);
  for (let i = 0; i < 500; i++) assert.equal(get(store, `key:${i}`)?.length, 200);
  put(store, "key:7", "new");
  store.endTurn();
  assert.equal(get(store, "key:7"), "new");
});

testOnDrivers(
  "rows that are held back beside a log have their part of the cache",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open({ cacheBytes: 8 << 20 }), { log } = store;
    // Where a database takes one connection there is none.
    if (log === undefined) return assert.ok(store.sole);
    const pages = pragma(store, "cache_size");
    log.open({ apply: () => {}, report: () => {} });
    log.wanted = true;
    const share = log.obstacle === undefined ? 3 / 4 : 1;
    assert.equal(pragma(store, "cache_size"), share * pages);
    store.cacheBytes = 16 << 20;
    assert.equal(pragma(store, "cache_size"), 2 * share * pages);
    log.wanted = false;
    assert.equal(pragma(store, "cache_size"), 2 * pages);
  },
);

testOnDrivers(
  "VACUUM leaves checkpoints to another program, if they are its own",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open({ externalCheckpoints: true });
    fill(store, 3000);
    const frames = Deno.statSync(`${file.path}-wal`).size;
    const before = fileSize(file);
    const { pagesAfter } = done(await vacuum(file, store));
    assert.ok(Deno.statSync(`${file.path}-wal`).size >= frames);
    assert.equal(fileSize(file), before);
    assert.equal(pragma(store, "page_count"), pagesAfter);
  },
);

testOnDrivers("what is set for a file that is only read is refused", async (driver) => {
  await using file = new DatabaseFile(driver);
  await file.open().close();
  const store = file.open({ readonly: true });
  assert.throws(() => store.autoVacuum.configure({ enabled: false }), /open for reading only/);
  assert.equal(store.freePages.mode, "incremental");
});
