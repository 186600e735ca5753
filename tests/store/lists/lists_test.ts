import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { LAYOUT, MAX_POSITION, STEP } from "../../../src/store/lists/positions.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";
import { SEED } from "../../harness/seed.ts";

/** The list of a key, made if need be. */
function list(store: Store, key: string): Collection {
  store.engine.write();
  const name = slice(key);
  return store.keyspace.findCollection(0, name, TYPE.LIST) ??
    store.keyspace.createCollection(0, name, TYPE.LIST);
}

/** Pushes numbers to the right. */
function fill(store: Store, key: string, count: number, from = 0): Collection {
  const target = list(store, key);
  for (let i = 0; i < count; i++) store.lists.push(target, slice(`e${from + i}`), false);
  return target;
}

function elements(store: Store, target: Collection): string[] {
  const found: string[] = [];
  store.lists.each(target, 0, target.length, (value) => found.push(text(value.copy())));
  return found;
}

function elementAt(store: Store, target: Collection, index: number): string | undefined {
  let found: string | undefined;
  store.lists.element(target, index, (value) => found = text(value.copy()));
  return found;
}

function rows<T>(store: Store, sql: string, read: (column: (i: number) => number) => T): T[] {
  const statement = store.engine.connection.prepare(sql);
  const found: T[] = [];
  while (statement.step()) found.push(read((i) => statement.columnNumber(i)));
  statement.finalize();
  return found;
}

