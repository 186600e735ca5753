import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  MAX_RUN,
  type OrderedElements,
  type Run,
  Runs,
  runStatements,
} from "../../../src/store/collections/runs.ts";
import { DRIVERS, memoryStore, number, slice, testOnDrivers } from "../open.ts";

const ID = 7;

interface Element {
  number: number;
  bytes: Uint8Array;
}

function compare(a: Element, b: Element): number {
  if (a.number !== b.number) return a.number - b.number;
  for (let i = 0; i < Math.min(a.bytes.length, b.bytes.length); i++) {
    if (a.bytes[i] !== b.bytes[i]) return a.bytes[i]! - b.bytes[i]!;
  }
  return a.bytes.length - b.bytes.length;
}

/** A sorted array of elements, in place of a table. */
class Model implements OrderedElements {
  readonly elements: Element[] = [];

  /** Elements before one. */
  rank(element: Element): number {
    let low = 0, high = this.elements.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.elements[middle]!, element) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  elementAt(_id: number, from: Run, offset: number): Element {
    return this.elements[this.rank(from) + offset]!;
  }
}

/** Asserts that the runs tell every element's place, and the place of every rank. */
function assertCounts(runs: Runs, model: Model): void {
  const { elements } = model;
  for (let rank = 0; rank < elements.length; rank += 37) {
    const { run, offset } = runs.at(rank);
    assert.equal(model.rank(run) + offset, rank);
    const found = runs.find(elements[rank]!.number, slice(elements[rank]!.bytes));
    assert.equal(found.offset, model.rank(found.run));
    assert.ok(compare(found.run, elements[rank]!) <= 0);
    assert.ok(found.run.count <= MAX_RUN);
  }
}

function loaded(engine: Engine): Runs {
  const runs = new Runs(ID, runStatements(engine));
  runs.load();
  return runs;
}

const element: fc.Arbitrary<Element> = fc.record({
  number: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(-Infinity, Infinity, -1.5)),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 3 }),
});

testOnDrivers(
  "runs count what comes and goes, and are the same when read again",
  async (driver) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: 1200, maxLength: 4000, size: "max" }),
        fc.array(fc.nat(), { maxLength: 4000, size: "max" }),
        async (added, removed) => {
          const store = memoryStore(driver);
          const { engine } = store;
          engine.write();
          const runs = new Runs(ID, runStatements(engine));
          runs.build([{ number: -Infinity, bytes: new Uint8Array(0), count: 0 }]);
          const model = new Model();
          for (const element of added) {
            const rank = model.rank(element);
            const there = model.elements[rank];
            if (there !== undefined && compare(there, element) === 0) continue;
            model.elements.splice(rank, 0, element);
            runs.added(element.number, slice(element.bytes), model);
          }
          assertCounts(runs, model);
          runs.save();
          for (const position of removed) {
            if (model.elements.length === 0) break;
            const [gone] = model.elements.splice(position % model.elements.length, 1);
            runs.removed(gone!.number, slice(gone!.bytes));
          }
          assertCounts(runs, model);
          runs.save();
          assertCounts(loaded(engine), model);
          assert.equal(
            number(engine.connection, `SELECT sum(count) FROM runs WHERE key_id = ${ID}`),
            model.elements.length,
          );
          await store.close();
        },
      ),
      { seed: 11, numRuns: 20 },
    );
  },
);

Deno.test("runs that lose most of their elements join", async () => {
  const store = memoryStore(DRIVERS[0]!);
  store.engine.write();
  const runs = new Runs(ID, runStatements(store.engine));
  runs.build([{ number: -Infinity, bytes: new Uint8Array(0), count: 0 }]);
  const model = new Model();
  for (let i = 0; i < 10_000; i++) {
    model.elements.push({ number: i, bytes: slice("m").copy() });
    runs.added(i, slice("m"), model);
  }
  assert.ok(runs.count >= 10);
  for (let i = 0; i < 9_900; i++) {
    const [gone] = model.elements.splice(0, 1);
    runs.removed(gone!.number, slice("m"));
  }
  assert.ok(runs.count <= 2, `${runs.count}`);
  assertCounts(runs, model);
  await store.close();
});

Deno.test("what is appended fills one run after the other, and is not looked for", async () => {
  const store = memoryStore(DRIVERS[0]!);
  store.engine.write();
  const runs = new Runs(ID, runStatements(store.engine));
  runs.build([{ number: -Infinity, bytes: new Uint8Array(0), count: 0 }]);
  const model = new Model();
  for (let i = 0; i < 5 * MAX_RUN + 1; i++) {
    model.elements.push({ number: i, bytes: slice("m").copy() });
    runs.appended(i, slice("m"));
  }
  assert.equal(runs.count, 6);
  assertCounts(runs, model);
  // One in the middle has its full run cut.
  model.elements.splice(10, 0, { number: 9.5, bytes: slice("m").copy() });
  runs.added(9.5, slice("m"), model);
  assert.equal(runs.count, 7);
  runs.save();
  assertCounts(loaded(store.engine), model);
  await store.close();
});
