/**
 * Functions of Lua that take integers, as a machine of 64 bits has them.
 *
 * The interpreter is one of 32 bits: where C turns a number into a `long`, 2^31 and beyond are cut.
 * So what lies beyond is seen to before the function itself runs, in the same frame, for its errors
 * tell of the arguments by the frame's function.
 *
 * @module
 */

import { LUA } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

/** What becomes of an integer beyond 32 bits. */
type Fit = (value: number) => number;

/** Of a position the largest stands for all beyond. */
const clamped: Fit = (value) => value > INT_MAX ? INT_MAX : INT_MIN;
/** A C `int` has the lower bits. */
const cut: Fit = (value) => Number(BigInt.asIntN(32, toInt64(value)));

/** Functions by library, how they take integers, and from which argument on. */
const FITTED: Readonly<Record<string, Readonly<Record<string, { fit: Fit; from: number }>>>> = {
  string: {
    sub: { fit: clamped, from: 2 },
    byte: { fit: clamped, from: 2 },
    rep: { fit: cut, from: 2 },
  },
  table: { concat: { fit: cut, from: 3 } },
  "": { unpack: { fit: cut, from: 2 } },
};

/** Puts the functions in the place of the interpreter's. @param globals The index of the globals. */
export function widenIntegers(lua: Lua, globals: number): void {
  for (const [library, functions] of Object.entries(FITTED)) {
    if (library === "") lua.pushValue(globals);
    else lua.field(globals, library);
    for (const [name, { fit, from }] of Object.entries(functions)) {
      replace(lua, name, (lua, native) => {
        for (let arg = lua.top; arg >= from; arg--) fitArgument(lua, arg, fit);
        return native(lua.state);
      });
    }
    lua.pop();
  }
  lua.field(globals, "string");
  replace(lua, "format", (lua, native) => {
    if (hasWide(lua)) widenFormat(lua);
    return native(lua.state);
  });
  lua.pop();
  lua.pushValue(globals);
  replace(lua, "tonumber", (lua, native) => {
    if (lua.top >= 2 && lua.isText(1)) {
      return toNumber(lua, native);
    }
    return native(lua.state);
  });
  lua.pop();
}

type Native = (state: number) => number;

/** Replaces a function of the topmost value, a table. */
function replace(lua: Lua, name: string, by: (lua: Lua, native: Native) => number): void {
  lua.field(-1, name);
  const native = lua.native(-1);
  lua.pop();
  lua.pushFunction((lua) => by(lua, native));
  lua.setField(-2, name);
}

function fitArgument(lua: Lua, arg: number, fit: Fit): void {
  if (lua.type(arg) !== LUA.NUMBER) return;
  const value = lua.number(arg);
  if (value <= INT_MAX && value >= INT_MIN) return;
  lua.pushNumber(fit(value));
  lua.replace(arg);
}

/** Whether one of the arguments is a number that 32 bits do not hold, with or without a sign. */
function hasWide(lua: Lua): boolean {
  for (let arg = lua.top; arg > 1; arg--) {
    if (lua.isText(arg) && isWide(lua.number(arg))) return true;
  }
  return false;
}

function isWide(value: number): boolean {
  return !(value >= 0 && value <= INT_MAX);
}

/** What `%` may be followed by. */
const SPEC = /%(?:%|([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([a-zA-Z]))/g;

/** Writes wide integers out, and has the format take them as strings. */
function widenFormat(lua: Lua): void {
  if (lua.type(1) !== LUA.STRING) return;
  let arg = 1;
  const format = lua.latin1(1).replace(
    SPEC,
    (
      spec,
      flags: string | undefined,
      width: string,
      precision: string | undefined,
      kind: string,
    ) => {
      if (flags === undefined) return spec;
      arg++;
      // More flags than there are is an error that the function itself raises.
      if (flags.length > 5 || !"diouxX".includes(kind) || !lua.isText(arg)) return spec;
      const value = lua.number(arg);
      if (!isWide(value)) return spec;
      lua.pushLatin1(formatInteger(value, kind, flags, Number(width), precision));
      lua.replace(arg);
      return "%s";
    },
  );
  lua.pushLatin1(format);
  lua.replace(1);
}

/** As the processors of servers turn a double into 64 bits. */
function toInt64(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

function toUint64(value: number): bigint {
  if (value >= 2 ** 64) return 0n;
  if (value >= 2 ** 63) return BigInt(Math.trunc(value));
  return BigInt.asUintN(64, toInt64(value));
}

const RADIX: Readonly<Record<string, number>> = { o: 8, x: 16, X: 16 };

function formatInteger(
  value: number,
  kind: string,
  flags: string,
  width: number,
  precision: string | undefined,
): string {
  const signed = kind === "d" || kind === "i";
  const whole = signed ? toInt64(value) : toUint64(value);
  let digits = (whole < 0n ? -whole : whole).toString(RADIX[kind] ?? 10);
  let sign = whole < 0n ? "-" : "";
  if (signed && sign === "") sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  if (precision !== undefined) {
    digits = Number(precision) === 0 && whole === 0n ? "" : digits.padStart(Number(precision), "0");
  }
  if (flags.includes("#")) {
    if (kind === "o" && !digits.startsWith("0")) digits = `0${digits}`;
    if ((kind === "x" || kind === "X") && whole !== 0n) sign = "0x";
  }
  if (flags.includes("-")) return upper(sign + digits, kind).padEnd(width);
  if (flags.includes("0") && precision === undefined) {
    digits = digits.padStart(width - sign.length, "0");
  }
  return upper(sign + digits, kind).padStart(width);
}

function upper(text: string, kind: string): string {
  return kind === "X" ? text.toUpperCase() : text;
}

/** `tonumber` with a base, of digits that may be more than 32 bits hold. */
function toNumber(lua: Lua, native: Native): number {
  const base = lua.optionalInteger(2, 10);
  const text = lua.latin1(1);
  if (base === 10 || base < 2 || base > 36) return native(lua.state);
  const match = /^[ \t\n\v\f\r]*([-+]?)(0[xX])?([0-9a-zA-Z]+)[ \t\n\v\f\r]*$/.exec(text);
  if (match === null || (match[2] !== undefined && base !== 16)) return native(lua.state);
  let whole = 0n;
  for (const digit of match[3] ?? "") {
    const value = parseInt(digit, 36);
    if (value >= base) return native(lua.state);
    whole = whole * BigInt(base) + BigInt(value);
  }
  if (whole >= 2n ** 64n) whole = 2n ** 64n - 1n;
  else if (match[1] === "-") whole = BigInt.asUintN(64, -whole);
  lua.pushNumber(Number(whole));
  return 1;
}
