/** How scripts fail, and what they see of errors that they catch. */

import { LUA, STATUS } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";

/** How a script failed. */
export interface ScriptFailure {
  /** The error's code and message, one character for each byte. */
  readonly message: string;
  /** The chunk that raised it, as `@user_script`. */
  readonly source: string | undefined;
  /** The line of the chunk. */
  readonly line: number | undefined;
}

/** How a thread failed whose stack is the current one, by one of `STATUS`. */
export function failureOf(lua: Lua, status: number): ScriptFailure {
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

function placed(
  place: { readonly source: string; readonly line: number } | undefined,
): { readonly source: string | undefined; readonly line: number | undefined } {
  return { source: place?.source, line: place?.line };
}

/** What `pcall` gives for an error: of commands their text, not the table that `redis.pcall` returns. */
export function failedCall(lua: Lua): number {
  if (lua.type(-1) === LUA.TABLE) {
    lua.field(-1, "err");
    if (lua.isText(-1)) lua.replace(-2);
    else lua.pop();
  }
  lua.pushBoolean(false);
  lua.insert(-2);
  return 2;
}

/** Pushes an error as scripts see it: a table. @param fields How many it is to have. */
export function pushError(lua: Lua, message: string, fields = 1): void {
  lua.pushTable(0, fields);
  lua.pushLatin1(message);
  lua.setField(-2, "err");
}

/** Raises an error as `redis.call` does: a table, without a position in the message. */
export function raiseError(lua: Lua, message: string): never {
  pushError(lua, `ERR ${message}`);
  lua.raise();
}
