import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { STEP } from "../../../src/store/lists/positions.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { Store } from "../../../src/store/store.ts";
import { SEED } from "../../harness/seed.ts";
import {
  bytesOf,
  DatabaseFile,
  DRIVERS,
  memoryStore,
  slice,
  testOnDrivers,
  text,
} from "../open.ts";

/** The list of a key, made if need be. */
function list(store: Store, key: string): Collection {
  store.engine.write();
  const name = slice(key);
  return store.keyspace.findCollection(0, name, TYPE.LIST) ??
    store.keyspace.createCollection(0, name, TYPE.LIST);
}

/** What a reply has of a range, if it is in memory. */
function bulks(store: Store, target: Collection, first: number, count: number): string | undefined {
  const found = store.lists.bulks(target, first, count);
  return found && text(found.copy());
}

/** What it should have. */
function expected(elements: readonly string[]): string {
  return elements.map((element) => `$${bytesOf(element).length}\r\n${element}\r\n`).join("");
}

/** A list of as many elements, of which a range was read twice. */
function twiceRead(store: Store, count: number, size = 1): Collection {
  const target = list(store, "k");
  for (let i = 0; i < count; i++) store.lists.push(target, slice(`e${i}`.padEnd(size, "x")), false);
  store.lists.bulks(target, 0, count);
  store.lists.bulks(target, 0, count);
  return target;
}

