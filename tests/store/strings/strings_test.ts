import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { CommandError } from "../../../src/store/values/errors.ts";
import { CHUNK_SIZE, INLINE_LIMIT, MAX_STRING_LENGTH } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  bytesAt,
  bytesOf,
  DatabaseFile,
  get,
  memoryStore,
  number,
  put,
  slice,
  testOnDrivers,
} from "../open.ts";

/** Bytes that tell their own position apart. */
const pattern = (size: number, seed = 1) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);

function append(store: Store, key: string, value: string | Uint8Array): number {
  store.engine.write();
  return store.strings.append(0, slice(key), slice(value));
}

function setRange(store: Store, key: string, offset: number, value: string | Uint8Array): number {
  store.engine.write();
  return store.strings.setRange(0, slice(key), offset, slice(value));
}

function getRange(store: Store, key: string, start: number, end: number): Uint8Array {
  return store.strings.getRange(0, slice(key), start, end)?.materialize().copy() ??
    new Uint8Array(0);
}

/** assert.deepEqual of long arrays takes seconds to tell a difference. */
function assertSame(actual: Uint8Array | undefined, expected: Uint8Array, message = ""): void {
  assert.equal(actual?.length, expected.length, message);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.equal(at, -1, `${message} differs at ${at}`);
}

/** Sizes on both sides of every limit. */
const SIZES = [0, 1, 20, 44, INLINE_LIMIT, CHUNK_SIZE, 2 * CHUNK_SIZE, 8 * CHUNK_SIZE]
  .flatMap((size) => [size - 1, size, size + 1]).filter((size) => size >= 0);

testOnDrivers("a string of any size is read as it was set, cached or not", (driver) => {
  const store = memoryStore(driver);
  for (const size of SIZES) {
    const value = pattern(size);
    put(store, `k${size}`, value);
    assertSame(bytesAt(store, `k${size}`), value, `${size} bytes`);
  }
  store.endTurn();
  store.keyspace.cache.clear();
  for (const size of SIZES) assertSame(bytesAt(store, `k${size}`), pattern(size), `${size} bytes`);
  store.closeNow();
});

testOnDrivers("a string of any size replaces one of any other", (driver) => {
  const store = memoryStore(driver);
  const sizes = [0, 5, INLINE_LIMIT, INLINE_LIMIT + 1, CHUNK_SIZE + 1, 3 * CHUNK_SIZE];
  for (const before of sizes) {
    for (const after of sizes) {
      put(store, "k", pattern(before, 1));
      put(store, "k", pattern(after, 2));
      assertSame(bytesAt(store, "k"), pattern(after, 2), `${before} to ${after}`);
      assert.equal(store.strings.get(0, slice("k"))?.length, after);
    }
  }
  assert.equal(store.keyspace.facts.size(0), 1);
  store.closeNow();
});

testOnDrivers("a string that is replaced leaves no chunks behind", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", pattern(3 * CHUNK_SIZE));
  put(store, "k", "short");
  assert.equal(number(store.engine.connection, "SELECT count(*) FROM strings"), 0);
  store.closeNow();
});

testOnDrivers("keys and values are any bytes", (driver) => {
  const store = memoryStore(driver);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (k, v) => {
      put(store, k, v);
      assert.deepEqual(bytesAt(store, k), v);
    }),
    { numRuns: 200 },
  );
  store.closeNow();
});

type Edit =
  | { kind: "append"; value: Uint8Array }
  | { kind: "set"; value: Uint8Array }
  | { kind: "setrange"; at: number; value: Uint8Array }
  | { kind: "getrange"; start: number; end: number };

const LIMITS = [0, INLINE_LIMIT, CHUNK_SIZE, 2 * CHUNK_SIZE];
const near = fc.tuple(fc.constantFrom(...LIMITS), fc.integer({ min: -3, max: 3 }))
  .map(([limit, distance]) => Math.max(0, limit + distance));
const length = fc.oneof(
  near,
  fc.integer({ min: 0, max: 700 }),
  fc.integer({ min: 0, max: 70_000 }),
);
const value = fc.tuple(length, fc.integer({ min: 0, max: 255 }))
  .map(([size, seed]) => pattern(size, seed));
const position = fc.oneof(near, fc.integer({ min: 0, max: 140_000 }));
const signed = fc.tuple(position, fc.boolean()).map(([at, back]) => back ? -at : at);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), value }),
  fc.record({ kind: fc.constant("setrange" as const), at: position, value }),
  fc.record({ kind: fc.constant("getrange" as const), start: signed, end: signed }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("set" as const), value }) },
);

/** Redis's GETRANGE on an array. */
function modelRange(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start < 0 && end < 0 && start > end) return new Uint8Array(0);
  const from = start < 0 ? Math.max(0, bytes.length + start) : start;
  const to = Math.min(end < 0 ? Math.max(0, bytes.length + end) : end, bytes.length - 1);
  return from > to ? new Uint8Array(0) : bytes.slice(from, to + 1);
}

function modelWrite(bytes: Uint8Array, at: number, value: Uint8Array): Uint8Array {
  if (value.length === 0) return bytes;
  const result = new Uint8Array(Math.max(bytes.length, at + value.length));
  result.set(bytes);
  result.set(value, at);
  return result;
}

