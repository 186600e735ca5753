import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import {
  addLongDoubles,
  compareLongDoubles,
  formatLongDouble,
  LARGEST,
  type LongDouble,
  negate,
  parseLongDouble,
  toNumber,
  ZERO,
} from "../../../src/store/values/long_double.ts";

/** An exact fraction with a positive denominator. */
type Fraction = readonly [numerator: bigint, denominator: bigint];
type Finite = Exclude<LongDouble, string>;

function parsed(text: string): Finite {
  const value = parseLongDouble(text);
  assert.ok(value !== undefined && typeof value !== "string", text);
  return value;
}

const exact = ({ mantissa, exponent }: Finite): Fraction =>
  exponent >= 0 ? [mantissa << BigInt(exponent), 1n] : [mantissa, 1n << BigInt(-exponent)];

function decimal(text: string): Fraction {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text) ?? assert.fail(text);
  const scale = Number(exponent) - fraction.length;
  const digits = BigInt(sign + whole + fraction);
  return scale >= 0 ? [digits * 10n ** BigInt(scale), 1n] : [digits, 10n ** BigInt(-scale)];
}

const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const size = (value: bigint) => value < 0n ? -value : value;
const difference = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [size(a * d - c * b), b * d];
const less = ([a, b]: Fraction, [c, d]: Fraction) => a * d < c * b;

/** Whether no number of 64 bits is nearer to `wanted`, and a tie went to the even mantissa. */
function isNearest(value: Finite, wanted: Fraction): boolean {
  const distance = difference(exact(value), wanted);
  // Both neighbours, on the finer grid below a power of two as well.
  const fine = { mantissa: value.mantissa * 2n, exponent: value.exponent - 1 };
  const step = size(value.mantissa) === 1n << 63n ? 1n : 2n;
  const neighbours = [
    fine.mantissa + 2n,
    fine.mantissa - 2n,
    fine.mantissa + step,
    fine.mantissa - step,
  ]
    .map((mantissa) => ({ mantissa, exponent: fine.exponent }))
    .filter(({ mantissa }) => size(mantissa) % 2n === 0n || size(mantissa) < 1n << 64n);
  return neighbours.every((neighbour) => {
    const other = difference(exact(neighbour), wanted);
    if (less(other, distance)) return false;
    const tie = !less(distance, other);
    return !tie || value.mantissa % 2n === 0n;
  });
}

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: length }).map((a) =>
    a.join("")
  );
