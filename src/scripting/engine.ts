/**
 * What scripts and functions have in common: the interpreter's module, which is loaded when it is
 * first needed, and how what is compiled is run as a part of a command.
 *
 * @module
 */

import { NotLoaded } from "../commands/scripting/scripting_host.ts";
import type { Context } from "../commands/table/command.ts";
import { loadLua } from "../lua/module.ts";
import type { Lua } from "../lua/state.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Store } from "../store/store.ts";
import { err, readOnly } from "../store/values/errors.ts";
import { Interpreter, type ScriptFailure } from "./interpreter.ts";
import type { RedisFunctions } from "./redis_library.ts";
import { writeReturned } from "./returned_value.ts";
import { noRoom, ScriptRun } from "./script_run.ts";

/** Memory that an interpreter may take, in bytes. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Memory that an interpreter may have taken and be kept, in bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** How long a script may run unless told otherwise, in milliseconds. */
const DEFAULT_LIMIT_MS = 5000;

/** What the functions of `redis` do beyond calls, of one process. */
export type ProcessFunctions = Omit<RedisFunctions, "mayRun">;

/** What is run: a script or a function. */
export interface Compiled {
  /** What errors call it: a script's SHA-1, a function's name. */
  readonly name: string;
  /** What it declares; undefined for a script without a first line of its own. */
  readonly flags: ReadonlySet<string> | undefined;
  /** Whether it may only read, whatever its flags are. */
  readonly readonly: boolean;
  /** Finds the compiled function, when everything else is ready. */
  readonly find: () => { readonly interpreter: Interpreter; readonly reference: number };
  /** Pushes its arguments. @returns How many. */
  readonly push: (lua: Lua, interpreter: Interpreter) => number;
}

/** Runs scripts and functions of one process. */
export class ScriptEngine {
  /** How long one may run, in milliseconds; 0 for as long as it likes. */
  limitMs = DEFAULT_LIMIT_MS;
  readonly #functions: ProcessFunctions;
  #module: WebAssembly.Module | undefined;
  #loading: Promise<void> | undefined;
  #failure: string | undefined;
  /** The command that runs one. */
  #running: Context | undefined;

  /** @param functions What the functions of `redis` do beyond calls. */
  constructor(functions: ProcessFunctions) {
    this.#functions = functions;
  }

  /** Loads the interpreter. */
  async ready(): Promise<void> {
    await (this.#loading ??= this.#load());
    if (this.#failure !== undefined) throw err(this.#failure);
  }

  async #load(): Promise<void> {
    try {
      this.#module = await loadLua();
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      this.#failure = `scripts cannot run: the Lua interpreter cannot be loaded: ${reason}`;
    }
  }

  /** Makes sure that the interpreter is loaded. @throws {NotLoaded} If it is not yet. */
  prepare(): void {
    if (this.#module !== undefined) return;
    this.#loading ??= this.#load();
    if (this.#failure !== undefined) throw err(this.#failure);
    throw new NotLoaded("the Lua interpreter is being loaded");
  }

  /** A new interpreter. @param kind What it runs. */
  newInterpreter(kind: "scripts" | "functions"): Interpreter {
    if (this.#module === undefined) throw new NotLoaded("the Lua interpreter is not loaded");
    const redis = { ...this.#functions, mayRun: (args: Arguments) => this.#mayRun(args) };
    return new Interpreter(this.#module, LIMIT_BYTES, redis, kind);
  }

  /** Whether the user whose script runs may run a command. */
  #mayRun(args: Arguments): boolean | undefined {
    const context = this.#running;
    if (context === undefined) return undefined;
    const { client, host } = context;
    const command = host.commands.resolve(args, 0)?.command;
    if (command === undefined) return undefined;
    return client.account.unrestricted ||
      host.access.check(client.account, command, args) === undefined;
  }

  /**
   * Runs a script or a function, and writes its reply.
   *
   * @param discard Is called when the interpreter is of no use any more.
   * @throws {CommandError} If it did not begin.
   */
  run(context: Context, compiled: Compiled, discard: () => void): void {
    const { reply, store } = context;
    const { flags, readonly } = compiled;
    if (flags !== undefined) assertMayBegin(store, flags, readonly);
    const rights = {
      readonly: readonly || flags?.has("no-writes") === true,
      allowOom: flags?.has("allow-oom") === true,
    };
    // A script cannot wait for the lock in its middle.
    if (!rights.readonly && !store.engine.readonly) store.engine.write();
    const { interpreter, reference } = compiled.find();
    const calls = new ScriptRun(context, interpreter.reply, rights);
    this.#running = context;
    interpreter.limitMs = this.limitMs;
    let failure: ScriptFailure | undefined;
    try {
      failure = interpreter.run(reference, {
        calls,
        push: (lua) => compiled.push(lua, interpreter),
        take: (lua) => writeReturned(lua, reply, interpreter.protocol),
      });
    } catch (error) {
      // What else than Lua's own errors has passed through the interpreter has left it in pieces.
      discard();
      throw error;
    } finally {
      this.#running = undefined;
    }
    // Memory once taken is never given back but with the whole; and without it Lua cannot collect.
    if (interpreter.lua.module.size > KEPT_BYTES) discard();
    if (failure === undefined) return;
    const { message, source, line } = failure;
    const place = source === undefined ? "" : ` script: ${compiled.name}, on ${source}:${line}.`;
    reply.error((message + place).replace(/[\r\n]/g, " "));
  }
}

/** What is known of a script that declares its flags before it runs. @throws {CommandError} */
function assertMayBegin(
  { engine, eviction }: Store,
  flags: ReadonlySet<string>,
  readonly: boolean,
): void {
  if (flags.has("no-writes")) return;
  if (readonly) throw err("Can not execute a script with write flag using *_ro command.");
  if (engine.readonly) throw readOnly();
  if (flags.has("allow-oom") || !eviction.active) return;
  const room = eviction.makeRoom();
  if (room !== "ok") throw noRoom(room);
}
