import { strict as assert } from "node:assert";
import {
  INDEX_LIMIT,
  minus,
  modulo,
  parseIndex,
  plus,
  readUint64,
  storedRanges,
  writeUint64,
} from "../../../src/store/arrays/index.ts";
import { slice } from "../open.ts";

function parse(text: string): number | bigint | undefined {
  const { bytes, start, end } = slice(text);
  return parseIndex(bytes, start, end);
}

Deno.test("indexes are read as C's strtoull reads them", () => {
  const cases: [text: string, index: number | bigint | undefined][] = [
    ["0", 0],
    ["7", 7],
    ["007", 7],
    ["+7", 7],
    [" \t\n\v\f\r7", 7],
    ["-0", 0],
    ["7\0x", 7],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9223372036854775808", 1n << 63n],
    ["18446744073709551615", INDEX_LIMIT],
    ["0018446744073709551615", INDEX_LIMIT],
    [" -1", INDEX_LIMIT],
    ["-01", INDEX_LIMIT],
    ["-18446744073709551615", 1],
  ];
  for (const [text, index] of cases) assert.equal(parse(text), index, text);
});

Deno.test("what is no index is told", () => {
  const cases = ["", " ", "-1", "-5", "7 ", "x", "1.0", "1e3", "0x10", "+", "+ 7", "\x007"];
  cases.push("18446744073709551616", "99999999999999999999", "-18446744073709551616");
  for (const text of cases) assert.equal(parse(text), undefined, text);
});

Deno.test("sums, differences and remainders are numbers where they are exact", () => {
  const limit = Number.MAX_SAFE_INTEGER;
  assert.equal(plus(limit - 1, 1), limit);
  assert.equal(plus(limit, 1), 1n << 53n);
  assert.equal(minus(1n << 53n, 1), limit);
  assert.equal(minus(INDEX_LIMIT, INDEX_LIMIT), 0);
  assert.equal(modulo(INDEX_LIMIT, 10), 5);
  assert.equal(modulo(7, INDEX_LIMIT), 7);
});

Deno.test("64 bits come back as they were written", () => {
  const bytes = new Uint8Array(12);
  for (const value of [0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    writeUint64(value, bytes, 3);
    assert.equal(readUint64(bytes, 3), value);
  }
  for (const value of [1n << 53n, (1n << 53n) + 1n, 1n << 63n, BigInt(INDEX_LIMIT)]) {
    writeUint64(value, bytes, 3);
    assert.equal(readUint64(bytes, 3), value);
  }
  assert.deepEqual([bytes[2], bytes[11]], [0, 0]);
});

Deno.test("a range over 2^63 is two ranges of the table", () => {
  const half = 1n << 63n;
  assert.deepEqual(storedRanges(0, half - 1n), [[0, half - 1n]]);
  assert.deepEqual(storedRanges(half, half + 1n), [[half, half + 1n]]);
  assert.deepEqual(storedRanges(5, half), [[5, half - 1n], [half, half]]);
});

Deno.test("spaces and zeros before an index may be any number, digits may not", () => {
  assert.equal(parse(" ".repeat(100_000) + "0".repeat(100_000) + "7"), 7);
  assert.equal(parse("1".repeat(100_000)), undefined);
  assert.equal(parse("1\0" + "x".repeat(100_000)), 1);
});
