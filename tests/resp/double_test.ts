import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { formatDouble, formatDoubleLong, parseDouble } from "../../src/resp/double.ts";

const TABLE: readonly (readonly [value: number, text: string])[] = [
  [0, "0"],
  [-0, "-0"],
  [1, "1"],
  [-1, "-1"],
  [1023, "1023"],
  [1024, "1024"],
  [0.1, "0.1"],
  [0.1 + 0.2, "0.30000000000000004"],
  [3.5, "3.5"],
  [-2.25, "-2.25"],
  [1e10, "10000000000"],
  [1e16, "10000000000000000"],
  [1e17, "100000000000000000"],
  [2 ** 62, "4611686018427387904"],
  [-(2 ** 62), "-4611686018427387904"],
  [2 ** 62 + 1024, "4611686018427389000"],
  [2 ** 63, "9223372036854776000"],
  [5e18, "5e+18"],
  [1e21, "1e+21"],
  [1.25e21, "1.25e+21"],
  [123456789012345680000, "123456789012345680000"],
  [1e300, "1e+300"],
  [0.0001, "0.0001"],
  [0.00001, "0.00001"],
  [0.000001, "0.000001"],
  [1e-7, "1e-7"],
  [1.5e-7, "1.5e-7"],
  [0.00015, "0.00015"],
  [-0.0000015, "-1.5e-6"],
  [0.00123456789, "0.00123456789"],
  [1234.567891, "1234.567891"],
  [1234.5678912, "1234.5678912"],
  [12345.6789123, "1.23456789123e+4"],
  [1700000000.123456, "1700000000.123456"],
  [1700000000.1234567, "1.7000000001234567e+9"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [123456789.125, "123456789.125"],
  [9007199254740993, "9007199254740992"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
];

for (const [value, text] of TABLE) {
  Deno.test(`the double ${Object.is(value, -0) ? "-0" : value} is written ${text}`, () => {
    assert.equal(formatDouble(value), text);
  });
}

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer().map((n) => n / 1000),
  fc.integer({ min: -2000, max: 2000 }),
);
const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseDouble(bytes(` ${text}!`), 1, 1 + bytes(text).length);

Deno.test("every finite double reads back as itself", () => {
  fc.assert(fc.property(double, (value) => {
    assert.ok(Object.is(parse(formatDouble(value)), value));
    assert.ok(Object.is(parse(formatDoubleLong(value)), value));
    // JavaScript writes -0 as 0.
    assert.ok(parse(String(value)) === value);
  }));
});

Deno.test("a number of any digits, point and exponent is read as the nearest double", () => {
  const digits = (maxLength: number) =>
    fc.array(fc.nat({ max: 9 }), { maxLength }).map((all) => all.join(""));
  const text = fc.tuple(
    fc.constantFrom("", "-", "+"),
    digits(20),
    fc.option(digits(20)),
    fc.constantFrom("", "e", "E-", "e+"),
    fc.nat({ max: 40 }),
  ).map(([sign, whole, fraction, letter, power]) => {
    const decimals = fraction === null ? "" : `.${fraction}`;
    return `${sign}${whole}${decimals}${letter}${letter === "" ? "" : power}`;
  }).filter((text) => /\d/.test(text.replace(/e.*/i, "")));
  fc.assert(
    fc.property(text, (text) => assert.ok(Object.is(parse(text), Number(text)), text)),
    { numRuns: 2000 },
  );
});

Deno.test("a double that is no integer takes no more digits than it needs", () => {
  const digits = (text: string) =>
    text.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;
  fc.assert(fc.property(double, (value) => {
    if (Number.isInteger(value)) return;
    assert.equal(digits(formatDouble(value)), digits(String(value)));
  }));
});

Deno.test("a double is written with an exponent where fpconv writes one", () => {
  fc.assert(fc.property(double, (value) => {
    const text = formatDouble(value);
    assert.match(text, /^-?\d+(\.\d+)?(e[+-]\d{1,3})?$/);
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 62) assert.match(text, /^-?\d+$/);
  }));
});

Deno.test("the long form is C's %.17g", () => {
  for (
    const [value, text] of [
      [0, "0"],
      [-0, "-0"],
      [1, "1"],
      [-1000, "-1000"],
      [0.1, "0.10000000000000001"],
      [1.5, "1.5"],
      [1e16, "10000000000000000"],
      [1e17, "1e+17"],
      [-1.25e21, "-1.25e+21"],
      [0.0001, "0.0001"],
      [0.00001, "1.0000000000000001e-05"],
      [5e-324, "4.9406564584124654e-324"],
      [Infinity, "inf"],
      [-Infinity, "-inf"],
    ] as const
  ) assert.equal(formatDoubleLong(value), text);
});

const READ: readonly (readonly [text: string, value: number | undefined])[] = [
  ["0", 0],
  ["-0", -0],
  ["-0.0", -0],
  ["007", 7],
  ["+5", 5],
  [".5", 0.5],
  ["-.5", -0.5],
  ["5.", 5],
  ["1e3", 1000],
  ["1E+3", 1000],
  ["1e-3", 0.001],
  ["123456789012345", 123456789012345],
  ["1234567890123456", 1234567890123456],
  ["9007199254740993", 9007199254740992],
  ["0.1", 0.1],
  ["0.30000000000000004", 0.30000000000000004],
  ["4.35", 4.35],
  ["0.000000000000001", 1e-15],
  ["inf", Infinity],
  ["+Inf", Infinity],
  ["-INF", -Infinity],
  ["Infinity", Infinity],
  ["-infinity", -Infinity],
  ["4e-324", 5e-324],
  ["0e999", 0],
  ["", undefined],
  ["-", undefined],
  ["+", undefined],
  [".", undefined],
  ["-.", undefined],
  ["e5", undefined],
  ["1e", undefined],
  ["1.2.3", undefined],
  [" 1", undefined],
  ["1 ", undefined],
  ["1\0", undefined],
  ["1,5", undefined],
  ["--1", undefined],
  ["nan", undefined],
  ["NaN", undefined],
  ["infin", undefined],
  ...["0x10", "-0X1p-2", "0x.8", "0x", "0x1p1024", "0b1", "0o7"].map((text) =>
    [text, undefined] as const
  ),
  ["1e400", undefined],
  ["-1e400", undefined],
  ["1e-400", undefined],
  ["1_000", undefined],
  ["abc", undefined],
  ["é", undefined],
];

for (const [text, value] of READ) {
  Deno.test(`${JSON.stringify(text)} is read as ${value === undefined ? "no number" : value}`, () => {
    assert.ok(Object.is(parse(text), value), `${parse(text)}`);
  });
}
