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
import { CommandError, err, readOnly } from "../store/values/errors.ts";
import { type FunctionRun, Interpreter, type ScriptFailure } from "./interpreter.ts";
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

/** A function that an interpreter has compiled. */
export interface Compiled {
  readonly interpreter: Interpreter;
  /** Its reference in the interpreter. */
  readonly reference: number;
}

/** What is run: a script or a function. */
export interface Runnable {
  /** What errors call it: a script's SHA-1, a function's name. */
  readonly name: string;
  /** What it declares; undefined for a script without a first line of its own. */
  readonly flags: ReadonlySet<string> | undefined;
  /** Finds the compiled function, when everything else is ready. */
  find(): Compiled;
  /** Pushes its arguments, the first `keys` of them keys. @returns How many values it pushed. */
  push(interpreter: Interpreter, args: Arguments, keys: number): number;
  /** Is called when its interpreter is of no use any more. */
  discard(): void;
}

/** Where the keys of a call begin. */
export const FIRST_KEY = 3;

/** A script's arguments on their way in, and its result on its way out. */
class Passage implements FunctionRun {
  calls: ScriptRun | undefined;
  /** What runs, and the command that runs it. */
  runnable: Runnable | undefined;
  context: Context | undefined;
  interpreter: Interpreter | undefined;
  keys = 0;

  push(): number {
    const { runnable, interpreter, context } = this;
    if (runnable === undefined || interpreter === undefined || context === undefined) return 0;
    return runnable.push(interpreter, context.args, this.keys);
  }

  take(lua: Lua): void {
    const { interpreter, context } = this;
    if (interpreter === undefined || context === undefined) return;
    writeReturned(lua, context.reply, interpreter.protocol);
  }
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
  /** What serves one script after the other, so that none allocates. */
  #calls: ScriptRun | undefined;
  readonly #passage = new Passage();

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
    const command = host.commands.lookup(args);
    if (command === undefined) return undefined;
    return client.account.unrestricted ||
      host.access.check(client.account, command, args) === undefined;
  }

  /**
   * Runs a script or a function, and writes its reply.
   *
   * @param keys How many of its arguments are keys.
   * @param mayOnlyRead Whether it may only read, whatever its flags are.
   * @throws {CommandError} If it did not begin.
   */
  run(context: Context, runnable: Runnable, keys: number, mayOnlyRead: boolean): void {
    const { reply, store } = context;
    const { flags } = runnable;
    if (flags !== undefined) assertMayBegin(store, flags, mayOnlyRead);
    const readonly = mayOnlyRead || flags?.has("no-writes") === true;
    // A script cannot wait for the lock in its middle.
    if (!readonly && !store.engine.readonly) store.engine.write();
    const { interpreter, reference } = runnable.find();
    const calls = this.#calls ??= new ScriptRun(context, interpreter.reply);
    calls.begin(context, interpreter.reply, readonly, flags?.has("allow-oom") === true);
    const passage = this.#passage;
    passage.calls = calls;
    passage.runnable = runnable;
    passage.context = context;
    passage.interpreter = interpreter;
    passage.keys = keys;
    this.#running = context;
    interpreter.limitMs = this.limitMs;
    let failure: ScriptFailure | undefined;
    try {
      failure = interpreter.run(reference, passage);
    } catch (error) {
      // A refusal comes from who takes the reply.
      if (error instanceof CommandError) throw error;
      // What else than Lua's own errors has passed through the interpreter has left it in pieces.
      runnable.discard();
      if (calls.broke) throw error;
      // The script's own doing, such as a pattern that recurses until the stack is used up, or a table
      // in itself that it returns: what its commands did is whole.
      const why = error instanceof RangeError ? "stack overflow" : String(error);
      throw err(`${why.replace(/[\r\n]/g, " ")} script: ${runnable.name}`);
    } finally {
      this.#running = undefined;
    }
    // Memory once taken is never given back but with the whole; and without it Lua cannot collect.
    if (interpreter.lua.module.size > KEPT_BYTES) runnable.discard();
    if (failure === undefined) return;
    const { message, source, line } = failure;
    const place = source === undefined ? "" : ` script: ${runnable.name}, on ${source}:${line}.`;
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
