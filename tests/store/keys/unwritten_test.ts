import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { keySizes } from "../../../src/store/keys/key_sizes.ts";
import { UNLIMITED } from "../../../src/store/sql/queries.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { ManualClock } from "../../../src/engine/clock.ts";
import { get, memoryStore, number, put, remove, slice, testOnDrivers, text } from "../open.ts";

/** Rows of `keys` as SQL sees them. */
function rows(store: Store): string {
  const statement = store.engine.prepare(`SELECT group_concat(line, ' ') FROM (
    SELECT printf('%d,%s,%d,%d,%d,%d,%s', space, hex(key), version, created_at, updated_at,
      coalesce(expires_at, 0), hex(value)) AS line FROM keys ORDER BY space, key)`);
  statement.step();
  const found = statement.columnIsNull(0) ? "" : statement.columnText(0);
  statement.finalize();
  return found;
}

const count = (store: Store) => number(store.engine.connection, "SELECT count(*) FROM keys");

/** A store that seldom ends its turn, and one with the same commands that ends it after each. */
function pair(driver: Driver): { late: Store; prompt: Store; clock: ManualClock } {
  const clock = new ManualClock();
  return { late: memoryStore(driver, clock), prompt: memoryStore(driver, clock), clock };
}

testOnDrivers(
  "a string that is changed often in a turn is one row, written at its end",
  (driver) => {
    const store = memoryStore(driver);
    store.engine.write();
    for (let i = 0; i < 100; i++) store.strings.increment(0, slice("n"), 1, "incrby");
    assert.equal(store.keyspace.unwritten.count, 1);
    assert.equal(count(store), 0);
    store.endTurn();
    assert.equal(store.keyspace.unwritten.count, 0);
    assert.equal(count(store), 1);
    assert.deepEqual(store.keyspace.facts.details(0, slice("n")).version, 100);
    assert.equal(get(store, "n"), "100");
    store.closeNow();
  },
);

testOnDrivers("a string that is made and deleted in a turn leaves no row", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1");
  assert.equal(remove(store, "a"), true);
  assert.equal(get(store, "a"), undefined);
  store.endTurn();
  assert.equal(count(store), 0);
  store.closeNow();
});

testOnDrivers("what a turn that is rolled back has not written is gone", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", "1");
  store.endTurn();
  put(store, "a", "2");
  put(store, "b", "2");
  store.engine.rollback();
  assert.equal(store.keyspace.unwritten.count, 0);
  put(store, "b", "3");
  store.endTurn();
  assert.deepEqual([get(store, "a"), get(store, "b"), count(store)], ["1", "3", 2]);
  store.closeNow();
});

testOnDrivers(
  "a string that was written since some were set apart is known to be, until others are",
  (driver) => {
    const store = memoryStore(driver);
    const { unwritten } = store.keyspace;
    const written = (...keys: string[]) =>
      keys.map((key) => unwritten.mayHaveWritten(store.databases.space(0), slice(key)));
    for (const key of ["a", "b", "c"]) put(store, key, "1");
    unwritten.setApart();
    assert.deepEqual(written("a", "b", "c"), [false, false, false]);
    unwritten.writeApart(1);
    // What has changed since is written as it was, and as one that is to be gone.
    put(store, "b", "2");
    unwritten.writeApart(1);
    remove(store, "c");
    put(store, "d", "3");
    assert.deepEqual(written("a", "b", "c", "d"), [true, true, true, false]);
    unwritten.rejoin();
    unwritten.setApart();
    assert.deepEqual(written("a", "b", "c", "d"), [false, false, false, false]);
    store.closeNow();
  },
);

testOnDrivers(
  "strings that were set apart and written are so no more when all is rolled back",
  (driver) => {
    const store = memoryStore(driver);
    const { unwritten } = store.keyspace;
    put(store, "a", "1");
    unwritten.setApart();
    assert.ok(unwritten.writeApart(1));
    assert.deepEqual([unwritten.count, unwritten.isApart], [0, true]);
    store.engine.rollback();
    assert.equal(unwritten.isApart, false);
    put(store, "a", "2");
    store.endTurn();
    assert.deepEqual([get(store, "a"), count(store)], ["2", 1]);
    store.closeNow();
  },
);

