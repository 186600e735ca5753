/** The typed methods of the JSON commands. */

import type { Argument, Data, Key, Many } from "../../data.ts";
import { toText } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { keyList, list, many } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, type Kinds } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { type Json, type JsonInput, jsonTextOf, plainJson } from "./values.ts";

/**
 * What a path gives: a value for each place that it leads to if it begins with `$`, else, as a legacy path, one
 * value.
 *
 * @example
 * ```ts
 * import { type AtPath, type JsonNumber, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.json.set("d", "$", { n: 1 });
 * const several: AtPath<"$.n", JsonNumber | null> = db.json.numincrby("d", "$.n", 1);
 * const one: AtPath<".n", JsonNumber | null> = db.json.numincrby("d", ".n", 1);
 * console.log(several, one); // [2] 3
 * ```
 */
export type AtPath<Path extends string, Value> = string extends Path ? Value | Value[]
  : Path extends `$${string}` ? Value[]
  : Value;

/**
 * Options of `db.json.set`.
 *
 * @example
 * ```ts
 * import { type JsonSetOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: JsonSetOptions = { nx: true };
 * console.log(db.json.set("d", "$", 1, options), db.json.set("d", "$", 2, options)); // true false
 * ```
 */
export interface JsonSetOptions {
  /** Only where there is nothing. */
  nx?: boolean;
  /** Only where there is something. */
  xx?: boolean;
}

const SET: Kinds<JsonSetOptions> = { nx: "flag", xx: "flag" };

/**
 * A number of a document: an integer beyond 2^53 is a bigint.
 *
 * @example
 * ```ts
 * import { type JsonNumber, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.json.set("d", "$", 2n ** 60n);
 * const number: JsonNumber | null = db.json.numincrby("d", ".", 1);
 * console.log(number); // 1152921504606846977n
 * ```
 */
export type JsonNumber = number | bigint;

/**
 * What `db.json` is: the JSON commands, with values as values. A path is one of
 * [RedisJSON's](https://redis.io/docs/latest/develop/data-types/json/path/); without one the whole document
 * is meant.
 *
 * @example
 * ```ts
 * import { type JsonDocuments, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const json: JsonDocuments = db.json;
 * json.set("user:1", "$", { name: "Ada", visits: 0 });
 * json.numincrby("user:1", "$.visits", 1);
 * console.log(json.get("user:1")); // { name: "Ada", visits: 1 }
 * ```
 */
export class JsonDocuments {
  static {
    showAs(JsonDocuments.prototype, ({ core }) => `JSON documents (${core.description})`);
  }

  /** @internal */
  protected readonly core: Runner;

  /** @internal */
  constructor(core: Runner) {
    this.core = core;
  }

