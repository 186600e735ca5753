import { strict as assert } from "node:assert";
import type { Collection } from "../../../src/store/collections/collection.ts";
import { distinctRanks } from "../../../src/store/collections/random_ranks.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { ScoreRange } from "../../../src/store/sorted_sets/positions.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, slice, testOnDrivers, text } from "../open.ts";

const KEY = slice("z");

/** A generator of its own, so that a test draws the same numbers every time: mulberry32. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ seed >>> 15, seed | 1);
    t = t + Math.imul(t ^ t >>> 7, t | 61) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 0x100000000;
  };
}

type Element = readonly [member: string, score: number];

/** The elements of a model in the order of a sorted set; members are ASCII. */
function inOrder(model: Map<string, number>): Element[] {
  return [...model].sort(([a, x], [b, y]) => x < y ? -1 : x > y ? 1 : a < b ? -1 : 1);
}

function found(store: Store): Collection {
  return store.keyspace.findCollection(0, KEY, TYPE.ZSET) ?? assert.fail("the key is absent");
}

/** What visiting yields. */
function visited(
  visit: (take: (member: { copy(): Uint8Array }, score: number) => void) => void,
): Element[] {
  const elements: Element[] = [];
  visit((member, score) => elements.push([text(member.copy()), score]));
  return elements;
}

/** Compares everything that is told by order with the model. */
function compare(store: Store, model: Map<string, number>, random: () => number): void {
  const { sortedSets } = store;
  const { ranges } = sortedSets;
  const collection = found(store);
  const elements = inOrder(model);
  const { length } = elements;
  assert.equal(collection.length, length);
  assert.deepEqual(visited((take) => sortedSets.each(collection, take)), elements);
  for (let i = 0; i < 40; i++) {
    const rank = Math.floor(random() * length);
    const [member, score] = elements[rank]!;
    assert.equal(sortedSets.score(collection, slice(member)), score);
    assert.equal(sortedSets.rank(collection, slice(member), score), rank);
    const count = Math.min(length - rank, Math.floor(random() * 1500));
    assert.deepEqual(
      visited((take) => ranges.visitRanks(collection, rank, count, false, take)),
      elements.slice(rank, rank + count),
    );
    const down = Math.min(rank + 1, count);
    assert.deepEqual(
      visited((take) => ranges.visitRanks(collection, rank, down, true, take)),
      elements.slice(rank + 1 - down, rank + 1).reverse(),
    );
    compareScores(store, elements, random);
  }
  const ranks = distinctRanks(Math.min(50, length), length, random);
  assert.deepEqual(
    visited((take) => ranges.visitEach(collection, ranks, take)),
    [...ranks].map((rank) => elements[rank]),
  );
}

function compareScores(store: Store, elements: Element[], random: () => number): void {
  const { ranges } = store.sortedSets;
  const collection = found(store);
  const score = () =>
    random() < 0.1
      ? (random() < 0.5 ? -Infinity : Infinity)
      : elements[Math.floor(random() * elements.length)]![1];
  const range: ScoreRange = {
    min: score(),
    minExclusive: random() < 0.5,
    max: score(),
    maxExclusive: random() < 0.5,
  };
  const inside = elements.filter(([, value]) =>
    (range.minExclusive ? value > range.min : value >= range.min) &&
    (range.maxExclusive ? value < range.max : value <= range.max)
  );
  const span = ranges.ofScores(range);
  assert.equal(ranges.count(collection, span), inside.length);
  const offset = Math.floor(random() * 1500), limit = Math.floor(random() * 100);
  for (const reverse of [false, true]) {
    assert.deepEqual(
      visited((take) => ranges.visit(collection, span, reverse, offset, limit, take)),
      (reverse ? inside.toReversed() : inside).slice(offset, offset + limit),
    );
  }
}

/** Fills the sorted set and the model with so many members, of few scores. */
function fill(store: Store, model: Map<string, number>, count: number, random: () => number): void {
  store.engine.write();
  const collection = store.sortedSets.create(0, KEY);
  for (let i = 0; i < count; i++) {
    const score = Math.floor(random() * 100) / 4 - 10;
    model.set(`m${i}`, score);
    assert.equal(store.sortedSets.set(collection, slice(`m${i}`), score), true);
  }
}

const SEED = 20240229;

testOnDrivers("ranks and ranges follow a model through adds, changes and removals", (driver) => {
  const random = generator(SEED);
  const store = memoryStore(driver);
  const { sortedSets } = store;
  const model = new Map<string, number>();
  fill(store, model, 6000, random);
  compare(store, model, random);
  for (const share of [0.8, 0.5, 0.1, 0.3, 0.9]) {
    const collection = found(store);
    for (let i = 0; i < 3000; i++) {
      const member = `m${Math.floor(random() * 9000)}`;
      if (random() < share) {
        const score = Math.floor(random() * 40) - 20;
        assert.equal(sortedSets.set(collection, slice(member), score), !model.has(member));
        model.set(member, score);
      } else {
        assert.equal(sortedSets.remove(collection, slice(member)), model.delete(member));
      }
    }
    store.endTurn();
    store.engine.write();
    compare(store, model, random);
  }
  store.closeNow();
});

