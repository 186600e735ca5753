/** The typed methods of scripts and functions. The interpreter is loaded when it is first needed. */

import { type Argument, type Data, type Decode, type Key, toBytes, toText } from "../data.ts";
import type { Value } from "../running/value_reply.ts";
import { CommandGroup } from "./group.ts";
import { checked, type Kinds } from "./option_words.ts";
import type { Runner } from "./runner.ts";

/**
 * What a script or a function is called with.
 *
 * @example
 * ```ts
 * import { Redlite, type ScriptInput } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const input: ScriptInput = { keys: ["n"], args: [5] };
 * console.log(await db.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", input)); // 5
 * ```
 */
export interface ScriptInput {
  /** `KEYS`. */
  keys?: readonly Key[];
  /** `ARGV`. */
  args?: readonly Argument[];
  /** Refuse what it would write. */
  readonly?: boolean;
}

/** What they take. */
const INPUT: Kinds<ScriptInput> = { keys: "keys", args: "values", readonly: "flag" };

/**
 * A script that is ready: a call runs it at once, in the open transaction if there is one.
 *
 * @example
 * ```ts
 * import { Redlite, type Script } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const add: Script<number> = await db.script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
 * add({ keys: ["n"], args: [2] });
 * console.log(add({ keys: ["n"], args: [3] })); // 5
 * ```
 */
export type Script<Result> = (input?: ScriptInput) => Result;

/**
 * A function of a library, as {@linkcode FunctionLibraries.list} tells of it.
 *
 * @example
 * ```ts
 * import { type FunctionInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * await db.function.load("#!lua name=lib\nredis.register_function('f', function() return 1 end)");
 * const functions: FunctionInfo[] = (await db.function.list())[0]?.functions ?? [];
 * console.log(functions); // [{ name: "f", description: null, flags: [] }]
 * ```
 */
export interface FunctionInfo {
  /** Its name. */
  name: string;
  /** Its description; `null` without one. */
  description: string | null;
  /** Its flags, such as `no-writes`. */
  flags: string[];
}

/**
 * A library of functions.
 *
 * @example
 * ```ts
 * import { type LibraryInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const libraries: LibraryInfo[] = await db.function.list();
 * console.log(libraries); // []
 * ```
 */
export interface LibraryInfo {
  /** Its name. */
  name: string;
  /** Its functions. */
  functions: FunctionInfo[];
  /** Its code. */
  code: string;
}

/**
 * How a library is loaded.
 *
 * @example
 * ```ts
 * import { type FunctionLoadOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: FunctionLoadOptions = { replace: true };
 * const code = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
 * console.log(await db.function.load(code, options)); // "lib"
 * ```
 */
export interface FunctionLoadOptions {
  /** Take the place of a library of the same name. */
  replace?: boolean;
}

const LOAD: Kinds<FunctionLoadOptions> = { replace: "flag" };

/**
 * The libraries of functions, which are kept in the database file; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type FunctionLibraries, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const libraries: FunctionLibraries<string> = db.function;
 * await libraries.load("#!lua name=lib\nredis.register_function('f', function() return 1 end)");
 * console.log(await libraries.call("f")); // 1
 * ```
 */
export class FunctionLibraries<V extends Data> {
  readonly #core: Runner;
  readonly #decode: Decode;

  /** @internal */
  constructor(core: Runner, decode: Decode) {
    this.#core = core;
    this.#decode = decode;
  }

