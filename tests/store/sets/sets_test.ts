import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { encodingName } from "../../../src/store/collections/encodings.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, number, slice, testOnDrivers, text } from "../open.ts";
import { SEED } from "../../harness/seed.ts";

const KEY = "key";

/** Numbers from 0 on, below 1, that a seed determines. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function find(store: Store): Collection | undefined {
  return store.sets.read(0, slice(KEY));
}

function found(store: Store): Collection {
  const set = find(store);
  assert.ok(set !== undefined);
  return set;
}

/** Adds members in the current turn, as one command each. */
function add(store: Store, ...members: string[]): number {
  store.engine.write();
  const { keyspace, sets } = store;
  const key = slice(KEY);
  const set = keyspace.findCollection(0, key, TYPE.SET) ??
    keyspace.createCollection(0, key, TYPE.SET);
  return members.filter((member) => sets.add(set, slice(member))).length;
}

/** Removes members in the current turn, and the key with the last. */
function remove(store: Store, ...members: string[]): number {
  store.engine.write();
  const { keyspace, sets } = store;
  const key = slice(KEY);
  const set = keyspace.findCollection(0, key, TYPE.SET);
  if (set === undefined) return 0;
  const removed = members.filter((member) => sets.remove(set, slice(member))).length;
  if (set.length === 0) keyspace.removeEmpty(0, key, set);
  return removed;
}

/** All members in the order clients see. */
function members(store: Store): string[] {
  const set = find(store);
  const result: string[] = [];
  if (set !== undefined) store.sets.each(set, (member) => result.push(text(member.copy())));
  return result;
}

/** Checks what the store knows of the set against the table and a model. */
function check(store: Store, model: Set<string>): void {
  const set = find(store);
  assert.equal(set?.length ?? 0, model.size);
  assert.deepEqual(members(store).sort(), [...model].sort());
  if (set?.hasRuns) {
    store.keyspace.collections.settleAll();
    const sum = number(
      store.engine.connection,
      `SELECT sum(count) FROM runs WHERE key_id = ${set.id}`,
    );
    assert.equal(sum, model.size);
  }
}

testOnDrivers("random adds, removals and pops agree with a model", (driver) => {
  followModel(driver, false);
});

testOnDrivers("with members held back and written in slices they agree, too", (driver) => {
  followModel(driver, true);
});

function followModel(driver: Parameters<typeof memoryStore>[0], holding: boolean): void {
  const seed = SEED;
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  const store = memoryStore(driver);
  store.sets.random = random;
  store.engine.effects.kept = holding;
  const rows = store.engine.heldRows ?? assert.fail("nothing is held back");
  const model = new Set<string>();
  const below = (limit: number) => Math.floor(random() * limit);
  for (let round = 0; round < 40; round++) {
    // The set grows past what is counted in runs and shrinks again, down to nothing at times.
    const growing = round % 20 < 12;
    for (let i = 0; i < 400; i++) {
      const member = `m${below(6000)}`;
      if (growing ? random() < 0.85 : random() < 0.2) {
        assert.equal(add(store, member), model.has(member) ? 0 : 1);
        model.add(member);
      } else {
        assert.equal(remove(store, member), model.delete(member) ? 1 : 0);
      }
      if (model.size > 1 && random() < 0.2) {
        store.engine.write();
        const popped = text(store.sets.popOne(found(store)).copy());
        assert.ok(model.delete(popped), popped);
        assert.equal(store.sets.has(found(store), slice(popped)), false);
      }
      if (holding && random() < 0.1) {
        if (!rows.isApart) rows.setApart();
        else if (rows.writeApart(20) || random() < 0.1) rows.rejoin();
      }
    }
    if (!growing && model.size > 300) {
      store.engine.write();
      const popped = store.sets.pop(found(store), Math.min(below(600) + 1, model.size - 1));
      for (let i = 0; i < popped.length; i++) {
        assert.ok(model.delete(text(popped.at(i).copy())));
      }
    }
    if (!holding || round % 4 === 3) check(store, model);
    rows.rejoin();
    store.endTurn();
    check(store, model);
  }
  remove(store, ...model);
  assert.equal(find(store), undefined);
  store.closeNow();
}

testOnDrivers("a set is the same after reopening, its runs and its order too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const large = Array.from({ length: 5000 }, (_, i) => `m${i}`);
  let store = file.open();
  add(store, ...large);
  store.endTurn();
  await store.close();
  store = file.open();
  check(store, new Set(large));
  assert.ok(found(store).hasRuns);
  remove(store, ...large.slice(0, 4997));
  add(store, "x");
  store.endTurn();
  await store.close();
  store = file.open();
  check(store, new Set([...large.slice(4997), "x"]));
  assert.equal(encodingName(found(store)), "hashtable");
  remove(store, ...members(store));
  add(store, "z", "a", "9");
  store.endTurn();
  await store.close();
  store = file.open();
  add(store, "b");
  assert.deepEqual(members(store), ["z", "a", "9", "b"]);
});

