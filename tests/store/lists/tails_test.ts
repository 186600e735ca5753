/** Elements that were pushed and are not written yet are to everybody as if they were. */

import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { STEP } from "../../../src/store/lists/positions.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { SEED } from "../../harness/seed.ts";
import { bytesOf, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

/** A store that holds elements back as with a log. */
function holding(driver: Driver): Store {
  const store = memoryStore(driver);
  store.engine.effects.kept = true;
  return store;
}

function list(store: Store, key: string): Collection {
  store.engine.write();
  const name = slice(key);
  return store.keyspace.findCollection(0, name, TYPE.LIST) ??
    store.keyspace.createCollection(0, name, TYPE.LIST);
}

function push(store: Store, target: Collection, elements: readonly string[], left = false): void {
  for (const element of elements) store.lists.push(target, slice(element), left);
}

const rows = (store: Store) => number(store.engine.connection, "SELECT count(*) FROM lists");

/** The elements by their rows alone, which must be where those of a regular list are. */
function written(store: Store, { id, first }: Collection): string[] {
  const statement = store.engine.connection.prepare(
    `SELECT pos, value FROM lists WHERE key_id = ${id} ORDER BY pos`,
  );
  const found: string[] = [];
  let start = first;
  while (statement.step()) {
    start ??= statement.columnNumber(0);
    assert.equal(statement.columnNumber(0), start + found.length * STEP);
    found.push(text(statement.columnBlob(1)));
  }
  statement.finalize();
  return found;
}

function all(store: Store, target: Collection): string[] {
  const found: string[] = [];
  store.lists.each(target, 0, target.length, (value) => found.push(text(value.copy())));
  return found;
}

/** What a pop of so many would reply. */
function atEnd(store: Store, target: Collection, left: boolean, count: number): string[] {
  const found: string[] = [];
  store.lists.eachFrom(target, left, count, (value) => found.push(text(value.copy())));
  return found;
}

testOnDrivers(
  "pushes are no rows before the commit, and what is popped until then is none ever",
  (driver) => {
    const store = holding(driver);
    const target = list(store, "k");
    push(store, target, ["a", "b"]);
    store.endTurn();
    const again = list(store, "k");
    push(store, again, ["c", "d", "e"]);
    push(store, again, ["z", "y", "x"], true);
    assert.equal(rows(store), 2);
    store.lists.drop(again, true, 1);
    store.lists.drop(again, false, 2);
    assert.deepEqual(atEnd(store, again, false, 3), ["c", "b", "a"]);
    assert.equal(rows(store), 2);
    store.endTurn();
    assert.deepEqual(written(store, list(store, "k")), ["y", "z", "a", "b", "c"]);
    store.closeNow();
  },
);

testOnDrivers("a queue that is shorter than what a commit holds writes nothing", (driver) => {
  const store = holding(driver);
  const target = list(store, "k");
  const changes = () => number(store.engine.connection, "SELECT total_changes()");
  const before = changes();
  const job = (i: number) => `${i}`.padEnd(300, "x");
  push(store, target, [job(0)], true);
  for (let i = 1; i < 2000; i++) {
    push(store, target, [job(i)], true);
    assert.deepEqual(atEnd(store, target, false, 1), [job(i - 1)]);
    store.lists.drop(target, false, 1);
  }
  assert.equal(changes(), before);
  assert.deepEqual(all(store, target), [job(1999)]);
  store.closeNow();
});

testOnDrivers("many are written before the commit, in their order", (driver) => {
  const store = holding(driver);
  const left = list(store, "l"), right = list(store, "r");
  const model = Array.from({ length: 3000 }, (_, i) => `e${i}`);
  push(store, left, model, true);
  push(store, right, model);
  assert.ok(rows(store) > 5000, `${rows(store)} rows`);
  store.endTurn();
  assert.deepEqual(written(store, list(store, "l")), model.toReversed());
  assert.deepEqual(written(store, list(store, "r")), model);
  store.closeNow();
});

testOnDrivers("a list that goes takes along what is not written", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 3; i++) {
    push(store, list(store, "k"), ["a", "b"]);
    store.keyspace.delete(0, slice("k"));
    push(store, list(store, "k"), ["c"]);
    store.lists.abandon(list(store, "k"));
    store.keyspace.removeEmpty(0, slice("k"), list(store, "k"));
  }
  push(store, list(store, "k"), ["d"]);
  store.endTurn();
  assert.deepEqual(written(store, list(store, "k")), ["d"]);
  store.endTurn();
  assert.equal(rows(store), 1);
  store.closeNow();
});

