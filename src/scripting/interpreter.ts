/**
 * The Lua interpreter that scripts run in: its sandbox, and the calls from Lua to commands.
 *
 * Scripts see globals that they cannot change (sealed_tables.ts).
 *
 * A script runs as a coroutine, so that its call stack is still there when it fails, and tells where.
 *
 * @module
 */

import { BIT } from "../lua/libraries/bit.ts";
import { pushCjson } from "../lua/libraries/cjson.ts";
import { CMSGPACK } from "../lua/libraries/cmsgpack.ts";
import { pushLibrary } from "../lua/libraries/library.ts";
import { STRUCT } from "../lua/libraries/struct.ts";
import { GLOBALS, LUA, STATUS } from "../lua/constants.ts";
import type { ArgumentList } from "../lua/stack.ts";
import { Lua, type LuaFunction } from "../lua/state.ts";
import { Arguments } from "../resp/arguments.ts";
import { formatDouble } from "../resp/double.ts";
import { InterruptibleFunctions } from "./interruptible/functions.ts";
import { LuaReply } from "./lua_reply.ts";
import { ScriptRandom } from "./prng.ts";
import { SealedTables } from "./sealed_tables.ts";
import { type Pauses, Slices } from "./slices.ts";
import { widenIntegers } from "./wide_integers.ts";
import { pushRedisLibrary, pushRegisteringLibrary, type RedisFunctions } from "./redis_library.ts";

const INT_MAX = 2 ** 31 - 1;

/** Bytes up to which a loop copies faster than `set` of a view. */
const SHORT = 48;

/** Globals of Lua that scripts do not see. */
const HIDDEN = ["dofile", "loadfile", "print", "getfenv", "setfenv", "newproxy"];

/** What `redis` has for scripts alone. */
const FOR_SCRIPTS = ["breakpoint", "debug", "replicate_commands"];

/** Libraries that scripts see, each with a table that stands for it. */
const SEALED = ["string", "table", "math", "coroutine", "os", "bit", "struct", "cjson", "cmsgpack"];

/** Runs the commands that a script calls. */
export interface ScriptCalls {
  /** Runs a command and writes its reply, an error if it is refused. */
  call(args: Arguments, reply: LuaReply): void;
}

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

/** How a script failed. */
export interface ScriptFailure {
  /** The error's code and message, one character for each byte. */
  readonly message: string;
  /** The chunk that raised it, as `@user_script`. */
  readonly source: string | undefined;
  /** The line of the chunk. */
  readonly line: number | undefined;
}

