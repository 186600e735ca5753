/**
 * What is popped is what a simple model has, while elements are held back, set apart and written, and the
 * rows are read by a connection that sees what is committed alone: as by one beside a thread that writes.
 */

import { strict as assert } from "node:assert";
import { named } from "../../harness/lacking.ts";
import fc from "../../harness/properties.ts";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import {
  DatabaseFile,
  DRIVERS,
  get,
  memoryStore,
  number,
  put,
  slice,
  testOnDrivers,
  text,
} from "../open.ts";

/** Strings, so large that few of them push everything else out of memory. */
const LARGE = 400, LARGE_BYTES = 380;
/** Bytes of memory for rows and pages. */
const CACHE = 256 * 1024;
/** Elements that there are at first, and more that may come. */
const FIRST = 900, MORE = 300;

/** A store whose rows are written as if another thread did it, step by step. */
class Held {
  readonly #unwritten;
  /** Whether nothing was written since the last commit when rows were set apart. */
  #pure = false;
  #committed = 0;
  #apart = 0;
  /** How often rows were read by the second connection. */
  beside = 0;

  constructor(readonly store: Store) {
    const { engine } = store;
    engine.effects.kept = true;
    store.limits.zsetEntries = store.limits.setEntries = store.limits.intsetEntries = 1;
    store.cacheBytes = CACHE;
    this.#unwritten = engine.heldRows ?? assert.fail("nothing is held back");
    Object.defineProperty(engine.settling, "othersSee", { get: () => this.#othersSee() });
  }

  get #changes(): number {
    return this.store.engine.connection.totalChanges?.() ?? assert.fail("changes are not counted");
  }

  #othersSee(): boolean {
    const { isApart, written } = this.#unwritten;
    const sees = isApart && this.#pure && this.#changes - written === this.#apart;
    if (sees) this.beside++;
    return sees;
  }

  commit(): void {
    this.store.endTurn();
    this.#committed = this.#changes;
  }

  setApart(): void {
    const { isApart, written } = this.#unwritten;
    if (isApart) return;
    this.#pure = this.#changes === this.#committed;
    this.#apart = this.#changes - written;
    this.#unwritten.setApart();
  }

