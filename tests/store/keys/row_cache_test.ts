import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { RowCache } from "../../../src/store/keys/row_cache.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { slice, text } from "../open.ts";

/** The least ring there is. */
const TINY = 1;

function put(
  cache: RowCache,
  key: string,
  value: Uint8Array,
  { space = 1, tag = 0, expiresAtMs = 0, seconds = 0 } = {},
): number {
  const record = cache.reserve(space, slice(key), value.length, tag, expiresAtMs, seconds);
  if (record === -1) return record;
  const target = new Slice();
  cache.value(record, target);
  target.bytes.set(value, target.start);
  return record;
}

function find(cache: RowCache, key: string, space = 1): Uint8Array | undefined {
  const record = cache.find(space, slice(key));
  if (record === -1) return undefined;
  const value = new Slice();
  cache.value(record, value);
  return value.copy();
}

const bytes = (size: number, fill: number) => new Uint8Array(size).fill(fill);

Deno.test("a row that was put is found with its facts", () => {
  const cache = new RowCache(TINY);
  put(cache, "key", bytes(5, 7), { tag: 2, expiresAtMs: 1_700_000_000_123, seconds: 9 });
  const record = cache.find(1, slice("key"));
  assert.notEqual(record, -1);
  assert.equal(cache.tag(record), 2);
  assert.equal(cache.expiresAtMs(record), 1_700_000_000_123);
  assert.equal(cache.accessed(record), 9);
  assert.deepEqual(find(cache, "key"), bytes(5, 7));
});

Deno.test("the same key in two spaces is two rows", () => {
  const cache = new RowCache(TINY);
  put(cache, "key", bytes(1, 1), { space: 1 });
  put(cache, "key", bytes(1, 2), { space: 2 });
  assert.deepEqual(find(cache, "key", 1), bytes(1, 1));
  assert.deepEqual(find(cache, "key", 2), bytes(1, 2));
  assert.equal(find(cache, "key", 3), undefined);
});

Deno.test("the empty key and the empty value are rows like any other", () => {
  const cache = new RowCache(TINY);
  put(cache, "", bytes(3, 1));
  put(cache, "empty", bytes(0, 0));
  assert.deepEqual(find(cache, ""), bytes(3, 1));
  assert.deepEqual(find(cache, "empty"), bytes(0, 0));
});

Deno.test("touching a row notes when it was used", () => {
  const cache = new RowCache(TINY);
  const record = put(cache, "key", bytes(1, 1), { seconds: 1 });
  cache.touch(record, 42);
  assert.equal(cache.accessed(record), 42);
});

Deno.test("a row removed is not found", () => {
  const cache = new RowCache(TINY);
  put(cache, "key", bytes(1, 1));
  cache.remove(1, slice("key"));
  cache.remove(1, slice("never there"));
  assert.equal(find(cache, "key"), undefined);
});

Deno.test("clearing forgets every row", () => {
  const cache = new RowCache(TINY);
  for (let i = 0; i < 100; i++) put(cache, `k${i}`, bytes(10, i));
  cache.clear();
  for (let i = 0; i < 100; i++) assert.equal(find(cache, `k${i}`), undefined);
});

Deno.test("a row too large to keep takes the one before it away", () => {
  const cache = new RowCache(TINY);
  put(cache, "key", bytes(1, 1));
  assert.equal(put(cache, "key", bytes(cache.bytes.length, 2)), -1);
  assert.equal(find(cache, "key"), undefined);
});

Deno.test("the newest rows are kept and the oldest go", () => {
  const cache = new RowCache(TINY);
  for (let i = 0; i < 5000; i++) put(cache, `k${i}`, bytes(100, i & 255));
  assert.deepEqual(find(cache, "k4999"), bytes(100, 4999 & 255));
  assert.equal(find(cache, "k0"), undefined);
});

Deno.test("hits and misses are counted", () => {
  const cache = new RowCache(TINY);
  put(cache, "key", bytes(1, 1));
  find(cache, "key");
  find(cache, "key");
  find(cache, "other");
  assert.deepEqual([cache.hits, cache.misses], [2, 1]);
});

Deno.test("a cache asked for two gigabytes does not shrink to nothing", () => {
  const cache = new RowCache(2 ** 31);
  assert.ok(cache.bytes.length >= 2 ** 30, `${cache.bytes.length} bytes`);
});

type Step =
  | { kind: "put"; space: number; key: string; size: number; fill: number; expiry: number }
  | { kind: "find" | "remove"; space: number; key: string }
  | { kind: "clear" };

