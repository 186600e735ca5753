import { strict as assert } from "node:assert";
import type { Engine } from "../../src/engine/engine.ts";
import { TurnFailed } from "../../src/engine/turn_errors.ts";
import type { Change, Flush } from "../../src/engine/changes.ts";
import { SQLITE, SqliteError } from "../../src/sqlite/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import {
  DatabaseFile,
  get,
  memoryStore,
  number,
  put,
  remove,
  slice,
  testOnDrivers,
} from "../store/open.ts";

/** What the listeners of a store hear. */
function listen(store: Store): (Change | Flush)[][] {
  const heard: (Change | Flush)[][] = [];
  store.engine.changes.subscribe((changes) => heard.push([...changes]));
  return heard;
}

const events = (heard: (Change | Flush)[][]) => heard.map((turn) => turn.map(({ event }) => event));

testOnDrivers("all writes of a turn are one commit", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const other = file.connect();
  const count = () => number(other, "SELECT count(*) FROM keys");
  put(store, "a", "1");
  put(store, "b", "2");
  assert.equal(count(), 0);
  assert.equal(store.endTurn(), true);
  assert.equal(count(), 2);
  assert.equal(store.engine.committedTurn, 1);
});

testOnDrivers("a turn sees its own writes before they are committed", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1");
  assert.equal(get(store, "a"), "1");
  store.closeNow();
});

testOnDrivers("a turn with reads only has nothing to commit", (driver) => {
  const store = memoryStore(driver);
  assert.equal(get(store, "a"), undefined);
  assert.equal(store.endTurn(), false);
  assert.equal(store.engine.committedTurn, 0);
  store.closeNow();
});

testOnDrivers("a turn that did nothing has nothing to commit", (driver) => {
  const store = memoryStore(driver);
  assert.equal(store.endTurn(), false);
  store.closeNow();
});

testOnDrivers("reads of a turn share one snapshot", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "a", "old");
  put(store, "b", "old");
  store.endTurn();
  store.keyspace.cache.clear();
  const other = file.open();
  assert.equal(get(store, "a"), "old");
  put(other, "b", "new");
  other.endTurn();
  assert.equal(get(store, "b"), "old");
  store.endTurn();
  assert.equal(get(store, "b"), "new");
});

testOnDrivers("time stands still within a turn", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { engine } = file.open();
  engine.begin();
  const start = engine.nowMs;
  file.clock.advance(50);
  engine.read();
  engine.write();
  assert.equal(engine.nowMs, start);
  engine.commit();
  engine.begin();
  assert.equal(engine.nowMs, start + 50);
});

testOnDrivers("a rollback takes back all writes of the turn", (driver) => {
  const store = memoryStore(driver);
  put(store, "kept", "1");
  store.endTurn();
  put(store, "kept", "2");
  put(store, "new", "3");
  store.engine.rollback();
  assert.equal(get(store, "kept"), "1");
  assert.equal(get(store, "new"), undefined);
  store.closeNow();
});

testOnDrivers("a rollback makes what is remembered forgotten", (driver) => {
  const store = memoryStore(driver);
  let forgotten = 0;
  store.engine.addListener({ forget: () => forgotten++, beforeCommit: () => {} });
  put(store, "a", "1");
  assert.equal(forgotten, 0);
  store.engine.rollback();
  assert.equal(forgotten, 1);
  assert.equal(store.keyspace.facts.size(0), 0);
  store.closeNow();
});

testOnDrivers("a rollback without a turn does nothing", (driver) => {
  const store = memoryStore(driver);
  store.engine.rollback();
  put(store, "a", "1");
  assert.equal(store.endTurn(), true);
  assert.equal(get(store, "a"), "1");
  store.closeNow();
});

testOnDrivers("changes are told after the commit, in their order", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const other = file.connect();
  const stored: number[] = [];
  store.engine.changes.subscribe(() => {
    stored.push(number(other, "SELECT count(*) FROM keys"));
  });
  const heard = listen(store);
  put(store, "a", "1");
  put(store, "b", "1");
  remove(store, "a");
  assert.deepEqual(heard, []);
  store.endTurn();
  assert.deepEqual(events(heard), [["set", "set", "del"]]);
  assert.deepEqual(stored, [1]);
});

testOnDrivers("a change tells a copy of its key and its database", (driver) => {
  const store = memoryStore(driver);
  const heard = listen(store);
  const key = slice("key");
  store.engine.write();
  store.strings.set(3, key, slice("value"));
  key.bytes.fill(0);
  store.endTurn();
  const [[change]] = heard as [[Change]];
  assert.deepEqual(change, { db: 3, key: new TextEncoder().encode("key"), event: "set" });
  store.closeNow();
});

