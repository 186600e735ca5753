/** The functions of expressions. */

import { distance } from "../../store/geo/distance.ts";
import { CommandError } from "../../store/values/errors.ts";
import { dateOf, dayOfYear, formatTime, parseTime } from "./dates.ts";
import { numberOf, numberOfText, numberText, textOf, type Value } from "./values.ts";

/** Computes a value of arguments, which are as many as it takes. */
export type Compute = (args: readonly Value[]) => Value;

/** A function of expressions. */
export interface ExpressionFunction {
  readonly compute: Compute;
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** What it is refused with if there are more or fewer. */
  readonly refusal: string;
}

const invalid = (name: string) => `Invalid arguments for function '${name}'`;

function defined(name: string, least: number, most: number, compute: Compute): ExpressionFunction {
  return { compute, least, most, refusal: invalid(name) };
}

/** What a value's type is called in errors: a number. */
function typeNumber(value: Value): number {
  return typeof value === "number" ? 1 : typeof value === "string" ? 3 : value === null ? 4 : 6;
}

function wrongType(value: Value, index: number, name: string, check: string): CommandError {
  const type = typeNumber(value);
  return new CommandError(
    `Invalid type (${type}) for argument ${index} in function '${name}'. ${check} was false.`,
  );
}

/** The text that an argument must be. @throws {CommandError} */
function textAt(args: readonly Value[], index: number, name: string): string {
  const value = args[index] ?? null;
  if (typeof value === "string") return value;
  throw wrongType(value, index, name, "VALIDATE_ARG__STRING(v, 0)");
}

const ascii = (upper: boolean): Compute => ([value]) =>
  typeof value !== "string"
    ? null
    : value.replace(upper ? /[a-z]+/g : /[A-Z]+/g, (all) =>
      upper ? all.toUpperCase() : all.toLowerCase());

function substr(args: readonly Value[]): Value {
  const [text = null, from = null, count = null] = args;
  if (typeof text !== "string") throw new CommandError("Invalid type for substr. Expected string");
  for (const [index, value] of [from, count].entries()) {
    if (typeof value === "number") continue;
    throw wrongType(value, index + 1, "substr", "VALIDATE_ARG__TYPE(v, RSValue_Number)");
  }
  const { length } = text;
  let start = Math.trunc(from as number), size = Math.trunc(count as number);
  if (start < 0) start += length;
  if (start < 0 || start >= length) return "";
  // A negative size leaves out so many at the end.
  if (size < 0) size += length - start;
  return size < 0 ? "" : text.slice(start, start + size);
}

function contains(args: readonly Value[]): Value {
  const text = textAt(args, 0, "contains"), part = textAt(args, 1, "contains");
  if (part === "") return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}

/** The longest text that is put together, in bytes. */
const MOST_FORMATTED = 4 * 1024 * 1024;

function format(args: readonly Value[]): Value {
  if (args.length === 0) throw new CommandError("Need at least one argument for format");
  const pattern = textAt(args, 0, "format");
  let made = "";
  let next = 1;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== "%") {
      made += pattern[i];
      continue;
    }
    const letter = pattern[++i];
    if (letter === undefined) throw new CommandError("Bad format string!");
    if (letter === "%") made += "%";
    else if (letter === "s") {
      const value = args[next++];
      if (value === undefined) throw new CommandError("Not enough arguments for format");
      made += value === null ? "(null)" : textOf(value);
      if (made.length > MOST_FORMATTED) throw new CommandError("The result of format is too long");
    } else throw new CommandError("Unknown format specifier passed");
  }
  return made;
}

function split(args: readonly Value[]): Value {
  const text = textAt(args, 0, "split");
  const separators = args.length > 1 ? textAt(args, 1, "split") : ",";
  const stripped = args.length > 2 ? textAt(args, 2, "split") : " ";
  const parts: string[] = [];
  let part = "";
  const add = () => {
    let start = 0, end = part.length;
    while (start < end && stripped.includes(part[start]!)) start++;
    while (end > start && stripped.includes(part[end - 1]!)) end--;
    if (end > start) parts.push(part.slice(start, end));
    part = "";
  };
  for (const character of text) {
    if (separators.includes(character)) add();
    else part += character;
  }
  add();
  return parts;
}

function toNumber([value = null]: readonly Value[]): Value {
  if (typeof value === "number") return value;
  const number = typeof value === "string" ? numberOfText(value) : undefined;
  if (number !== undefined) return number;
  const shown = typeof value === "string" ? value : "(null)";
  throw new CommandError(`to_number: cannot convert string '${shown}'`);
}

/** A function of a number; of what is none it is not a number. */
function numeric(name: string, compute: (value: number) => number): ExpressionFunction {
  return {
    compute: ([value]) => compute(numberOf(value) ?? NaN),
    least: 1,
    most: 1,
    refusal: `Invalid number of arguments for ${name}`,
  };
}