  /** Writes some of those set apart; all of them together are committed. */
  write(rows: number): void {
    if (!this.#unwritten.isApart || !this.#unwritten.writeApart(rows)) return;
    this.commit();
  }

  rejoin(): void {
    this.#unwritten.rejoin();
  }

  /** Pushes out of memory what need not stay there. */
  readLarge(): void {
    for (let i = 0; i < LARGE; i++) assert.equal(get(this.store, `large${i}`)?.length, LARGE_BYTES);
  }
}

const memberOf = (i: number) => `member${i % (FIRST + MORE)}`;

function collectionAt(store: Store, key: string): Collection {
  store.engine.write();
  const type = key === "z" ? TYPE.ZSET : TYPE.SET;
  const found = store.keyspace.findCollection(0, slice(key), type);
  if (found !== undefined) return found;
  return key === "z"
    ? store.sortedSets.create(0, slice(key))
    : store.keyspace.createCollection(0, slice(key), TYPE.SET);
}

/** The model: scores by members. */
type Model = Map<string, number>;

/** The member at an end of a model. */
function endOf(model: Model, last: boolean): [string, number] {
  const sign = last ? -1 : 1;
  let end: [string, number] | undefined;
  for (const each of model) {
    const difference = end === undefined
      ? -1
      : sign * (each[1] - end[1] || (each[0] < end[0] ? -1 : 1));
    if (difference < 0) end = each;
  }
  return end ?? assert.fail("empty");
}

function popOne(held: Held, z: Model, s: Model, kind: number): void {
  const { store } = held;
  if (kind === 2) {
    if (s.size < 2) return;
    const popped = text(store.sets.popOne(collectionAt(store, "s")).copy());
    return assert.ok(s.delete(popped), `${popped} was popped, which is not there`);
  }
  if (z.size < 2) return;
  const last = kind === 1;
  const [member, score] = endOf(z, last);
  store.sortedSets.pop(0, slice("z"), collectionAt(store, "z"), last, 1, (popped, of) => {
    assert.deepEqual([text(popped.copy()), of], [member, score]);
  });
  z.delete(member);
}

function change(held: Held, z: Model, s: Model, kind: number, i: number, score: number): void {
  const { store } = held, member = memberOf(i);
  if (kind === 0) {
    store.sortedSets.set(collectionAt(store, "z"), slice(member), score);
    z.set(member, score);
  } else if (kind === 1) {
    assert.equal(store.sets.add(collectionAt(store, "s"), slice(member)), !s.has(member));
    s.set(member, 0);
  } else if (kind === 2 && z.size > 1) {
    const gone = store.sortedSets.remove(collectionAt(store, "z"), slice(member));
    assert.equal(gone, z.delete(member));
  } else if (kind === 3 && s.size > 1) {
    assert.equal(store.sets.remove(collectionAt(store, "s"), slice(member)), s.delete(member));
  }
}

const native = DRIVERS.find(({ info }) => info.name === "ffi");
/** What is done with elements, how often, and a number by which it differs. */
const step = fc.tuple(
  fc.constantFrom(
    ...["popmin", "popmin", "popmin", "popmax", "spop", "spop", "spop"],
    ...["score", "remove", "srem", "add", "add"],
  ),
  fc.integer({ min: 1, max: 60 }),
  fc.nat(),
);
/** Some of that before rows are set apart; some after so many are written, and after that; how it ends. */
const round = fc.record({
  before: fc.array(step, { maxLength: 8 }),
  written: fc.nat(300),
  large: fc.boolean(),
  after: fc.array(step, { maxLength: 4 }),
  writtenThen: fc.nat(100),
  last: fc.array(step, { maxLength: 4 }),
  ends: fc.constantFrom("commits", "writes", "rejoins", "goes on"),
});

/** Runs a step. */
function run(held: Held, z: Model, s: Model, [what, count, at]: [string, number, number]): void {
  for (let i = 0; i < count; i++) {
    const n = at + 7 * i;
    if (what === "popmin") popOne(held, z, s, 0);
    else if (what === "popmax") popOne(held, z, s, 1);
    else if (what === "spop") popOne(held, z, s, 2);
    else if (what === "score") change(held, z, s, 0, n, (at + i * 31) % 400);
    else if (what === "add") change(held, z, s, 1, n, 0);
    else if (what === "remove") change(held, z, s, 2, n, 0);
    else if (what === "srem") change(held, z, s, 3, n, 0);
  }
}

/** Registers a test whose store counts the rows that it changes. */
function testHeld(name: string, fn: (held: Held, z: Model, s: Model) => void): void {
  Deno.test({
    ...named(name, native === undefined ? "no native library" : undefined),
    async fn() {
      await using file = new DatabaseFile(native ?? assert.fail());
      const held = new Held(file.open());
      for (let i = 0; i < LARGE; i++) put(held.store, `large${i}`, "l".repeat(LARGE_BYTES));
      held.commit();
      fn(held, new Map(), new Map());
      assert.ok(held.beside > 0, "nothing was read beside");
    },
  });
}

/** Pops what the rows behind a bound are read after, 84 in all; of 200 then. */
function begin(held: Held, z: Model, s: Model): void {
  for (let i = 0; i < 284; i++) change(held, z, s, 0, i, i);
  held.commit();
  for (let i = 0; i < 84; i++) popOne(held, z, s, 0);
  held.commit();
}

testHeld(
  "an element is popped whose row is written and not seen, and not in memory",
  (held, z, s) => {
    begin(held, z, s);
    // In the order of the members: 100 is the first.
    change(held, z, s, 0, 100, 150.5);
    change(held, z, s, 0, 283, 500);
    held.setApart();
    held.write(1);
    held.readLarge();
    for (let i = 0; i < 150; i++) popOne(held, z, s, 0);
  },
);

testHeld(
  "an element is not popped whose row is deleted and still seen, and not in memory",
  (held, z, s) => {
    begin(held, z, s);
    for (const i of [100, 101, 283]) change(held, z, s, 2, i, 0);
    held.setApart();
    held.write(2);
    held.readLarge();
    for (let i = 0; i < 150; i++) popOne(held, z, s, 0);
  },
);

testHeld("an element is popped that somebody had written since it was set apart", (held, z, s) => {
  begin(held, z, s);
  change(held, z, s, 0, 100, 500);
  change(held, z, s, 0, 101, -1);
  held.setApart();
  held.store.sortedSets.each(collectionAt(held.store, "z"), () => {});
  for (let i = 0; i < 5; i++) popOne(held, z, s, 1);
  for (let i = 0; i < 5; i++) popOne(held, z, s, 0);
});

/** A store that holds back what a large sorted set gets. */
function holding(driver: Driver): { store: Store; set: Collection } {
  const store = memoryStore(driver);
  store.engine.effects.kept = true;
  store.limits.zsetEntries = 1;
  store.cacheBytes = 8 << 20;
  return { store, set: collectionAt(store, "z") };
}

/** Pops from an end, which must be as the elements are sorted. */
function assertPopped(
  store: Store,
  sorted: [string, number][],
  last: boolean,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const expected = last ? sorted.pop() : sorted.shift();
    store.sortedSets.pop(0, slice("z"), collectionAt(store, "z"), last, 1, (member, score) => {
      assert.deepEqual([text(member.copy()), score], expected);
    });
  }
}

