/** `table.sort` and `table.insert`. */

import { LUA } from "../../lua/constants.ts";
import { STEP } from "../../lua/frames.ts";
import type { Lua } from "../../lua/state.ts";

/** Items of a table that are sorted or moved without a look at the clock. */
const FEW_ITEMS = 100_000;

/**
 * Items that are compared by C alone are compared by a function that can be interrupted.
 *
 * @param lessThan That function, made known.
 */
export function sort(lua: Lua, lessThan: number): number {
  if (lua.type(1) === LUA.TABLE && lua.type(2) <= LUA.NIL && lua.length(1) > FEW_ITEMS / 10) {
    lua.top = 1;
    lua.pushKnown(lessThan);
  }
  return STEP.NATIVE;
}

/** A place far before a table's items makes many of them move. */
export function insert(lua: Lua, again: boolean): number {
  if (!again) {
    if (lua.top !== 3 || lua.type(1) !== LUA.TABLE || !lua.isText(2)) return STEP.NATIVE;
    const to = lua.checkInteger(2), last = lua.length(1) + 1;
    if (last - to < FEW_ITEMS) return STEP.NATIVE;
    lua.pushNumber(to);
    lua.pushNumber(last);
  }
  const to = lua.number(4);
  let from = lua.number(5);
  for (let moved = 0; from > to; from--) {
    if (moved++ === FEW_ITEMS) {
      lua.pushNumber(from);
      lua.replace(5);
      return STEP.MORE;
    }
    lua.item(1, from - 1);
    lua.setItem(1, from);
  }
  lua.pushValue(3);
  lua.setItem(1, to);
  return 0;
}
