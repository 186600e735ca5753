import { strict as assert } from "node:assert";
import { RDB_TYPE } from "../../../src/store/rdb/format.ts";
import { binaryDouble, length64, littleEndian, read, sealed, string } from "./payloads.ts";
import { testRefused } from "./refused.ts";

Deno.test("an array is read in all forms its elements have", () => {
  const long = "this is a string of more than seven bytes";
  const last = (1n << 64n) - 2n;
  const payload = sealed([
    ...[RDB_TYPE.ARRAY, 7, 1, length64(last)],
    [0, 0, string(long)],
    [1, 1, littleEndian(-42, 8)],
    [0x40, 200, 2, binaryDouble(1.5)],
    [length64(1n << 53n), 3, string("abc")],
    [length64((1n << 53n) + 1n), 1, littleEndian((1n << 63n) - 1n, 8)],
    [length64(1n << 63n), 0, 0xc0, 5],
    [length64(last), 3, string("")],
  ], 14);
  assert.deepEqual(read(payload), {
    kind: "array",
    count: 7,
    lastInserted: last,
    items: [
      ["0", long],
      ["1", "-42"],
      ["200", "1.5", "double"],
      ["9007199254740992", "abc"],
      ["9007199254740993", "9223372036854775807"],
      ["9223372036854775808", "5"],
      ["18446744073709551614", ""],
    ],
  });
});

Deno.test("an array's elements come in any order and more than once, as Redis reads them", () => {
  const elements = [[9, 3, string("a")], [2, 3, string("b")], [9, 3, string("c")]];
  assert.deepEqual(read(sealed([RDB_TYPE.ARRAY, 3, 0, elements], 14)), {
    kind: "array",
    count: 3,
    items: [["9", "a"], ["2", "b"], ["9", "c"]],
  });
});

Deno.test("a double in an array loses its two lowest bits, as in Redis", () => {
  const array = (bits: bigint) =>
    read(sealed([RDB_TYPE.ARRAY, 1, 0, 0, 2, littleEndian(bits, 8)], 14)).items[0]![1];
  assert.equal(array(0x3fb999999999999an), "0.09999999999999998");
  assert.equal(array(0x3fb9999999999998n), "0.09999999999999998");
  assert.equal(array(0x8000000000000003n), "-0");
  assert.equal(array(0x7ff0000000000001n), "Infinity");
});

testRefused("arrays with what no array has are bad data", {
  "flag of the cursor": [RDB_TYPE.ARRAY, 1, 2, 0, 0, 3, string("a")],
  "cursor of 2^64 - 1": [RDB_TYPE.ARRAY, 1, 1, length64(-1), 0, 3, string("a")],
  "index of 2^64 - 1": [RDB_TYPE.ARRAY, 1, 0, length64(-1), 3, string("a")],
  "encoding in place of an index": [RDB_TYPE.ARRAY, 1, 0, 0xc0, 3, string("a")],
  tag: [RDB_TYPE.ARRAY, 1, 0, 0, 4, string("a")],
  "small string of eight bytes": [RDB_TYPE.ARRAY, 1, 0, 0, 3, string("12345678")],
  count: [RDB_TYPE.ARRAY, 2, 0, 0, 3, string("a")],
});
