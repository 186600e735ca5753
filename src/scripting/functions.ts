/**
 * Libraries of functions: https://redis.io/docs/latest/develop/programmability/functions-intro/
 *
 * Their code is in the database file. Compiled they are in an interpreter of their own, which is
 * built anew when the file's libraries are others than those that it was built of: another process
 * has changed them, or a turn that did has failed.
 *
 * @module
 */

import type {
  FunctionFacts,
  FunctionLibrary,
  Functions,
  RestorePolicy,
} from "../commands/scripting/scripting_host.ts";
import type { Context } from "../commands/table/command.ts";
import type { Arguments, Slice } from "../resp/arguments.ts";
import { readFunctions, writeFunctions } from "../store/rdb/functions.ts";
import type { Store } from "../store/store.ts";
import { CommandError, err } from "../store/values/errors.ts";
import { type Compiled, FIRST_KEY, type Runnable, type ScriptEngine } from "./engine.ts";
import type { Interpreter } from "./interpreter.ts";
import { needsOwnStack } from "./own_stack.ts";
import { type Registered, registerFunction } from "./register_function.ts";
import { readLibraryShebang } from "./shebang.ts";

/** How long a library may take to register its functions, in milliseconds. */
const LOAD_LIMIT_MS = 500;

interface Library {
  readonly name: string;
  readonly code: Uint8Array;
  readonly functions: ReadonlyMap<string, LibraryFunction>;
}

/** The functions of one process's database file. */
export class FunctionLibraries implements Functions {
  readonly #engine: ScriptEngine;
  #interpreter: Interpreter | undefined;
  /** The version of the file's libraries that are compiled. */
  #version = "";
  #libraries = new Map<string, Library>();
  /** All functions by name. */
  #functions = new Map<string, LibraryFunction>();

  constructor(engine: ScriptEngine) {
    this.#engine = engine;
  }

  get memory(): number {
    return this.#interpreter?.lua.usedBytes ?? 0;
  }

  /** Compiles the file's libraries, unless they are those that are compiled. */
  #follow(store: Store): void {
    const version = store.libraries.version();
    if (this.#interpreter !== undefined && version === this.#version) return;
    this.#forget();
    for (const { code } of store.libraries.load()) {
      // One that another version of Redlite took may be refused here: the others still run.
      try {
        this.#add(this.#compile(code));
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
      }
    }
    this.#version = version;
  }

