/**
 * Floating-point increments as Redis makes them: in x87 extended precision (64 bits of mantissa),
 * printed with 17 decimals and without trailing zeros. A double will not do: 0.1 + 0.2 is 0.3 in
 * Redis and 0.30000000000000004 in a double.
 *
 * A number is mantissa * 2^exponent with a bigint mantissa below 2^64; each operation rounds to
 * nearest, ties to even, as the hardware does.
 *
 * @module
 */

import type { Slice } from "./slice.ts";

/** A finite number of 64 bits precision, or an infinity. */
export type LongDouble = { readonly mantissa: bigint; readonly exponent: number } | "inf" | "-inf";

const PRECISION = 64;
/** Exponent of the smallest subnormal's unit, and the largest exponent of a 64-bit mantissa. */
const MIN_EXPONENT = -16445;
const MAX_EXPONENT = 16320;
/** Texts are no numbers from so many characters on, as in Redis. */
export const MAX_TEXT: number = 5 * 1024;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** The largest finite number. */
export const LARGEST: LongDouble = { mantissa: (1n << 64n) - 1n, exponent: MAX_EXPONENT };
/** Zero. */
export const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/** @returns The number that bytes are the text of, undefined if they are none. */
export function longDoubleOf(text: Slice): LongDouble | undefined {
  return text.length >= MAX_TEXT ? undefined : parseLongDouble(text.latin1());
}

/** @returns The nearest number to a text as C's strtold reads it, but none in hexadecimal, or undefined if it is none. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length === 0 || text.length >= MAX_TEXT) return undefined;
  if (/^[+]?inf(inity)?$/i.test(text)) return "inf";
  if (/^-inf(inity)?$/i.test(text)) return "-inf";
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return ZERO;
  const scale = Number(exponentText) - fraction.length;
  // Beyond these no digit can bring the number back into range.
  if (digits.length + scale > 5000) return undefined;
  if (digits.length + scale < -5000) return undefined;
  const result = scale >= 0
    ? round(BigInt(digits) * 10n ** BigInt(scale), 1n, 0)
    : round(BigInt(digits), 10n ** BigInt(-scale), 0);
  // strtold reports both as out of range, which Redis refuses.
  if (typeof result === "string" || result.mantissa === 0n) return undefined;
  return sign === "-" ? negate(result) : result;
}

/** The nearest number of 64 bits. */
export function toNumber(value: LongDouble): number {
  if (typeof value === "string") return value === "inf" ? Infinity : -Infinity;
  // In two steps: a power of two may be out of range where the product is not.
  const half = Math.trunc(value.exponent / 2);
  return Number(value.mantissa) * 2 ** half * 2 ** (value.exponent - half);
}

/** The sum, rounded; undefined where it is not a number. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (typeof a === "string" || typeof b === "string") {
    if (typeof a === "string" && typeof b === "string") return a === b ? a : undefined;
    return typeof a === "string" ? a : b;
  }
  const exponent = Math.min(a.exponent, b.exponent);
  // Far apart, the smaller one cannot change the rounded sum; shifting would cost megabytes.
  if (Math.abs(a.exponent - b.exponent) > 200 && a.mantissa !== 0n && b.mantissa !== 0n) {
    return a.exponent > b.exponent ? a : b;
  }
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) +
    (b.mantissa << BigInt(b.exponent - exponent));
  return sum < 0n ? negate(round(-sum, 1n, exponent)) : round(sum, 1n, exponent);
}

/** The number with the other sign. */
export function negate(value: LongDouble): LongDouble {
  if (value === "inf") return "-inf";
  if (value === "-inf") return "inf";
  return { mantissa: -value.mantissa, exponent: value.exponent };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareLongDoubles(a: LongDouble, b: LongDouble): number {
  if (a === b) return 0;
  if (a === "-inf" || b === "inf") return -1;
  if (a === "inf" || b === "-inf") return 1;
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = (a.mantissa << BigInt(a.exponent - exponent)) -
    (b.mantissa << BigInt(b.exponent - exponent));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The number with up to 17 decimals and no trailing zeros, as Redis stores it. */
export function formatLongDouble(value: LongDouble): string {
  if (typeof value === "string") return value;
  const negative = value.mantissa < 0n;
  const mantissa = negative ? -value.mantissa : value.mantissa;
  const scaled = mantissa * 10n ** 17n;
  const units = value.exponent >= 0
    ? scaled << BigInt(value.exponent)
    : divideRounding(scaled, 1n << BigInt(-value.exponent));
  const digits = units.toString().padStart(18, "0");
  const fraction = digits.slice(-17).replace(/0+$/, "");
  const text = digits.slice(0, -17) + (fraction === "" ? "" : "." + fraction);
  return negative && text !== "0" ? "-" + text : text;
}

/** The number nearest to numerator / denominator * 2^exponent; both are positive or zero. */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  let shift = PRECISION - (bitLength(numerator) - bitLength(denominator));
  if (exponent - shift < MIN_EXPONENT) shift = exponent - MIN_EXPONENT;
  let mantissa = shift >= 0
    ? divideRounding(numerator << BigInt(shift), denominator)
    : divideRounding(numerator, denominator << BigInt(-shift));
  let result = exponent - shift;
  if (bitLength(mantissa) > PRECISION) {
    // One bit too many: the quotient of two bit lengths is off by one at most. Round anew.
    shift--;
    mantissa = shift >= 0
      ? divideRounding(numerator << BigInt(shift), denominator)
      : divideRounding(numerator, denominator << BigInt(-shift));
    result = exponent - shift;
    if (bitLength(mantissa) > PRECISION) {
      mantissa >>= 1n;
      result++;
    }
  }
  return result > MAX_EXPONENT ? "inf" : { mantissa, exponent: result };
}

/** The quotient of two positive integers, ties to even. */
function divideRounding(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n)
    ? quotient + 1n
    : quotient;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 - (Math.clz32(parseInt(hex.charAt(0), 16)) - 28);
}