testOnDrivers("a rolled back turn leaves members, length and runs as they were", (driver) => {
  const store = memoryStore(driver);
  const before = Array.from({ length: 2500 }, (_, i) => `m${i}`);
  add(store, ...before);
  store.endTurn();
  add(store, ...Array.from({ length: 2500 }, (_, i) => `n${i}`));
  remove(store, ...before.slice(0, 1500));
  store.engine.rollback();
  check(store, new Set(before));
  add(store, "m0", "other");
  check(store, new Set([...before, "other"]));
  store.endTurn();
  check(store, new Set([...before, "other"]));
  store.closeNow();
});

testOnDrivers("an expired set is absent, and a new one begins empty", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  add(store, "a", "b");
  store.keyspace.find(0, slice(KEY));
  store.keyspace.setExpiry(0, slice(KEY), file.clock.now() + 100);
  store.endTurn();
  file.clock.advance(101);
  assert.equal(find(store), undefined);
  store.endTurn();
  assert.equal(add(store, "b"), 1);
  assert.deepEqual(members(store), ["b"]);
});

/** The name of the encoding after members were added one by one. */
function encodingAfter(store: Store, ...added: string[]): string {
  store.engine.write();
  store.keyspace.delete(0, slice(KEY));
  add(store, ...added);
  return encodingName(found(store));
}

