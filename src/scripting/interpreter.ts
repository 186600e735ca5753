/**
 * The Lua interpreter that scripts run in.
 *
 * A script runs as a coroutine, so that its call stack is still there when it fails, and tells where.
 *
 * @module
 */

import { STATUS } from "../lua/constants.ts";
import { Lua, type LuaFunction } from "../lua/state.ts";
import { CommandCalls, type ScriptCalls } from "./command_calls.ts";
import { Environment } from "./environment.ts";
import { ScriptRandom } from "./prng.ts";
import type { RedisFunctions } from "./redis_library.ts";
import { failedCall, failureOf, type ScriptFailure } from "./script_failure.ts";
import { type Pauses, Slices } from "./slices.ts";

/** How a compiled function is run. */
export interface FunctionRun {
  /** What runs the commands that it calls. */
  readonly calls?: ScriptCalls | undefined;
  /** Pushes its arguments. @returns How many. */
  push(lua: Lua): number;
  /** Takes its result, the topmost value. */
  take(lua: Lua): void;
  /** What to do around its pauses; without it, it is stopped when its time is up. */
  readonly pauses?: Pauses | undefined;
  /** Whether it must be possible to suspend it anywhere. */
  readonly ownStack?: boolean;
  /** Is called when one that was suspended has ended: how it failed, or what passed through it. */
  ended?(failure: ScriptFailure | undefined, error: unknown): void;
}

/** What {@linkcode Interpreter.run} returns of a function that goes on later. */
export const SUSPENDED = Symbol("suspended");

/** A Lua interpreter with Redis's environment. */
export class Interpreter {
  readonly lua: Lua;
  /** What `math.random` draws from. */
  readonly random = new ScriptRandom();
  /** What the commands go through that they call. */
  readonly calls = new CommandCalls();
  readonly environment: Environment;
  /** What interrupts it. */
  readonly slices: Slices;
  /** What takes what code registers. */
  #register: LuaFunction | undefined;
  #thread: { readonly state: number; readonly reference: number } | undefined;
  /** What it runs, and the thread that began it. */
  #run: FunctionRun | undefined;
  #main = 0;
  /** Whether the thread has come to a good end. */
  #reusable = false;

  /**
   * @param compiled The compiled interpreter.
   * @param limitBytes How much memory it may take, in bytes.
   * @param redis What the functions of `redis` do that are not calls.
   * @param kind What it runs.
   */
  constructor(
    compiled: WebAssembly.Module,
    limitBytes: number,
    redis: RedisFunctions,
    kind: "scripts" | "functions" = "scripts",
  ) {
    const lua = this.lua = new Lua(compiled, limitBytes);
    this.slices = new Slices(
      lua,
      () => failedCall(lua),
      (status, error) => this.#ended(status, error),
    );
    this.environment = new Environment(lua, {
      kind,
      redis,
      calls: this.calls,
      random: this.random,
      register: (lua) => this.#register?.(lua) ?? 0,
      isScript: (state) => state === this.#thread?.state,
    });
  }

  /** How long a script may run, in milliseconds; 0 for as long as it likes. */
  get limitMs(): number {
    return this.slices.limitMs;
  }
  set limitMs(limitMs: number) {
    this.slices.limitMs = limitMs;
  }

  /** Compiles a chunk. @returns A reference to the function, or the error's text. */
  compile(code: Uint8Array, name: string): number | string {
    const { lua } = this;
    const status = lua.load(code, name);
    if (status === STATUS.OK) return lua.keep();
    const message = status === STATUS.MEMORY ? "not enough memory" : lua.latin1(-1);
    lua.pop();
    return message;
  }

  /** Forgets a compiled function. */
  forget(reference: number): void {
    this.lua.release(reference);
  }

  /** Runs a library's code. @param register `redis.register_function`. @returns How it failed. */
  load(reference: number, register: LuaFunction): ScriptFailure | undefined {
    this.#register = register;
    this.slices.tooLong = "FUNCTION LOAD timeout";
    try {
      const failure = this.environment.whileRegistering(() =>
        this.run(reference, { push: () => 0, take: () => {} })
      );
      if (failure === SUSPENDED) throw new TypeError("suspended without pauses");
      return failure;
    } finally {
      this.slices.tooLong = this.#register = undefined;
    }
  }

  /** Runs a compiled function. @returns How it failed, if it did. */
  run(reference: number, run: FunctionRun): ScriptFailure | undefined | typeof SUSPENDED {
    const { lua } = this;
    const main = lua.state;
    const thread = this.#thread ??= this.#newThread();
    this.calls.runner = run.calls;
    this.#run = run;
    this.#main = main;
    this.calls.protocol = 2;
    lua.state = thread.state;
    let over = true;
    try {
      lua.pushKept(reference);
      const status = this.slices.start(
        thread.state,
        run.push(lua),
        run.pauses,
        run.ownStack ?? false,
      );
      if (status !== undefined) return this.#result(status, run);
      over = false;
      lua.state = main;
      return SUSPENDED;
    } finally {
      if (over) this.#settle(main);
    }
  }

  /** One that was suspended has ended. */
  #ended(status: number, error: unknown): void {
    const run = this.#run;
    let failure: ScriptFailure | undefined;
    try {
      if (error === undefined && run !== undefined) failure = this.#result(status, run);
    } catch (raised) {
      error = raised;
    }
    try {
      this.#settle(this.#main);
    } catch (raised) {
      error ??= raised;
    }
    run?.ended?.(failure, error);
  }

  /** Takes the result of the thread. @returns How it failed, if it did. */
  #result(status: number, run: FunctionRun): ScriptFailure | undefined {
    const { lua } = this;
    if (status !== STATUS.OK) return failureOf(lua, status);
    if (lua.top === 0) lua.pushNil();
    lua.top = 1;
    run.take(lua);
    lua.top = 0;
    this.#reusable = true;
    return undefined;
  }

  #settle(main: number): void {
    this.lua.state = main;
    this.calls.runner = undefined;
    if (!this.#reusable) this.#dropThread();
    this.#reusable = false;
    this.environment.tidy();
  }

  #newThread(): { readonly state: number; readonly reference: number } {
    const state = this.lua.pushThread();
    return { state, reference: this.lua.keep() };
  }

  #dropThread(): void {
    if (this.#thread !== undefined) this.lua.release(this.#thread.reference);
    this.#thread = undefined;
  }
}