/** Checks everything that list_positions.ts and the schema promise of a list. */
function checkInvariants(store: Store, target: Collection): void {
  const { id, length } = target;
  const positions = rows(
    store,
    `SELECT pos FROM lists WHERE key_id = ${id} ORDER BY pos`,
    (column) => column(0),
  );
  assert.equal(positions.length, length, "length");
  assert.ok(target.first === undefined || target.first === positions[0], "first position");
  assert.ok(target.last === undefined || target.last === positions.at(-1), "last position");
  assert.ok(positions.every((position) => Math.abs(position) <= MAX_POSITION), "range");
  if (target.encoding === LAYOUT.REGULAR) {
    positions.forEach((position, i) => assert.equal(position, positions[0]! + i * STEP));
  } else {
    assert.ok(target.hasRuns || length <= 1024, "a long irregular list has runs");
  }
  store.keyspace.collections.settle(target);
  const runs = rows(
    store,
    `SELECT number, count FROM runs WHERE key_id = ${id} ORDER BY number`,
    (column) => ({ number: column(0), count: column(1) }),
  );
  assert.equal(runs.length > 0, target.hasRuns, "runs");
  for (const [i, run] of runs.entries()) {
    const end = runs[i + 1]?.number ?? Infinity;
    const inRun = positions.filter((position) => position >= run.number && position < end);
    assert.equal(run.count, inRun.length, `run ${i} of ${runs.length}`);
  }
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

/** Does one random thing to a list and to the array that stands for it. */
function change(
  store: Store,
  target: Collection,
  model: string[],
  random: (below: number) => number,
): void {
  const { lists } = store;
  const left = random(2) === 0;
  const value = `v${random(40)}`;
  const index = random(model.length);
  switch (random(10)) {
    case 0:
    case 1:
      lists.push(target, slice(value), left);
      if (left) model.unshift(value);
      else model.push(value);
      return;
    case 2: {
      const count = Math.min(random(12) + 1, model.length - 1);
      lists.drop(target, left, count);
      model.splice(left ? 0 : model.length - count, count);
      return;
    }
    case 3:
    case 4:
    case 5: {
      const pivot = model[index]!, at = model.indexOf(pivot) + (left ? 0 : 1);
      assert.ok(lists.insert(target, left, slice(pivot), slice(value)));
      model.splice(at, 0, value);
      return;
    }
    case 6: {
      const element = model[index]!;
      if (model.every((other) => other === element)) return;
      const limit = random(3) + 1;
      let removed = 0;
      for (let i = 0; i < limit; i++) {
        const at = left ? model.indexOf(element) : model.lastIndexOf(element);
        if (at < 0) break;
        model.splice(at, 1);
        removed++;
      }
      assert.equal(lists.remove(target, slice(element), left, limit), removed);
      return;
    }
    case 7:
      lists.set(target, index, slice(value));
      model[index] = value;
      return;
    case 8: {
      const count = random(Math.min(20, model.length)) + 1;
      const toLeft = random(2) === 0;
      const reversed = left === toLeft && random(2) === 0;
      const block = model.splice(left ? 0 : model.length - count, count);
      if (reversed) block.reverse();
      const told: string[] = [];
      lists.move(target, target, left, toLeft, count, reversed, (element) => {
        told.push(text(element.copy()));
      });
      assert.deepEqual(told, block);
      if (toLeft) model.unshift(...block);
      else model.push(...block);
      return;
    }
    default: {
      const most = random(model.length) + 1, limit = random(5) + 1;
      const indexes = model.flatMap((element, i) => element === value ? [i] : []);
      const within = left
        ? indexes.filter((i) => i < most)
        : indexes.filter((i) => i >= model.length - most).reverse();
      assert.deepEqual(
        lists.indexesOf(target, slice(value), left, most, limit),
        within.slice(0, limit),
      );
    }
  }
}

for (const [size, held] of [[3, false], [900, false], [2500, false], [900, true]] as const) {
  testOnDrivers(
    `random changes of a list of ${size} elements are those of an array${
      held ? ", with a log" : ""
    }`,
    async (driver) => {
      const store = memoryStore(driver);
      store.engine.effects.kept = held;
      const seed = SEED;
      const random = randomFrom(seed);
      try {
        let target = list(store, "k");
        const model: string[] = [];
        for (let i = 0; i < size; i++) {
          store.lists.push(target, slice(`v${i % 40}`), false);
          model.push(`v${i % 40}`);
        }
        for (let turn = 0; turn < 30; turn++) {
          for (let i = 0; i < 30; i++) change(store, target, model, random);
          store.keyspace.collections.settle(target);
          checkInvariants(store, target);
          assert.deepEqual(elements(store, target), model);
          for (let i = 0; i < 20; i++) {
            const index = random(model.length);
            assert.equal(elementAt(store, target, index), model[index]);
          }
          store.endTurn();
          target = list(store, "k");
        }
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      } finally {
        await store.close();
      }
    },
  );
}

testOnDrivers(
  "a list that only its ends were changed of is regular and has no runs",
  async (driver) => {
    const store = memoryStore(driver);
    const target = fill(store, "k", 3000);
    store.lists.drop(target, true, 1000);
    store.lists.drop(target, false, 1);
    store.lists.remove(target, slice("e1000"), true, 1);
    store.lists.move(target, target, true, false, 5, false, () => {});
    assert.equal(target.encoding, LAYOUT.REGULAR);
    assert.equal(target.hasRuns, false);
    assert.equal(elementAt(store, target, 0), "e1006");
    assert.equal(elementAt(store, target, target.length - 1), "e1005");
    checkInvariants(store, target);
    await store.close();
  },
);

testOnDrivers("a hole does not pass for an insertion", async (driver) => {
  const store = memoryStore(driver);
  const target = fill(store, "k", 4);
  store.lists.insert(target, true, slice("e1"), slice("new"));
  store.lists.remove(target, slice("e2"), true, 1);
  // The ends are as far apart as those of a regular list of this length.
  assert.deepEqual(elements(store, target), ["e0", "new", "e1", "e3"]);
  assert.equal(elementAt(store, target, 1), "new");
  assert.equal(elementAt(store, target, 2), "e1");
  checkInvariants(store, target);
  await store.close();
});

testOnDrivers("insertions at one place move tens of elements each", async (driver) => {
  const store = memoryStore(driver);
  const target = fill(store, "k", 3000);
  const changed = () => number(store.engine.connection, "SELECT total_changes()");
  const before = changed();
  const inserted = 2000;
  for (let i = 0; i < inserted; i++) {
    store.lists.insert(target, true, slice("e20"), slice(`i${i}`));
  }
  assert.ok(changed() - before < 60 * inserted, `${(changed() - before) / inserted} each`);
  checkInvariants(store, target);
  const found = elements(store, target);
  assert.equal(found[20], "i0");
  assert.equal(found[20 + inserted - 1], `i${inserted - 1}`);
  assert.equal(found[20 + inserted], "e20");
  assert.equal(elementAt(store, target, 20 + inserted), "e20");
  await store.close();
});

testOnDrivers("insertions at both ends of a short list find places", async (driver) => {
  const store = memoryStore(driver);
  const target = fill(store, "k", 2);
  const model = ["e0", "e1"];
  for (let i = 0; i < 300; i++) {
    const [before, pivot] = i % 2 === 0 ? [true, "e1"] : [false, "e0"];
    store.lists.insert(target, before, slice(pivot), slice(`i${i}`));
    model.splice(before ? model.indexOf(pivot) : 1, 0, `i${i}`);
  }
  assert.deepEqual(elements(store, target), model);
  checkInvariants(store, target);
  await store.close();
});

for (const left of [true, false]) {
  testOnDrivers(
    `a push beyond the ${left ? "least" : "greatest"} position renumbers the list`,
    async (driver) => {
      await using file = new DatabaseFile(driver);
      const store = file.open();
      fill(store, "k", 1500);
      store.endTurn();
      const end = left ? -MAX_POSITION + 100 : MAX_POSITION - 1500 * STEP - 100;
      const other = file.connect();
      other.exec(`UPDATE lists SET pos = pos + ${end}`);
      const target = list(store, "k");
      for (let i = 0; i < 3; i++) store.lists.push(target, slice(`p${i}`), left);
      checkInvariants(store, target);
      assert.equal(target.encoding, LAYOUT.REGULAR);
      assert.equal(elementAt(store, target, left ? 2 : 1500), "p0");
      assert.equal(elementAt(store, target, left ? 3 : 0), "e0");
    },
  );
}

testOnDrivers("a crowded list at the edge of the range is spread inwards", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const target = fill(store, "k", 40);
  store.lists.insert(target, true, slice("e1"), slice("new"));
  store.endTurn();
  const ordered = elements(store, list(store, "k"));
  store.endTurn();
  // All positions next to each other, up to the greatest.
  file.connect().exec(`
    CREATE TEMP TABLE moved AS SELECT row_number() OVER (ORDER BY pos) AS n, value FROM lists;
    DELETE FROM lists;
    INSERT INTO lists SELECT (SELECT id FROM keys), ${MAX_POSITION} - 41 + n, value FROM moved`);
  const reread = list(store, "k");
  assert.deepEqual(elements(store, reread), ordered);
  store.lists.insert(reread, false, slice("e38"), slice("between"));
  ordered.splice(ordered.indexOf("e38") + 1, 0, "between");
  assert.deepEqual(elements(store, reread), ordered);
  checkInvariants(store, reread);
});

