/**
 * Functions of Lua that might keep everybody waiting: `string.find`, `match`, `gmatch`, `gsub` and `rep`,
 * `table.sort` and `insert`. They are the interpreter's own where they cannot take long, and else are
 * done in steps, between which others are served.
 *
 * @module
 */

import { LUA } from "../../lua/constants.ts";
import { STEP } from "../../lua/frames.ts";
import type { Lua, StepFunction } from "../../lua/state.ts";
import { find } from "./find.ts";
import { gmatch, next } from "./gmatch.ts";
import { gsub } from "./gsub.ts";
import { PatternCalls } from "./pattern_calls.ts";
import { insert, sort } from "./tables.ts";

/** These functions of one interpreter. */
export class InterruptibleFunctions {
  readonly #lua: Lua;
  readonly #calls: PatternCalls;

  /** @param calls The calls of functions that match patterns. */
  constructor(lua: Lua, calls: PatternCalls = new PatternCalls()) {
    this.#lua = lua;
    this.#calls = calls;
  }

  /** Puts them in the place of the interpreter's. @param globals The index of the globals. */
  install(globals: number): void {
    const lua = this.#lua;
    const calls = this.#calls;
    const lessThan = lua.module.add(lua.module.frames.function("lessThan"));
    lua.field(globals, "string");
    this.#replace("find", (lua, again) => find(calls, lua, again, true));
    this.#replace("match", (lua, again) => find(calls, lua, again, false));
    this.#replace("rep", rep);
    this.#replace("gsub", (lua, again) => gsub(calls, lua, again));
    const native = this.#replace("gmatch", (lua) => gmatch(calls, lua, iterator));
    const iterator: number = lua.knownSteps((lua, again) => next(calls, lua, again), native);
    // An older name of it.
    lua.field(-1, "gmatch");
    lua.setField(-2, "gfind");
    lua.pop();
    lua.field(globals, "table");
    this.#replace("sort", (lua) => sort(lua, lessThan));
    this.#replace("insert", insert);
    lua.pop();
  }

  /** Replaces a function of the topmost value, a table. @returns The one there was. */
  #replace(name: string, by: StepFunction): CallableFunction {
    const lua = this.#lua;
    lua.field(-1, name);
    const native = lua.nativeFunction(-1);
    lua.pop();
    lua.pushKnown(lua.knownSteps(by, native));
    lua.setField(-2, name);
    return native;
  }

  /** Forgets the calls that an error has ended. Call when no script runs. */
  forget(): void {
    this.#calls.forget();
  }
}

/** `string.rep` of nothing, a thousand million times. */
function rep(lua: Lua): number {
  if (lua.type(1) !== LUA.STRING || lua.length(1) > 0 || !lua.isText(2)) return STEP.NATIVE;
  lua.top = 1;
  return 1;
}
