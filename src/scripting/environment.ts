/**
 * What scripts and functions see: the globals, their libraries, `KEYS` and `ARGV`.
 *
 * Globals are tables that scripts cannot change (sealed_tables.ts).
 *
 * @module
 */

import { GLOBALS, LUA, STATUS } from "../lua/constants.ts";
import { BIT } from "../lua/libraries/bit.ts";
import { pushCjson } from "../lua/libraries/cjson.ts";
import { CMSGPACK } from "../lua/libraries/cmsgpack.ts";
import { pushLibrary } from "../lua/libraries/library.ts";
import { STRUCT } from "../lua/libraries/struct.ts";
import type { ArgumentList } from "../lua/stack.ts";
import type { Lua, LuaFunction } from "../lua/state.ts";
import type { CommandCalls } from "./command_calls.ts";
import { InterruptibleFunctions } from "./interruptible/functions.ts";
import { installRandom, type ScriptRandom } from "./prng.ts";
import { pushRedisLibrary, pushRegisteringLibrary, type RedisFunctions } from "./redis_library.ts";
import { SealedTables } from "./sealed_tables.ts";
import { widenIntegers } from "./wide_integers.ts";

/** Globals of Lua that scripts do not see. */
const HIDDEN = ["dofile", "loadfile", "print", "getfenv", "setfenv", "newproxy"];

/** What `redis` has for scripts alone. */
const FOR_SCRIPTS = ["breakpoint", "debug", "replicate_commands"];

/** Libraries that scripts see, each with a table that stands for it. */
const SEALED = ["string", "table", "math", "coroutine", "os", "bit", "struct", "cjson", "cmsgpack"];

/** What an environment is made of. */
export interface EnvironmentParts {
  /** What runs in it. */
  readonly kind: "scripts" | "functions";
  /** What the functions of `redis` do that are not calls. */
  readonly redis: RedisFunctions;
  /** `redis.call` and its like. */
  readonly calls: CommandCalls;
  /** What `math.random` draws from. */
  readonly random: ScriptRandom;
  /** `redis.register_function`. */
  readonly register: LuaFunction;
  /** Whether a thread is the script itself, and no coroutine of its own. */
  isScript(state: number): boolean;
}

/** The environment of one interpreter. */
export class Environment {
  readonly #lua: Lua;
  /** The real table of globals. */
  readonly #globals: number;
  readonly #keysName: number;
  readonly #argvName: number;
  /** The globals of code that registers functions. */
  #registering = 0;
  readonly #sealed: SealedTables;
  readonly #interruptible: InterruptibleFunctions;

  /** Makes it in an interpreter that has nothing yet. */
  constructor(lua: Lua, parts: EnvironmentParts) {
    this.#lua = lua;
    lua.openLibraries();
    lua.pushValue(GLOBALS);
    this.#globals = lua.keep();
    lua.pushLatin1("KEYS");
    this.#keysName = lua.keep();
    lua.pushLatin1("ARGV");
    this.#argvName = lua.keep();
    this.#sealed = new SealedTables(lua, this.#globals);
    this.#interruptible = new InterruptibleFunctions(lua);
    this.#install(parts);
    this.#sealed.keepInReach();
  }

  /** Sets the globals `KEYS` and `ARGV` to arguments. @param from The first; then so many keys. */
  setArguments(args: ArgumentList, from: number, keys: number, count: number): void {
    const lua = this.#lua;
    lua.pushKept(this.#globals);
    lua.pushKept(this.#keysName);
    lua.pushList(args, from, from + keys);
    lua.rawSet(-3);
    lua.pushKept(this.#argvName);
    lua.pushList(args, from + keys, count);
    lua.rawSet(-3);
    lua.pop();
  }

  /** Shows what registers functions, while `run` runs. */
  whileRegistering<T>(run: () => T): T {
    this.#show(this.#registering);
    try {
      return run();
    } finally {
      this.#show(this.#globals);
    }
  }

  /** Has the globals that chunks get stand for others. Functions keep those that they began with. */
  #show(reference: number): void {
    const lua = this.#lua;
    lua.pushValue(GLOBALS);
    lua.metatable(-1);
    lua.pushKept(reference);
    lua.setField(-2, "__index");
    lua.pop(2);
  }

  /** Does away with what a script has left behind. Call when none runs. */
  tidy(): void {
    this.#sealed.tidy();
    this.#interruptible.forget();
  }

  #install(parts: EnvironmentParts): void {
    const lua = this.#lua;
    const { kind } = parts;
    lua.pushKept(this.#globals);
    const globals = lua.top;
    for (const name of HIDDEN) {
      lua.pushNil();
      lua.setField(globals, name);
    }
    this.#installLibraries(globals, parts);
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
    if (kind === "functions") this.#installRegistering(parts);
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
  #installRegistering({ redis, register }: EnvironmentParts): void {
    const lua = this.#lua;
    lua.pushTable(0, 1);
    lua.pushValue(-2);
    lua.setMetatable(-2);
    pushRegisteringLibrary(lua, redis, register);
    lua.pushValue(-3);
    lua.setMetatable(-2);
    this.#sealed.seal();
    lua.setField(-2, "redis");
    this.#registering = lua.keep();
  }

  #installLibraries(globals: number, parts: EnvironmentParts): void {
    const lua = this.#lua;
    const { calls } = parts;
    installClock(lua, globals);
    pushLibrary(lua, BIT);
    lua.setField(globals, "bit");
    pushLibrary(lua, STRUCT);
    lua.setField(globals, "struct");
    pushCjson(lua);
    lua.setField(globals, "cjson");
    nameNull(lua);
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
    installRandom(lua, globals, parts.random);
    hideScript(lua, globals, parts.isScript);
    pushRedisLibrary(lua, parts.redis, {
      call: (lua) => calls.call(lua, true),
      pcall: (lua) => calls.call(lua, false),
      setProtocol: (protocol) => calls.protocol = protocol,
    });
    lua.setField(globals, "redis");
  }
}

function installClock(lua: Lua, globals: number): void {
  lua.pushTable(0, 1);
  lua.pushFunction((lua) => {
    lua.pushNumber(performance.now() / 1000);
    return 1;
  });
  lua.setField(-2, "clock");
  lua.setField(globals, "os");
}

/** `tostring(cjson.null)` is what the C library of servers calls a null pointer. */
function nameNull(lua: Lua): void {
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

/** A script is a coroutine of ours, and does not know it. */
function hideScript(lua: Lua, globals: number, isScript: (state: number) => boolean): void {
  lua.field(globals, "coroutine");
  lua.field(-1, "running");
  const running = lua.keep();
  lua.pushFunction((lua) => {
    if (isScript(lua.state)) {
      lua.pushNil();
      return 1;
    }
    lua.pushKept(running);
    lua.call(0, 1);
    return 1;
  });
  lua.setField(-2, "running");
  lua.pop();
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