const COUNT = 5000;

testOnDrivers("thousands of elements of one score come in the order of their members", (driver) => {
  const { store, set } = holding(driver);
  const sorted: [string, number][] = [];
  for (let i = 0; i < COUNT; i++) {
    const member = `m${String(i * 3331 % COUNT).padStart(5, "0")}`;
    store.sortedSets.set(set, slice(member), 7);
    sorted.push([member, 7]);
  }
  sorted.sort(([a], [b]) => a < b ? -1 : 1);
  assertPopped(store, sorted, false, 700);
  assertPopped(store, sorted, true, 700);
  store.closeNow();
});

testOnDrivers("thousands of elements that come before what was read are popped first", (driver) => {
  const { store, set } = holding(driver);
  const sorted: [string, number][] = [];
  const add = (score: number) => {
    store.sortedSets.set(set, slice(`m${score}`), score);
    sorted.push([`m${score}`, score]);
  };
  for (let i = 0; i < 800; i++) add(1_000_000 + i);
  store.endTurn();
  assertPopped(store, sorted, false, 100);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < COUNT; i++) add(1000 * round + 100_000 * (i % 9) + i / 10);
    sorted.sort(([, a], [, b]) => a - b);
    assertPopped(store, sorted, false, round === 1 ? COUNT : 400);
    if (round === 0) store.endTurn();
  }
  assertPopped(store, sorted, false, sorted.length - 1);
  store.closeNow();
});

Deno.test({
  ...named(
    "what is popped is there, whoever reads it and whatever is in memory",
    native === undefined ? "no native library" : undefined,
  ),
  async fn() {
    const driver = native ?? assert.fail();
    let beside = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 3, maxLength: 10 }), async (rounds) => {
        await using file = new DatabaseFile(driver);
        const held = new Held(file.open());
        const { store } = held;
        const z: Model = new Map(), s: Model = new Map();
        for (let i = 0; i < LARGE; i++) put(store, `large${i}`, "l".repeat(LARGE_BYTES));
        for (let i = 0; i < FIRST; i++) {
          change(held, z, s, 0, i, (i * 17) % 400);
          change(held, z, s, 1, i, 0);
        }
        held.commit();
        for (let i = 0; i < 10; i++) popOne(held, z, s, i % 3 === 0 ? 0 : 2);
        held.commit();
        for (const { before, written, large, after, writtenThen, last, ends } of rounds) {
          for (const each of before) run(held, z, s, each);
          held.setApart();
          held.write(written);
          if (large) held.readLarge();
          for (const each of after) run(held, z, s, each);
          held.write(writtenThen);
          if (large) held.readLarge();
          for (const each of last) run(held, z, s, each);
          if (ends === "commits") held.commit();
          else if (ends === "writes") held.write(Infinity);
          else if (ends === "rejoins") held.rejoin();
        }
        beside += held.beside;
        held.rejoin();
        while (z.size > 1) popOne(held, z, s, 0);
        while (s.size > 1) popOne(held, z, s, 2);
        held.commit();
        const { connection } = store.engine;
        assert.equal(number(connection, "SELECT count(*) FROM zsets"), z.size);
        assert.equal(number(connection, "SELECT count(*) FROM sets"), s.size);
      }),
      { numRuns: 20 },
    );
    assert.ok(beside > 0, "nothing was read beside");
  },
});