const number = fc.tuple(
  fc.constantFrom("", "-"),
  digits(25),
  digits(25),
  fc.integer({ min: -40, max: 40 }),
)
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}e${exponent}`);

Deno.test("a decimal is read as the nearest number of 64 bits", () => {
  fc.assert(
    fc.property(number, (text) => {
      const value = parsed(text);
      assert.ok(size(value.mantissa) < 1n << 64n);
      if (value.mantissa === 0n) assert.equal(decimal(text)[0], 0n);
      else assert.ok(isNearest(value, decimal(text)));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a sum is the nearest number of 64 bits to the exact one", () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      const sum = addLongDoubles(parsed(a), parsed(b));
      assert.ok(sum !== undefined && typeof sum !== "string");
      const wanted = plus(exact(parsed(a)), exact(parsed(b)));
      if (sum.mantissa === 0n) assert.equal(wanted[0], 0n);
      else assert.ok(isNearest(sum, wanted));
    }),
    { numRuns: 500 },
  );
});

Deno.test("addition does not depend on the order", () => {
  fc.assert(fc.property(number, number, (a, b) => {
    assert.deepEqual(
      addLongDoubles(parsed(a), parsed(b)),
      addLongDoubles(parsed(b), parsed(a)),
    );
  }));
});

Deno.test("a number and its negative cancel out", () => {
  fc.assert(fc.property(number, (text) => {
    const value = parsed(text);
    const sum = addLongDoubles(value, negate(value));
    assert.equal(sum && formatLongDouble(sum), "0");
  }));
});

Deno.test("a number is printed as its exact value rounded to 17 decimals", () => {
  fc.assert(
    fc.property(number, (text) => {
      const value = parsed(text);
      const printed = formatLongDouble(value);
      assert.match(printed, /^(0|-?(0|[1-9]\d*)(\.\d{0,16}[1-9])?)$/);
      assert.notEqual(printed, "-0");
      const error = difference(decimal(printed), exact(value));
      assert.ok(!less([1n, 2n * 10n ** 17n], error));
    }),
    { numRuns: 500 },
  );
});

Deno.test("comparison is that of the exact values", () => {
  fc.assert(fc.property(number, number, (a, b) => {
    const [x, y] = [parsed(a), parsed(b)];
    const order = less(exact(x), exact(y)) ? -1 : less(exact(y), exact(x)) ? 1 : 0;
    assert.equal(Math.sign(compareLongDoubles(x, y)), order);
  }));
});

Deno.test("infinities are beyond every number", () => {
  assert.ok(compareLongDoubles("inf", LARGEST) > 0);
  assert.ok(compareLongDoubles("-inf", negate(LARGEST)) < 0);
  assert.equal(compareLongDoubles("inf", "inf"), 0);
  assert.equal(compareLongDoubles("-inf", "inf"), -1);
});

Deno.test("infinities that cancel out are no number", () => {
  assert.equal(addLongDoubles("inf", "-inf"), undefined);
  assert.equal(addLongDoubles("inf", "inf"), "inf");
  assert.equal(addLongDoubles("-inf", ZERO), "-inf");
});

Deno.test("a sum past the largest number is infinite", () => {
  assert.equal(addLongDoubles(LARGEST, LARGEST), "inf");
  assert.equal(addLongDoubles(negate(LARGEST), negate(LARGEST)), "-inf");
});

/** What Redis 7.0 answers to SET k a, INCRBYFLOAT k b on x86-64. */
const REDIS: readonly (readonly [a: string, b: string, sum: string])[] = [
  ["0.1", "0.2", "0.3"],
  ["10.50", "0.1", "10.6"],
  ["5.0e3", "2.0e2", "5200"],
  ["3", "1.1", "4.1"],
  ["1", "-1.1", "-0.1"],
  ["0", "1e-17", "0.00000000000000001"],
  ["0", "1e-18", "0"],
  ["0", "-1e-18", "0"],
  ["17179869184", "1.5", "17179869185.5"],
  ["-0", "0", "0"],
  ["1e20", "1", "100000000000000000000"],
  ["18446744073709551615", "1", "18446744073709551616"],
  ["18446744073709551616", "1", "18446744073709551616"],
  ["3.14159265358979323846", "0", "3.14159265358979324"],
  ["1.0000000000000000000000000001", "0", "1"],
];

for (const [a, b, sum] of REDIS) {
  Deno.test(`${a} plus ${b} is ${sum}, as in Redis`, () => {
    const result = addLongDoubles(parsed(a), parsed(b));
    assert.equal(result && formatLongDouble(result), sum);
  });
}

for (
  const text of [
    "",
    " 1",
    "1 ",
    "abc",
    "1.2.3",
    ".",
    "-",
    "e5",
    "1e",
    "0x",
    "0x10",
    "-0X.8p1",
    "nan",
    "-nan",
    "1,5",
    "1\0",
    "1e5000",
    "-1e5000",
    "1e-5000",
    `1e${"9".repeat(400)}`,
    "1e-999999999999",
    "1".repeat(5 * 1024),
  ]
) {
  Deno.test(`${JSON.stringify(text.slice(0, 20))} is no number`, () => {
    assert.equal(parseLongDouble(text), undefined);
  });
}

for (const text of ["inf", "INF", "+inf", "infinity", "Infinity"]) {
  Deno.test(`${text} is infinite`, () => assert.equal(parseLongDouble(text), "inf"));
}

Deno.test("-inf is negative infinite", () => assert.equal(parseLongDouble("-inf"), "-inf"));

for (const text of ["0", "-0", "0.0", "0e9999999"]) {
  Deno.test(`${text} is zero`, () => assert.deepEqual(parseLongDouble(text), ZERO));
}

Deno.test("a number becomes the double nearest to it, however small or large", () => {
  for (const text of ["0.1", "1e-308", "5e-324", "1e-300", "1.7976931348623157e308", "-2.5", "0"]) {
    assert.equal(toNumber(parsed(text)), Number(text), text);
  }
  assert.equal(toNumber(parsed("1e-400")), 0);
  assert.equal(toNumber(parsed("1e400")), Infinity);
});