testOnDrivers(
  "a string that is set apart is written as it was, whatever became of it",
  (driver) => {
    const clock = new ManualClock();
    const store = memoryStore(driver, clock);
    const { unwritten } = store.keyspace;
    const written = (column: string) =>
      number(store.engine.connection, `SELECT ${column} FROM keys WHERE key = x'61'`);
    const value = "CAST(CAST(value AS TEXT) AS INTEGER)";
    put(store, "a", "1");
    put(store, "b", "1");
    unwritten.setApart();
    put(store, "a", "2");
    put(store, "a", "3", { expiresAtMs: clock.now() + 1000 });
    assert.equal(count(store), 0);
    assert.ok(unwritten.writeApart(10));
    assert.deepEqual([count(store), written(value), written("version")], [2, 1, 1]);
    assert.deepEqual([unwritten.count, get(store, "a")], [1, "3"]);
    store.endTurn();
    assert.deepEqual([written(value), written("version"), get(store, "b")], [3, 3, "1"]);
    store.closeNow();
  },
);

testOnDrivers("a turn may leave more strings than the cache holds", (driver) => {
  const { late, prompt } = pair(driver);
  late.cacheBytes = prompt.cacheBytes = 64 * 1024;
  for (let i = 0; i < 3000; i++) {
    const key = `key:${i * 7919 % 2000}`;
    for (const store of [late, prompt]) put(store, key, `${i}`.repeat(1 + i % 70));
    prompt.endTurn();
  }
  late.endTurn();
  assert.equal(rows(late), rows(prompt));
  late.closeNow();
  prompt.closeNow();
});

/** A command, from a few numbers. */
type Step = (store: Store) => void;

const DBS = [0, 1, 2];
const KEYS = ["a", "b", "c", "long".repeat(1200), "d\0", "d", "e", ""];

function step(kind: number, from: number, to: number, size: number): Step {
  const key = KEYS[from % KEYS.length]!, other = KEYS[to % KEYS.length]!;
  const db = from % 3, otherDb = to % 3;
  return (store) => {
    const { keyspace, strings } = store;
    store.engine.write();
    const { nowMs } = store.engine;
    switch (kind) {
      case 0:
      case 1:
        put(store, key, `${size}`.repeat(size), { db });
        break;
      case 2:
        put(store, key, `${size}`, { db, expiresAtMs: nowMs + size * 10 });
        break;
      case 3:
        strings.append(db, slice(key), slice("x".repeat(size)));
        break;
      case 4:
        keyspace.delete(db, slice(key));
        break;
      case 5:
        keyspace.move(db, slice(key), otherDb, slice(`${other}2`));
        break;
      case 6:
        keyspace.copy(db, slice(key), otherDb, slice(`${other}3`));
        break;
      case 7:
        if (keyspace.find(db, slice(key)) !== 0) keyspace.setExpiry(db, slice(key), nowMs + size);
        break;
      case 8:
        strings.setRange(db, slice(key), size * 3, slice("yy"));
        break;
      case 9:
        if (size < 20) keyspace.flush(db);
        else if (size < 40) store.databases.swap(db, otherDb);
        break;
      default:
        keyspace.evict(db, slice(key));
    }
  };
}

