/** `string.gmatch`, and its iterator. */

import { UPVALUE } from "../../lua/constants.ts";
import { STEP } from "../../lua/frames.ts";
import { TRY } from "../../lua/patterns/matching.ts";
import type { Lua } from "../../lua/state.ts";
import type { Call, PatternCalls } from "./pattern_calls.ts";

/** Does `gmatch`. @param iterator The known function that does {@linkcode next}. */
export function gmatch(calls: PatternCalls, lua: Lua, iterator: number): number {
  if (!calls.isCostly(lua)) return STEP.NATIVE;
  lua.top = 2;
  lua.pushNumber(0);
  lua.pushKnown(iterator, 3);
  return 1;
}

/** The iterator, which has the subject, the pattern and where to begin for upvalues. */
export function next(calls: PatternCalls, lua: Lua, again: boolean): number {
  let call: Call;
  if (again) {
    call = calls.kept(lua, 1);
  } else {
    lua.top = 0;
    call = calls.begin(lua, UPVALUE, UPVALUE - 1, false);
    call.at = lua.number(UPVALUE - 2);
    calls.keep(lua, call);
  }
  return calls.attempt(lua, () => nextOf(calls, lua, call));
}

function nextOf(calls: PatternCalls, lua: Lua, call: Call): number {
  const { matcher } = call;
  calls.ready(lua, call, UPVALUE);
  for (; call.at <= matcher.size; call.at++) {
    const tried = matcher.try(call.at);
    if (tried === TRY.MORE) return STEP.MORE;
    if (tried === TRY.FAILED) continue;
    calls.end(lua, 1);
    lua.pushNumber(matcher.end === call.at ? matcher.end + 1 : matcher.end);
    lua.replace(UPVALUE - 2);
    return calls.pushCaptures(lua, call, call.at, true);
  }
  return 0;
}