/** A Lua interpreter with Redis's environment. */
export class Interpreter {
  readonly lua: Lua;
  /** What `math.random` draws from. */
  readonly random = new ScriptRandom();
  /** Which replies `redis.call` gives: RESP2's or RESP3's. */
  protocol: 2 | 3 = 2;
  readonly #redis: RedisFunctions;
  /** Where the replies of a script's commands go. */
  readonly reply = new LuaReply();
  readonly #args = new Arguments();
  /** How long a script may run, in milliseconds; 0 for as long as it likes. */
  get limitMs(): number {
    return this.slices.limitMs;
  }
  set limitMs(limitMs: number) {
    this.slices.limitMs = limitMs;
  }
  /** What interrupts it. */
  readonly slices: Slices;
  #scratch = new Uint8Array(16 * 1024);
  #calls: ScriptCalls | undefined;
  /** The real table of globals. */
  readonly #globals: number;
  readonly #keysName: number;
  readonly #argvName: number;
  /** The globals of code that registers functions, and what takes them. */
  #registering = 0;
  #register: LuaFunction | undefined;
  readonly #sealed: SealedTables;
  readonly #interruptible: InterruptibleFunctions;
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
    this.#redis = redis;
    this.slices = new Slices(
      lua,
      () => failedCall(lua),
      (status, error) => this.#ended(status, error),
    );
    lua.openLibraries();
    lua.pushValue(GLOBALS);
    this.#globals = lua.keep();
    lua.pushLatin1("KEYS");
    this.#keysName = lua.keep();
    lua.pushLatin1("ARGV");
    this.#argvName = lua.keep();
    this.#sealed = new SealedTables(lua, this.#globals);
    this.#interruptible = new InterruptibleFunctions(lua);
    this.#install(kind);
    this.#sealed.keepInReach();
  }

  // The environment.

  #install(kind: "scripts" | "functions"): void {
    const { lua } = this;
    lua.pushKept(this.#globals);
    const globals = lua.top;
    for (const name of HIDDEN) {
      lua.pushNil();
      lua.setField(globals, name);
    }
    this.#installLibraries(globals);
    for (const name of SEALED) {
      lua.field(globals, name);
      this.#sealed.seal();
      lua.setField(globals, name);
    }
    lua.field(globals, "redis");
    if (kind === "functions") {
      for (const name of FOR_SCRIPTS) {
        lua.pushNil();
        lua.setField(-2, name);
      }
    }
    this.#sealed.seal();
    lua.setField(globals, "redis");
    // Strings have their methods from a table that nobody may change either.
    lua.pushLatin1("");
    lua.metatable(-1);
    lua.field(globals, "string");
    lua.setField(-2, "__index");
    this.#sealed.seal();
    this.#sealed.ofStrings = lua.keep();
    lua.pop();
    // What is not there is an error, and not nil.
    lua.pushTable();
    lua.pushFunction((lua) => {
      const name = lua.latin1(2);
      return lua.raiseText(`Script attempted to access nonexistent global variable '${name}'`);
    });
    lua.setField(-2, "__index");
    lua.pushValue(-1);
    lua.setMetatable(globals);
    if (kind === "functions") this.#installRegistering();
    this.#sealed.seal();
    this.#sealed.ofGlobals = lua.keep();
    // The globals that chunks get.
    lua.pushKept(this.#globals);
    this.#sealed.seal();
    lua.pushValue(-1);
    lua.setField(globals, "_G");
    lua.replace(GLOBALS);
    lua.pop();
  }

  /** What code sees that registers functions. The topmost value is the metatable of globals. */
  #installRegistering(): void {
    const { lua } = this;
    lua.pushTable(0, 1);
    lua.pushValue(-2);
    lua.setMetatable(-2);
    pushRegisteringLibrary(lua, this.#redis, (lua) => this.#register?.(lua) ?? 0);
    lua.pushValue(-3);
    lua.setMetatable(-2);
    this.#sealed.seal();
    lua.setField(-2, "redis");
    this.#registering = lua.keep();
  }

  #installLibraries(globals: number): void {
    const { lua } = this;
    lua.pushTable(0, 1);
    lua.pushFunction((lua) => {
      lua.pushNumber(performance.now() / 1000);
      return 1;
    });
    lua.setField(-2, "clock");
    lua.setField(globals, "os");
    pushLibrary(lua, BIT);
    lua.setField(globals, "bit");
    pushLibrary(lua, STRUCT);
    lua.setField(globals, "struct");
    pushCjson(lua);
    lua.setField(globals, "cjson");
    this.#nameNull();
    pushLibrary(lua, CMSGPACK);
    for (const [name, text] of [["_NAME", "cmsgpack"], ["_VERSION", "lua-cmsgpack 0.4.0"]]) {
      lua.pushLatin1(text!);
      lua.setField(-2, name!);
    }
    lua.setField(globals, "cmsgpack");
    lua.pushKnown(lua.module.add(lua.module.frames.function("pcall")));
    lua.setField(globals, "pcall");
    const replaced: Record<string, LuaFunction> = {
      ...this.#sealed.functions,
      loadstring: (lua) => loadString(lua),
    };
    for (const [name, callback] of Object.entries(replaced)) {
      lua.pushFunction(callback);
      lua.setField(globals, name);
    }
    widenIntegers(lua, globals);
    this.#interruptible.install(globals);
    lua.field(globals, "math");
    lua.pushFunction((lua) => this.#random(lua));
    lua.setField(-2, "random");
    lua.pushFunction((lua) => {
      this.random.seed(lua.checkInteger(1));
      return 0;
    });
    lua.setField(-2, "randomseed");
    lua.pop();
    // A script is a coroutine of ours, and does not know it.
    lua.field(globals, "coroutine");
    lua.field(-1, "running");
    const running = lua.keep();
    lua.pushFunction((lua) => {
      if (lua.state === this.#thread?.state) {
        lua.pushNil();
        return 1;
      }
      lua.pushKept(running);
      lua.call(0, 1);
      return 1;
    });
    lua.setField(-2, "running");
    lua.pop();
    pushRedisLibrary(lua, this.#redis, {
      call: (lua) => this.#call(lua, true),
      pcall: (lua) => this.#call(lua, false),
      setProtocol: (protocol) => this.protocol = protocol,
    });
    lua.setField(globals, "redis");
  }

  /** `tostring(cjson.null)` is what the C library of servers calls a null pointer. */
  #nameNull(): void {
    const { lua } = this;
    lua.pushLightUserdata(0);
    lua.pushTable(0, 1);
    lua.pushFunction((lua) => {
      lua.pushLatin1("userdata: (nil)");
      return 1;
    });
    lua.setField(-2, "__tostring");
    lua.setMetatable(-2);
    lua.pop();
  }

  #random(lua: Lua): number {
    const drawn = (this.random.next() % INT_MAX) / INT_MAX;
    switch (lua.top) {
      case 0:
        lua.pushNumber(drawn);
        return 1;
      case 1: {
        const to = lua.checkInteger(1);
        if (to < 1) lua.raiseArgument(1, "interval is empty");
        lua.pushNumber(Math.floor(drawn * to) + 1);
        return 1;
      }
      case 2: {
        const from = lua.checkInteger(1), to = lua.checkInteger(2);
        if (from > to) lua.raiseArgument(2, "interval is empty");
        lua.pushNumber(Math.floor(drawn * (to - from + 1)) + from);
        return 1;
      }
      default:
        lua.raiseText("wrong number of arguments");
    }
  }

  // Calls.

  /** `redis.call` and `redis.pcall`. */
  #call(lua: Lua, raises: boolean): number {
    const calls = this.#calls;
    const problem = calls === undefined
      ? "redis.call/pcall can only be called inside a script invocation"
      : this.#readArguments(lua);
    if (problem === undefined && calls !== undefined) {
      const { reply } = this;
      reply.begin(this.protocol);
      calls.call(this.#args, reply);
      const message = reply.errorMessage;
      if (message === undefined) {
        lua.top = 0;
        reply.pushTo(lua);
        return 1;
      }
      this.#pushError(message);
      // It is counted already.
      lua.pushBoolean(true);
      lua.setField(-2, "ignore_error_stats_update");
    } else {
      this.#pushError(`ERR ${problem}`);
    }
    if (raises) lua.raise();
    return 1;
  }

  #pushError(message: string): void {
    const { lua } = this;
    lua.pushTable(0, 2);
    lua.pushLatin1(message);
    lua.setField(-2, "err");
  }

  /** Copies the arguments of a call. @returns What is wrong with them. */
  #readArguments(lua: Lua): string | undefined {
    const count = lua.top;
    if (count === 0) return "Please specify at least one argument for this redis lib call";
    const args = this.#args;
    args.count = count;
    let end = 0;
    for (let i = 1; i <= count; i++) {
      const type = lua.type(i);
      if (type === LUA.STRING) {
        lua.find(i);
        const { foundAt, foundSize } = lua;
        this.#makeRoom(end + foundSize, i - 1);
        const scratch = this.#scratch;
        const memory = lua.module.bytes;
        if (foundSize <= SHORT) {
          for (let j = 0; j < foundSize; j++) scratch[end + j] = memory[foundAt + j]!;
        } else {
          scratch.set(memory.subarray(foundAt, foundAt + foundSize), end);
        }
        args.slot(i - 1).set(scratch, end, end + foundSize);
        end += foundSize;
      } else if (type === LUA.NUMBER) {
        const text = formatDouble(lua.number(i));
        this.#makeRoom(end + text.length, i - 1);
        for (let j = 0; j < text.length; j++) this.#scratch[end + j] = text.charCodeAt(j);
        args.slot(i - 1).set(this.#scratch, end, end + text.length);
        end += text.length;
      } else {
        return "Lua redis lib command arguments must be strings or integers";
      }
    }
    return undefined;
  }

  /** @param filled How many arguments point into the scratch bytes already. */
  #makeRoom(size: number, filled: number): void {
    if (size <= this.#scratch.length) return;
    const grown = new Uint8Array(2 * size);
    grown.set(this.#scratch);
    this.#scratch = grown;
    this.#args.moved(grown, filled, 0);
  }

  // Running.

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

  /** Sets the globals `KEYS` and `ARGV` to arguments. @param from The first; then so many keys. */
  setArguments(args: ArgumentList, from: number, keys: number, count: number): void {
    const { lua } = this;
    lua.pushKept(this.#globals);
    lua.pushKept(this.#keysName);
    lua.pushList(args, from, from + keys);
    lua.rawSet(-3);
    lua.pushKept(this.#argvName);
    lua.pushList(args, from + keys, count);
    lua.rawSet(-3);
    lua.pop();
  }

  /** Runs a library's code. @param register `redis.register_function`. @returns How it failed. */
  load(reference: number, register: LuaFunction): ScriptFailure | undefined {
    this.#register = register;
    this.slices.tooLong = "FUNCTION LOAD timeout";
    this.#showGlobals(this.#registering);
    try {
      const failure = this.run(reference, { push: () => 0, take: () => {} });
      if (failure === SUSPENDED) throw new TypeError("suspended without pauses");
      return failure;
    } finally {
      this.#showGlobals(this.#globals);
      this.slices.tooLong = this.#register = undefined;
    }
  }

  /** Has the globals that chunks get stand for others. Functions keep those that they began with. */
  #showGlobals(reference: number): void {
    const { lua } = this;
    lua.pushValue(GLOBALS);
    lua.metatable(-1);
    lua.pushKept(reference);
    lua.setField(-2, "__index");
    lua.pop(2);
  }

  /** Runs a compiled function. @returns How it failed, if it did. */
  run(reference: number, run: FunctionRun): ScriptFailure | undefined | typeof SUSPENDED {
    const { lua } = this;
    const main = lua.state;
    const thread = this.#thread ??= this.#newThread();
    this.#calls = run.calls;
    this.#run = run;
    this.#main = main;
    this.protocol = 2;
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
    if (status !== STATUS.OK) return this.#failure(status);
    if (lua.top === 0) lua.pushNil();
    lua.top = 1;
    run.take(lua);
    lua.top = 0;
    this.#reusable = true;
    return undefined;
  }

  #settle(main: number): void {
    this.lua.state = main;
    this.#calls = undefined;
    if (!this.#reusable) this.#dropThread();
    this.#reusable = false;
    this.#sealed.tidy();
    this.#interruptible.forget();
  }

  #newThread(): { readonly state: number; readonly reference: number } {
    const state = this.lua.pushThread();
    return { state, reference: this.lua.keep() };
  }

  #dropThread(): void {
    if (this.#thread !== undefined) this.lua.release(this.#thread.reference);
    this.#thread = undefined;
  }

  #failure(status: number): ScriptFailure {
    const { lua } = this;
    let place = lua.where(0);
    // A function of ours tells of the place that called it.
    if (place?.source === "=[C]") place = lua.where(1);
    if (status === STATUS.YIELD) {
      return {
        message: "ERR attempt to yield across metamethod/C-call boundary",
        ...placed(place),
      };
    }
    if (status === STATUS.MEMORY) {
      return { message: "ERR not enough memory", ...placed(place) };
    }
    if (lua.type(-1) === LUA.TABLE) {
      lua.field(-1, "err");
      const message = lua.isText(-1) ? lua.latin1(-1) : "ERR unknown error";
      return { message, ...placed(place) };
    }
    const text = lua.isText(-1) ? lua.latin1(-1) : lua.describe(-1);
    return { message: `ERR ${text}`, ...placed(place) };
  }
}

function placed(
  place: { readonly source: string; readonly line: number } | undefined,
): { readonly source: string | undefined; readonly line: number | undefined } {
  return { source: place?.source, line: place?.line };
}

/** What `pcall` gives for an error: of commands their text, not the table that `redis.pcall` returns. */
function failedCall(lua: Lua): number {
  if (lua.type(-1) === LUA.TABLE) {
    lua.field(-1, "err");
    if (lua.isText(-1)) lua.replace(-2);
    else lua.pop();
  }
  lua.pushBoolean(false);
  lua.insert(-2);
  return 2;
}

/** `loadstring`, for text alone: compiled chunks could do to memory what they like. */
function loadString(lua: Lua): number {
  const code = lua.checkBytes(1).slice();
  const given = lua.type(2) > LUA.NIL ? (lua.checkBytes(2), lua.latin1(2)) : undefined;
  if (code[0] === 0x1b) {
    lua.pushNil();
    lua.pushLatin1("attempt to load a compiled chunk");
    return 2;
  }
  const name = given ?? String.fromCharCode(...code.subarray(0, 100));
  if (lua.load(code, name) === STATUS.OK) return 1;
  lua.pushNil();
  lua.insert(-2);
  return 2;
}