  #run<T>(name: string, ...words: Argument[]): T {
    return this.core.run([`JSON.${name}`, ...words], toText) as T;
  }

  /** JSON.SET: sets the values at a path, or makes a document. @returns False if a condition kept it from that. */
  set(key: Key, path: Key, value: JsonInput, options: JsonSetOptions = {}): boolean {
    const { nx, xx } = checked(options, SET);
    const condition = [...nx ? ["NX"] : [], ...xx ? ["XX"] : []];
    return this.#run("SET", key, path, jsonTextOf(value, "value"), ...condition) === "OK";
  }

  /** JSON.MSET: sets values in several documents, all or none. */
  mset(...entries: Many<readonly [key: Key, path: Key, value: JsonInput]>): void {
    const words = many(entries).flatMap((entry) => {
      const [key, path, value] = list(entry, "each of entries");
      return [key as Key, path as Key, jsonTextOf(value, "value")];
    });
    this.#run("MSET", ...words);
  }

  /** JSON.MERGE: merges a value into those at a path; members that are `null` in it go. */
  merge(key: Key, path: Key, value: JsonInput): boolean {
    return this.#run("MERGE", key, path, jsonTextOf(value, "value")) === "OK";
  }

  /** JSON.GET: the whole document; `undefined` without one. */
  get<T extends Json = Json>(key: Key): T | undefined;
  /** JSON.GET: the values at a path; `undefined` without a document. */
  get<T extends Json = Json, Path extends string = string>(
    key: Key,
    path: Path,
  ): AtPath<Path, T> | undefined;
  get(key: Key, path: string = "."): Json | undefined {
    return valueOf(this.#run("GET", key, path));
  }

  /** JSON.GET of several paths: what each of them leads to, by the path. */
  getPaths(key: Key, paths: readonly string[]): Record<string, Json> | undefined {
    const given = list(paths, "paths");
    const [only] = given;
    const found = valueOf(this.#run("GET", key, ...given as string[]));
    if (found === undefined || given.length !== 1 || only === undefined) {
      return found as Record<string, Json> | undefined;
    }
    return { [only]: found };
  }

  /** JSON.MGET: the values at a path of several documents; `undefined` where there is none. */
  mget<T extends Json = Json, Path extends string = string>(
    keys: readonly Key[],
    path: Path,
  ): (AtPath<Path, T> | undefined)[] {
    const texts = this.#run<(string | null)[]>("MGET", ...keyList(keys), path);
    return texts.map(valueOf) as (AtPath<Path, T> | undefined)[];
  }

  /** JSON.DEL: deletes the values at a path, or the document. @returns How many. */
  del(key: Key, path: Key = "$"): number {
    return this.#run("DEL", key, path);
  }

  /** JSON.TYPE: the names of types: `object`, `array`, `string`, `integer`, `number`, `boolean`, `null`. */
  type<Path extends string = ".">(key: Key, path?: Path): AtPath<Path, string> | null {
    const [types = null] = this.#run<(AtPath<Path, string> | null)[]>("TYPE", key, path ?? ".");
    return types;
  }

  /** JSON.CLEAR: empties containers and sets numbers to 0. @returns How many. */
  clear(key: Key, path: Key = "$"): number {
    return this.#run("CLEAR", key, path);
  }

  /** JSON.TOGGLE: turns booleans round; `null` for what is none. */
  toggle<Path extends string>(key: Key, path: Path): AtPath<Path, boolean | null> {
    const reply = this.#run<(number | null)[] | string>("TOGGLE", key, path);
    const result = typeof reply === "string"
      ? reply === "true"
      : reply.map((value) => value === null ? null : value === 1);
    return result as AtPath<Path, boolean | null>;
  }

  /** JSON.NUMINCRBY: adds a number to numbers; `null` for what is none. */
  numincrby<Path extends string>(
    key: Key,
    path: Path,
    by: number | bigint,
  ): AtPath<Path, JsonNumber | null> {
    return this.#numbers("NUMINCRBY", key, path, by);
  }

  /** JSON.NUMMULTBY: multiplies numbers; `null` for what is none. */
  nummultby<Path extends string>(
    key: Key,
    path: Path,
    by: number | bigint,
  ): AtPath<Path, JsonNumber | null> {
    return this.#numbers("NUMMULTBY", key, path, by);
  }

  /** JSON.NUMPOWBY: raises numbers to a power; `null` for what is none. */
  numpowby<Path extends string>(
    key: Key,
    path: Path,
    by: number | bigint,
  ): AtPath<Path, JsonNumber | null> {
    return this.#numbers("NUMPOWBY", key, path, by);
  }

  #numbers<Path extends string>(
    name: string,
    key: Key,
    path: Path,
    by: number | bigint,
  ): AtPath<Path, JsonNumber | null> {
    const results = this.#run<(JsonNumber | null)[]>(name, key, path, jsonTextOf(by, "by"));
    const result = isLegacy(path) ? results.findLast((each) => each !== null) ?? null : results;
    return result as AtPath<Path, JsonNumber | null>;
  }

  /** JSON.STRAPPEND: appends to strings. @returns Their lengths in bytes; `null` for what is none. */
  strappend<Path extends string>(key: Key, path: Path, text: string): AtPath<Path, number | null> {
    return this.#run("STRAPPEND", key, path, jsonTextOf(text, "text"));
  }

  /** JSON.STRLEN: the lengths of strings in bytes. */
  strlen<Path extends string = ".">(key: Key, path?: Path): AtPath<Path, number | null> | null {
    return this.#run("STRLEN", key, path ?? ".");
  }

  /** JSON.ARRAPPEND: appends values to arrays. @returns Their lengths; `null` for what is none. */
  arrappend<Path extends string>(
    key: Key,
    path: Path,
    ...values: [JsonInput, ...JsonInput[]]
  ): AtPath<Path, number | null> {
    return this.#run("ARRAPPEND", key, path, ...values.map((value) => jsonTextOf(value, "values")));
  }

  /** JSON.ARRINSERT: inserts values into arrays before an index. @returns Their lengths. */
  arrinsert<Path extends string>(
    key: Key,
    path: Path,
    index: number,
    ...values: [JsonInput, ...JsonInput[]]
  ): AtPath<Path, number | null> {
    const texts = values.map((value) => jsonTextOf(value, "values"));
    return this.#run("ARRINSERT", key, path, index, ...texts);
  }

  /** JSON.ARRINDEX: where a value is in arrays, -1 where it is not. @param stop Not itself; 0 for the end. */
  arrindex<Path extends string>(
    key: Key,
    path: Path,
    value: JsonInput,
    start = 0,
    stop = 0,
  ): AtPath<Path, number | null> {
    return this.#run("ARRINDEX", key, path, jsonTextOf(value, "value"), start, stop);
  }

  /** JSON.ARRLEN: the lengths of arrays. */
  arrlen<Path extends string = ".">(key: Key, path?: Path): AtPath<Path, number | null> | null {
    return this.#run("ARRLEN", key, path ?? ".");
  }

  /** JSON.ARRPOP: takes an element out of arrays; `undefined` of an empty one, and of what is none. */
  arrpop<T extends Json = Json, Path extends string = ".">(
    key: Key,
    path?: Path,
    index = -1,
  ): AtPath<Path, T | undefined> {
    const popped = this.#run<string | null | (string | null)[]>("ARRPOP", key, path ?? ".", index);
    return (Array.isArray(popped) ? popped.map(valueOf) : valueOf(popped)) as AtPath<
      Path,
      T | undefined
    >;
  }

  /** JSON.ARRTRIM: keeps a range of the elements of arrays, both ends included. @returns Their lengths. */
  arrtrim<Path extends string>(
    key: Key,
    path: Path,
    start: number,
    stop: number,
  ): AtPath<Path, number | null> {
    return this.#run("ARRTRIM", key, path, start, stop);
  }

  /** JSON.OBJKEYS: the names in objects. */
  objkeys<Path extends string = ".">(key: Key, path?: Path): AtPath<Path, string[] | null> | null {
    return this.#run("OBJKEYS", key, path ?? ".");
  }

  /** JSON.OBJLEN: the numbers of members of objects. */
  objlen<Path extends string = ".">(key: Key, path?: Path): AtPath<Path, number | null> | null {
    return this.#run("OBJLEN", key, path ?? ".");
  }
}

/** Whether a path is one without a `$`. */
function isLegacy(path: string): boolean {
  return !/^\$(?:$|[.[])/.test(path);
}

/** The value of a text, `undefined` without one. */
function valueOf(text: string | null): Json | undefined {
  return text === null ? undefined : plainJson(text);
}

/**
 * The methods on JSON documents.
 *
 * @example
 * ```ts
 * import { type JsonCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const names = ({ json }: JsonCommands<string>) => json.objkeys("d", ".");
 * db.json.set("d", "$", { a: 1 });
 * console.log(names(db)); // ["a"]
 * ```
 */
export abstract class JsonCommands<V extends Data> extends CommandGroup<V> {
  /** JSON.*: documents, whose values come as values. */
  get json(): JsonDocuments {
    return new JsonDocuments(this.core);
  }
}
