/**
 * Values that expressions compute with and rows hold. A text has one character for each of its
 * bytes, as everything around it counts bytes; `null` is NULL, and `undefined` no value at all.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";

/** A value of a row. */
export type Value = string | number | null | readonly Value[];

/** Powers of two at which a double stops to be an integer of 64 bits. */
const INT64 = 2 ** 63;

/** A number as text: an integer in digits, anything else as C's `%.12g` prints it. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && value < INT64 && value >= -INT64) {
    return Object.is(value, -0)
      ? "0"
      : Number.isSafeInteger(value)
      ? String(value)
      : value.toFixed(0);
  }
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const text = roundedToEven(value);
  const end = text.indexOf("e");
  const exponent = Number(text.slice(end + 1));
  if (exponent >= -4 && exponent < 12) return trimmed(withPoint(text.slice(0, end), exponent));
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${trimmed(text.slice(0, end))}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** A number with twelve digits; what is half way between two of them becomes the even one, as in C. */
function roundedToEven(value: number): string {
  const more = value.toExponential(12);
  const end = more.indexOf("e");
  const isTie = more[end - 1] === "5" && Number(more) === value;
  if (!isTie || "13579".includes(more[end - 2]!)) return value.toExponential(11);
  return more.slice(0, end - 1) + more.slice(end);
}

/** Digits of which one stands before the point, with the point where the exponent has it. */
function withPoint(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent + 1 >= digits.length) return sign + digits;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function trimmed(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** A value as text, as comparisons and functions see it. */
export function textOf(value: Value | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? numberText(value) : "";
}

/** What C's `strtod` takes for a number, all of it. */
const NUMBER =
  /^[\t-\r ]*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan|0x[\da-f]+)$/i;

/** A text as a number, undefined if it is none; nothing is 0. */
export function numberOfText(text: string): number | undefined {
  if (text === "") return 0;
  const first = text.charCodeAt(0);
  // Most texts that are no numbers begin with a letter.
  if (first > 0x39 && first !== 0x49 && first !== 0x69 && first !== 0x4e && first !== 0x6e) {
    return undefined;
  }
  if (!NUMBER.test(text)) return undefined;
  const plain = text.trim().toLowerCase().replace("infinity", "inf");
  if (plain.endsWith("inf")) return plain.startsWith("-") ? -Infinity : Infinity;
  const sign = plain.startsWith("-") ? -1 : 1;
  return sign * Number(plain.replace(/^[+-]/, ""));
}

/** A value as a number, undefined if it is none. */
export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOfText(value) : undefined;
}

/** Whether a value counts as true. */
export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  return value !== null && value.length > 0;
}

/**
 * Compares two values: numbers by what they are, texts by their bytes. A text beside a number is
 * read as one.
 *
 * @param strict Whether a text that is no number is refused, or else the number is taken as text.
 * @throws {CommandError} If it is refused.
 */
export function compareValues(a: Value, b: Value, strict = false): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "number" && typeof b === "string") return -compareTextToNumber(b, a, strict);
  if (typeof a === "string" && typeof b === "number") return compareTextToNumber(a, b, strict);
  const first = Array.isArray(a) ? a[0] as Value | undefined : a;
  const second = Array.isArray(b) ? b[0] as Value | undefined : b;
  if (first === undefined || second === undefined) {
    return first === second ? 0 : first === undefined ? -1 : 1;
  }
  return Array.isArray(a) || Array.isArray(b) ? compareValues(first, second, strict) : 0;
}

function compareTextToNumber(text: string, number: number, strict: boolean): number {
  const value = numberOfText(text);
  if (value !== undefined) return value < number ? -1 : value > number ? 1 : 0;
  if (strict) throw new CommandError(`Error converting string '${text}' to number`);
  const other = numberText(number);
  return text < other ? -1 : text > other ? 1 : 0;
}

/** Whether two values are the same: a text may stand for a number, and no number for any. */
export function areEqual(a: Value, b: Value): boolean {
  if (typeof a === "number" && typeof b === "number") return !(a < b) && !(a > b);
  if (typeof a === typeof b && !Array.isArray(a) && a !== null && b !== null) return a === b;
  if (a === null || b === null) return a === b;
  if (typeof a === "number" && typeof b === "string") return isNumber(b, a);
  if (typeof a === "string" && typeof b === "number") return isNumber(a, b);
  return Array.isArray(a) && Array.isArray(b) && compareValues(a, b) === 0;
}

function isNumber(text: string, number: number): boolean {
  const value = numberOfText(text);
  return value !== undefined && areEqual(value, number);
}