  async #run(words: readonly Argument[]): Promise<Value> {
    await this.#core.prepareScripts();
    return this.#core.run(words, this.#decode);
  }

  /** FUNCTION LOAD: keeps a library. @returns Its name. */
  async load(code: string, options: FunctionLoadOptions = {}): Promise<string> {
    const { replace = false } = checked(options, LOAD);
    await this.#core.prepareScripts();
    const words = ["FUNCTION", "LOAD", ...replace ? ["REPLACE"] : [], code];
    return this.#core.run(words, toText) as string;
  }

  /** FCALL: runs a function; FCALL_RO with `readonly`. */
  async call<Result = Value<V>>(name: string, input: ScriptInput = {}): Promise<Result> {
    return await this.#run(callWords("FCALL", name, input)) as Result;
  }

  /** FUNCTION DELETE: deletes a library and its functions. */
  async delete(library: string): Promise<void> {
    await this.#run(["FUNCTION", "DELETE", library]);
  }

  /** FUNCTION FLUSH: deletes all libraries. */
  async flush(): Promise<void> {
    await this.#run(["FUNCTION", "FLUSH"]);
  }

  /** FUNCTION LIST: all libraries, in the order of their names. */
  async list(): Promise<LibraryInfo[]> {
    await this.#core.prepareScripts();
    const reply = this.#core.run(["FUNCTION", "LIST", "WITHCODE"], toText) as unknown as Map<
      string,
      unknown
    >[];
    return reply.map((library) => ({
      name: library.get("library_name") as string,
      functions: (library.get("functions") as Map<string, unknown>[]).map((one) => ({
        name: one.get("name") as string,
        description: one.get("description") as string | null,
        flags: [...one.get("flags") as Iterable<string>],
      })),
      code: library.get("library_code") as string,
    }));
  }

  /** FUNCTION DUMP: all libraries, for {@linkcode restore} and for Redis's. */
  async dump(): Promise<Uint8Array> {
    await this.#core.prepareScripts();
    return this.#core.run(["FUNCTION", "DUMP"], toBytes) as Uint8Array;
  }

  /** FUNCTION RESTORE: keeps the libraries of a dump, all or none. */
  async restore(
    dump: Uint8Array,
    policy: "append" | "replace" | "flush" = "append",
  ): Promise<void> {
    await this.#run(["FUNCTION", "RESTORE", dump, policy]);
  }
}

function callWords(command: string, subject: string, input: ScriptInput): Argument[] {
  const { keys = [], args = [], readonly = false } = checked(input, INPUT);
  return [readonly ? `${command}_RO` : command, subject, keys.length, ...keys, ...args];
}

/**
 * The commands of scripts; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type ScriptingCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const one = (scripts: ScriptingCommands<string>) => scripts.eval("return 1");
 * console.log(await one(db)); // 1
 * ```
 */
export abstract class ScriptingCommands<V extends Data> extends CommandGroup<V> {
  /**
   * EVAL: runs a script in Lua as one transaction; EVAL_RO with `readonly`.
   *
   * @throws {RedliteError} What the script fails with. What it did before stays.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const script = "return redis.call('SET', KEYS[1], ARGV[1])";
   * console.log(await db.eval(script, { keys: ["k"], args: ["v"] })); // "OK"
   * ```
   */
  async eval<Result = Value<V>>(script: string, input: ScriptInput = {}): Promise<Result> {
    await this.core.prepareScripts();
    return this.run(callWords("EVAL", script, input));
  }

  /**
   * Gets a script ready: what it gives runs it at once, also inside {@linkcode Redlite.transaction}.
   *
   * @throws {RedliteError} If it cannot be compiled.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const take = await db.script<string[]>(`
   *   local due = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
   *   if #due > 0 then redis.call('ZREM', KEYS[1], unpack(due)) end
   *   return due`);
   * db.zadd("jobs", [[10, "a"], [20, "b"]]);
   * console.log(take({ keys: ["jobs"], args: [15] })); // ["a"]
   * ```
   */
  async script<Result = Value<V>>(code: string): Promise<Script<Result>> {
    await this.core.prepareScripts();
    this.run(["SCRIPT", "LOAD", code]);
    return (input = {}) => this.run<Result>(callWords("EVAL", code, input));
  }

  /** FUNCTION and FCALL: the libraries of functions. */
  get function(): FunctionLibraries<V> {
    return new FunctionLibraries<V>(this.core, this.decode);
  }
}