testOnDrivers("large elements, and those of a store without a log, are rows at once", (driver) => {
  const store = holding(driver);
  push(store, list(store, "k"), ["a", "x".repeat(3000)]);
  assert.equal(rows(store), 2);
  store.engine.effects.kept = false;
  push(store, list(store, "k"), ["b"]);
  assert.equal(rows(store), 3);
  store.closeNow();
});

testOnDrivers("lists that change at their ends are arrays, written or not", async (driver) => {
  const store = holding(driver);
  let state = SEED >>> 0;
  const random = (below: number) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
  const keys = ["a", "b"];
  let models: string[][] = keys.map(() => []), committed = models.map((model) => model.slice());
  let counter = 0;
  for (let step = 0; step < 4000; step++) {
    const which = random(2), key = keys[which]!, model = models[which]!;
    const target = list(store, key);
    const left = random(2) === 0, what = random(100);
    const told = `step ${step} of seed ${SEED}`;
    if (model.length === 0 || what < 45) {
      const elements = Array.from(
        { length: 1 + random(4) },
        () => `${counter++}`.padEnd(random(90)),
      );
      push(store, target, elements, left);
      if (left) model.unshift(...elements.toReversed());
      else model.push(...elements);
    } else if (what < 80) {
      const count = 1 + random(Math.min(model.length, random(10) === 0 ? 60 : 5));
      const popped = model.splice(left ? 0 : model.length - count, count);
      if (!left) popped.reverse();
      assert.deepEqual(atEnd(store, target, left, count), popped, told);
      if (model.length === 0) {
        store.lists.abandon(target);
        store.keyspace.removeEmpty(0, slice(key), target);
      } else {
        store.lists.drop(target, left, count);
      }
    } else if (what < 90) {
      const index = random(model.length);
      store.lists.element(target, index, (value) => {
        assert.equal(text(value.copy()), model[index], told);
      });
    } else if (what < 92) {
      const first = random(model.length), count = 1 + random(model.length - first);
      const found = store.lists.bulks(target, first, count);
      const wanted = model.slice(first, first + count);
      if (found !== undefined) {
        const bulks = wanted.map((value) => `$${bytesOf(value).length}\r\n${value}\r\n`).join("");
        assert.equal(text(found.copy()), bulks, told);
      }
    } else if (what === 92) {
      assert.deepEqual(all(store, target), model, told);
    } else if (what === 93) {
      const index = random(model.length);
      store.lists.set(target, index, slice("set"));
      model[index] = "set";
    } else if (what === 94) {
      const other = list(store, keys[1 - which]!);
      const count = 1 + random(model.length);
      const toLeft = random(2) === 0;
      store.lists.move(target, other, left, toLeft, count, false, () => {});
      const block = model.splice(left ? 0 : model.length - count, count);
      if (toLeft) models[1 - which]!.unshift(...block);
      else models[1 - which]!.push(...block);
      if (model.length === 0) store.keyspace.removeEmpty(0, slice(key), target);
    } else if (what === 95) {
      store.engine.rollback();
      models = committed.map((model) => model.slice());
    } else if (what === 96) {
      store.engine.settleRows();
      assert.deepEqual(written(store, target), model, told);
    } else if (what === 97) {
      store.endTurn();
      committed = models.map((model) => model.slice());
      for (const [i, key] of keys.entries()) {
        const target = store.keyspace.findCollection(0, slice(key), TYPE.LIST);
        assert.deepEqual(target === undefined ? [] : written(store, target), models[i], told);
      }
    }
  }
  await store.close();
});
