/** The library `redis` that scripts see: https://redis.io/docs/latest/develop/programmability/lua-api/#redis_object */

import { LUA } from "../lua/constants.ts";
import type { Lua, LuaFunction } from "../lua/state.ts";
import { Arguments } from "../resp/arguments.ts";
import { pushError, raiseError } from "./script_failure.ts";
import { sha1Hex } from "./sha1.ts";

/** Levels of `redis.log`. */
const LEVELS = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 };
/** What `redis.set_repl` takes. */
const REPLICATION = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };

/** What the functions of `redis` do beyond Lua. */
export interface RedisFunctions {
  /** `REDIS_VERSION`, as `8.10.0`. */
  readonly version: string;
  /** Writes a line to the server's log. @param level 0 for debugging to 3 for a warning. */
  log(level: number, message: string): void;
  /**
   * Whether the user whose script runs may run a command.
   *
   * @returns Undefined if there is no such command.
   */
  mayRun(args: Arguments): boolean | undefined;
}

/** The parts that belong to the interpreter. */
export interface RedisCalls {
  /** `redis.call`. */
  readonly call: LuaFunction;
  /** `redis.pcall`. */
  readonly pcall: LuaFunction;
  /** `redis.setresp`. */
  setProtocol(protocol: 2 | 3): void;
}

/** Puts the constants of the library into the topmost value, a table. */
function setConstants(lua: Lua, version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const numbers = { ...LEVELS, REDIS_VERSION_NUM: major << 16 | minor << 8 | patch };
  for (const [name, value] of Object.entries(numbers)) {
    lua.pushNumber(value);
    lua.setField(-2, name);
  }
  lua.pushLatin1(version);
  lua.setField(-2, "REDIS_VERSION");
}

/** Pushes the library as code sees it that registers functions. */
export function pushRegisteringLibrary(
  lua: Lua,
  redis: RedisFunctions,
  register: LuaFunction,
): void {
  lua.pushTable(0, 8);
  lua.pushFunction(register);
  lua.setField(-2, "register_function");
  lua.pushFunction((lua) => log(lua, redis));
  lua.setField(-2, "log");
  setConstants(lua, redis.version);
}

/** Pushes the library. */
export function pushRedisLibrary(lua: Lua, redis: RedisFunctions, calls: RedisCalls): void {
  const functions: Record<string, LuaFunction> = {
    call: calls.call,
    pcall: calls.pcall,
    log: (lua) => log(lua, redis),
    sha1hex: (lua) => {
      if (lua.top !== 1) raiseError(lua, "wrong number of arguments");
      lua.pushLatin1(sha1Hex(lua.bytes(1) ?? new Uint8Array(0)));
      return 1;
    },
    error_reply: (lua) => singleField(lua, "err"),
    status_reply: (lua) => singleField(lua, "ok"),
    setresp: (lua) => {
      if (lua.top !== 1) raiseError(lua, "redis.setresp() requires one argument.");
      const protocol = lua.number(1);
      if (protocol !== 2 && protocol !== 3) raiseError(lua, "RESP version must be 2 or 3.");
      calls.setProtocol(protocol);
      return 0;
    },
    set_repl: (lua) => {
      if (lua.top !== 1) raiseError(lua, "redis.set_repl() requires one argument.");
      if ((lua.number(1) & ~REPLICATION.REPL_ALL) !== 0) {
        raiseError(
          lua,
          "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
        );
      }
      return 0;
    },
    replicate_commands: (lua) => {
      lua.pushBoolean(true);
      return 1;
    },
    breakpoint: (lua) => {
      lua.pushBoolean(false);
      return 1;
    },
    debug: () => 0,
    acl_check_cmd: (lua) => checkCommand(lua, redis),
  };
  lua.pushTable(0, 24);
  for (const [name, callback] of Object.entries(functions)) {
    lua.pushFunction(callback);
    lua.setField(-2, name);
  }
  setConstants(lua, redis.version);
  for (const [name, value] of Object.entries(REPLICATION)) {
    lua.pushNumber(value);
    lua.setField(-2, name);
  }
}

function log(lua: Lua, redis: RedisFunctions): number {
  if (lua.top < 2) raiseError(lua, "redis.log() requires two arguments or more.");
  if (lua.type(1) !== LUA.NUMBER) raiseError(lua, "First argument must be a number (log level).");
  const level = Math.trunc(lua.number(1));
  if (level < LEVELS.LOG_DEBUG || level > LEVELS.LOG_WARNING) raiseError(lua, "Invalid log level.");
  const words: string[] = [];
  for (let i = 2; i <= lua.top; i++) {
    const bytes = lua.isText(i) ? lua.bytes(i) : undefined;
    if (bytes !== undefined) words.push(new TextDecoder().decode(bytes));
  }
  redis.log(level, words.join(" "));
  return 0;
}

/** `redis.error_reply` and `redis.status_reply`. */
function singleField(lua: Lua, field: "err" | "ok"): number {
  if (lua.top !== 1 || lua.type(1) !== LUA.STRING) {
    pushError(lua, "ERR wrong number or type of arguments");
    return 1;
  }
  let text = lua.latin1(1);
  if (field === "err") {
    if (text.startsWith("-")) text = text.slice(1);
    // Without a code, it gets the one for any error.
    if (!text.includes(" ")) text = `ERR ${text}`;
  }
  lua.pushTable(0, 1);
  lua.pushLatin1(text);
  lua.setField(-2, field);
  return 1;
}

function checkCommand(lua: Lua, redis: RedisFunctions): number {
  if (lua.top === 0) {
    raiseError(lua, "Please specify at least one argument for this redis lib call");
  }
  const words: Uint8Array[] = [];
  for (let i = 1; i <= lua.top; i++) {
    if (lua.type(i) !== LUA.STRING && lua.type(i) !== LUA.NUMBER) {
      raiseError(lua, "redis.acl_check_cmd() arguments must be strings or integers");
    }
    words.push(lua.bytes(i)!.slice());
  }
  const args = new Arguments();
  args.fill(words);
  const allowed = redis.mayRun(args);
  if (allowed === undefined) raiseError(lua, "Invalid command passed to redis.acl_check_cmd()");
  lua.pushBoolean(allowed);
  return 1;
}