  #forget(): void {
    this.#interpreter = undefined;
    this.#libraries = new Map();
    this.#functions = new Map();
  }

  get #lua(): Interpreter {
    return this.#interpreter ??= this.#engine.newInterpreter("functions");
  }

  #add(library: Library): void {
    this.#libraries.set(library.name, library);
    for (const [name, registered] of library.functions) this.#functions.set(name, registered);
  }

  #drop(name: string): void {
    const library = this.#libraries.get(name);
    if (library === undefined) return;
    this.#libraries.delete(name);
    for (const [name, registered] of library.functions) {
      this.#functions.delete(name);
      this.#interpreter?.forget(registered.find().reference);
    }
  }

  /** Runs a library's code, which registers its functions. @throws {CommandError} */
  #compile(code: Uint8Array): Library {
    const { name, body } = readLibraryShebang(code);
    const interpreter = this.#lua;
    const reference = interpreter.compile(body, "@user_function");
    if (typeof reference === "string") throw err(`Error compiling function: ${reference}`);
    const functions = new Map<string, Registered>();
    const ownStack = needsOwnStack(code);
    interpreter.limitMs = LOAD_LIMIT_MS;
    try {
      const failure = interpreter.load(
        reference,
        (lua) => registerFunction(lua, functions, ownStack),
      );
      if (failure !== undefined) {
        throw err(`Error registering functions: ${failure.message.replace(/[\r\n]/g, " ")}`);
      }
      if (functions.size === 0) throw err("No functions registered");
    } catch (error) {
      for (const { reference } of functions.values()) interpreter.forget(reference);
      throw error;
    } finally {
      interpreter.forget(reference);
    }
    const discard = () => this.#forget();
    const runnable = [...functions].map(([name, registered]) =>
      [name, new LibraryFunction(name, registered, interpreter, discard)] as const
    );
    return { name, code: code.slice(), functions: new Map(runnable) };
  }

  /** Whether nothing of a library is there already. @param replaces Libraries that it may replace. */
  #assertNew({ name, functions }: Library, replaces: boolean): void {
    const old = this.#libraries.get(name);
    if (old !== undefined && !replaces) throw err(`Library '${name}' already exists`);
    for (const name of functions.keys()) {
      if (this.#functions.has(name) && old?.functions.has(name) !== true) {
        throw err(`Function ${name} already exists`);
      }
    }
  }

  #keep(store: Store, library: Library): void {
    store.libraries.put(library, library.functions.size);
    this.#drop(library.name);
    this.#add(library);
    this.#version = store.libraries.version();
  }

  load({ store }: Context, code: Uint8Array, replace: boolean): string {
    this.#follow(store);
    // Before it is run, as in Redis.
    const { name } = readLibraryShebang(code);
    if (!replace && this.#libraries.has(name)) throw err(`Library '${name}' already exists`);
    const library = this.#compile(code);
    this.#assertNew(library, replace);
    this.#keep(store, library);
    return name;
  }

  delete({ store }: Context, name: string): void {
    this.#follow(store);
    if (!this.#libraries.has(name)) throw err("Library not found");
    store.libraries.remove(name);
    this.#drop(name);
    this.#version = store.libraries.version();
  }

  flush({ store }: Context): void {
    store.libraries.clear();
    this.#forget();
  }

  list({ store }: Context): FunctionLibrary[] {
    this.#follow(store);
    return [...this.#libraries.values()].map(({ name, code, functions }) => ({
      name,
      code,
      functions: [...functions].map(([name, { description, flags }]) => ({
        name,
        description,
        flags: [...flags],
      })),
    })).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  dump({ store }: Context): Uint8Array {
    return writeFunctions(store.libraries.load().map(({ code }) => code));
  }

  restore({ store }: Context, payload: Slice, policy: RestorePolicy): void {
    const codes = readFunctions(payload);
    this.#follow(store);
    const before = this.#version;
    try {
      // All or none: what is refused in its middle is forgotten, and followed anew from the file.
      if (policy === "flush") this.#forget();
      const libraries = codes.map((code) => {
        const library = this.#compile(code);
        if (policy !== "replace" && this.#libraries.has(library.name)) {
          throw err(`Library ${library.name} already exists`);
        }
        this.#assertNew(library, true);
        this.#drop(library.name);
        this.#add(library);
        return library;
      });
      if (policy === "flush") store.libraries.clear();
      for (const library of libraries) store.libraries.put(library, library.functions.size);
      this.#version = store.libraries.version();
    } catch (error) {
      this.#forget();
      this.#version = before;
      throw error;
    }
  }

  facts(store: Store): FunctionFacts {
    return { ...store.libraries.facts, memory: this.memory };
  }

  call(
    context: Context,
    name: string,
    readKeys: (args: Arguments) => number,
    readonly: boolean,
  ): void {
    this.#follow(context.store);
    const registered = this.#functions.get(name);
    if (registered === undefined) throw err("Function not found");
    this.#engine.run(context, registered, readKeys(context.args), readonly);
  }
}

/** A function that a library has registered. */
class LibraryFunction implements Runnable {
  readonly kind = "function";
  ownStack: boolean;
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: ReadonlySet<string>;
  readonly #compiled: Compiled;
  readonly #discard: () => void;

  constructor(name: string, registered: Registered, interpreter: Interpreter, discard: () => void) {
    this.name = name;
    this.description = registered.description;
    this.flags = registered.flags;
    this.ownStack = registered.ownStack;
    this.#compiled = { interpreter, reference: registered.reference };
    this.#discard = discard;
  }

  find(): Compiled {
    return this.#compiled;
  }

  push({ lua }: Interpreter, args: Arguments, keys: number): number {
    lua.pushList(args, FIRST_KEY, FIRST_KEY + keys);
    lua.pushList(args, FIRST_KEY + keys, args.count);
    return 2;
  }

  discard(): void {
    this.#discard();
  }
}
