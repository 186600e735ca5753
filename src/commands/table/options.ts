/**
 * Argument pieces that several commands share: numbers, expiry times, database indexes, and the
 * options of the SET family.
 *
 * @module
 */

import { type Arguments, MAX_TEXT, textTooLong } from "../../resp/arguments.ts";
import { err, notAFloat, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import { INT64_MAX, INT64_MIN, parseInt64 } from "../../store/values/integers.ts";
import { type LongDouble, longDoubleOf } from "../../store/values/long_double.ts";
import { latin1 } from "../../store/values/slice.ts";

/** The integer at `index`, if it is one of 64 bits. */
export function int64At(args: Arguments, index: number): number | bigint | undefined {
  const { bytes, start, end } = args.at(index);
  return parseInt64(bytes, start, end);
}

/** The integer at `index`. @throws {CommandError} */
export function integerAt(args: Arguments, index: number): number | bigint {
  const value = int64At(args, index);
  if (value === undefined) throw notAnInteger();
  return value;
}

/** The integer at `index`, one beyond ±2^53 moved there: for positions, where no more exist. */
export function positionAt(args: Arguments, index: number): number {
  const value = integerAt(args, index);
  if (typeof value === "number") return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

/** The integer at `index` between two bounds. @throws {CommandError} */
export function boundedAt(args: Arguments, index: number, min: number, max: number): number {
  const value = integerAt(args, index);
  if (value < min || value > max) throw notAnInteger();
  return Number(value);
}

/** The database index at `index`. @throws {CommandError} */
export function databaseAt(args: Arguments, index: number, count: number): number {
  const value = boundedAt(args, index, -0x80000000, 0x7fffffff);
  if (value < 0 || value >= count) throw err("DB index is out of range");
  return value;
}

/** The floating-point number at `index`, undefined if it is none. */
export function floatAt(args: Arguments, index: number): LongDouble | undefined {
  return longDoubleOf(args.at(index));
}

/** The floating-point number at `index`. @throws {CommandError} */
export function requiredFloatAt(args: Arguments, index: number): LongDouble {
  const value = floatAt(args, index);
  if (value === undefined) throw notAFloat();
  return value;
}

/**
 * The argument's bytes as characters of the same codes: never merges bytes.
 *
 * @throws {CommandError} If it is longer than any text that a command looks at.
 */
export function asciiAt(args: Arguments, index: number): string {
  const slice = args.at(index);
  if (slice.length > MAX_TEXT) throw textTooLong(slice.length, MAX_TEXT);
  return slice.latin1();
}

/** What an error tells of an argument: its characters as {@linkcode asciiAt} has them, cut if they are many. */
export function shownAt(args: Arguments, index: number): string {
  const { bytes, start, end } = args.at(index);
  return latin1(bytes, start, Math.min(end, start + MAX_TEXT));
}

/** How an expiry time is given. */
export type ExpiryUnit = "EX" | "PX" | "EXAT" | "PXAT";

/**
 * An expiry time as Unix time in milliseconds. Times beyond 2^53 ms (the year 287396) become that.
 *
 * @param command The command's name, for the error.
 * @param positive Whether zero and negative values are refused, as by all but the EXPIRE family.
 * @throws {CommandError}
 */
export function expiryAt(
  args: Arguments,
  index: number,
  unit: ExpiryUnit,
  command: string,
  nowMs: number,
  positive = true,
): number {
  const value = integerAt(args, index);
  if (positive && value <= 0) throw invalidExpiry(command);
  let ms = BigInt(value);
  if (unit === "EX" || unit === "EXAT") ms *= 1000n;
  // The distance by itself, too: one that is too far in the past is no better for being added to now.
  const isTooFar = ms < INT64_MIN;
  if (unit === "EX" || unit === "PX") ms += BigInt(nowMs);
  if (isTooFar || ms > INT64_MAX) throw invalidExpiry(command);
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(ms > limit ? limit : ms < -limit ? -limit : ms);
}

const invalidExpiry = (command: string) => err(`invalid expire time in '${command}' command`);

/** A condition on a key's current value. */
export type Condition = "NX" | "XX" | "IFEQ" | "IFNE" | "IFDEQ" | "IFDNE";

/** The options of SET, GETEX, MSETEX. */
export interface StringOptions {
  /** What must hold for the command to act. */
  condition?: Condition;
  /** The value or digest of an IF condition: index of the argument. */
  conditionAt: number;
  /** GET: reply with the old value. */
  get: boolean;
  /** How the expiry is given, if it is. */
  expiry?: ExpiryUnit;
  /** The expiry: index of the argument. */
  expiryAt: number;
  /** KEEPTTL. */
  keepTtl: boolean;
  /** PERSIST. */
  persist: boolean;
}

const EXPIRIES: readonly ExpiryUnit[] = ["EX", "PX", "EXAT", "PXAT"];
const COMPARISONS: readonly Condition[] = ["IFEQ", "IFNE", "IFDEQ", "IFDNE"];

/**
 * Reads the options from `from` on.
 *
 * @param allowed The words a command takes: conditions, `GET`, `KEEPTTL`, `PERSIST`, and `EXPIRY` for
 * the four ways to give one.
 * @throws {CommandError} A syntax error, for a word that is not allowed or excludes another.
 */
export function stringOptions(
  args: Arguments,
  from: number,
  allowed: readonly (Condition | "GET" | "KEEPTTL" | "PERSIST" | "EXPIRY")[],
): StringOptions {
  const options: StringOptions = {
    conditionAt: 0,
    get: false,
    expiryAt: 0,
    keepTtl: false,
    persist: false,
  };
  // The same expiry word may come twice, and the last one counts.
  const free = (expiry?: ExpiryUnit) =>
    (options.expiry === undefined || options.expiry === expiry) && !options.keepTtl &&
    !options.persist;
  for (let i = from; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    const is = (word: string) => args.is(i, word);
    const comparison = COMPARISONS.find((word) => allowed.includes(word) && is(word));
    const expiry = allowed.includes("EXPIRY") ? EXPIRIES.find(is) : undefined;
    if (is("NX") && allowed.includes("NX")) {
      if (options.condition !== undefined && options.condition !== "NX") throw syntaxError();
      options.condition = "NX";
    } else if (is("XX") && allowed.includes("XX")) {
      if (options.condition !== undefined && options.condition !== "XX") throw syntaxError();
      options.condition = "XX";
    } else if (comparison !== undefined && hasNext && options.condition === undefined) {
      options.condition = comparison;
      options.conditionAt = ++i;
    } else if (is("GET") && allowed.includes("GET")) {
      options.get = true;
    } else if (
      is("KEEPTTL") && allowed.includes("KEEPTTL") && options.expiry === undefined &&
      !options.persist
    ) {
      options.keepTtl = true;
    } else if (
      is("PERSIST") && allowed.includes("PERSIST") && options.expiry === undefined &&
      !options.keepTtl
    ) {
      options.persist = true;
    } else if (expiry !== undefined && hasNext && free(expiry)) {
      options.expiry = expiry;
      options.expiryAt = ++i;
    } else {
      throw syntaxError();
    }
  }
  return options;
}