testOnDrivers("ranges are removed by rank and by score, and counted out", (driver) => {
  const random = generator(SEED + 1);
  const store = memoryStore(driver);
  const { ranges } = store.sortedSets;
  const model = new Map<string, number>();
  fill(store, model, driver.info.name === "ffi" ? 9000 : 4000, random);
  for (let i = 0; model.size > 800; i++) {
    const collection = found(store);
    const elements = inOrder(model);
    const from = Math.floor(random() * model.size);
    if (i % 2 === 0) {
      const to = Math.min(model.size, from + Math.floor(random() * 1200));
      ranges.removeRanks(0, KEY, collection, from, to, "zremrangebyrank");
      for (const [member] of elements.slice(from, to)) model.delete(member);
    } else {
      const score = elements[from]![1];
      const range = { min: score, minExclusive: false, max: score, maxExclusive: false };
      const removed = ranges.remove(0, KEY, collection, ranges.ofScores(range), "zremrangebyscore");
      const gone = elements.filter(([, value]) => value === score);
      assert.equal(removed, gone.length);
      for (const [member] of gone) model.delete(member);
    }
    if (i % 3 === 0) {
      store.endTurn();
      store.engine.write();
    }
    compare(store, model, random);
  }
  store.closeNow();
});

testOnDrivers("both ends are popped in order", (driver) => {
  const random = generator(SEED + 2);
  const store = memoryStore(driver);
  const model = new Map<string, number>();
  fill(store, model, 5000, random);
  while (model.size > 0) {
    const elements = inOrder(model);
    const last = random() < 0.5;
    const count = random() < 0.7 ? 1 : Math.ceil(random() * Math.min(700, model.size));
    const popped = visited((take) => store.sortedSets.pop(0, KEY, found(store), last, count, take));
    assert.deepEqual(popped, (last ? elements.reverse() : elements).slice(0, count));
    for (const [member] of popped) model.delete(member);
    if (model.size < 4000 && model.size > 20) {
      // The rest goes in large pieces: single pops are seen by now.
      const rest = Math.min(model.size - 10, 900);
      const first = visited((take) =>
        store.sortedSets.pop(0, KEY, found(store), false, rest, take)
      );
      for (const [member] of first) model.delete(member);
    }
  }
  assert.equal(store.keyspace.find(0, KEY), TYPE.NONE);
  store.closeNow();
});

testOnDrivers("the next at an end is popped, whatever comes and goes there", (driver) => {
  for (const holding of [false, true]) {
    const random = generator(SEED + 4);
    const store = memoryStore(driver);
    store.engine.effects.kept = holding;
    const rows = store.engine.heldRows ?? assert.fail("nothing is held back");
    const model = new Map<string, number>();
    fill(store, model, 1200, random);
    store.endTurn();
    for (let step = 0; step < 400; step++) {
      store.engine.write();
      const set = found(store);
      const last = random() < 0.3;
      const elements = inOrder(model);
      if (last) elements.reverse();
      const count = random() < 0.9 ? 1 : 5;
      const popped = visited((take) => store.sortedSets.pop(0, KEY, set, last, count, take));
      assert.deepEqual(popped, elements.slice(0, count));
      for (const [member] of popped) model.delete(member);
      const [member, score] = elements[count + Math.floor(random() * 12)]!;
      const what = random();
      if (what < 0.3) {
        assert.equal(store.sortedSets.remove(set, slice(member)), true);
        model.delete(member);
      } else if (what < 0.6) {
        const change = score + Math.round(random() * 4 - 2);
        store.sortedSets.set(set, slice(member), change);
        model.set(member, change);
      } else if (what < 0.9) {
        const back = popped[0]![0];
        store.sortedSets.set(set, slice(back), score);
        model.set(back, score);
      }
      if (!holding || random() < 0.8) continue;
      if (!rows.isApart) rows.setApart();
      else if (rows.writeApart(20) || random() < 0.1) rows.rejoin();
    }
    rows.rejoin();
    store.endTurn();
    assert.deepEqual(visited((take) => store.sortedSets.each(found(store), take)), inOrder(model));
    store.closeNow();
  }
});

testOnDrivers("a large sorted set is the same after a restart, its runs too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const random = generator(SEED + 3);
  const model = new Map<string, number>();
  const store = file.open();
  fill(store, model, 3000, random);
  store.endTurn();
  await store.close();
  const reopened = file.open();
  compare(reopened, model, random);
  reopened.engine.write();
  for (let i = 0; i < 1500; i++) {
    model.delete(`m${i}`);
    reopened.sortedSets.remove(found(reopened), slice(`m${i}`));
  }
  compare(reopened, model, random);
  reopened.endTurn();
  await reopened.close();
  compare(file.open(), model, random);
});

