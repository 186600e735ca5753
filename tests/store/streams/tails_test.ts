/** Entries that were added and are not written yet are to everybody as if they were. */

import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { ID_SIZE, idText, MAX_ID, MIN_ID, setTime } from "../../../src/store/streams/ids.ts";
import { SEED } from "../../harness/seed.ts";
import { memoryStore, number, slice, testOnDrivers, text } from "../open.ts";

/** A store that holds entries back as with a log. */
function holding(driver: Driver): Store {
  const store = memoryStore(driver);
  store.engine.effects.kept = true;
  return store;
}

function id(ms: number): Uint8Array {
  const bytes = new Uint8Array(ID_SIZE);
  setTime(bytes, ms);
  return bytes;
}

function stream(store: Store, key = "s"): Collection {
  store.engine.write();
  return store.keyspace.findCollection(0, slice(key), TYPE.STREAM) ??
    store.streams.create(0, slice(key));
}

function add(store: Store, target: Collection, ms: number, value: string): void {
  const fields = [slice("n"), slice(value)];
  store.streams.add(target, id(ms), { at: (index) => fields[index] ?? slice("") }, 0, 1);
}

const rows = (store: Store) => number(store.engine.connection, "SELECT count(*) FROM streams");

interface Bounds {
  readonly from?: number;
  readonly to?: number;
  readonly down?: boolean;
  readonly limit?: number;
}

/** The entries between two times, each as its milliseconds and its value. */
function entries(store: Store, target: Collection, bounds: Bounds = {}): [number, string][] {
  const { from, to, down = false, limit = Infinity } = bounds;
  const first = from === undefined ? MIN_ID : id(from), last = to === undefined ? MAX_ID : id(to);
  const found: [number, string][] = [];
  store.streams.range(target, first, last, down, limit, (entry) => {
    const parts: string[] = [];
    entry.visit((bytes, start, end) => parts.push(text(bytes.slice(start, end))));
    found.push([Number.parseInt(idText(entry.id)), parts[1] ?? ""]);
  });
  return found;
}

testOnDrivers("entries are no rows before the commit, or before they are looked for", (driver) => {
  const store = holding(driver);
  const target = stream(store);
  for (let ms = 1; ms <= 5; ms++) add(store, target, ms, "a");
  assert.equal(rows(store), 0);
  store.endTurn();
  assert.equal(rows(store), 5);
  const again = stream(store);
  for (let ms = 6; ms <= 9; ms++) add(store, again, ms, "b");
  const found = new Uint8Array(ID_SIZE);
  assert.ok(store.streams.firstId(again, found));
  assert.equal(idText(found), "1-0");
  assert.ok(store.streams.lastId(again, found));
  assert.equal(idText(found), "9-0");
  assert.ok(store.streams.has(again, id(5)));
  assert.equal(entries(store, again, { to: 5 }).length, 5);
  assert.ok(store.streams.delete(again, id(2)));
  store.streams.removeFirst(again, 4);
  assert.equal(rows(store), 0);
  assert.deepEqual(entries(store, again, { from: 7 }).map(([ms]) => ms), [7, 8, 9]);
  assert.equal(rows(store), 4);
  store.closeNow();
});

testOnDrivers("many are written before the commit", async (driver) => {
  const store = holding(driver);
  const one = stream(store, "a"), other = stream(store, "b");
  for (let ms = 1; ms <= 3000; ms++) {
    add(store, one, ms, `one ${ms}`.padEnd(ms < 2000 ? 20 : ms % 300));
    if (ms % 3 === 0) add(store, other, ms, `other ${ms}`);
  }
  assert.ok(rows(store) > 3000, `${rows(store)} rows`);
  store.endTurn();
  assert.equal(rows(store), 4000);
  const found = entries(store, stream(store, "a"));
  assert.deepEqual(
    found,
    found.map((_, i) => [i + 1, `one ${i + 1}`.padEnd(i < 1999 ? 20 : (i + 1) % 300)]),
  );
  assert.equal(found.length, 3000);
  assert.equal(entries(store, stream(store, "b")).length, 1000);
  store.endTurn();
  assert.deepEqual(await store.checkIntegrity("full"), []);
  await store.close();
});

