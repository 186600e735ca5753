import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import {
  addInt64,
  INT64_MAX,
  INT64_MIN,
  narrow,
  parseInt64,
  writeInteger,
} from "../../../src/store/values/integers.ts";
import { slice, text } from "../open.ts";

const int64 = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -(1n << 54n), max: 1n << 54n }),
  fc.bigInt({ min: -5n, max: 5n }),
  fc.constantFrom(INT64_MIN, INT64_MAX, 1n << 53n, (1n << 53n) - 1n, -(1n << 53n)),
);

function parse(value: string): number | bigint | undefined {
  const { bytes, start, end } = slice(value);
  return parseInt64(bytes, start, end);
}

function write(value: number | bigint): string {
  const target = new Uint8Array(40);
  return text(target.subarray(5, writeInteger(value, target, 5)));
}

Deno.test("every 64-bit integer is read from its digits", () => {
  fc.assert(fc.property(int64, (value) => {
    assert.equal(parse(value.toString()), narrow(value));
  }));
});

Deno.test("every 64-bit integer is written as its digits", () => {
  fc.assert(fc.property(int64, (value) => {
    assert.equal(write(value), value.toString());
    assert.equal(write(narrow(value)), value.toString());
  }));
});

Deno.test("integers around every power of ten are written right", () => {
  for (let power = 1; power <= 1e15; power *= 10) {
    for (const value of [power - 1, power, power + 1, -power, -power + 1, -power - 1]) {
      assert.equal(write(value), String(value));
    }
  }
});

Deno.test("an integer is a number where that is exact, a bigint else", () => {
  assert.equal(narrow(9007199254740991n), 9007199254740991);
  assert.equal(narrow(9007199254740993n), 9007199254740993n);
  assert.equal(narrow(-9007199254740993n), -9007199254740993n);
});

for (
  const value of [
    "",
    "-",
    "+1",
    "-0",
    "00",
    "01",
    "-01",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x10",
    "1\0",
    "٣",
    "--1",
    "1-",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
    "000000000000000000001",
    "12345678901234567x",
    "123456789012345678901234567890",
  ]
) {
  Deno.test(`${JSON.stringify(value)} is no integer`, () => {
    assert.equal(parse(value), undefined);
  });
}

Deno.test("a text is an integer only if it is the integer's own text", () => {
  const character = fc.constantFrom(..."0123456789-+ .eE");
  fc.assert(fc.property(fc.array(character, { maxLength: 22 }), (characters) => {
    const value = characters.join("");
    const parsed = parse(value);
    if (parsed !== undefined) assert.equal(parsed.toString(), value);
    else {
      const canonical = /^(0|-?[1-9]\d*)$/.test(value) &&
        BigInt(value) >= INT64_MIN && BigInt(value) <= INT64_MAX;
      assert.ok(!canonical, value);
    }
  }));
});

Deno.test("a sum is exact, or undefined where 64 bits do not hold it", () => {
  fc.assert(fc.property(int64, int64, (a, b) => {
    const sum = a + b;
    const expected = sum < INT64_MIN || sum > INT64_MAX ? undefined : narrow(sum);
    assert.equal(addInt64(narrow(a), narrow(b)), expected);
  }));
});
