import { strict as assert } from "node:assert";
import { HyperLogLog, REGISTERS, Registers } from "../../../src/store/strings/hyperloglog.ts";
import { registerOf } from "../../../src/store/strings/hyperloglog_hash.ts";
import {
  forEachRun,
  raise,
  RAISED,
  writeEmpty,
} from "../../../src/store/strings/hyperloglog_sparse.ts";
import { slice } from "../open.ts";

const MASK = (1n << 64n) - 1n;

/** MurmurHash64A by the book, in bigints. */
function murmurHash64A(bytes: Uint8Array): bigint {
  const m = 0xc6a4a7935bd1e995n;
  let hash = 0xadc83b19n ^ (BigInt(bytes.length) * m & MASK);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    let word = view.getBigUint64(at, true) * m & MASK;
    word = (word ^ word >> 47n) * m & MASK;
    hash = (hash ^ word) * m & MASK;
  }
  if (at < bytes.length) {
    for (let i = at; i < bytes.length; i++) hash ^= BigInt(bytes[i]!) << BigInt(8 * (i - at));
    hash = hash * m & MASK;
  }
  hash = (hash ^ hash >> 47n) * m & MASK;
  return hash ^ hash >> 47n;
}

function expectedRegister(bytes: Uint8Array): [index: number, value: number] {
  const hash = murmurHash64A(bytes);
  const rest = (hash >> 14n | 1n << 50n).toString(2);
  return [Number(hash & 16383n), rest.length - rest.lastIndexOf("1")];
}

/** Pseudo-random numbers of 32 bits. */
function* random(seed: number): Generator<number> {
  for (;;) {
    seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    yield (seed ^ seed >>> 13) >>> 0;
  }
}

Deno.test("an element's register follows from MurmurHash64A, whatever its length and place", () => {
  const numbers = random(1);
  const next = () => numbers.next().value as number;
  for (let length = 0; length < 70; length++) {
    for (let repeat = 0; repeat < 40; repeat++) {
      const bytes = Uint8Array.from({ length }, () => next());
      const element = slice(bytes);
      const register = registerOf(element.bytes, element.start, element.end);
      assert.deepEqual([register & 16383, register >> 14], expectedRegister(bytes));
    }
  }
});

/** A HyperLogLog that has seen the numbers from 0 up to `count`, salted. */
function counted(count: number, salt: number, start = new HyperLogLog()): HyperLogLog {
  start.reset();
  for (let i = 0; i < count; i++) start.add(slice(`${salt}:${i}`), 3000);
  return start;
}

Deno.test("the standard error is 0.81 %", () => {
  for (const [count, repeats] of [[1000, 60], [20_000, 20], [100_000, 6]] as const) {
    let squares = 0;
    const hll = new HyperLogLog();
    for (let salt = 0; salt < repeats; salt++) {
      const error = counted(count, salt, hll).count() / count - 1;
      squares += error * error;
    }
    const deviation = Math.sqrt(squares / repeats);
    // A sample of n gives the deviation to within about 1 / sqrt(2n) of itself; three times that.
    const tolerance = 1 + 3 / Math.sqrt(2 * repeats);
    assert.ok(deviation < 0.0081 * tolerance, `${count} elements: ${deviation}`);
    assert.ok(deviation > 0.0081 / 4, `${count} elements: ${deviation} is too good to be true`);
  }
});

Deno.test("a few elements are counted exactly", () => {
  const hll = new HyperLogLog();
  for (const count of [0, 1, 2, 5, 10, 20]) assert.equal(counted(count, 0, hll).count(), count);
});

/** The runs' registers. */
function registersOf(bytes: Uint8Array, end: number): number[] {
  const values: number[] = [];
  assert.ok(forEachRun(bytes, 0, end, (value, first, run) => {
    assert.equal(first, values.length);
    for (let i = 0; i < run; i++) values.push(value);
  }));
  return values;
}

Deno.test("sparse runs hold what is put into them, and stay short", () => {
  const numbers = random(2);
  const next = (below: number) => (numbers.next().value as number) % below;
  const bytes = new Uint8Array(40_000);
  // Registers close together make the runs split and join.
  for (const range of [12, 80, 300, REGISTERS]) {
    let end = writeEmpty(bytes, 0);
    const expected = new Array(REGISTERS).fill(0);
    for (let i = 0; i < 600; i++) {
      const index = (REGISTERS - range) / 2 + next(range) | 0;
      const value = 1 + next(range < 100 ? 3 : 32);
      const after = raise(bytes, 0, end, index, value, () => true);
      assert.equal(after === RAISED.NO, expected[index] >= value);
      if (after !== RAISED.NO) end = after;
      expected[index] = Math.max(expected[index], value);
      if (i % 50 === 0) assert.deepEqual(registersOf(bytes, end), expected);
    }
    assert.deepEqual(registersOf(bytes, end), expected);
    assert.ok(end <= 2 * 600 + 4 && end >= 4, `${end} bytes`);
  }
});

Deno.test("runs that must not grow stay as they are", () => {
  const bytes = new Uint8Array(16);
  const end = writeEmpty(bytes, 0);
  const before = bytes.slice();
  assert.equal(raise(bytes, 0, end, 100, 1, () => false), RAISED.TOO_BIG);
  assert.equal(raise(bytes, 0, end, 100, 33, () => true), RAISED.TOO_BIG);
  assert.deepEqual(bytes, before);
});

Deno.test("runs that do not reach a register are found out", () => {
  const grow = () => true;
  assert.equal(raise(Uint8Array.of(0x3f, 0, 0, 0), 0, 1, 64, 1, grow), RAISED.CORRUPT);
  assert.equal(raise(Uint8Array.of(0x7f, 0, 0, 0), 0, 1, 0, 1, grow), RAISED.CORRUPT);
  assert.equal(raise(Uint8Array.of(0, 0, 0, 0), 0, 0, 0, 1, grow), RAISED.CORRUPT);
});

Deno.test("dense registers keep their values side by side", () => {
  const hll = new HyperLogLog();
  hll.reset();
  hll.makeDense();
  const value = (index: number) => (index * 13 + (index >> 5)) & 63;
  for (let i = REGISTERS - 1; i >= 0; i--) hll.setRegister(i, value(i));
  for (let i = 0; i < REGISTERS; i++) assert.equal(hll.register(i), value(i));
  const merged = new Registers();
  hll.mergeInto(merged);
  assert.deepEqual([...merged.values], Array.from({ length: REGISTERS }, (_, i) => value(i)));
  assert.equal(hll.slice.length, 16 + 12288);
});

Deno.test("sparse and dense tell the same estimate, and merging is the union", () => {
  const a = counted(500, 1), b = counted(30_000, 2);
  const sparse = a.count();
  assert.equal(a.dense, false);
  const union = new Registers();
  a.mergeInto(union);
  b.mergeInto(union);
  assert.equal(a.makeDense(), true);
  assert.equal(a.count(), sparse);
  assert.ok(Math.abs(union.count() / 30_500 - 1) < 0.03, `${union.count()}`);
  b.mergeInto(union);
  const both = union.count();
  a.setDense(union);
  assert.equal(a.count(), both);
});
