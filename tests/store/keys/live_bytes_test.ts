/** What keys count towards `maxmemory`. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { ROW_BYTES, SUM_OF_ROWS, UNMEASURED_SIZE } from "../../../src/store/keys/live_bytes.ts";
import { APPLICATION_ID, TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { COLLECTION_TABLES, KEY_TABLES } from "../../../src/store/file/tables.ts";
import { COLLECTION_VIEWS, KEY_VIEWS } from "../../../src/store/file/views.ts";
import { DatabaseFile, memoryStore, number, put, remove, slice, testOnDrivers } from "../open.ts";

/** The bytes that the rows of a database make up, by their own account. */
function bytesOfRows(store: Store, db: number): number {
  const space = store.databases.space(db);
  const sum = `SELECT ${SUM_OF_ROWS} FROM keys WHERE space = ${space}`;
  return number(store.engine.connection, sum);
}

function addMembers(store: Store, key: string, count: number, size = 10, db = 0): void {
  store.engine.write();
  const { keyspace } = store;
  const name = slice(key);
  const set = keyspace.findCollection(db, name, TYPE.SET) ??
    keyspace.createCollection(db, name, TYPE.SET);
  for (let i = 0; i < count; i++) {
    store.sets.add(set, slice(`${i}`.padStart(size, "0")));
  }
}

testOnDrivers("a string counts its bytes, its key and its row", async (driver) => {
  const store = memoryStore(driver);
  put(store, "key", "12345");
  assert.equal(store.databases.totalBytes, ROW_BYTES + 3 + 5);
  put(store, "key", "123");
  assert.equal(store.databases.totalBytes, ROW_BYTES + 3 + 3);
  put(store, "key", new Uint8Array(100_000));
  assert.equal(store.databases.totalBytes, ROW_BYTES + 3 + 100_000);
  remove(store, "key");
  assert.equal(store.databases.totalBytes, 0);
  await store.close();
});

testOnDrivers("a collection counts the sizes of its elements", async (driver) => {
  const store = memoryStore(driver);
  addMembers(store, "set", 100, 200);
  store.endTurn();
  const { totalBytes } = store.databases;
  assert.ok(totalBytes > 100 * 200 && totalBytes < 100 * 230, `${totalBytes}`);
  remove(store, "set");
  assert.equal(store.databases.totalBytes, 0);
  await store.close();
});

testOnDrivers(
  "elements of another size count as soon as there are twice as many",
  async (driver) => {
    const store = memoryStore(driver);
    addMembers(store, "set", 100, 10);
    store.endTurn();
    const before = store.databases.totalBytes;
    addMembers(store, "set", 300, 9);
    store.endTurn();
    assert.ok(store.databases.totalBytes > 3 * before);
    await store.close();
  },
);

testOnDrivers("the count outlives the process", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "key", "value");
  addMembers(store, "set", 50);
  store.endTurn();
  const { totalBytes } = store.databases;
  await store.close();
  const reopened = file.open();
  assert.equal(reopened.databases.totalBytes, totalBytes);
  remove(reopened, "set");
  remove(reopened, "key");
  assert.equal(reopened.databases.totalBytes, 0);
});

testOnDrivers("what another process writes counts", async (driver) => {
  await using file = new DatabaseFile(driver);
  const ours = file.open(), theirs = file.open();
  put(ours, "key", "value");
  ours.endTurn();
  put(theirs, "other", "value");
  theirs.endTurn();
  assert.equal(ours.eviction.usedBytes, 2 * ROW_BYTES + 3 + 5 + 5 + 5);
  ours.endTurn();
});

testOnDrivers("a turn that is rolled back counts nothing", async (driver) => {
  const store = memoryStore(driver);
  put(store, "key", "value");
  store.endTurn();
  const { totalBytes } = store.databases;
  put(store, "other", "value");
  addMembers(store, "set", 5);
  store.engine.rollback();
  assert.equal(store.databases.totalBytes, totalBytes);
  await store.close();
});

