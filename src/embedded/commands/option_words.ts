/**
 * Options as arguments of commands. Each options type has a table of what its options take, by which
 * they are checked: a name that is not in it and a value of another type are TypeErrors.
 *
 * @module
 */

import { ARGUMENT, isArgument, isKey, KEY, kindOf, wrongType } from "../checks.ts";
import type { Argument, Key } from "../data.ts";

/**
 * A moment: a date, or Unix time in the unit that the place says.
 *
 * @example
 * ```ts
 * import { Redlite, type Time } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const times: Time[] = [new Date("2030-01-01"), 1893456000];
 * db.set("k", "v");
 * console.log(times.map((time) => db.expireat("k", time))); // [true, true]
 * ```
 */
export type Time = Date | number;

/**
 * What an option takes. The words of `flag`, `number`, `key`, `value`, `seconds`, `milliseconds` (the
 * last two are moments) and of one of several words are the option's name and the value; the others
 * make their words themselves.
 */
export type Kind =
  | "flag"
  | "number"
  | "key"
  | "value"
  | "seconds"
  | "milliseconds"
  | "keys"
  | "values"
  | "numbers"
  | "page"
  | "moment"
  | "signal"
  | "function"
  | "text"
  | "list"
  | "record"
  | readonly string[];

/** What the options of a type take. */
export type Kinds<Options> = { readonly [Name in keyof Required<Options>]: Kind };

/** Makes sure that options are an object, before they are taken apart. @throws {TypeError} */
export function assertOptions(options: object): void {
  if (!isPlain(options)) throw wrongType("options", "an object", options);
}

/** Makes sure of options' names and types. @throws {TypeError} */
export function checked<Options extends object>(options: Options, kinds: Kinds<Options>): Options {
  assertOptions(options);
  for (const name of Object.keys(options) as (keyof Options & string)[]) {
    assertOption(name, options[name], kinds);
  }
  return options;
}

/** The words of options: the name alone for `true`, the name and the value otherwise. */
export function words<Options extends object>(
  options: Options,
  kinds: Kinds<Options>,
): Argument[] {
  assertOptions(options);
  const result: Argument[] = [];
  for (const name of Object.keys(options) as (keyof Options & string)[]) {
    const value: unknown = options[name];
    assertOption(name, value, kinds);
    if (value === undefined || value === false) continue;
    if (value === true) result.push(name.toUpperCase());
    // A date is exact to the millisecond, whatever the unit of the option.
    else if (value instanceof Date) result.push("PXAT", value.getTime());
    else result.push(name.toUpperCase(), value as Argument);
  }
  return result;
}

function assertOption<Options extends object>(
  name: keyof Options & string,
  value: unknown,
  kinds: Kinds<Options>,
): void {
  const kind: Kind | undefined = kinds[name];
  // What every object inherits is no kind.
  if (typeof kind !== "string" && !Array.isArray(kind)) {
    throw new TypeError(`there is no option ${name}, but ${Object.keys(kinds).join(", ")}`);
  }
  if (value === undefined) return;
  const expected = expectedOf(kind, value);
  if (expected !== undefined) {
    throw new TypeError(`option ${name} must be ${expected}, not ${shown(value)}`);
  }
}

/** What a value should be, if it is of another kind. */
function expectedOf(kind: Kind, value: unknown): string | undefined {
  switch (kind) {
    case "flag":
      return typeof value === "boolean" ? undefined : "true or false";
    case "number":
      return isNumber(value) || typeof value === "string" ? undefined : "a number";
    case "key":
      return isKey(value) ? undefined : KEY;
    case "value":
      return isArgument(value) ? undefined : ARGUMENT;
    case "seconds":
    case "milliseconds":
      return isNumber(value) || isMoment(value)
        ? undefined
        : `a valid Date or Unix time in ${kind}`;
    case "moment":
      return isMoment(value) ? undefined : "a valid Date or Unix time in milliseconds";
    case "keys":
      return Array.isArray(value) && value.every(isKey) ? undefined : "an array of keys";
    case "values":
      return Array.isArray(value) && value.every(isArgument) ? undefined : "an array of values";
    case "numbers":
      return Array.isArray(value) && value.every(isNumber) ? undefined : "an array of numbers";
    case "page":
      return isPage(value) ? undefined : "an object with the numbers offset and count";
    case "signal":
      return value instanceof AbortSignal ? undefined : "an AbortSignal";
    case "function":
      return typeof value === "function" ? undefined : "a function";
    case "list":
      return Array.isArray(value) ? undefined : "an array";
    case "record":
      return isPlain(value) ? undefined : "an object";
    case "text":
      return typeof value === "string" ? undefined : "a string";
    default:
      return kind.some((word) => word === value) ? undefined : `one of ${kind.join(", ")}`;
  }
}

/** Whether a value is a number and not NaN, or a bigint. */
export function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" ? value === value : typeof value === "bigint";
}

/** Whether a value is a moment, in milliseconds where it is no date. */
export function isMoment(value: unknown): value is Time {
  const ms = value instanceof Date ? value.getTime() : value;
  return typeof ms === "number" && ms === ms;
}

function isPage(value: unknown): boolean {
  return isPlain(value) && "offset" in value && isNumber(value.offset) &&
    "count" in value && isNumber(value.count);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype ||
    Object.prototype.toString.call(value) === "[object Object]";
}

/** A short text as it is, of other values what they are. */
function shown(value: unknown): string {
  return typeof value === "string" && value.length < 40 ? JSON.stringify(value) : kindOf(value);
}

/** EXPIREAT and its kin; a date is exact to the millisecond, so it takes the command that is too. */
export function expiresAt(kind: "" | "H", key: Key, unixSeconds: Time): Argument[] {
  return unixSeconds instanceof Date
    ? [`${kind}PEXPIREAT`, key, asMs(unixSeconds)]
    : [`${kind}EXPIREAT`, key, unixSeconds];
}

/** A moment as Unix time in milliseconds. @throws {TypeError} If it is none. */
export function asMs(moment: Time): number {
  const ms = moment instanceof Date ? moment.getTime() : moment;
  if (!isMoment(ms)) {
    throw wrongType("the moment", "a valid Date or Unix time in milliseconds", moment);
  }
  return ms;
}