testOnDrivers("what a turn that is rolled back did is forgotten", (driver) => {
  const random = generator(SEED + 4);
  const store = memoryStore(driver);
  const model = new Map<string, number>();
  fill(store, model, 3000, random);
  store.endTurn();
  store.engine.write();
  const collection = found(store);
  for (let i = 0; i < 500; i++) store.sortedSets.remove(collection, slice(`m${i}`));
  for (let i = 0; i < 2000; i++) store.sortedSets.set(collection, slice(`n${i}`), i);
  store.sortedSets.ranges.removeRanks(0, KEY, collection, 100, 1500, "zremrangebyrank");
  store.engine.rollback();
  compare(store, model, random);
  store.closeNow();
});

testOnDrivers("an element comes before or after another by its bytes, a prefix first", (driver) => {
  const store = memoryStore(driver);
  store.engine.write();
  const collection = store.sortedSets.create(0, KEY);
  const members = [[], [0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0], [255, 255]];
  for (const member of members.toReversed()) {
    store.sortedSets.add(collection, slice(Uint8Array.from(member)), 7);
  }
  const read: number[][] = [];
  store.sortedSets.each(collection, (member) => void read.push([...member.copy()]));
  assert.deepEqual(read, members);
  const { ranges } = store.sortedSets;
  for (const [index, member] of members.entries()) {
    const bytes = slice(Uint8Array.from(member));
    const count = (exclusive: boolean) =>
      ranges.countMembers(collection, { min: { member: bytes, exclusive }, max: "+" });
    assert.equal(count(false), members.length - index);
    assert.equal(count(true), members.length - index - 1);
  }
  store.closeNow();
});

testOnDrivers("infinite and tiny scores have their place", (driver) => {
  const store = memoryStore(driver);
  store.engine.write();
  const collection = store.sortedSets.create(0, KEY, 1000);
  const scores = [-Infinity, -Number.MAX_VALUE, -5e-324, -0, 5e-324, 1, Number.MAX_VALUE, Infinity];
  for (const score of scores.toReversed()) {
    store.sortedSets.add(collection, slice(String(score)), score);
  }
  const { ranges } = store.sortedSets;
  const read = visited((take) => store.sortedSets.each(collection, take));
  assert.ok(read.every(([, score], i) => Object.is(score, scores[i])), String(read));
  for (const [i, min] of scores.entries()) {
    for (const [j, max] of scores.entries()) {
      const span = (minExclusive: boolean, maxExclusive: boolean) =>
        ranges.ofScores({ min, minExclusive, max, maxExclusive });
      const count = (...open: [boolean, boolean]) => ranges.count(collection, span(...open));
      assert.equal(count(false, false), Math.max(0, j - i + 1), `${min} to ${max}`);
      assert.equal(count(true, false), Math.max(0, j - i));
      assert.equal(count(false, true), Math.max(0, j - i));
      assert.equal(count(true, true), Math.max(0, j - i - 1));
      const read = visited((take) =>
        ranges.visit(collection, span(true, false), false, 0, 9, take)
      );
      assert.equal(read.length, Math.max(0, j - i));
    }
  }
  store.closeNow();
});

testOnDrivers(
  "a walk through the members misses none that stays, whatever else changes",
  (driver) => {
    const random = generator(SEED + 5);
    const store = memoryStore(driver);
    const model = new Map<string, number>();
    fill(store, model, 3000, random);
    const seen = new Set<string>();
    let from: Uint8Array | undefined;
    do {
      const collection = found(store);
      from = store.sortedSets.scan(
        collection,
        from,
        100,
        (member) => void seen.add(text(member.copy())),
      );
      for (let i = 0; i < 20; i++) {
        const n = Math.floor(random() * 1500);
        store.sortedSets.remove(collection, slice(`m${n}`));
        store.sortedSets.set(collection, slice(`n${n}`), n);
        store.sortedSets.set(collection, slice(`m${1500 + n}`), random());
      }
    } while (from !== undefined);
    for (let i = 1500; i < 3000; i++) {
      assert.ok(seen.has(`m${i}`), `m${i}`);
    }
    store.closeNow();
  },
);

testOnDrivers("every statement reads its range from the covering index", (driver) => {
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
  statements.length = 0;
  assert.ok(store.sortedSets);
  const ranges = statements.filter((sql) => sql.includes("zsets_by_score"));
  assert.equal(new Set(ranges).size, 6);
  for (const sql of statements.filter((sql) => !sql.startsWith("INSERT"))) {
    const plan = store.engine.connection.prepare(`EXPLAIN QUERY PLAN ${sql}`);
    const steps: string[] = [];
    while (plan.step()) steps.push(plan.columnText(3));
    plan.finalize();
    const wanted = ranges.includes(sql)
      ? /^SEARCH zsets USING COVERING INDEX zsets_by_score \(key_id=\? AND (\(score,member\)|score)>/
      : /^SEARCH zsets USING PRIMARY KEY \(key_id=\? AND member/;
    assert.equal(steps.length, 1, `${sql}: ${steps}`);
    assert.match(steps[0]!, wanted, sql);
  }
  store.closeNow();
});
