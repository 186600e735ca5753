/**
 * The numbers in an array's elements, as AROP reads, adds up and prints them.
 *
 * Redis computes in x87 extended precision, but keeps some elements as doubles: a plain decimal
 * whose double has two zeros at the end and prints as the same text. So `0.07` is the double next
 * to it, and `0.1` is exact to 64 bits. A number here is what is exact as a double; all else is a
 * {@linkcode LongDouble}. Sums of integers stay numbers as long as they are exact.
 *
 * @module
 */

import { parseInt64 } from "../../store/values/integers.ts";
import {
  addLongDoubles,
  compareLongDoubles,
  type LongDouble,
  parseLongDouble,
  ZERO,
} from "../../store/values/long_double.ts";
import { latin1 } from "../../store/values/slice.ts";

/** A number in an element. */
export type ArrayNumber = number | LongDouble;

/** Longest text taken for a number, in bytes. */
export const LONGEST_NUMBER = 5 * 1024 - 1;

const BITS = new DataView(new ArrayBuffer(8));

/** The number that `bytes[start, end)` is; undefined if it is none. */
export function parseArrayNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
): ArrayNumber | undefined {
  if (!mayBegin(bytes[start]!) || end - start > LONGEST_NUMBER) return undefined;
  const integer = parseInt64(bytes, start, end);
  if (typeof integer === "number") return integer;
  if (integer !== undefined) return { mantissa: integer, exponent: 0 };
  const text = latin1(bytes, start, end);
  const kept = keptAsDouble(text);
  if (kept !== undefined) return kept;
  const exact = parseLongDouble(text);
  // A long double of ours has no negative zero.
  return exact === ZERO ? (text.startsWith("-") ? -0 : 0) : exact;
}

/** Whether a number can begin with a byte: a digit, a sign, a point, `inf`. */
function mayBegin(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39 || byte === 0x2d || byte === 0x2e || byte === 0x2b ||
    (byte | 0x20) === 0x69;
}

/** The double that Redis keeps in an element's place, undefined if it keeps the text. */
function keptAsDouble(text: string): number | undefined {
  const match = /^-?\d+\.(\d+)$/.exec(text);
  if (match === null) return undefined;
  const value = Number(text);
  BITS.setFloat64(0, value);
  if ((BITS.getUint8(7) & 3) !== 0) return undefined;
  const printed = Object.is(value, -0) ? "-0" : String(value);
  if (printed + ".0" === text) return value;
  // With more decimals than six a number is printed with an exponent, unless it has few digits.
  const decimals = match[1]!.length;
  const digits = text.replace(/^-?[0.]*/, "").replace(".", "").length;
  if (decimals > 6 && Math.abs(digits - 1 - decimals) >= 4) return undefined;
  return printed === text ? value : undefined;
}

/** The sum of two numbers; undefined where it is none, infinities against each other. */
export function addArrayNumbers(a: ArrayNumber, b: ArrayNumber): ArrayNumber | undefined {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b) && Number.isSafeInteger(sum)) return sum;
  }
  return addLongDoubles(longDouble(a), longDouble(b));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareArrayNumbers(a: ArrayNumber, b: ArrayNumber): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  return compareLongDoubles(longDouble(a), longDouble(b));
}

/** The number without its fraction, undefined if it is beyond 64 bits. */
export function truncateArrayNumber(value: ArrayNumber): bigint | undefined {
  if (Number.isSafeInteger(value)) return BigInt(Number(value));
  const exact = longDouble(value);
  if (typeof exact === "string") return undefined;
  const { mantissa, exponent } = exact;
  const negative = mantissa < 0n;
  const magnitude = negative ? -mantissa : mantissa;
  const whole = exponent >= 0
    ? exponent > 64 && magnitude !== 0n ? 1n << 64n : magnitude << BigInt(exponent)
    : magnitude >> BigInt(-exponent);
  const hasFraction = exponent < 0 && whole << BigInt(-exponent) !== magnitude;
  // Past the bounds is out, by a fraction too.
  const bound = negative ? 1n << 63n : (1n << 63n) - 1n;
  if (whole > bound || whole === bound && hasFraction) return undefined;
  return negative ? -whole : whole;
}

function longDouble(value: ArrayNumber): LongDouble {
  if (typeof value !== "number") return value;
  if (Number.isSafeInteger(value)) return { mantissa: BigInt(value), exponent: 0 };
  BITS.setFloat64(0, value);
  const bits = BITS.getBigUint64(0);
  const biased = Number(bits >> 52n & 0x7ffn);
  const fraction = bits & (1n << 52n) - 1n;
  const mantissa = biased === 0 ? fraction : fraction | 1n << 52n;
  const exponent = Math.max(biased, 1) - 1075;
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent };
}

const DIGITS = 17;

/** Prints a number with 17 significant digits at most and no trailing zeros, as C's `%.17Lg` does. */
export function formatArrayNumber(value: ArrayNumber): string {
  if (Object.is(value, -0)) return "-0";
  const exact = longDouble(value);
  if (typeof exact === "string") return exact;
  if (exact.mantissa === 0n) return "0";
  const sign = exact.mantissa < 0n ? "-" : "";
  const magnitude = sign === "" ? exact.mantissa : -exact.mantissa;
  const [digits, exponent] = roundToDigits(magnitude, exact.exponent);
  const significant = digits.replace(/0+$/, "");
  if (exponent < -4 || exponent >= DIGITS) {
    const fraction = significant.length > 1 ? "." + significant.slice(1) : "";
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${significant[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = digits.slice(0, exponent + 1);
  const fraction = significant.slice(exponent + 1);
  return sign + whole + (fraction === "" ? "" : "." + fraction);
}

/** The leading digits of mantissa * 2^exponent, and the power of ten of the first. */
function roundToDigits(mantissa: bigint, exponent: number): [digits: string, power: number] {
  const numerator = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa;
  const denominator = exponent >= 0 ? 1n : 1n << BigInt(-exponent);
  const bits = mantissa.toString(2).length + exponent;
  let power = Math.floor((bits - 1) * Math.LOG10E * Math.LN2);
  for (;;) {
    const shift = DIGITS - 1 - power;
    const digits = shift >= 0
      ? quotient(numerator * 10n ** BigInt(shift), denominator)
      : quotient(numerator, denominator * 10n ** BigInt(-shift));
    // The logarithm is too small by one at most, and rounding may add a digit.
    if (digits.length <= DIGITS) return [digits, power];
    power++;
  }
}

/** A quotient's digits, ties to even. */
function quotient(numerator: bigint, denominator: bigint): string {
  const whole = numerator / denominator;
  const twice = (numerator - whole * denominator) * 2n;
  const up = twice > denominator || twice === denominator && (whole & 1n) === 1n;
  return String(up ? whole + 1n : whole);
}
