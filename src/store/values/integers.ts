/**
 * Integers written as text, as Redis reads and writes them: 64 bits, canonical (no leading zeros,
 * plus signs or spaces), so that a number and its text stand for each other.
 *
 * @module
 */

/** The least 64-bit integer. */
export const INT64_MIN = -(1n << 63n);
/** The greatest 64-bit integer. */
export const INT64_MAX = (1n << 63n) - 1n;

/**
 * Reads an integer out of `bytes[start, end)`.
 *
 * @returns A number within ±2^53, a bigint beyond it, undefined if it is not a canonical 64-bit integer.
 */
export function parseInt64(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | bigint | undefined {
  const length = end - start;
  if (length === 0 || length > 20) return undefined;
  const negative = bytes[start] === 0x2d;
  let i = negative ? start + 1 : start;
  if (i === end) return undefined;
  const first = bytes[i];
  if (first === 0x30) return length === 1 ? 0 : undefined;
  if (length > 15) return parseLong(bytes, start, end, i);
  let value = 0;
  for (; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

function parseLong(
  bytes: Uint8Array,
  start: number,
  end: number,
  digits: number,
): number | bigint | undefined {
  for (let i = digits; i < end; i++) {
    if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return undefined;
  }
  const value = BigInt(String.fromCharCode(...bytes.subarray(start, end)));
  return value < INT64_MIN || value > INT64_MAX ? undefined : narrow(value);
}

/** A number if it is exact, else the bigint itself. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The sum, or undefined if it does not fit 64 bits. */
export function addInt64(a: number | bigint, b: number | bigint): number | bigint | undefined {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return sum < INT64_MIN || sum > INT64_MAX ? undefined : narrow(sum);
}

/**
 * Writes an integer's digits into `target` at `at`.
 *
 * @returns Index past the last digit.
 */
export function writeInteger(value: number | bigint, target: Uint8Array, at: number): number {
  if (typeof value === "bigint" || value > 0x7fffffff || value < -0x7fffffff) {
    const text = value.toString();
    for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i);
    return at;
  }
  let rest = value;
  if (rest < 0) {
    target[at++] = 0x2d;
    rest = -rest;
  }
  let digits = 1;
  for (let limit = 10; digits < 10 && rest >= limit; limit *= 10) digits++;
  for (let i = at + digits - 1; i >= at; i--) {
    const quotient = (rest / 10) | 0;
    target[i] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  return at + digits;
}