testOnDrivers("an irregular list is found again as it was, and counts on", async (driver) => {
  await using file = new DatabaseFile(driver);
  const before = file.open();
  const target = fill(before, "k", 2500);
  before.lists.insert(target, true, slice("e1200"), slice("new"));
  before.lists.remove(target, slice("e3"), true, 1);
  before.endTurn();
  await before.close();
  const after = file.open();
  const reread = list(after, "k");
  assert.equal(reread.encoding, LAYOUT.IRREGULAR);
  assert.equal(elementAt(after, reread, 1199), "new");
  assert.equal(elementAt(after, reread, 2499), "e2499");
  after.lists.drop(reread, true, 600);
  after.lists.push(reread, slice("first"), true);
  assert.equal(elementAt(after, reread, 600), "new");
  checkInvariants(after, reread);
});

testOnDrivers("a rollback gives back the ends and the runs", async (driver) => {
  const store = memoryStore(driver);
  fill(store, "k", 2000);
  store.endTurn();
  const target = list(store, "k");
  store.lists.insert(target, true, slice("e900"), slice("new"));
  store.lists.drop(target, true, 300);
  store.lists.push(target, slice("last"), false);
  store.engine.rollback();
  const again = list(store, "k");
  assert.equal(elementAt(store, again, 0), "e0");
  assert.equal(elementAt(store, again, 1999), "e1999");
  checkInvariants(store, again);
  store.lists.push(again, slice("end"), false);
  assert.equal(elementAt(store, again, 2000), "end");
  checkInvariants(store, again);
  await store.close();
});

testOnDrivers("what another process pushed is behind what it was before", async (driver) => {
  await using file = new DatabaseFile(driver);
  const mine = file.open();
  fill(mine, "k", 3);
  mine.endTurn();
  // A store of another process, as far as SQLite is concerned.
  const other = file.connect();
  other.exec(`
    INSERT INTO lists SELECT key_id, max(pos) + ${STEP}, x'78' FROM lists;
    UPDATE keys SET length = length + 1, version = version + 1`);
  const target = list(mine, "k");
  mine.lists.push(target, slice("y"), false);
  assert.deepEqual(elements(mine, target), ["e0", "e1", "e2", "x", "y"]);
  checkInvariants(mine, target);
});

testOnDrivers("a long irregular list is cut at both ends", async (driver) => {
  const store = memoryStore(driver);
  const target = fill(store, "k", 6000);
  store.lists.insert(target, true, slice("e3000"), slice("new"));
  store.lists.drop(target, true, 2700);
  checkInvariants(store, target);
  store.lists.drop(target, false, 2900);
  checkInvariants(store, target);
  assert.equal(elementAt(store, target, 0), "e2700");
  assert.equal(elementAt(store, target, 300), "new");
  assert.equal(elementAt(store, target, 400), "e3099");
  store.lists.drop(target, true, 400);
  assert.deepEqual(elements(store, target), ["e3099"]);
  store.lists.push(target, slice("next"), false);
  assert.equal(elementAt(store, target, 1), "next");
  checkInvariants(store, target);
  await store.close();
});

