/** The values of filter expressions, and how they count as numbers, as truths, and as equal. */

/** A value: JSON's true and false are 1 and 0. */
export type Value = number | string | null | readonly Value[];

/** What C's `strtod` takes, but for how it writes infinity. */
const NUMBER = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;
const HEXADECIMAL = /^[ \t\n\v\f\r]*([+-]?)(0x[0-9a-f]+)$/i;
const UNBOUNDED = /^[ \t\n\v\f\r]*([+-]?)inf(?:inity)?$/i;
const NO_NUMBER = /^[ \t\n\v\f\r]*[+-]?nan$/i;

/** The number that a whole text is, undefined if it is none. */
export function numberOf(text: string): number | undefined {
  const decimal = NUMBER.exec(text);
  if (decimal !== null) return Number(decimal[1]);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) return Number(hexadecimal[2]) * (hexadecimal[1] === "-" ? -1 : 1);
  const unbounded = UNBOUNDED.exec(text);
  if (unbounded !== null) return unbounded[1] === "-" ? -Infinity : Infinity;
  return NO_NUMBER.test(text) ? NaN : undefined;
}

/** A value as a number: 0 if it is none. */
export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOf(value) ?? 0 : 0;
}

/** Whether a value counts as true: every array does. */
export function toBoolean(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  return value !== null && (typeof value !== "string" || value !== "");
}

/** Whether two values are equal: texts as texts, others as numbers. */
export function equal(a: Value, b: Value): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b;
  if (a === null || b === null) return a === b;
  return toNumber(a) === toNumber(b);
}

/** Whether an array has a value. */
export function isIn(value: Value, array: Value): boolean {
  return Array.isArray(array) && array.some((item: Value) => equal(value, item));
}