testOnDrivers("flushing and swapping databases are told", (driver) => {
  const store = memoryStore(driver);
  const heard = listen(store);
  put(store, "a", "1");
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(0);
  store.keyspace.swap(0, 2);
  store.endTurn();
  assert.deepEqual(heard[1], [
    { event: "flushdb", db: 0 },
    { event: "swapdb", db: 0, otherDb: 2 },
  ]);
  store.closeNow();
});

testOnDrivers("changes of a turn that is rolled back are never told", (driver) => {
  const store = memoryStore(driver);
  const heard = listen(store);
  put(store, "a", "1");
  store.engine.rollback();
  put(store, "b", "2");
  store.endTurn();
  assert.deepEqual(heard.flat().map((change) => "key" in change && change.key[0]), [0x62]);
  assert.equal(store.engine.changes.committed, 1);
  store.closeNow();
});

testOnDrivers("a listener that is removed hears no more", (driver) => {
  const store = memoryStore(driver);
  let heard = 0;
  const stop = store.engine.changes.subscribe(() => heard++);
  assert.equal(store.engine.changes.observed, true);
  stop();
  assert.equal(store.engine.changes.observed, false);
  put(store, "a", "1");
  store.endTurn();
  assert.equal(heard, 0);
  store.closeNow();
});

testOnDrivers("a write that a listener makes belongs to the next turn", (driver) => {
  const store = memoryStore(driver);
  let written = false;
  store.engine.changes.subscribe(() => {
    if (written) return;
    written = true;
    put(store, "b", "2");
  });
  put(store, "a", "1");
  store.endTurn();
  assert.equal(store.engine.committedTurn, 1);
  assert.equal(store.engine.writing, true);
  store.endTurn();
  assert.equal(store.engine.committedTurn, 2);
  assert.equal(get(store, "b"), "2");
  store.closeNow();
});

/** Lets the file grow no further, and makes the commit want to. */
function fillDisk(engine: Engine): () => void {
  const { connection } = engine;
  const pages = number(connection, "PRAGMA page_count");
  connection.exec(`PRAGMA max_page_count = ${pages}`);
  let full = true;
  const insert = engine.prepare("INSERT INTO strings(id, data) VALUES (1, zeroblob(1000000))");
  engine.addListener({
    forget: () => {},
    beforeCommit: () => {
      if (full) insert.run();
    },
  });
  return () => {
    full = false;
    connection.exec("PRAGMA max_page_count = 1000000");
  };
}

testOnDrivers("a commit that fails takes the whole turn back", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "kept", "1");
  store.endTurn();
  fillDisk(store.engine);
  put(store, "kept", "2");
  put(store, "new", "3");
  assert.throws(() => store.endTurn(), (error: unknown) => {
    assert.ok(error instanceof TurnFailed);
    assert.ok(error.cause instanceof SqliteError);
    assert.equal(error.cause.primary, SQLITE.FULL);
    return true;
  });
  assert.equal(store.engine.committedTurn, 1);
  assert.equal(get(store, "kept"), "1");
  assert.equal(get(store, "new"), undefined);
  assert.equal(store.keyspace.facts.size(0), 1);
});

testOnDrivers("a commit that fails tells no changes", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const heard = listen(store);
  fillDisk(store.engine);
  put(store, "a", "1");
  assert.throws(() => store.endTurn(), TurnFailed);
  assert.deepEqual(heard, []);
});

testOnDrivers("turns go on after a full disk has room again", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const makeRoom = fillDisk(store.engine);
  put(store, "a", "1");
  assert.throws(() => store.endTurn(), TurnFailed);
  makeRoom();
  put(store, "b", "2");
  assert.equal(store.endTurn(), true);
  assert.equal(get(store, "a"), undefined);
  assert.equal(get(store, "b"), "2");
});

testOnDrivers("a statement that fails for want of space takes the turn with it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "kept", "1");
  store.endTurn();
  const pages = number(store.engine.connection, "PRAGMA page_count");
  store.engine.connection.exec(`PRAGMA max_page_count = ${pages}`);
  put(store, "first", "2");
  let failure: unknown;
  try {
    put(store, "large", new Uint8Array(2_000_000));
  } catch (error) {
    failure = store.engine.fail(error);
  }
  assert.ok(failure instanceof TurnFailed);
  assert.equal(get(store, "first"), undefined);
  assert.equal(get(store, "kept"), "1");
  assert.equal(store.keyspace.facts.size(0), 1);
});
