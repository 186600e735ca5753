/** `string.gsub`, whose result is put together bit by bit. */

import { LUA, TYPE_NAMES } from "../../lua/constants.ts";
import { STEP } from "../../lua/frames.ts";
import { TRY } from "../../lua/patterns/matching.ts";
import { ESCAPE } from "../../lua/patterns/pattern.ts";
import type { Lua } from "../../lua/state.ts";
import { type Call, NOTHING, type PatternCalls } from "./pattern_calls.ts";

/** Bytes of a result at most. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Does `gsub`. @returns A {@linkcode STEP}, or how many results. */
export function gsub(calls: PatternCalls, lua: Lua, again: boolean): number {
  if (again) return calls.attempt(lua, () => substituteOn(calls, lua, calls.kept(lua, 5)));
  if (!calls.isCostly(lua)) return STEP.NATIVE;
  if (lua.type(4) > LUA.NIL && !lua.isText(4)) return STEP.NATIVE;
  const type = lua.type(3);
  if (type < LUA.NUMBER || type > LUA.FUNCTION) return STEP.NATIVE;
  lua.top = 4;
  const most = lua.type(4) > LUA.NIL ? lua.checkInteger(4) : lua.length(1) + 1;
  const call = calls.begin(lua, 1, 2, true, most);
  calls.keep(lua, call);
  return calls.attempt(lua, () => substituteOn(calls, lua, call));
}

function substituteOn(calls: PatternCalls, lua: Lua, call: Call): number {
  const { matcher, built } = call;
  calls.ready(lua, call, 1);
  if (call.asked) {
    call.asked = false;
    addAnswer(lua, call);
    lua.top = 5;
    if (!advance(call, true)) return substituted(calls, lua, call);
  }
  while (call.replaced < call.most) {
    const tried = matcher.try(call.at);
    if (tried === TRY.MORE) return STEP.MORE;
    if (tried === TRY.MATCHED) {
      call.replaced++;
      addSubject(call, call.at);
      const type = lua.type(3);
      if (type === LUA.TABLE) {
        calls.pushCapture(lua, call, 0, call.at);
        call.asked = true;
        return STEP.INDEX;
      }
      if (type === LUA.FUNCTION) {
        lua.pushValue(3);
        call.asked = true;
        return STEP.CALL - calls.pushCaptures(lua, call, call.at, true);
      }
      addText(lua, call);
    }
    if (!advance(call, tried === TRY.MATCHED)) break;
    if (built.length > MOST_BYTES) lua.raiseMemory();
  }
  return substituted(calls, lua, call);
}

/** Goes on behind a match, or one byte. @returns False at the end. */
function advance(call: Call, matched: boolean): boolean {
  const { matcher } = call;
  if (matched && matcher.end > call.at) call.at = call.copied = matcher.end;
  else if (call.at < matcher.size) call.at++;
  else return false;
  return !call.anchored;
}

function substituted(calls: PatternCalls, lua: Lua, call: Call): number {
  calls.end(lua, 5);
  const { built, matcher } = call;
  addSubject(call, matcher.size);
  lua.pushBytes(built.bytes, 0, built.length);
  lua.pushNumber(call.replaced);
  return 2;
}

/** Adds what has not been added yet of the subject, up to a place. */
function addSubject(call: Call, to: number): void {
  const { matcher: { memory, base }, built, copied } = call;
  if (to > copied) built.add(memory.subarray(base + copied, base + to));
  call.copied = to;
}

function addMatch({ matcher: { memory, base, end }, built, at }: Call): void {
  built.add(memory.subarray(base + at, base + end));
}

/** Adds what a table or a function has given, on top of the stack. */
function addAnswer(lua: Lua, call: Call): void {
  if (!lua.boolean(-1)) return addMatch(call);
  if (!lua.isText(-1)) {
    lua.raiseText(`invalid replacement value (a ${TYPE_NAMES[lua.type(-1)]})`);
  }
  call.built.add(lua.bytes(-1) ?? NOTHING);
}

/** Adds the replacement string, and the captures that it names. */
function addText(lua: Lua, call: Call): void {
  const { built, matcher } = call;
  const text = (lua.bytes(3) ?? NOTHING).slice();
  matcher.memory = lua.module.bytes;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte !== ESCAPE) {
      built.byte(byte);
      continue;
    }
    const next = text[++i] ?? 0;
    if (next < 0x30 || next > 0x39) {
      built.byte(next);
    } else if (next === 0x30) {
      addMatch(call);
    } else {
      const capture = matcher.capture(next - 0x31, call.at);
      if (typeof capture === "number") {
        built.text(String(capture));
      } else {
        const { memory, base } = matcher;
        built.add(memory.subarray(base + capture.start, base + capture.end));
      }
    }
  }
}