/** Uniform numbers below a bound, the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

testOnDrivers("ranges in memory are those of an array, whatever is changed", async (driver) => {
  const store = memoryStore(driver);
  // With a log elements are in memory before they are rows, too.
  store.engine.effects.kept = true;
  const random = randomFrom(SEED);
  let target = list(store, "k");
  let model: string[] = [];
  let counter = 0, known = 0;
  let committed: string[] = [];
  const value = () => `${counter++}`.padEnd(1 + random(120), "é");
  const push = (left: boolean) => {
    const element = value();
    store.lists.push(target, slice(element), left);
    if (left) model.unshift(element);
    else model.push(element);
  };
  for (let i = 0; i < 200; i++) push(false);
  for (let step = 0; step < 6000; step++) {
    const left = random(2) === 0;
    const index = random(model.length);
    const what = random(200);
    if (what < 40) {
      push(left);
    } else if (what < 60) {
      const count = Math.min(random(random(20) === 0 ? 90 : 4), model.length - 1);
      store.lists.drop(target, left, count);
      model.splice(left ? 0 : model.length - count, count);
    } else if (what === 60) {
      const element = value();
      store.lists.set(target, index, slice(element));
      model[index] = element;
    } else if (what === 61) {
      const element = value();
      store.lists.insert(target, left, slice(model[index]!), slice(element));
      model.splice(left ? index : index + 1, 0, element);
    } else if (what === 62 && model.length > 1) {
      store.lists.remove(target, slice(model[index]!), left, 1);
      model.splice(index, 1);
    } else if (what === 63) {
      store.lists.move(target, target, left, !left, 1, false, () => {});
      if (left) model.push(model.shift()!);
      else model.unshift(model.pop()!);
    } else if (what === 64) {
      store.endTurn();
      committed = model.slice();
      target = list(store, "k");
    } else if (what === 65 && committed.length > 0) {
      store.engine.rollback();
      model = committed.slice();
      target = list(store, "k");
    } else if (what < 90) {
      store.lists.element(target, index, (element) => {
        assert.equal(text(element.copy()), model[index], `step ${step} of seed ${SEED}`);
      });
    } else {
      const count = 1 + random(Math.min(model.length - index, 60));
      const found = bulks(store, target, index, count);
      if (found === undefined) continue;
      known++;
      assert.equal(
        found,
        expected(model.slice(index, index + count)),
        `step ${step}, seed ${SEED}`,
      );
    }
    while (model.length < 100) push(left);
  }
  assert.ok(known > 500, `${known} ranges were in memory`);
  await store.close();
});

testOnDrivers(
  "a range is kept when it is read again, and what is beside it with it",
  async (driver) => {
    const store = memoryStore(driver);
    const target = list(store, "k");
    const model = Array.from({ length: 1000 }, (_, i) => `e${i}`);
    for (const element of model) store.lists.push(target, slice(element), false);
    assert.equal(bulks(store, target, 100, 10), undefined);
    assert.equal(store.lists.bytesInMemory, 0);
    assert.equal(bulks(store, target, 100, 10), expected(model.slice(100, 110)));
    assert.equal(bulks(store, target, 110, 10), expected(model.slice(110, 120)));
    assert.equal(bulks(store, target, 80, 100), expected(model.slice(80, 180)));
    assert.equal(bulks(store, target, 105, 1), expected(["e105"]));
    // What is elsewhere takes its place, if it is read again.
    assert.equal(bulks(store, target, 500, 10), undefined);
    assert.equal(bulks(store, target, 500, 10), undefined);
    assert.equal(bulks(store, target, 500, 10), expected(model.slice(500, 510)));
    await store.close();
  },
);

testOnDrivers("pushes and pops at the ends leave a range in memory", async (driver) => {
  const store = memoryStore(driver);
  const target = twiceRead(store, 100);
  const { connection } = store.engine;
  const model = Array.from({ length: 100 }, (_, i) => `e${i}`);
  for (let i = 0; i < 5; i++) {
    store.lists.push(target, slice(`l${i}`), true);
    store.lists.push(target, slice(`r${i}`), false);
    model.unshift(`l${i}`);
    model.push(`r${i}`);
  }
  store.lists.drop(target, true, 2);
  store.lists.drop(target, false, 3);
  const all = model.slice(2, -3);
  // Without rows it can only be from memory.
  connection.exec("DELETE FROM lists");
  assert.equal(bulks(store, target, 0, all.length), expected(all));
  store.lists.element(target, 1, (element) => assert.equal(text(element.copy()), all[1]));
  store.engine.rollback();
  await store.close();
});

testOnDrivers("what another process changed is read again", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  twiceRead(store, 5);
  store.endTurn();
  file.connect().exec(`
    UPDATE lists SET value = x'78' WHERE pos = ${2 * STEP};
    UPDATE keys SET version = version + 1`);
  const target = list(store, "k");
  assert.equal(bulks(store, target, 0, 5), undefined);
  assert.equal(bulks(store, target, 0, 5), expected(["e0", "e1", "x", "e3", "e4"]));
});

testOnDrivers("a list that has the key of one that is gone is another", async (driver) => {
  const store = memoryStore(driver);
  twiceRead(store, 5);
  store.keyspace.delete(0, slice("k"));
  const target = list(store, "k");
  for (const element of ["a", "b"]) store.lists.push(target, slice(element), false);
  assert.equal(bulks(store, target, 0, 2), undefined);
  assert.equal(bulks(store, target, 0, 2), expected(["a", "b"]));
  await store.close();
});

Deno.test("ranges in memory take a sixteenth of the row cache, and one a fourth of that", async () => {
  const store = new Store(DRIVERS[0]!, ":memory:", { cacheBytes: 4 * 1024 * 1024 });
  const most = 2 * 1024 * 1024 / 16;
  const count = 100, size = 200;
  for (let i = 0; i < 20; i++) {
    store.engine.write();
    const target = store.keyspace.createCollection(0, slice(`k${i}`), TYPE.LIST);
    const model: string[] = [];
    for (let j = 0; j < count; j++) {
      model.push(`${i}:${j}`.padEnd(size, "x"));
      store.lists.push(target, slice(model[j]!), false);
    }
    store.endTurn();
    store.lists.bulks(target, 0, count);
    assert.equal(bulks(store, target, 0, count), expected(model));
    assert.ok(store.lists.bytesInMemory <= most, `${store.lists.bytesInMemory} bytes`);
  }
  const before = store.lists.bytesInMemory;
  store.engine.write();
  // Whose elements are not measured yet is found too large only when they are read.
  const large = store.keyspace.createCollection(0, slice("large"), TYPE.LIST);
  for (let j = 0; j < count; j++) store.lists.push(large, slice("x".repeat(1000)), false);
  for (let i = 0; i < 3; i++) assert.equal(store.lists.bulks(large, 0, count), undefined);
  store.endTurn();
  for (let i = 0; i < 3; i++) assert.equal(store.lists.bulks(large, 0, count), undefined);
  assert.equal(store.lists.bytesInMemory, before);
  await store.close();
});
