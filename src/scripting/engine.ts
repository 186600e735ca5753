/**
 * What scripts and functions have in common: the interpreter's module, which is loaded when it is
 * first needed, and how what is compiled is run as a part of a command.
 *
 * @module
 */

import { NotLoaded } from "../commands/scripting/scripting_host.ts";
import type { Client, Context } from "../commands/table/command.ts";
import { loadLua } from "../lua/module.ts";
import type { Lua } from "../lua/state.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Store } from "../store/store.ts";
import { CommandError, err, readOnly } from "../store/values/errors.ts";
import { BusyScript } from "./busy_script.ts";
import { Interpreter, type ScriptFailure, SUSPENDED } from "./interpreter.ts";
import type { RedisFunctions } from "./redis_library.ts";
import { writeReturned } from "./returned_value.ts";
import { noRoom, ScriptRun } from "./script_run.ts";
import type { Pauses } from "./slices.ts";

/** Memory that an interpreter may take, in bytes. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Memory that an interpreter may have taken and be kept, in bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** How long a script may run unless told otherwise, in milliseconds. */
const DEFAULT_LIMIT_MS = 5000;

/** What the functions of `redis` do beyond calls, of one process. */
export type ProcessFunctions = Omit<RedisFunctions, "mayRun">;

/** What a process does that serves others while a script runs for long. */
export interface BusyServer {
  /** One has run for so long that it is suspended now and then. */
  began(script: BusyScript): void;
  /** The script is suspended: others are served, outside of its turn. */
  suspended(): void;
  /** It goes on, in its turn. @param client Who has called it. */
  resumed(client: Client): void;
  /** It is over: its turn can end. */
  over(): void;
}

/** What code may do that has C call back into Lua, so that it cannot be suspended by yielding. */
const NEEDS_STACK =
  /pcall|coroutine|metatable|foreach|load|sort|gsub|gmatch|find|match|_G|\bin\s+(?!i?pairs\s*\()/;

/** What is run: a script or a function. */
export interface Compiled {
  /** What errors call it: a script's SHA-1, a function's name. */
  readonly name: string;
  /** What it declares; undefined for a script without a first line of its own. */
  readonly flags: ReadonlySet<string> | undefined;
  /** Whether it may only read, whatever its flags are. */
  readonly readonly: boolean;
  readonly kind: "script" | "function";
  /** See {@linkcode needsOwnStack}. */
  readonly ownStack: boolean;
  /** Finds the compiled function, when everything else is ready. */
  readonly find: () => { readonly interpreter: Interpreter; readonly reference: number };
  /** Pushes its arguments. @returns How many. */
  readonly push: (lua: Lua, interpreter: Interpreter) => number;
}

/** Whether code is to be run on a stack of its own, so that it can be suspended anywhere. */
export function needsOwnStack(code: Uint8Array): boolean {
  return NEEDS_STACK.test(new TextDecoder("latin1").decode(code));
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
  #context: Context | undefined;
  readonly #server: BusyServer | undefined;
  readonly #pauses: Pauses | undefined;
  /** What runs longer than it should. */
  running: BusyScript | undefined;

  /**
   * @param functions What the functions of `redis` do beyond calls.
   * @param server Who serves others while a script runs for long; without it, it is stopped.
   */
  constructor(functions: ProcessFunctions, server?: BusyServer) {
    this.#functions = functions;
    this.#server = server;
    this.#pauses = server === undefined ? undefined : {
      suspended: () => server.suspended(),
      resumed: () => this.#resumed(server),
    };
  }

  #resumed(server: BusyServer): void {
    const { client, store } = this.#context ?? {};
    if (client === undefined || store === undefined) return;
    server.resumed(client);
    store.keyspace.noTouch = client.noTouch;
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
    const context = this.#context;
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
    this.#context = context;
    interpreter.limitMs = this.limitMs;
    const conclude = (failure: ScriptFailure | undefined, error: unknown) => {
      this.#context = undefined;
      this.#conclude({ context, compiled, interpreter, calls, discard }, failure, error);
    };
    let outcome: ReturnType<Interpreter["run"]>, error: unknown;
    try {
      outcome = interpreter.run(reference, {
        calls,
        push: (lua) => compiled.push(lua, interpreter),
        take: (lua) => writeReturned(lua, reply, interpreter.protocol),
        pauses: this.#pauses,
        ownStack: compiled.ownStack,
        ended: (failure, error) => this.#over(() => conclude(failure, error)),
      });
    } catch (thrown) {
      error = thrown;
    }
    if (outcome !== SUSPENDED) return conclude(outcome, error);
    const { slices } = interpreter;
    this.running = new BusyScript({
      kind: compiled.kind,
      name: compiled.name,
      client: context.client,
      command: Array.from({ length: context.args.count }, (_, i) => context.args.at(i).copy()),
      startedAt: slices.startedAt,
      wrote: () => calls.wrote,
      stop: (message) => slices.kill(message),
      abandon: () => {
        slices.abandon();
        discard();
        this.running = this.#context = undefined;
      },
    });
    this.#server?.began(this.running);
  }

  /** A script that was suspended has ended: what waits for it goes on. */
  #over(conclude: () => void): void {
    const { running } = this;
    this.running = undefined;
    let error: unknown;
    try {
      conclude();
    } catch (thrown) {
      error = thrown;
    }
    running?.over(error, () => this.running);
    if (this.running === undefined) this.#server?.over();
  }

  /** Sees to what a script leaves behind, and writes how it failed. @throws What is no failure of its own. */
  #conclude(
    { context, compiled, interpreter, calls, discard }: ConcludedRun,
    failure: ScriptFailure | undefined,
    error: unknown,
  ): void {
    if (error !== undefined) {
      // A refusal comes from who takes the reply.
      if (error instanceof CommandError) throw error;
      // What else than Lua's own errors has passed through the interpreter has left it in pieces.
      discard();
      if (calls.broke) throw error;
      // The script's own doing, such as a pattern that recurses until the stack is used up, or a table
      // in itself that it returns: what its commands did is whole.
      const why = error instanceof RangeError ? "stack overflow" : String(error);
      throw err(`${why.replace(/[\r\n]/g, " ")} script: ${compiled.name}`);
    }
    // Memory once taken is never given back but with the whole; and without it Lua cannot collect.
    if (interpreter.lua.module.size > KEPT_BYTES) discard();
    if (failure === undefined) return;
    const { message, source, line } = failure;
    const place = source === undefined ? "" : ` script: ${compiled.name}, on ${source}:${line}.`;
    context.reply.error((message + place).replace(/[\r\n]/g, " "));
  }
}

/** A run that is over. */
interface ConcludedRun {
  readonly context: Context;
  readonly compiled: Compiled;
  readonly interpreter: Interpreter;
  readonly calls: ScriptRun;
  /** Is called when the interpreter is of no use any more. */
  readonly discard: () => void;
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
