/** A library of Lua functions written in JavaScript. */

import type { Lua, LuaFunction } from "../state.ts";

/** Functions by name. */
export type Library = Readonly<Record<string, LuaFunction>>;

/** Pushes a table with the functions of a library. */
export function pushLibrary(lua: Lua, library: Library): void {
  lua.pushTable(0, Object.keys(library).length);
  for (const [name, callback] of Object.entries(library)) {
    lua.pushFunction(callback);
    lua.setField(-2, name);
  }
}
