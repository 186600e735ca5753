/** The library `bit`: operations on 32-bit integers, as BitOp has them (https://bitop.luajit.org/api.html). */

import type { Lua } from "../state.ts";
import type { Library } from "./library.ts";

/** Added to a number, its integer part modulo 2^32 stands in the low word, rounded to even. */
const MAGIC = 2 ** 52 + 2 ** 51;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** An argument as an integer modulo 2^32. */
function bits(lua: Lua, arg: number): number {
  float[0] = lua.checkNumber(arg) + MAGIC;
  return words[0]!;
}

function pushed(lua: Lua, value: number): number {
  lua.pushNumber(value | 0);
  return 1;
}

function folded(fold: (a: number, b: number) => number): (lua: Lua) => number {
  return (lua) => {
    let value = bits(lua, 1);
    for (let arg = lua.top; arg > 1; arg--) value = fold(value, bits(lua, arg));
    return pushed(lua, value);
  };
}

function shifted(shift: (value: number, by: number) => number): (lua: Lua) => number {
  return (lua) => {
    const value = bits(lua, 1);
    return pushed(lua, shift(value, bits(lua, 2) & 31));
  };
}

function toHex(lua: Lua): number {
  let value = bits(lua, 1) >>> 0;
  let digits = lua.type(2) === -1 ? 8 : bits(lua, 2);
  const upper = digits < 0;
  digits = Math.min(8, upper ? -digits >>> 0 : digits);
  let text = "";
  for (; digits > 0; digits--, value >>>= 4) text = (value & 15).toString(16) + text;
  lua.pushLatin1(upper ? text.toUpperCase() : text);
  return 1;
}

/** The functions of `bit`. */
export const BIT: Library = {
  tobit: (lua) => pushed(lua, bits(lua, 1)),
  bnot: (lua) => pushed(lua, ~bits(lua, 1)),
  band: folded((a, b) => a & b),
  bor: folded((a, b) => a | b),
  bxor: folded((a, b) => a ^ b),
  lshift: shifted((value, by) => value << by),
  rshift: shifted((value, by) => value >>> by),
  arshift: shifted((value, by) => value >> by),
  rol: shifted((value, by) => (value << by) | (value >>> (32 - by & 31))),
  ror: shifted((value, by) => (value >>> by) | (value << (32 - by & 31))),
  bswap: (lua) => {
    const value = bits(lua, 1);
    return pushed(
      lua,
      (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24),
    );
  },
  tohex: toHex,
};
