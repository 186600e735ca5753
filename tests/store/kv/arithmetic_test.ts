/** Values that are added up: as Deno's local database does, whose V8 writes them. */

import { strict as assert } from "node:assert";
import { serialize } from "node:v8";
import { named } from "../../harness/lacking.ts";
import fc from "../../harness/properties.ts";
import {
  computed,
  KV_ENCODING,
  type KvArithmetic,
  type KvValue,
} from "../../../src/store/kv/arithmetic.ts";
import { readV8Number, writeV8Number } from "../../../src/store/kv/v8_numbers.ts";
import { CommandError } from "../../../src/store/values/errors.ts";

const v8 = (value: unknown): KvValue => ({
  data: new Uint8Array(serialize(value)),
  encoding: KV_ENCODING.V8,
});
const NONE = new Uint8Array(0);

function sum(
  operand: unknown,
  { least, greatest, clamps = false }: { least?: unknown; greatest?: unknown; clamps?: boolean } =
    {},
): KvArithmetic {
  const bound = (value: unknown) => value === undefined ? NONE : v8(value).data;
  return {
    operation: "sum",
    operand: v8(operand),
    least: bound(least),
    greatest: bound(greatest),
    clamps,
  };
}

function u64(value: bigint): KvValue {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, value, true);
  return { data, encoding: KV_ENCODING.U64 };
}

function refusal(arithmetic: KvArithmetic, old?: KvValue): string {
  try {
    computed(arithmetic, old);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    return error.message;
  }
  throw new Error("it was not refused");
}

const noV8 = "Bun" in globalThis ? "Bun has no V8" : undefined;

const testV8 = (name: string, fn: () => void) => Deno.test({ ...named(name, noV8), fn });

testV8("numbers are read as V8 writes them", () => {
  fc.assert(fc.property(fc.oneof(fc.integer(), fc.double(), fc.bigInt()), (value) => {
    assert.ok(Object.is(readV8Number(v8(value).data), value), String(value));
  }));
  for (const value of ["1", null, undefined, {}, [1], new Date(0)]) {
    assert.equal(readV8Number(v8(value).data), undefined);
  }
});

testV8("numbers that are written are read again, and in part are none", () => {
  fc.assert(fc.property(fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 200n) })), (value) => {
    const bytes = writeV8Number(value);
    assert.ok(Object.is(readV8Number(bytes), value), String(value));
    for (let i = 0; i < bytes.length; i++) {
      assert.equal(readV8Number(bytes.subarray(0, i)), undefined);
    }
  }));
});

testV8("numbers and big integers are added, within bounds", () => {
  const outcome = (arithmetic: KvArithmetic, old: unknown) =>
    readV8Number(computed(arithmetic, old === undefined ? undefined : v8(old)).data);
  assert.equal(outcome(sum(5), undefined), 5);
  assert.equal(outcome(sum(0.5), 1), 1.5);
  assert.equal(outcome(sum(-(2n ** 80n)), 1n), 1n - 2n ** 80n);
  assert.equal(outcome(sum(5, { greatest: 7, clamps: true }), 4), 7);
  assert.equal(outcome(sum(-5n, { least: 0n, clamps: true }), 4n), 0n);
  assert.equal(outcome(sum(1, { least: 0, greatest: 7 }), 4), 5);
  assert.equal(
    refusal(sum(5, { greatest: 7 }), v8(4)),
    "ERR The result of a Sum operation would exceed its range limit",
  );
});

testV8("integers of 64 bits are added modulo 2^64, by a big integer too", () => {
  const wide = { ...sum(0), operand: u64(2n ** 64n - 1n) };
  assert.deepEqual(computed(wide, u64(3n)), u64(2n));
  assert.deepEqual(computed(sum(4n), u64(2n ** 64n - 1n)), u64(3n));
  for (const [operation, expected] of [["min", 2n], ["max", 9n]] as const) {
    assert.deepEqual(computed({ ...wide, operation, operand: u64(9n) }, u64(2n)), u64(expected));
  }
});

testV8("what does not go together is refused", () => {
  const cases: [KvArithmetic, KvValue | undefined, string][] = [
    [sum("5"), undefined, "Some of the parameters are not valid V8 values"],
    [sum(5, { least: "0" }), undefined, "Some of the parameters are not valid V8 values"],
    [sum(5, { least: 0n }), undefined, "Min/max parameters have different types than the operand"],
    [sum(5), v8(5n), "Cannot sum BigInt with Number"],
    [sum(5), u64(5n), "Cannot sum KvU64 with Number"],
    [sum(-5n), u64(5n), "Cannot sum KvU64 with BigInt"],
    [sum(5), v8("text"), "unsupported value type"],
    [
      { ...sum(5), operation: "min" },
      undefined,
      "Failed to perform 'min' mutation on a non-U64 operand",
    ],
    [
      { ...sum(5), operation: "max", operand: u64(1n) },
      v8(5),
      "Failed to perform 'max' mutation on a non-U64 value in the database",
    ],
  ];
  for (const [arithmetic, old, text] of cases) {
    assert.equal(refusal(arithmetic, old), `ERR ${text}`);
  }
});