testOnDrivers("a block moves between two long irregular lists", async (driver) => {
  const store = memoryStore(driver);
  const source = fill(store, "a", 2000), destination = fill(store, "b", 2000, 5000);
  for (const [target, pivot] of [[source, "e700"], [destination, "e5700"]] as const) {
    store.lists.insert(target, true, slice(pivot), slice("new"));
  }
  const wanted = [...elements(store, source).slice(0, 900), ...elements(store, destination)];
  const rest = elements(store, source).slice(900);
  store.lists.move(source, destination, true, true, 900, false, () => {});
  assert.deepEqual(elements(store, destination), wanted);
  assert.deepEqual(elements(store, source), rest);
  checkInvariants(store, source);
  checkInvariants(store, destination);
  await store.close();
});

testOnDrivers("all elements of a list go to another", async (driver) => {
  const store = memoryStore(driver);
  const source = fill(store, "a", 1200), destination = list(store, "b");
  store.lists.move(source, destination, false, false, 1200, true, () => {});
  assert.equal(source.length, 0);
  store.keyspace.removeEmpty(0, slice("a"), source);
  assert.equal(elementAt(store, destination, 0), "e1199");
  assert.equal(elementAt(store, destination, 1199), "e0");
  checkInvariants(store, destination);
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM lists"), 1200);
  await store.close();
});

testOnDrivers("visiting stops at an exception and can begin again", async (driver) => {
  const store = memoryStore(driver);
  const target = fill(store, "k", 10);
  assert.throws(() =>
    store.lists.each(target, 0, 10, () => {
      throw new RangeError("enough");
    }), RangeError);
  assert.equal(elements(store, target).length, 10);
  await store.close();
});

testOnDrivers("elements are any bytes", async (driver) => {
  const store = memoryStore(driver);
  const target = list(store, "k");
  const values = [
    new Uint8Array(0),
    Uint8Array.of(0, 255, 13, 10),
    new Uint8Array(100_000).fill(7),
  ];
  for (const value of values) store.lists.push(target, slice(value), false);
  const found: Uint8Array[] = [];
  store.lists.each(target, 0, 3, (value) => found.push(value.copy()));
  assert.deepEqual(found, values);
  assert.deepEqual(store.lists.indexesOf(target, slice(""), true, 3, 3), [0]);
  assert.deepEqual(store.lists.indexesOf(target, slice(values[2]!), true, 3, 3), [2]);
  await store.close();
});

for (
  const [limit, count, element, wanted] of [
    // An entry of 10 letters takes 12 bytes; the last counts as 10. 7 + 681 * 12 + 10 = 8189.
    [-2, 682, "x".repeat(10), "listpack"],
    [-2, 683, "x".repeat(10), "quicklist"],
    [-1, 340, "x".repeat(10), "listpack"],
    [-1, 341, "x".repeat(10), "quicklist"],
    [-5, 5460, "x".repeat(10), "listpack"],
    [-5, 5461, "x".repeat(10), "quicklist"],
    [-9, 5460, "x".repeat(10), "listpack"],
    // Small numbers take two bytes.
    [-2, 4093, "5", "listpack"],
    [-2, 4094, "5", "quicklist"],
    // 7 + 1362 * 6 + 10 = 8189.
    [-2, 1363, "-123456789", "listpack"],
    [-2, 1364, "-123456789", "quicklist"],
    [-2, 1, "x".repeat(8185), "listpack"],
    [-2, 1, "x".repeat(8186), "quicklist"],
    [3, 3, "x", "listpack"],
    [3, 4, "x", "quicklist"],
    [0, 1, "x", "listpack"],
    [0, 2, "x", "quicklist"],
    [100, 1, "x".repeat(8185), "listpack"],
    [100, 1, "x".repeat(8186), "quicklist"],
  ] as const
) {
  const name = `${count} elements of ${element.length} bytes are a ${wanted} by ${limit}`;
  testOnDrivers(name, async (driver) => {
    const store = memoryStore(driver);
    store.limits.listSize = limit;
    const target = list(store, "k");
    for (let i = 0; i < count; i++) store.lists.push(target, slice(element), false);
    assert.equal(store.lists.encodingName(target), wanted);
    await store.close();
  });
}
