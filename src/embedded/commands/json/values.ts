/** JSON values of programs, and their texts. */

import { wrongType } from "../../checks.ts";
import { parseJson } from "../../../store/json/parser.ts";
import { quoted } from "../../../store/json/text.ts";
import {
  asDouble,
  isNumber,
  JsonArray,
  JsonObject,
  type JsonValue,
} from "../../../store/json/values.ts";

/**
 * A JSON value as it comes back: integers beyond 2^53 are bigints, other numbers are numbers.
 *
 * @example
 * ```ts
 * import { type Json, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const document: Json = { name: "Ada", born: 1815, tags: ["math", null] };
 * db.json.set("user:1", "$", document);
 * console.log(db.json.get("user:1", "$.born")); // [1815]
 * ```
 */
export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/**
 * A JSON value as it is given: arrays and objects may be read-only, a member that is `undefined` is left out, and
 * an object with a `toJSON` method, as a `Date` is, stands for what that returns.
 *
 * @example
 * ```ts
 * import { type JsonInput, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const given: JsonInput = { at: new Date(0), large: 2n ** 60n, none: undefined };
 * db.json.set("event", "$", given);
 * console.log(db.json.get("event")); // { at: "1970-01-01T00:00:00.000Z", large: 1152921504606846976n }
 * ```
 */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonInput[]
  | { readonly [name: string]: JsonInput | undefined }
  | { toJSON(): unknown };

const EXPECTED = "a JSON value";
/** Containers inside each other: what refers to itself has no end of them. */
const MAX_NESTING = 1000;

/** The text of a value. @param name What it is, for the error. @throws {TypeError} If it is no JSON. */
export function jsonTextOf(value: unknown, name: string, nesting = 0): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
      return String(value);
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${name} must be ${EXPECTED}, not ${value}`);
      return String(value);
    case "object":
      return value === null ? "null" : containerText(value, name, nesting + 1);
    default:
      throw wrongType(name, EXPECTED, value);
  }
}

function containerText(value: object, name: string, nesting: number): string {
  if (nesting > MAX_NESTING) {
    throw new TypeError(`${name} must be ${EXPECTED}, not one without end`);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return jsonTextOf((value.toJSON as () => unknown)(), name, nesting);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => jsonTextOf(item, name, nesting)).join(",")}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw wrongType(name, EXPECTED, value);
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${quoted(key)}:${jsonTextOf(member, name, nesting)}`);
  }
  return `{${members.join(",")}}`;
}

/** A text that a command replied with as a value. */
export function plainJson(text: string): Json {
  return plain(parseJson(text, true));
}

function plain(value: JsonValue): Json {
  if (isNumber(value)) return typeof value === "bigint" ? value : asDouble(value);
  if (value instanceof JsonArray) return value.items.map(plain);
  if (!(value instanceof JsonObject)) return value;
  // As of `Object.fromEntries`, which has `__proto__` be a name like any other.
  return Object.fromEntries(value.keys.map((key, i) => [key, plain(value.items[i]!)]));
}
