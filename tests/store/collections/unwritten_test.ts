/** Elements that are held back are to everybody as if they were written. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { ManualClock } from "../../../src/engine/clock.ts";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { UNLIMITED } from "../../../src/store/sql/queries.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

/** A store that holds elements back as with a log, all but the smallest collections. */
function holding(driver: Driver, clock = new ManualClock()): Store {
  const store = memoryStore(driver, clock);
  store.engine.effects.kept = true;
  store.limits.hashEntries = store.limits.zsetEntries = 1;
  return store;
}

const heldBy = (store: Store) => store.keyspace.unwrittenElements.count;

function hashAt(store: Store, key: string): Collection {
  store.engine.write();
  return store.hashes.edit(0, slice(key)) ?? store.hashes.create(0, slice(key));
}

function sortedSetAt(store: Store, key: string): Collection {
  store.engine.write();
  return store.keyspace.findCollection(0, slice(key), TYPE.ZSET) ??
    store.sortedSets.create(0, slice(key));
}

const valueOf = (store: Store, key: string, field: string) => {
  const c = store.hashes.read(0, slice(key));
  const value = c && store.hashes.get(c, slice(field));
  return value && text(value.view());
};

testOnDrivers(
  "a field that is changed often in a turn is one row, written at its end",
  (driver) => {
    const store = holding(driver);
    const count = () => number(store.engine.connection, "SELECT count(*) FROM hashes");
    const c = hashAt(store, "h");
    for (let i = 0; i < 3; i++) store.hashes.set(c, slice(`f${i}`), slice("v"));
    store.endTurn();
    for (let i = 0; i < 50; i++) store.hashes.set(hashAt(store, "h"), slice("new"), slice(`${i}`));
    assert.deepEqual([heldBy(store), count(), valueOf(store, "h", "new")], [1, 3, "49"]);
    store.endTurn();
    assert.deepEqual([heldBy(store), count(), valueOf(store, "h", "new")], [0, 4, "49"]);
    store.closeNow();
  },
);

testOnDrivers("elements that are new and gone in a turn leave no row", (driver) => {
  const store = holding(driver);
  const set = sortedSetAt(store, "z");
  for (let i = 0; i < 4; i++) store.sortedSets.set(set, slice(`m${i}`), i);
  assert.equal(store.sortedSets.remove(set, slice("m3")), true);
  assert.equal(store.sortedSets.score(set, slice("m3")), undefined);
  store.endTurn();
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM zsets"), 3);
  store.closeNow();
});

testOnDrivers("what is deleted of a large collection is a row until the turn ends", (driver) => {
  const store = holding(driver);
  const count = () => number(store.engine.connection, "SELECT count(*) FROM zsets");
  const set = sortedSetAt(store, "z");
  for (let i = 0; i < 40; i++) store.sortedSets.set(set, slice(`m${i}`), i);
  store.endTurn();
  const c = sortedSetAt(store, "z");
  assert.deepEqual(popped(store, slice("z"), c, false, 3), ["m0 0", "m1 1", "m2 2"]);
  assert.equal(store.sortedSets.remove(c, slice("m39")), true);
  assert.equal(store.sortedSets.score(c, slice("m39")), undefined);
  assert.equal(store.sortedSets.remove(c, slice("m39")), false);
  assert.deepEqual([heldBy(store), count(), c.length], [4, 40, 36]);
  store.sortedSets.set(c, slice("m1"), -1);
  assert.deepEqual(popped(store, slice("z"), c, true, 1), ["m38 38"]);
  assert.deepEqual(popped(store, slice("z"), c, false, 2), ["m1 -1", "m3 3"]);
  store.endTurn();
  assert.deepEqual([heldBy(store), count()], [0, 34]);
  store.closeNow();
});

testOnDrivers("a collection whose rows are not deleted yet leaves none behind", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 200; i++) store.hashes.set(hashAt(store, "h"), slice(`f${i}`), slice("v"));
  store.endTurn();
  const c = hashAt(store, "h");
  for (let i = 0; i < 200; i++) assert.equal(store.hashes.delete(c, slice(`f${i}`)), true);
  store.keyspace.removeEmpty(0, slice("h"), c);
  store.endTurn();
  while (store.garbage.pending) {
    store.garbage.sweepSlice();
    store.endTurn();
  }
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 0);
  store.closeNow();
});