const integers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`);

testOnDrivers("encodings change where Redis changes them, and never back", (driver) => {
  const store = memoryStore(driver);
  const after = (...added: string[]) => encodingAfter(store, ...added);
  assert.equal(after(...integers(512)), "intset");
  assert.equal(after(...integers(513)), "hashtable");
  assert.equal(after("9223372036854775807", "-9223372036854775808"), "intset");
  assert.equal(after("9223372036854775808"), "listpack");
  assert.equal(after("01"), "listpack");
  assert.equal(after("-0"), "listpack");
  assert.equal(after(...words(128)), "listpack");
  assert.equal(after(...words(129)), "hashtable");
  assert.equal(after("w".repeat(64)), "listpack");
  assert.equal(after("w".repeat(65)), "hashtable");
  assert.equal(after(...integers(127), "w"), "listpack");
  assert.equal(after(...integers(128), "w"), "hashtable");
  assert.equal(after("1", "w".repeat(65)), "hashtable");
  after("1", "w".repeat(65));
  remove(store, "w".repeat(65));
  assert.equal(encodingName(found(store)), "hashtable");
  after("1", "w");
  remove(store, "w");
  assert.equal(encodingName(found(store)), "listpack");
  store.limits.intsetEntries = 2;
  store.limits.setEntries = 3;
  store.limits.setValue = 4;
  assert.equal(after("1", "2", "3"), "hashtable");
  assert.equal(after("a", "b", "c"), "listpack");
  assert.equal(after("a", "b", "c", "d"), "hashtable");
  assert.equal(after("12345", "a"), "hashtable");
  assert.equal(after("1234", "a"), "listpack");
  assert.equal(after("12345"), "intset");
  store.closeNow();
});

testOnDrivers("a command that brings many members skips the forms too small for them", (driver) => {
  const store = memoryStore(driver);
  const encodingFor = (count: number, first: string, ...present: string[]) => {
    store.engine.write();
    store.keyspace.delete(0, slice(KEY));
    if (present.length > 0) add(store, ...present);
    else store.keyspace.createCollection(0, slice(KEY), TYPE.SET);
    store.sets.expect(found(store), count, slice(first));
    return encodingName(found(store));
  };
  assert.equal(encodingFor(512, "1"), "intset");
  assert.equal(encodingFor(513, "1"), "hashtable");
  assert.equal(encodingFor(128, "w"), "listpack");
  assert.equal(encodingFor(129, "w"), "hashtable");
  assert.equal(encodingFor(128, "1", "w"), "listpack");
  assert.equal(encodingFor(129, "1", "w"), "hashtable");
  assert.equal(encodingFor(513, "1", "1"), "hashtable");
  assert.equal(encodingFor(512, "w", "1"), "intset");
  store.limits.intsetEntries = 2;
  assert.equal(encodingFor(3, "1"), "listpack");
  store.closeNow();
});

/** The chi-square statistic of how often each of `cells` was drawn. */
function chiSquare(counts: Map<string, number>, cells: readonly string[], draws: number): number {
  const expected = draws / cells.length;
  return cells.reduce((sum, cell) => sum + ((counts.get(cell) ?? 0) - expected) ** 2 / expected, 0);
}

/** A bound that a uniform choice exceeds once in 10^9 times: 6 deviations, by Wilson and Hilferty. */
function bound(degrees: number): number {
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + 6 * Math.sqrt(variance)) ** 3;
}

const CELLS = Array.from({ length: 5000 }, (_, i) => `member:${i}`);

/** A store whose set has the cells, in runs of different sizes. */
function storeOfCells(driver: Parameters<typeof memoryStore>[0], seed: number): Store {
  const store = memoryStore(driver);
  store.sets.random = seeded(seed);
  const others = Array.from({ length: 2000 }, (_, i) => `member:1${i}x`);
  add(store, ...CELLS, ...others);
  remove(store, ...others);
  assert.ok(found(store).hasRuns);
  return store;
}

/** Counts draws of members and checks that they are uniform. */
function checkUniform(rounds: number, draw: (tell: (member: Uint8Array) => void) => void): void {
  const counts = new Map<string, number>();
  let draws = 0;
  for (let round = 0; round < rounds; round++) {
    draw((member) => {
      const name = text(member);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      draws++;
    });
  }
  const statistic = chiSquare(counts, CELLS, draws);
  assert.ok(draws >= 5 * CELLS.length && counts.size <= CELLS.length);
  assert.ok(statistic < bound(CELLS.length - 1), `${statistic}`);
  // Draws that are more even than chance are no chance either.
  assert.ok(statistic > 0.5 * CELLS.length, `${statistic}`);
}

testOnDrivers("a random member is any member with the same chance", (driver) => {
  const store = storeOfCells(driver, 1);
  const set = found(store);
  checkUniform(25_000, (tell) => tell(store.sets.randomMember(set).copy()));
  store.closeNow();
});

testOnDrivers("a pop takes any member with the same chance", (driver) => {
  const store = storeOfCells(driver, 2);
  const set = found(store);
  checkUniform(25_000, (tell) => {
    const popped = store.sets.pop(set, 1).at(0).copy();
    tell(popped);
    store.sets.add(set, slice(popped));
  });
  store.closeNow();
});

testOnDrivers("a pop takes any member with the same chance, held back or not", (driver) => {
  const store = storeOfCells(driver, 3);
  const set = found(store);
  const rows = store.engine.heldRows ?? assert.fail("nothing is held back");
  store.endTurn();
  store.engine.write();
  store.engine.effects.kept = true;
  let pops = 0;
  checkUniform(25_000, (tell) => {
    const popped = store.sets.popOne(set).copy();
    tell(popped);
    store.sets.add(set, slice(popped));
    // As slices between turns do.
    if (pops % 1000 === 300) rows.setApart();
    if (pops % 1000 > 500 && pops % 10 === 0 && rows.writeApart(20)) rows.rejoin();
    if (++pops % 1000 === 0) rows.rejoin();
  });
  assert.ok(rows.count > 100);
  store.closeNow();
});

testOnDrivers("each pop takes any member, whatever came and went before it", (driver) => {
  const store = memoryStore(driver);
  store.sets.random = seeded(5);
  store.limits.intsetEntries = store.limits.setEntries = 2;
  const names = ["a", "b", "c", "d", "e"];
  add(store, ...names);
  const set = found(store);
  const pop = () => text(store.sets.popOne(set).copy());
  const pairs = new Map<string, number>(), others = new Map<string, number>();
  const count = (counts: Map<string, number>, what: string) => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  const ROUNDS = 8000;
  for (let round = 0; round < ROUNDS; round++) {
    const first = pop();
    add(store, first);
    const second = pop();
    count(pairs, first + second);
    add(store, second);
    remove(store, "c");
    const third = pop();
    count(others, third);
    add(store, "c", third);
  }
  const cells = names.flatMap((first) => names.map((second) => first + second));
  assert.ok(chiSquare(pairs, cells, ROUNDS) < bound(cells.length - 1));
  const left = names.filter((name) => name !== "c");
  assert.ok(chiSquare(others, left, ROUNDS) < bound(left.length - 1));
  store.closeNow();
});

testOnDrivers("large members are popped like others", (driver) => {
  const store = memoryStore(driver);
  const model = new Set(Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(10_000, "x")));
  add(store, ...model);
  for (let i = 0; i < 30; i++) {
    assert.ok(model.delete(text(store.sets.popOne(found(store)).copy())));
  }
  assert.deepEqual(members(store).sort(), [...model].sort());
  store.closeNow();
});

testOnDrivers("samples hold any member with the same chance, small and large ones", (driver) => {
  const store = storeOfCells(driver, 3);
  const set = found(store);
  for (const [count, rounds] of [[100, 300], [1000, 30]] as const) {
    checkUniform(rounds, (tell) => {
      const sample = store.sets.sample(set, count);
      const seen = new Set<string>();
      for (let i = 0; i < sample.length; i++) {
        const member = sample.at(i).copy();
        seen.add(text(member));
        tell(member);
      }
      assert.equal(seen.size, count);
    });
  }
  store.closeNow();
});

testOnDrivers("draws with repetition are uniform and in no order", (driver) => {
  const store = storeOfCells(driver, 4);
  const set = found(store);
  for (const [count, rounds] of [[100, 300], [5000, 6]] as const) {
    let ascents = 0, pairs = 0;
    checkUniform(rounds, (tell) => {
      let previous = "";
      store.sets.draw(set, count, (drawn) => {
        const member = drawn.copy();
        tell(member);
        if (text(member) > previous) ascents++;
        pairs++;
        previous = text(member);
      });
    });
    assert.ok(Math.abs(ascents / pairs - 0.5) < 0.05, `${ascents} of ${pairs}`);
  }
  store.closeNow();
});