const space = fc.integer({ min: 0, max: 2 });
const key = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 60 }).map((n) => `key:${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "a", "long".repeat(100)) },
);
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 64 }) },
  { weight: 4, arbitrary: fc.integer({ min: 400, max: 3900 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4000, max: 5000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      space,
      key,
      size,
      fill: fc.integer({ min: 0, max: 255 }),
      expiry: fc.integer({ min: 0, max: 2 ** 43 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constantFrom("find" as const, "remove" as const), space, key }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);

Deno.test("a row that is found is always the one put last", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: "max" }), (steps) => {
      const cache = new RowCache(TINY);
      const model = new Map<string, { value: Uint8Array; expiry: number }>();
      for (const step of steps) {
        if (step.kind === "clear") {
          cache.clear();
          model.clear();
          continue;
        }
        const id = `${step.space} ${step.key}`;
        if (step.kind === "put") {
          const value = bytes(step.size, step.fill);
          const old = cache.find(step.space, slice(step.key));
          if (
            old !== -1 && step.fill % 2 === 0 && cache.overwrite(old, step.size, 0, step.expiry, 0)
          ) {
            const target = new Slice();
            cache.value(old, target);
            target.bytes.set(value, target.start);
            model.set(id, { value, expiry: step.expiry });
            continue;
          }
          const record = put(cache, step.key, value, {
            space: step.space,
            expiresAtMs: step.expiry,
          });
          if (record === -1) model.delete(id);
          else model.set(id, { value, expiry: step.expiry });
          if (record !== -1) assert.deepEqual(find(cache, step.key, step.space), value);
        } else if (step.kind === "remove") {
          cache.remove(step.space, slice(step.key));
          model.delete(id);
        } else {
          const found = find(cache, step.key, step.space);
          if (found === undefined) continue;
          const expected = model.get(id)!;
          assert.ok(expected !== undefined, `found ${text(found)} that was removed`);
          assert.deepEqual(found, expected.value);
          const record = cache.find(step.space, slice(step.key));
          assert.equal(cache.expiresAtMs(record), expected.expiry);
        }
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("a ring that does not overflow loses no row to any but a full bucket", () => {
  const cache = new RowCache(TINY);
  for (let i = 0; i < 64; i++) put(cache, `k${i}`, bytes(8, i));
  let found = 0;
  for (let i = 0; i < 64; i++) if (find(cache, `k${i}`) !== undefined) found++;
  assert.ok(found >= 60, `${found} of 64`);
});

Deno.test("a ring of another size has forgotten everything, and takes as much as it has room for", () => {
  const cache = new RowCache(TINY);
  const small = cache.bytes.length;
  put(cache, "old", bytes(5, 7));
  cache.resize(16 * small);
  assert.equal(cache.bytes.length, 16 * small);
  assert.equal(find(cache, "old"), undefined);
  const rows = Math.floor(8 * small / 1000);
  for (let i = 0; i < rows; i++) put(cache, `key:${i}`, bytes(900, i % 256));
  for (let i = 0; i < rows; i++) assert.deepEqual(find(cache, `key:${i}`), bytes(900, i % 256));
  cache.resize(TINY);
  assert.equal(find(cache, "key:1"), undefined);
  for (let i = 0; i < rows; i++) put(cache, `key:${i}`, bytes(900, i % 256));
  assert.equal(find(cache, "key:0"), undefined);
  assert.deepEqual(find(cache, `key:${rows - 1}`), bytes(900, (rows - 1) % 256));
});

Deno.test("a bucket that is full of marked rows leaves the next one to its neighbour", () => {
  const cache = new RowCache(TINY, 1);
  let givenUp = 0;
  cache.onGivenUp = () => givenUp++;
  // With 256 buckets of eight ways some are chosen by more than eight of as many keys, and no two neighbours by
  // more than sixteen.
  const keys = Array.from({ length: 800 }, (_, i) => `k${i}`);
  for (const key of keys) cache.setMark(cache.way(put(cache, key, bytes(3, key.length))), 1);
  assert.equal(givenUp, 0);
  for (const key of keys) assert.deepEqual(find(cache, key), bytes(3, key.length));
});

Deno.test("of neighbours that are full of marked rows one is given up", () => {
  const cache = new RowCache(TINY, 1);
  const givenUp = new Set<string>();
  cache.onGivenUp = (record) => {
    givenUp.add(new TextDecoder().decode(cache.entry(record).key.copy()));
    cache.setMark(cache.way(record), 0);
  };
  const keys = Array.from({ length: 1200 }, (_, i) => `k${i}`);
  for (const key of keys) cache.setMark(cache.way(put(cache, key, bytes(0, 0))), 1);
  assert.ok(givenUp.size > 0);
  for (const key of keys) assert.equal(cache.find(1, slice(key)) === -1, givenUp.has(key));
});