function timefmt(args: readonly Value[]): Value {
  const [value = null, pattern] = args;
  if (pattern !== undefined && typeof pattern !== "string") {
    throw wrongType(pattern, 1, "time", "VALIDATE_ARG__TYPE(v, RSValue_String)");
  }
  const seconds = numberOf(value);
  const date = seconds === undefined ? undefined : dateOf(seconds);
  if (date === undefined) return null;
  return formatTime(date, typeof pattern === "string" ? pattern : "%FT%TZ") || null;
}

/** A function of a time from 1970 on. */
function timed(name: string, compute: (seconds: number, date: Date) => number): ExpressionFunction {
  return defined(name, 1, 1, ([value]) => {
    const seconds = numberOf(value);
    if (seconds === undefined || !(seconds >= 0)) return null;
    const date = dateOf(seconds);
    return date === undefined ? null : compute(Math.trunc(seconds), date);
  });
}

function pointOf(text: string): { longitude: number; latitude: number } {
  const parts = /^([^,\s]+)[,\s]\s*([^,\s]+)\s*$/.exec(text);
  const longitude = numberOfText(parts?.[1] ?? "x"), latitude = numberOfText(parts?.[2] ?? "x");
  if (longitude === undefined || latitude === undefined) {
    throw new CommandError("Invalid geo string");
  }
  return { longitude, latitude };
}

function geodistance(args: readonly Value[]): Value {
  const coordinates: number[] = [];
  for (const [index, value] of args.entries()) {
    if (typeof value === "string" && value.includes(",")) {
      const { longitude, latitude } = pointOf(value);
      coordinates.push(longitude, latitude);
    } else if (typeof value === "number") coordinates.push(value);
    else if (typeof value === "string") {
      const number = numberOfText(value);
      if (number === undefined) throw new CommandError("Invalid geo string");
      coordinates.push(number);
    } else throw wrongType(value, index, "geodistance", "VALIDATE_ARG__STRING(v, 0)");
  }
  const [longitude, latitude, toLongitude, toLatitude] = coordinates;
  if (
    longitude === undefined || latitude === undefined || toLongitude === undefined ||
    toLatitude === undefined || coordinates.length !== 4
  ) throw new CommandError(invalid("geodistance"));
  const metres = distance(longitude, latitude, toLongitude, toLatitude);
  return Math.round(metres * 100) / 100;
}

/** Functions that need more than values: see expressions.ts. */
const SPECIAL: ReadonlySet<string> = new Set(["exists", "case", "matched_terms"]);

/** Whether there is a function of a name, in any case. */
export function isFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return FUNCTIONS.has(lower) || SPECIAL.has(lower);
}

/** The functions by their names in lower case; what needs more than values is in expressions.ts. */
export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(Object.entries({
  upper: defined("upper", 1, 1, ascii(true)),
  lower: defined("lower", 1, 1, ascii(false)),
  substr: defined("substr", 3, 3, substr),
  strlen: defined("strlen", 1, 1, (args) => textAt(args, 0, "strlen").length),
  startswith: defined(
    "startswith",
    2,
    2,
    (args) => textAt(args, 0, "startswith").startsWith(textAt(args, 1, "startswith")) ? 1 : 0,
  ),
  contains: defined("contains", 2, 2, contains),
  format: { compute: format, least: 0, most: Infinity, refusal: "" },
  split: { compute: split, least: 1, most: 3, refusal: "Invalid number of arguments for split" },
  to_number: defined("to_number", 1, 1, toNumber),
  to_str: defined(
    "to_str",
    1,
    1,
    ([value = null]) => typeof value === "number" ? numberText(value) : textOf(value),
  ),
  abs: numeric("fabs", Math.abs),
  ceil: numeric("ceil", Math.ceil),
  floor: numeric("floor", Math.floor),
  sqrt: numeric("sqrt", Math.sqrt),
  log: numeric("log", Math.log),
  log2: numeric("log2", Math.log2),
  exp: numeric("exp", Math.exp),
  timefmt: defined("time", 1, 2, timefmt),
  parsetime: defined("parsetime", 2, 2, (args) => {
    return parseTime(textAt(args, 0, "parsetime"), textAt(args, 1, "parsetime")) ?? null;
  }),
  hour: timed("hour", (seconds) => seconds - seconds % 3600),
  minute: timed("minute", (seconds) => seconds - seconds % 60),
  day: timed("day", (seconds) => seconds - seconds % 86400),
  dayofweek: timed("dayofweek", (_, date) => date.getUTCDay()),
  dayofmonth: timed("dayofmonth", (_, date) => date.getUTCDate()),
  dayofyear: timed("dayofyear", (_, date) => dayOfYear(date)),
  month: timed("month", (_, date) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / 1000),
  monthofyear: timed("monthofyear", (_, date) => date.getUTCMonth()),
  year: timed("year", (_, date) => date.getUTCFullYear()),
  geodistance: { compute: geodistance, least: 2, most: 4, refusal: invalid("geodistance") },
}));
