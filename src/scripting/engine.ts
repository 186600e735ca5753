/**
 * What scripts and functions have in common: the interpreter's module, which is loaded when it is
 * first needed, and how what is compiled is run as a part of a command.
 *
 * @module
 */

import { NotLoaded } from "../commands/scripting/scripting_host.ts";
import { READ_ONLY_REPLICA } from "../commands/replication/following.ts";
import type { Context } from "../commands/table/command.ts";
import type { Client } from "../commands/table/client.ts";
import { loadLua } from "../runtime/lua_wasm.ts";
import type { Lua } from "../lua/state.ts";
import type { Arguments } from "../resp/arguments.ts";
import { CommandError, err, readOnly } from "../store/values/errors.ts";
import { BusyScript } from "./busy_script.ts";
import { type FunctionRun, Interpreter, SUSPENDED } from "./interpreter.ts";
import type { RedisFunctions } from "./redis_library.ts";
import { writeReturned } from "./returned_value.ts";
import type { ScriptFailure } from "./script_failure.ts";
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
  /** Whether it serves others while a script of this client runs: who called it does not stand still. */
  serves(client: Client): boolean;
  /** One has run for so long that it is suspended now and then. */
  began(script: BusyScript): void;
  /** The script is suspended: others are served, outside of its turn. */
  suspended(): void;
  /** It goes on, in its turn. @param client Who has called it. */
  resumed(client: Client): void;
  /** It is over: its turn can end. */
  over(): void;
}

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
  readonly kind: "script" | "function";
  /** Whether it is to be run on a stack of its own (own_stack.ts). */
  ownStack: boolean;
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
  ownStack = false;
  /** Who serves others while it runs, if anybody does. */
  server: BusyServer | undefined;
  readonly ended: (failure: ScriptFailure | undefined, error: unknown) => void;
  readonly #pauses: Pauses = {
    suspended: () => this.server?.suspended(),
    resumed: () => this.#resumed(),
  };

  /** @param ended Is called when one that was suspended has ended. */
  constructor(ended: (failure: ScriptFailure | undefined, error: unknown) => void) {
    this.ended = ended;
  }

  get pauses(): Pauses | undefined {
    return this.server === undefined ? undefined : this.#pauses;
  }

  #resumed(): void {
    const { context } = this;
    if (context === undefined) return;
    const { client, store } = context;
    this.server?.resumed(client);
    store.keyspace.noTouch = client.noTouch;
  }

  push(): number {
    const { runnable, interpreter, context } = this;
    if (runnable === undefined || interpreter === undefined || context === undefined) return 0;
    return runnable.push(interpreter, context.args, this.keys);
  }

  take(lua: Lua): void {
    const { interpreter, context } = this;
    if (interpreter === undefined || context === undefined) return;
    writeReturned(lua, context.reply, interpreter.calls.protocol);
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
  /** Who serves others while a script runs for long; without anybody it is stopped. */
  server: BusyServer | undefined;
  /** What serves one script after the other, so that none allocates. */
  #calls: ScriptRun | undefined;
  readonly #passage: Passage;
  /** What runs longer than it should. */
  running: BusyScript | undefined;

  /** @param functions What the functions of `redis` do beyond calls. */
  constructor(functions: ProcessFunctions) {
    this.#functions = functions;
    this.#passage = new Passage((failure, error) => this.#over(failure, error));
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
    const { context } = this.#passage;
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
    const { store } = context;
    const { flags } = runnable;
    if (context.host.cluster !== undefined && flags?.has("no-cluster")) {
      throw err("Can not run script on cluster, 'no-cluster' flag is set.");
    }
    if (flags !== undefined) assertMayBegin(context, flags, mayOnlyRead);
    const readonly = mayOnlyRead || flags?.has("no-writes") === true;
    // A script cannot wait for the lock in its middle.
    if (!readonly && !store.engine.readonly) store.engine.writeTold();
    const { interpreter, reference } = runnable.find();
    const calls = this.#calls ??= new ScriptRun(context, interpreter.calls.reply);
    calls.begin(context, interpreter.calls.reply, readonly, flags);
    const passage = this.#passage;
    passage.calls = calls;
    passage.runnable = runnable;
    passage.context = context;
    passage.interpreter = interpreter;
    passage.keys = keys;
    passage.ownStack = runnable.ownStack;
    passage.server = this.server?.serves(context.client) ? this.server : undefined;
    interpreter.limitMs = this.limitMs;
    let outcome: ReturnType<Interpreter["run"]>;
    try {
      outcome = interpreter.run(reference, passage);
    } catch (thrown) {
      return this.#conclude(undefined, thrown);
    }
    if (outcome !== SUSPENDED) return this.#conclude(outcome, undefined);
    const { slices } = interpreter;
    const { args } = context;
    this.running = new BusyScript({
      kind: runnable.kind,
      name: runnable.name,
      client: context.client,
      args,
      startedAt: slices.startedAt,
      wrote: () => calls.wrote,
      stop: (message) => slices.kill(message),
      abandon: () => {
        slices.abandon();
        runnable.discard();
        this.running = passage.context = undefined;
      },
    });
    passage.server?.began(this.running);
  }

  /** A script that was suspended has ended: what waits for it goes on. */
  #over(failure: ScriptFailure | undefined, error: unknown): void {
    const { running } = this;
    this.running = undefined;
    try {
      this.#conclude(failure, error);
      error = undefined;
    } catch (thrown) {
      error = thrown;
    }
    running?.over(error, () => this.running);
    if (this.running === undefined) this.#passage.server?.over();
  }

  /** Sees to what a script leaves behind, and writes how it failed. @throws What is no failure of its own. */
  #conclude(failure: ScriptFailure | undefined, error: unknown): void {
    const { calls, runnable, context, interpreter } = this.#passage;
    this.#passage.context = undefined;
    if (runnable === undefined || context === undefined) return;
    // Its text did not tell; the next time it is known.
    if (interpreter?.slices.neededStack === true) runnable.ownStack = true;
    if (error !== undefined) {
      // A refusal comes from who takes the reply.
      if (error instanceof CommandError) throw error;
      // What else than Lua's own errors has passed through the interpreter has left it in pieces.
      runnable.discard();
      if (calls?.broke === true) throw error;
      // The script's own doing, such as a pattern that recurses until the stack is used up, or a table
      // in itself that it returns: what its commands did is whole.
      const why = error instanceof RangeError ? "stack overflow" : String(error);
      throw err(`${why.replace(/[\r\n]/g, " ")} script: ${runnable.name}`);
    }
    // Memory once taken is never given back but with the whole; and without it Lua cannot collect.
    if ((interpreter?.lua.module.size ?? 0) > KEPT_BYTES) runnable.discard();
    if (failure === undefined) return;
    const { message, source, line } = failure;
    const place = source === undefined ? "" : ` script: ${runnable.name}, on ${source}:${line}.`;
    context.reply.error((message + place).replace(/[\r\n]/g, " "));
  }
}

/** What is known of a script that declares its flags before it runs. @throws {CommandError} */
function assertMayBegin(
  { store: { engine, eviction }, host, client }: Context,
  flags: ReadonlySet<string>,
  readonly: boolean,
): void {
  if (flags.has("no-writes")) return;
  if (readonly) throw err("Can not execute a script with write flag using *_ro command.");
  if (engine.readonly) throw readOnly();
  if (host.following?.refusesWrites && !client.isMaster) throw new CommandError(READ_ONLY_REPLICA);
  if (flags.has("allow-oom") || !eviction.active) return;
  const room = eviction.makeRoom();
  if (room !== "ok") throw noRoom(room);
}