testOnDrivers("a stream that goes takes along what is not written", (driver) => {
  const store = holding(driver);
  for (let i = 0; i < 3; i++) {
    add(store, stream(store), 1, "a");
    store.keyspace.delete(0, slice("s"));
    add(store, stream(store), 1, "b");
  }
  store.endTurn();
  assert.deepEqual(entries(store, stream(store)), [[1, "b"]]);
  store.closeNow();
});

testOnDrivers("large entries, and those of a store without a log, are rows at once", (driver) => {
  const store = holding(driver);
  add(store, stream(store), 1, "a");
  add(store, stream(store), 2, "x".repeat(3000));
  assert.equal(rows(store), 2);
  store.engine.effects.kept = false;
  add(store, stream(store), 3, "b");
  assert.equal(rows(store), 3);
  store.closeNow();
});

testOnDrivers("streams are arrays of entries, written or not", async (driver) => {
  const store = holding(driver);
  let state = SEED >>> 0;
  const random = (below: number) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
  let model: [number, string][] = [], committed = model.slice(), last = 1;
  for (let step = 0; step < 3000; step++) {
    const target = stream(store), what = random(100);
    const told = `step ${step} of seed ${SEED}`;
    const anywhere = random(2) === 0 ? random(last + 2) : Math.max(0, last - random(20));
    if (what < 55) {
      for (let i = random(random(20) === 0 ? 600 : 6); i >= 0; i--) {
        last += 1 + random(2);
        const value = `${last}`.padEnd(random(random(50) === 0 ? 1500 : 90));
        add(store, target, last, value);
        model.push([last, value]);
      }
    } else if (what < 62) {
      const at = model.findIndex(([ms]) => ms === anywhere);
      assert.equal(store.streams.delete(target, id(anywhere)), at >= 0, told);
      if (at >= 0) model.splice(at, 1);
    } else if (what < 68) {
      assert.equal(
        store.streams.has(target, id(anywhere)),
        model.some(([ms]) => ms === anywhere),
        told,
      );
    } else if (what < 75) {
      const count = random(Math.min(model.length, random(10) === 0 ? 300 : 8) + 1);
      store.streams.removeFirst(target, count);
      model = model.slice(count);
    } else if (what < 80) {
      const minId = id(anywhere);
      const trim = { maxLength: undefined, minId, approximate: false, limit: 0 };
      const before = model.filter(([ms]) => ms < anywhere).length;
      assert.equal(store.streams.excess(target, trim), before, told);
    } else if (what < 90) {
      const limit = 1 + random(40), down = random(2) === 0;
      const wanted = down
        ? model.filter(([ms]) => ms <= anywhere).toReversed()
        : model.filter(([ms]) => ms >= anywhere);
      const bounds = down ? { to: anywhere } : { from: anywhere };
      const found = entries(store, target, { ...bounds, down, limit });
      assert.deepEqual(found, wanted.slice(0, limit), told);
    } else if (what < 93) {
      const first = new Uint8Array(ID_SIZE), end = new Uint8Array(ID_SIZE);
      assert.equal(store.streams.firstId(target, first), model.length > 0, told);
      if (store.streams.lastId(target, end)) {
        assert.equal(idText(first), `${model[0]?.[0]}-0`, told);
        assert.equal(idText(end), `${model.at(-1)?.[0]}-0`, told);
      }
    } else if (what < 94) {
      store.engine.rollback();
      model = committed.slice();
    } else if (what < 97) {
      store.endTurn();
      committed = model.slice();
    } else if (what === 97) {
      store.engine.settleRows();
    } else {
      store.endTurn();
      store.sweeper.sweep();
      committed = model.slice();
    }
    if (what !== 94) assert.equal(stream(store).length, model.length, told);
  }
  assert.deepEqual(entries(store, stream(store)), model);
  store.endTurn();
  assert.deepEqual(await store.checkIntegrity("full"), []);
  await store.close();
});
