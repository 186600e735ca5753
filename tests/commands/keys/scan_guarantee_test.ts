/**
 * Redis's guarantee for SCAN, HSCAN, SSCAN and ZSCAN: what is there from the first call to the last is told, what is
 * not there at any time is not, whatever else comes and goes meanwhile.
 */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { Redlite } from "../../../mod.ts";
import { SEED } from "../../harness/seed.ts";

interface Kind {
  name: string;
  /** Adds and deletes one element of the collection `k`, or the key itself. */
  add(db: Redlite, element: string): void;
  remove(db: Redlite, element: string): void;
  /** The next cursor and the elements told. */
  scan(db: Redlite, cursor: string, count: number): [cursor: string, elements: string[]];
}

function scanned(reply: unknown): [string, string[]] {
  assert.ok(Array.isArray(reply));
  const [cursor, elements] = reply;
  return [String(cursor), elements];
}

const everySecond = (elements: string[]) => elements.filter((_, i) => i % 2 === 0);

const KINDS: Kind[] = [
  {
    name: "SCAN",
    add: (db, element) => db.set(element, "x"),
    remove: (db, element) => db.del(element),
    scan: (db, cursor, count) => scanned(db.call("SCAN", cursor, "COUNT", count)),
  },
  {
    name: "HSCAN",
    add: (db, element) => db.hset("k", element, "x"),
    remove: (db, element) => db.hdel("k", element),
    scan(db, cursor, count) {
      const [next, pairs] = scanned(db.call("HSCAN", "k", cursor, "COUNT", count));
      return [next, everySecond(pairs)];
    },
  },
  {
    name: "SSCAN",
    add: (db, element) => db.sadd("k", element),
    remove: (db, element) => db.srem("k", element),
    scan: (db, cursor, count) => scanned(db.call("SSCAN", "k", cursor, "COUNT", count)),
  },
  {
    name: "ZSCAN",
    add: (db, element) => db.zadd("k", [[element.length * 3 + Number(element.at(-1)), element]]),
    remove: (db, element) => db.zrem("k", element),
    scan(db, cursor, count) {
      const [next, pairs] = scanned(db.call("ZSCAN", "k", cursor, "COUNT", count));
      return [next, everySecond(pairs)];
    },
  },
];

/** Elements by number, in no order of their numbers. */
const element = (i: number) => `${(i * 7919) % 1000}:${i}`;

for (const { name, add, remove, scan } of KINDS) {
  Deno.test(`${name} tells what is there all the time, and nothing that never was (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        fc.record({
          // Compact at the start, large at the start, and on the border between.
          size: fc.constantFrom(20, 120, 400, 1500),
          count: fc.constantFrom(1, 10, 100),
          changes: fc.array(fc.nat({ max: 3000 }), { maxLength: 400, size: "max" }),
          perCall: fc.constantFrom(0, 1, 5, 40),
        }),
        ({ size, count, changes, perCall }) => {
          using db = Redlite.open(":memory:", { driver: "builtin" });
          const stable = new Set<string>(), ever = new Set<string>();
          db.transaction(() => {
            for (let i = 0; i < size; i++) {
              add(db, element(i));
              ever.add(element(i));
              stable.add(element(i));
            }
          });
          const told = new Set<string>();
          const pending = [...changes];
          let cursor = "0";
          do {
            const [next, elements] = scan(db, cursor, count);
            for (const one of elements) told.add(one);
            cursor = next;
            for (const change of pending.splice(0, perCall)) {
              const one = element(change);
              if (change % 2 === 0) {
                add(db, one);
                ever.add(one);
              } else if (change >= size / 2) {
                remove(db, one);
                stable.delete(one);
              }
            }
          } while (cursor !== "0");
          for (const one of stable) assert.ok(told.has(one), `${one} was not told`);
          for (const one of told) assert.ok(ever.has(one), `${one} was never there`);
        },
      ),
      { seed: SEED, numRuns: 40 },
    );
  });
}