testOnDrivers("a collection that goes takes along what is not written of it", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 5; i++) store.hashes.set(hashAt(store, "h"), slice(`f${i}`), slice("v"));
  assert.ok(heldBy(store) > 0);
  store.keyspace.delete(0, slice("h"));
  assert.equal(heldBy(store), 0);
  store.endTurn();
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM hashes"), 0);
  store.closeNow();
});

testOnDrivers("what a rolled back turn has held back is gone", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 3; i++) store.hashes.set(hashAt(store, "h"), slice(`f${i}`), slice("1"));
  store.endTurn();
  for (let i = 1; i < 5; i++) store.hashes.set(hashAt(store, "h"), slice(`f${i}`), slice("2"));
  store.engine.rollback();
  assert.equal(heldBy(store), 0);
  assert.deepEqual(["f0", "f1", "f4"].map((field) => valueOf(store, "h", field)), [
    "1",
    "1",
    undefined,
  ]);
  store.closeNow();
});

testOnDrivers("a write of one element while others are read leaves the others held", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 40; i++) store.hashes.set(hashAt(store, "h"), slice(`f${i}`), slice("v"));
  const held = heldBy(store);
  for (let i = 0; i < 40; i++) assert.equal(valueOf(store, "h", `f${i}`), "v");
  assert.equal(valueOf(store, "h", "absent"), undefined);
  assert.equal(heldBy(store), held);
  store.closeNow();
});

testOnDrivers("ranks are right while thousands of elements come in any order", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  store.engine.effects.kept = true;
  const COUNT = 6000;
  const member = (i: number) => `m${String(i * 3331 % COUNT).padStart(5, "0")}`;
  for (let i = 0; i < COUNT; i++) {
    store.sortedSets.set(sortedSetAt(store, "z"), slice(member(i)), 0);
    store.hashes.set(hashAt(store, "h"), slice(member(i)), slice("v"));
  }
  const set = sortedSetAt(store, "z");
  for (const i of [0, 1, 2999, 5998]) {
    const name = slice(`m${String(i).padStart(5, "0")}`);
    assert.equal(store.sortedSets.rank(set, name, 0), i);
  }
  store.endTurn();
  const drawn = new Set<string>();
  const c = store.hashes.read(0, slice("h")) ?? assert.fail("no hash");
  store.hashes.draws.distinct(c, COUNT, 20, (field) => {
    drawn.add(text(field.copy()));
  });
  assert.equal(drawn.size, 20);
  assert.deepEqual(await store.checkIntegrity("full"), []);
});

testOnDrivers("many elements are deleted together by a search for each", (driver) => {
  const statements: string[] = [];
  const store = memoryStore({
    info: driver.info,
    open(path, options) {
      const connection = driver.open(path, options);
      const prepare = connection.prepare.bind(connection);
      connection.prepare = (sql) => {
        statements.push(sql);
        return prepare(sql);
      };
      return connection;
    },
  });
  for (const { many } of [store.sets.rows, store.sortedSets]) {
    statements.length = 0;
    assert.ok(many.of(100, true));
    const plan = store.engine.connection.prepare(`EXPLAIN QUERY PLAN ${statements[0]}`);
    assert.ok(plan.step());
    assert.match(plan.columnText(3), /^SEARCH \w+ USING PRIMARY KEY \(key_id=\? AND member=\?\)/);
    plan.finalize();
  }
  store.closeNow();
});

const KEYS = ["a", "b", "c"];

