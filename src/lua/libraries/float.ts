/** Floating-point numbers out of bytes. */

import type { Lua } from "../state.ts";

/**
 * Pushes a number that was read from bytes, with its sign also if it is NaN.
 *
 * @param sign Where its most significant byte is.
 */
export function pushFloat(lua: Lua, value: number, bytes: DataView, sign: number): void {
  if (Number.isNaN(value)) lua.pushNaN(bytes.getInt8(sign) < 0);
  else lua.pushNumber(value);
}
