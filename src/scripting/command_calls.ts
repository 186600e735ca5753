/**
 * `redis.call` and `redis.pcall`: from a script's values to a command's arguments, and from its reply
 * to values. One object serves all calls, so that none allocates.
 *
 * @module
 */

import { LUA } from "../lua/constants.ts";
import { SHORT } from "../lua/stack.ts";
import type { Lua } from "../lua/state.ts";
import { Arguments } from "../resp/arguments.ts";
import { formatDouble } from "../resp/double.ts";
import { LuaReply } from "./lua_reply.ts";
import { pushError } from "./script_failure.ts";

/** Runs the commands that a script calls. */
export interface ScriptCalls {
  /** Runs a command and writes its reply, an error if it is refused. */
  call(args: Arguments, reply: LuaReply): void;
}

/** The calls of one interpreter. */
export class CommandCalls {
  /** Which replies scripts get: RESP2's or RESP3's. */
  protocol: 2 | 3 = 2;
  /** What runs the commands; undefined where none may be called. */
  runner: ScriptCalls | undefined;
  /** Where the replies go. */
  readonly reply = new LuaReply();
  readonly #args = new Arguments();
  #scratch = new Uint8Array(16 * 1024);

  /** Does `redis.call`, or `redis.pcall` which does not raise. */
  call(lua: Lua, raises: boolean): number {
    const { runner } = this;
    const problem = runner === undefined
      ? "redis.call/pcall can only be called inside a script invocation"
      : this.#readArguments(lua);
    if (problem === undefined && runner !== undefined) {
      const { reply } = this;
      reply.begin(this.protocol);
      runner.call(this.#args, reply);
      const message = reply.errorMessage;
      if (message === undefined) {
        lua.top = 0;
        reply.pushTo(lua);
        return 1;
      }
      pushError(lua, message, 2);
      // It is counted already.
      lua.pushBoolean(true);
      lua.setField(-2, "ignore_error_stats_update");
    } else {
      pushError(lua, `ERR ${problem}`);
    }
    if (raises) lua.raise();
    return 1;
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
}
