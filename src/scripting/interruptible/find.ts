/** `string.find` and `string.match`. */

import { STEP } from "../../lua/frames.ts";
import { LUA } from "../../lua/constants.ts";
import { mostPlainSteps } from "../../lua/patterns/cost.ts";
import { TRY } from "../../lua/patterns/matching.ts";
import { PlainMatcher } from "../../lua/patterns/plain_matcher.ts";
import type { Lua } from "../../lua/state.ts";
import { type Call, callOf, type PatternCalls } from "./pattern_calls.ts";

const SPECIAL = new Set(Array.from("^$*+?.([%-", (character) => character.charCodeAt(0)));
const INT_MAX = 2 ** 31 - 1;

/** Does `find` or `match`. @param finds Which of them. @returns A {@linkcode STEP}, or how many results. */
export function find(calls: PatternCalls, lua: Lua, again: boolean, finds: boolean): number {
  if (again) return calls.attempt(lua, () => findOn(calls, lua, calls.kept(lua, 5), finds));
  if (lua.type(3) === LUA.NUMBER) clamp(lua, 3);
  const plain = finds && isPlain(lua);
  if (plain ? !isCostlyPlain(calls, lua) : !calls.isCostly(lua)) return STEP.NATIVE;
  const init = lua.optionalInteger(3, 1);
  lua.top = 4;
  const call = plain
    ? callOf(new PlainMatcher(lua.length(1), lua.length(2)), false, 0)
    : calls.begin(lua, 1, 2, true);
  const { size } = call.matcher;
  call.at = Math.min(Math.max(init < 0 ? size + init : init - 1, 0), size);
  calls.keep(lua, call);
  return calls.attempt(lua, () => findOn(calls, lua, call, finds));
}

/** Whether `find` looks for bytes as they are. */
function isPlain(lua: Lua): boolean {
  if (lua.boolean(4)) return true;
  if (!lua.isText(2) || !lua.find(2)) return false;
  const memory = lua.module.bytes;
  for (let i = lua.foundAt; i < lua.foundAt + lua.foundSize; i++) {
    if (memory[i] === 0) return true;
    if (SPECIAL.has(memory[i]!)) return false;
  }
  return true;
}

function isCostlyPlain(calls: PatternCalls, lua: Lua): boolean {
  if (!lua.isText(1) || !lua.isText(2)) return false;
  return mostPlainSteps(lua.length(1), lua.length(2)) > calls.fewSteps;
}

function findOn(calls: PatternCalls, lua: Lua, call: Call, finds: boolean): number {
  const { matcher } = call;
  calls.ready(lua, call, 1);
  for (;;) {
    const tried = matcher.try(call.at);
    if (tried === TRY.MORE) return STEP.MORE;
    if (tried === TRY.MATCHED) break;
    if (call.anchored || call.at >= matcher.size) {
      lua.pushNil();
      return 1;
    }
    call.at++;
  }
  if (!finds) return calls.pushCaptures(lua, call, call.at, true);
  lua.pushNumber(call.at + 1);
  lua.pushNumber(matcher.end);
  return 2 + calls.pushCaptures(lua, call, call.at, false);
}

/** Keeps a number within what C makes an `int` of. */
function clamp(lua: Lua, arg: number): void {
  const value = lua.number(arg);
  if (value <= INT_MAX && value >= -INT_MAX) return;
  lua.pushNumber(value > 0 ? INT_MAX : -INT_MAX);
  lua.replace(arg);
}