testOnDrivers("a file of version 2 is counted when it is opened", async (driver) => {
  await using file = new DatabaseFile(driver);
  const old = file.connect();
  old.exec(`${KEY_TABLES} ${KEY_VIEWS} ${COLLECTION_TABLES} ${COLLECTION_VIEWS}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = 2;
    UPDATE sequences SET next = 5;
    INSERT INTO databases(db, space, keys, expires) VALUES (0, 1, 3, 0), (3, 2, 1, 0);
    INSERT INTO keys(space, key, type, id, length, value, version, created_at, updated_at)
    VALUES (1, x'61', ${TYPE.STRING}, NULL, NULL, zeroblob(100), 1, 1, 1),
      (1, x'62', ${TYPE.STRING}, 1, 5000, NULL, 1, 1, 1),
      (1, x'63', ${TYPE.SET}, 2, 10, NULL, 1, 1, 1),
      (2, x'61', ${TYPE.STRING}, NULL, NULL, x'', 1, 1, 1);`);
  old.close();
  const { databases } = file.open();
  assert.equal(databases.bytes(0), 3 * (ROW_BYTES + 1) + 100 + 5000 + 10 * UNMEASURED_SIZE);
  assert.equal(databases.bytes(3), ROW_BYTES + 1);
});

const db = fc.constantFrom(0, 1);
const key = fc.constantFrom("a", "bb", "ccc");
const size = fc.constantFrom(0, 3, 384, 385, 40_000);
const is = <K extends string>(kind: K) => fc.constant(kind);
const step = fc.oneof(
  fc.record({ kind: is("set"), db, key, size }),
  fc.record({ kind: is("append"), db, key, size }),
  fc.record({ kind: is("add"), db, key, size: fc.constantFrom(1, 20, 100) }),
  fc.record({ kind: is("delete"), db, key }),
  fc.record({ kind: is("copy"), db, key, toDb: db, to: key }),
  fc.record({ kind: is("move"), db, key, toDb: db, to: key }),
  fc.record({ kind: is("flush"), db }),
  fc.record({ kind: is("swap") }),
  fc.record({ kind: is("commit") }),
  fc.record({ kind: is("expire"), db, key }),
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function run(store: Store, step: Step): void {
  const { keyspace } = store;
  store.engine.write();
  switch (step.kind) {
    case "set":
      return put(store, step.key, new Uint8Array(step.size), { db: step.db });
    case "append":
      if (keyspace.find(step.db, slice(step.key)) <= TYPE.STRING) {
        store.strings.append(step.db, slice(step.key), slice(new Uint8Array(step.size)));
      }
      return;
    case "add":
      if (keyspace.find(step.db, slice(step.key)) !== TYPE.STRING) {
        addMembers(store, step.key, step.size, step.size, step.db);
      }
      return;
    case "delete":
      remove(store, step.key, step.db);
      return;
    case "copy":
    case "move":
      if (step.db === step.toDb && step.key === step.to) return;
      keyspace[step.kind](step.db, slice(step.key), step.toDb, slice(step.to));
      return;
    case "flush":
      return keyspace.flush(step.db);
    case "swap":
      return keyspace.swap(0, 1);
    case "commit":
      store.endTurn();
      return;
    case "expire":
      if (keyspace.find(step.db, slice(step.key)) !== TYPE.NONE) {
        keyspace.setExpiry(step.db, slice(step.key), store.engine.nowMs + 1000);
      }
  }
}

testOnDrivers("whatever is done to keys, their rows tell what is counted", async (driver) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = memoryStore(driver);
      for (const step of steps) run(store, step);
      store.endTurn();
      for (const db of [0, 1]) assert.equal(store.databases.bytes(db), bytesOfRows(store, db));
      assert.equal(
        store.databases.totalBytes,
        store.databases.bytes(0) + store.databases.bytes(1),
      );
      await store.close();
    }),
    { numRuns: 60 },
  );
});