/** A command, from a few numbers; what it answers. */
function run(store: Store, kind: number, from: number, to: number, value: number): unknown {
  const key = slice(KEYS[from % KEYS.length]!), other = slice(KEYS[to % KEYS.length]!);
  const name = KEYS[from % KEYS.length]!;
  const element = slice(`e${to % 9}`);
  const { keyspace, hashes, sortedSets } = store;
  store.engine.write();
  const type = keyspace.find(0, key);
  const isHash = type === TYPE.HASH;
  if (kind < 4 && (type === TYPE.NONE || isHash)) {
    return hashes.set(hashAt(store, name), element, slice(`${value}`.repeat(1 + value % 40)));
  }
  if (kind < 8 && type !== TYPE.HASH) {
    return sortedSets.set(sortedSetAt(store, name), element, value % 7 - 3);
  }
  if (type === TYPE.NONE) return "none";
  const c = keyspace.row.collection ?? assert.fail("no collection");
  switch (kind) {
    case 8: {
      const gone = isHash ? hashes.delete(c, element) : sortedSets.remove(c, element);
      if (c.length === 0) keyspace.removeEmpty(0, key, c);
      return gone;
    }
    case 9:
      if (isHash && hashes.has(c, element)) {
        hashes.expiry.set(c, element, store.engine.nowMs + 1000 * (value % 3));
      }
      return c.length;
    case 10:
      if (!isHash) sortedSets.ranges.removeRanks(0, key, c, 0, Math.min(c.length, value % 3), "e");
      return c.length;
    case 11:
      return !key.equals(other) && keyspace.copy(0, key, 0, other);
    case 12:
      return !key.equals(other) && keyspace.move(0, key, 0, other);
    case 13:
      return value % 3 === 0 && keyspace.delete(0, key);
    case 14:
      return isHash ? valueOf(store, name, `e${to % 9}`) : sortedSets.score(c, element);
    case 15:
      if (isHash) return entries(store, c);
      return members(store, c);
    case 16:
    case 17:
      return isHash ? c.length : popped(store, key, c, kind === 17, 1 + value % 2);
    default:
      if (isHash || c.length === 0) return c.length;
      if (sortedSets.score(c, element) === undefined) return undefined;
      return sortedSets.rank(c, element, sortedSets.score(c, element)!);
  }
}

function popped(store: Store, key: Slice, c: Collection, last: boolean, count: number): string[] {
  const found: string[] = [];
  store.sortedSets.pop(0, key, c, last, Math.min(count, c.length), (member, score) => {
    found.push(`${text(member.copy())} ${score}`);
  });
  return found;
}

function entries(store: Store, c: Collection): string[] {
  const found: string[] = [];
  store.hashes.each(c, (field, value, expiresAtMs) => {
    found.push(`${text(field.copy())}=${text(value.copy())} ${expiresAtMs}`);
  });
  return found;
}

function members(store: Store, c: Collection): string[] {
  const found: string[] = [];
  store.sortedSets.each(c, (member, score) => {
    found.push(`${text(member.copy())} ${score}`);
  });
  return found;
}

/** Everything that tables have, by keys. */
function tables(store: Store): unknown {
  return ["redlite_hashes", "redlite_zsets", "redlite_keys"].map((view) => {
    const order = view === "redlite_keys" ? "key" : "key, 3";
    const what = view === "redlite_keys" ? "db, key, type" : "*";
    return store.query(`SELECT ${what} FROM ${view} ORDER BY ${order}`, [], UNLIMITED).rows;
  });
}

testOnDrivers("random commands find with elements held back what they find without", (driver) => {
  const command = fc.tuple(fc.nat(18), fc.nat(5), fc.nat(20), fc.nat(100));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(command, fc.nat(12)), { minLength: 20, maxLength: 150 }),
      (steps) => {
        const clock = new ManualClock();
        const late = holding(driver, clock);
        const prompt = memoryStore(driver, clock);
        prompt.limits.hashEntries = prompt.limits.zsetEntries = 1;
        late.cacheBytes = 64 * 1024;
        const unwritten = late.engine.heldRows ?? assert.fail("nothing is held back");
        try {
          for (const [[kind, from, to, value], end] of steps) {
            const answer = run(late, kind, from, to, value);
            assert.deepEqual(answer, run(prompt, kind, from, to, value));
            prompt.endTurn();
            if (end === 0) {
              late.endTurn();
              clock.advance(700);
            }
            // As slices between turns do.
            if (end === 1 && !unwritten.isApart) unwritten.setApart();
            if (end === 2 && unwritten.isApart && unwritten.writeApart(2)) unwritten.rejoin();
            if (end === 3) unwritten.rejoin();
          }
          unwritten.rejoin();
          late.endTurn();
          assert.deepEqual(tables(late), tables(prompt));
        } finally {
          late.closeNow();
          prompt.closeNow();
        }
      },
    ),
    { numRuns: 25 },
  );
});
