import { strict as assert } from "node:assert";
import fc from "fast-check";
import { formatDouble } from "../../src/resp/double.ts";

const TABLE: readonly (readonly [value: number, text: string])[] = [
  [0, "0"],
  [-0, "-0"],
  [1, "1"],
  [-1, "-1"],
  [0.1, "0.1"],
  [0.1 + 0.2, "0.30000000000000004"],
  [3.5, "3.5"],
  [-2.25, "-2.25"],
  [1e10, "10000000000"],
  [1e16, "10000000000000000"],
  [1e17, "1e+17"],
  [1.5e17, "1.5e+17"],
  [1e21, "1e+21"],
  [1e300, "1e+300"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1.5e-7, "1.5e-07"],
  [1e-7, "1e-07"],
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

Deno.test("every finite double reads back as itself", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.ok(Object.is(Number(formatDouble(value)), value));
  }));
});

Deno.test("a double takes no more digits than it needs", () => {
  const digits = (text: string) =>
    text.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.equal(digits(formatDouble(value)), digits(String(value)));
  }));
});

Deno.test("a double is written in the characters of C's printf", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.match(formatDouble(value), /^-?\d+(\.\d+)?(e[+-]\d{2,3})?$/);
  }));
});