testOnDrivers("APPEND, SETRANGE and GETRANGE do what they do to an array", (driver) => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      const store = memoryStore(driver);
      let model = new Uint8Array(0);
      for (const edit of edits) {
        if (edit.kind === "set") {
          model = edit.value.slice();
          put(store, "k", edit.value);
        } else if (edit.kind === "append") {
          model = modelWrite(model, model.length, edit.value).slice();
          assert.equal(append(store, "k", edit.value), model.length);
        } else if (edit.kind === "setrange") {
          model = modelWrite(model, edit.at, edit.value).slice();
          assert.equal(setRange(store, "k", edit.at, edit.value), model.length);
        } else {
          assertSame(
            getRange(store, "k", edit.start, edit.end),
            modelRange(model, edit.start, edit.end),
          );
        }
        assertSame(bytesAt(store, "k") ?? new Uint8Array(0), model, edit.kind);
      }
      store.endTurn();
      store.keyspace.cache.clear();
      assertSame(bytesAt(store, "k") ?? new Uint8Array(0), model, "after the commit");
      store.closeNow();
    }),
    { numRuns: driver.info.name === "ffi" ? 80 : 40, seed: 4 },
  );
});

testOnDrivers(
  "writing far past the end stores one chunk, and zeros are read before it",
  (driver) => {
    const store = memoryStore(driver);
    const at = 100_000_000;
    assert.equal(setRange(store, "k", at, "end"), at + 3);
    assert.equal(number(store.engine.connection, "SELECT count(*) FROM strings"), 1);
    assert.deepEqual(getRange(store, "k", at - 2, -1), bytesOf("\0\0end"));
    assert.deepEqual(getRange(store, "k", 0, 3), new Uint8Array(4));
    store.closeNow();
  },
);

testOnDrivers("a string before a gap keeps its bytes", (driver) => {
  const store = memoryStore(driver);
  for (const size of [3, INLINE_LIMIT, CHUNK_SIZE - 1, CHUNK_SIZE + 5]) {
    put(store, "k", pattern(size));
    setRange(store, "k", 50 * CHUNK_SIZE, "end");
    assertSame(getRange(store, "k", 0, size - 1), pattern(size), `${size} bytes`);
    assert.deepEqual(getRange(store, "k", size, size + 2), new Uint8Array(3));
  }
  store.closeNow();
});

testOnDrivers("a gap may be written into later", (driver) => {
  const store = memoryStore(driver);
  setRange(store, "k", 10 * CHUNK_SIZE, "end");
  setRange(store, "k", 5 * CHUNK_SIZE - 1, "ab");
  assert.deepEqual(getRange(store, "k", 5 * CHUNK_SIZE - 2, 5 * CHUNK_SIZE + 1), bytesOf("\0ab\0"));
  assert.equal(store.strings.get(0, slice("k"))?.length, 10 * CHUNK_SIZE + 3);
  store.closeNow();
});

testOnDrivers("a string may be as long as Redis's and no longer", (driver) => {
  const store = memoryStore(driver);
  assert.equal(setRange(store, "k", MAX_STRING_LENGTH - 1, "x"), MAX_STRING_LENGTH);
  assert.throws(() => setRange(store, "k", MAX_STRING_LENGTH, "x"), CommandError);
  assert.throws(() => append(store, "k", "x"), CommandError);
  assert.equal(store.strings.get(0, slice("k"))?.length, MAX_STRING_LENGTH);
  store.closeNow();
});

testOnDrivers("SETRANGE of nothing makes no key", (driver) => {
  const store = memoryStore(driver);
  assert.equal(setRange(store, "k", 100, ""), 0);
  assert.equal(get(store, "k"), undefined);
  store.closeNow();
});

testOnDrivers("changing a string in place keeps its expiry, setting it drops it", (driver) => {
  const store = memoryStore(driver);
  const expiresAtMs = store.engine.nowMs + 1000;
  for (const size of [3, INLINE_LIMIT, CHUNK_SIZE, 3 * CHUNK_SIZE]) {
    put(store, "k", pattern(size), { expiresAtMs });
    append(store, "k", pattern(1000));
    setRange(store, "k", 2, "x");
    store.keyspace.find(0, slice("k"));
    assert.equal(store.keyspace.row.expiresAtMs, expiresAtMs);
    put(store, "k", "new");
    store.keyspace.find(0, slice("k"));
    assert.equal(store.keyspace.row.expiresAtMs, 0);
  }
  store.closeNow();
});

testOnDrivers("a copy of a large string is independent of it", (driver) => {
  const store = memoryStore(driver);
  put(store, "a", pattern(3 * CHUNK_SIZE));
  assert.equal(store.keyspace.copy(0, slice("a"), 0, slice("b")), true);
  append(store, "a", "tail");
  store.keyspace.delete(0, slice("a"));
  assertSame(bytesAt(store, "b"), pattern(3 * CHUNK_SIZE));
  store.closeNow();
});

testOnDrivers("every change counts up the key's version", (driver) => {
  const store = memoryStore(driver);
  const version = () => store.keyspace.facts.details(0, slice("k")).version;
  put(store, "k", "1");
  const first = version();
  put(store, "k", "2");
  append(store, "k", "3");
  setRange(store, "k", 0, "4");
  assert.equal(version(), first + 3);
  store.closeNow();
});

testOnDrivers("large strings survive reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", pattern(5 * CHUNK_SIZE + 17));
  store.endTurn();
  await store.close();
  assertSame(bytesAt(file.open(), "k"), pattern(5 * CHUNK_SIZE + 17));
});

testOnDrivers("the integer of a key is added to, and overflow refused", (driver) => {
  const store = memoryStore(driver);
  const add = (by: number | bigint) => store.strings.increment(0, slice("n"), by, "incrby");
  assert.equal(add(5), 5);
  assert.equal(add(-7), -2);
  put(store, "n", "9223372036854775806");
  assert.equal(add(1), 9223372036854775807n);
  assert.throws(() => add(1), /increment or decrement would overflow/);
  assert.equal(get(store, "n"), "9223372036854775807");
  put(store, "n", " 1");
  assert.throws(() => add(1), /value is not an integer or out of range/);
  store.closeNow();
});