/** What can be asked of a store in the middle of a turn. */
const QUESTIONS: readonly ((store: Store) => unknown)[] = [
  (store) => {
    const keys: string[] = [];
    for (let db = 0; db < 3; db++) {
      store.walk.walk(db, new Uint8Array(0), undefined, -1, (key, type) => {
        keys.push(`${db} ${text(key.view())} ${type}`);
      });
    }
    return keys;
  },
  (store) => DBS.map((db) => store.keyspace.facts.size(db)),
  (store) => DBS.map((db) => store.keyspace.facts.meanTtlMs(db)),
  (store) => DBS.map((db) => keySizes(store, db)),
  (store) => KEYS.map((key) => store.keyspace.facts.fingerprint(1, slice(key))),
  (store) => KEYS.map((key) => store.keyspace.facts.details(2, slice(key))),
  (store) => DBS.map((db) => KEYS.map((key) => get(store, key, db))),
  (store) => DBS.map((db) => store.keyspace.random(db) === undefined),
  (store) => {
    const { rows } = store.query("SELECT * FROM redlite_strings ORDER BY 1, 2", [], UNLIMITED);
    return rows;
  },
];

testOnDrivers(
  "a turn of any commands leaves what they leave one by one, and tells the same",
  (driver) => {
    const command = fc.tuple(fc.nat(10), fc.nat(), fc.nat(), fc.nat(130));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(command, fc.option(fc.nat(QUESTIONS.length - 1), { freq: 4 })), {
          minLength: 10,
          maxLength: 80,
        }),
        (steps) => {
          const { late, prompt, clock } = pair(driver);
          late.cacheBytes = 64 * 1024;
          try {
            for (const [[kind, from, to, size], question] of steps) {
              const run = step(kind, from, to, size);
              run(late);
              run(prompt);
              if (question !== null) {
                const ask = QUESTIONS[question]!;
                assert.deepEqual(ask(late), ask(prompt));
              }
              prompt.endTurn();
              const { unwritten } = late.keyspace;
              if (size % 5 === 1 && !unwritten.isApart) unwritten.setApart();
              if (size % 5 > 2 && unwritten.isApart) unwritten.writeApart(1);
              if (size === 0) {
                late.endTurn();
                clock.advance(700);
              }
            }
            late.endTurn();
            assert.equal(withoutIds(late), withoutIds(prompt));
          } finally {
            late.closeNow();
            prompt.closeNow();
          }
        },
      ),
      { numRuns: driver.info.name === "ffi" ? 60 : 20 },
    );
  },
);

/** The rows by the databases that they are in. */
function withoutIds(store: Store): string {
  const statement = store.engine.prepare(`SELECT group_concat(line, ' ') FROM (
    SELECT printf('%d,%s,%d,%d,%d,%d,%d,%s', db, hex(key), length, version, created_at, updated_at,
      coalesce(expires_at, 0), hex(value)) AS line
    FROM keys JOIN databases USING (space) ORDER BY db, key)`);
  statement.step();
  const found = statement.columnIsNull(0) ? "" : statement.columnText(0);
  statement.finalize();
  return found;
}

testOnDrivers("a string that is new at the beginning of time gets a row", (driver) => {
  const store = memoryStore(driver);
  store.engine.begin();
  store.engine.nowMs = 0;
  put(store, "a", "1");
  put(store, "a", "2");
  store.endTurn();
  assert.equal(count(store), 1);
  assert.equal(get(store, "a"), "2");
  store.closeNow();
});

testOnDrivers(
  "strings that are held back have their times, however far those are apart",
  (driver) => {
    const { late, prompt } = pair(driver);
    const times = [1_700_000_000_000, 1_700_000_000_001, 0, 4_102_444_800_000];
    for (const store of [late, prompt]) store.engine.begin();
    for (let i = 0; i < 60; i++) {
      const nowMs = times[i * i % times.length]! + i % 2;
      for (const store of [late, prompt]) {
        store.engine.begin();
        store.engine.nowMs = nowMs;
        put(store, `key:${i % 11}`, `${i}`);
        if (i % 13 === 5 && !store.keyspace.unwritten.isApart) store.keyspace.unwritten.setApart();
        if (i % 13 === 9 && store.keyspace.unwritten.isApart) {
          store.keyspace.unwritten.writeApart(
            2,
          );
        }
      }
      prompt.endTurn();
    }
    late.endTurn();
    assert.equal(rows(late), rows(prompt));
    late.closeNow();
    prompt.closeNow();
  },
);
