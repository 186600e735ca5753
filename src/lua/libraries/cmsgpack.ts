/** The library `cmsgpack`: Lua values to and from MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). */

import { INT_MAX, LUA } from "../constants.ts";
import type { Lua } from "../state.ts";
import { ByteBuilder } from "./byte_builder.ts";
import { pushFloat } from "./float.ts";
import type { Library } from "./library.ts";

/** Tables within tables; what is deeper becomes nil. */
const MAX_NESTING = 16;

function packInteger(to: ByteBuilder, value: number): void {
  if (value >= 0) {
    if (value <= 0x7f) {
      to.byte(value);
    } else if (value <= 0xff) {
      to.byte(0xcc);
      to.byte(value);
    } else if (value <= 0xffff) {
      to.byte(0xcd);
      to.uint16(value);
    } else if (value <= 0xffffffff) {
      to.byte(0xce);
      to.uint32(value);
    } else {
      to.byte(0xcf);
      to.int64(BigInt(value));
    }
  } else if (value >= -32) {
    to.byte(value);
  } else if (value >= -0x80) {
    to.byte(0xd0);
    to.byte(value);
  } else if (value >= -0x8000) {
    to.byte(0xd1);
    to.uint16(value);
  } else if (value >= -0x80000000) {
    to.byte(0xd2);
    to.uint32(value);
  } else {
    to.byte(0xd3);
    to.int64(BigInt(value));
  }
}

function packNumber(to: ByteBuilder, value: number): void {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
    packInteger(to, value);
  } else if (Math.fround(value) === value) {
    to.byte(0xca);
    to.float32(value);
  } else {
    to.byte(0xcb);
    to.float64(value);
  }
}

/** Adds a header: in the type's own byte, or in 1, 2 or 4 bytes more. */
function packHeader(
  to: ByteBuilder,
  size: number,
  { small, limit, codes }: { small: number; limit: number; codes: readonly number[] },
): void {
  const [one, two = 0, four = 0] = codes;
  if (size < limit) {
    to.byte(small | size);
  } else if (size <= 0xff && one !== undefined && one !== 0) {
    to.byte(one);
    to.byte(size);
  } else if (size <= 0xffff) {
    to.byte(two);
    to.uint16(size);
  } else {
    to.byte(four);
    to.uint32(size);
  }
}

const STRING = { small: 0xa0, limit: 32, codes: [0xd9, 0xda, 0xdb] };
const ARRAY = { small: 0x90, limit: 16, codes: [0, 0xdc, 0xdd] };
const MAP = { small: 0x80, limit: 16, codes: [0, 0xde, 0xdf] };

/** The number of entries of the topmost table, and whether their keys are 1 to that number. */
function survey(lua: Lua): { readonly count: number; readonly isArray: boolean } {
  let count = 0, max = 0, isArray = true;
  lua.pushNil();
  while (lua.next(-2)) {
    lua.pop();
    count++;
    if (!isArray) continue;
    const key = lua.type(-1) === LUA.NUMBER ? lua.number(-1) : 0;
    if (key > 0 && key <= INT_MAX && Number.isInteger(key)) max = Math.max(max, key);
    else isArray = false;
  }
  return { count, isArray: isArray && max === count };
}

/** Packs the topmost value and pops it. */
function packValue(lua: Lua, to: ByteBuilder, depth: number): void {
  switch (lua.type(-1)) {
    case LUA.STRING: {
      const bytes = lua.bytes(-1)!;
      packHeader(to, bytes.length, STRING);
      to.add(bytes);
      break;
    }
    case LUA.BOOLEAN:
      to.byte(lua.boolean(-1) ? 0xc3 : 0xc2);
      break;
    case LUA.NUMBER:
      packNumber(to, lua.number(-1));
      break;
    case LUA.TABLE:
      if (depth === MAX_NESTING) to.byte(0xc0);
      else packTable(lua, to, depth);
      break;
    default:
      to.byte(0xc0);
  }
  lua.pop();
}

function packTable(lua: Lua, to: ByteBuilder, depth: number): void {
  lua.checkStack(3, "in function mp_encode_lua_table");
  const { count, isArray } = survey(lua);
  if (isArray) {
    packHeader(to, count, ARRAY);
    for (let i = 1; i <= count; i++) {
      lua.item(-1, i);
      packValue(lua, to, depth + 1);
    }
    return;
  }
  packHeader(to, count, MAP);
  lua.pushNil();
  while (lua.next(-2)) {
    lua.pushValue(-2);
    packValue(lua, to, depth + 1);
    packValue(lua, to, depth + 1);
  }
}

function pack(lua: Lua): number {
  const count = lua.top;
  if (count === 0) lua.raiseArgument(0, "MessagePack pack needs input.");
  lua.checkStack(count, "Too many arguments for MessagePack pack.");
  const to = new ByteBuilder();
  for (let i = 1; i <= count; i++) {
    lua.checkStack(2, "in function mp_check");
    lua.pushValue(i);
    packValue(lua, to, 0);
  }
  lua.pushBytes(to.bytes, 0, to.length);
  return 1;
}

/** Reads values out of bytes and pushes them. */
class Unpacker {
  at: number;
  readonly #lua: Lua;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(lua: Lua, bytes: Uint8Array, at: number) {
    this.#lua = lua;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** Passes over bytes. @returns Where they begin. @throws Lua's error if there are not as many. */
  #take(size: number): number {
    const { at } = this;
    if (at + size > this.#bytes.length) this.#lua.raiseText("Missing bytes in input.");
    this.at += size;
    return at;
  }

  #size(bytes: 1 | 2 | 4): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#bytes[at]!;
    return bytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #string(size: number): void {
    const at = this.#take(size);
    this.#lua.pushBytes(this.#bytes, at, at + size);
  }

  #array(size: number): void {
    const lua = this.#lua;
    lua.checkStack(2, "in function mp_decode_to_lua_array");
    lua.pushTable();
    for (let i = 1; i <= size; i++) {
      this.value();
      lua.setItem(-2, i);
    }
  }

  #map(size: number): void {
    const lua = this.#lua;
    lua.checkStack(3, "in function mp_decode_to_lua_hash");
    lua.pushTable();
    for (let i = 0; i < size; i++) {
      this.value();
      this.value();
      lua.set(-3);
    }
  }

  /** Pushes the next value. */
  value(): void {
    const lua = this.#lua;
    const view = this.#view;
    lua.checkStack(
      1,
      "too many return values at once; use unpack_one or unpack_limit instead.",
    );
    const code = this.#bytes[this.#take(1)]!;
    switch (code) {
      case 0xc0:
        return lua.pushNil();
      case 0xc2:
      case 0xc3:
        return lua.pushBoolean(code === 0xc3);
      case 0xca:
        return pushFloat(lua, view.getFloat32(this.#take(4)), view, this.at - 4);
      case 0xcb:
        return pushFloat(lua, view.getFloat64(this.#take(8)), view, this.at - 8);
      case 0xcc:
        return lua.pushNumber(this.#size(1));
      case 0xcd:
        return lua.pushNumber(this.#size(2));
      case 0xce:
        return lua.pushNumber(this.#size(4));
      case 0xcf:
        // Read as C's `lua_Integer` is, which has a sign.
        return lua.pushNumber(Number(view.getBigInt64(this.#take(8))));
      case 0xd0:
        return lua.pushNumber(view.getInt8(this.#take(1)));
      case 0xd1:
        return lua.pushNumber(view.getInt16(this.#take(2)));
      case 0xd2:
        return lua.pushNumber(view.getInt32(this.#take(4)));
      case 0xd3:
        return lua.pushNumber(Number(view.getBigInt64(this.#take(8))));
      case 0xd9:
        return this.#string(this.#size(1));
      case 0xda:
        return this.#string(this.#size(2));
      case 0xdb:
        return this.#string(this.#size(4));
      case 0xdc:
        return this.#array(this.#size(2));
      case 0xdd:
        return this.#array(this.#size(4));
      case 0xde:
        return this.#map(this.#size(2));
      case 0xdf:
        return this.#map(this.#size(4));
    }
    if (code < 0x80) return lua.pushNumber(code);
    if (code >= 0xe0) return lua.pushNumber(code - 256);
    if (code < 0x90) return this.#map(code & 15);
    if (code < 0xa0) return this.#array(code & 15);
    if (code < 0xc0) return this.#string(code & 31);
    lua.raiseText("Bad data format in input.");
  }
}

/**
 * Unpacks the first argument.
 *
 * @param limit How many values, from `offset` on; both 0 for all, without telling where the next is.
 */
function unpackFrom(lua: Lua, limit: number, offset: number): number {
  const all = limit === 0 && offset === 0;
  const bytes = lua.checkBytes(1).slice();
  if (offset < 0 || limit < 0) {
    lua.raiseText(
      `Invalid request to unpack with offset of ${offset} and limit of ${bytes.length}.`,
    );
  }
  if (offset > bytes.length) {
    lua.raiseText(`Start offset ${offset} greater than input length ${bytes.length}.`);
  }
  lua.top = 1;
  const unpacker = new Unpacker(lua, bytes, offset);
  let count = 0;
  for (; !unpacker.atEnd && (all || count < limit); count++) unpacker.value();
  if (all) return count;
  lua.checkStack(1, "in function mp_unpack_full");
  lua.pushNumber(unpacker.atEnd ? -1 : unpacker.at);
  lua.insert(2);
  return count + 1;
}

/** The functions of `cmsgpack`. */
export const CMSGPACK: Library = {
  pack,
  unpack: (lua) => unpackFrom(lua, 0, 0),
  unpack_one: (lua) => unpackFrom(lua, 1, lua.optionalInteger(2, 0)),
  unpack_limit: (lua) => unpackFrom(lua, lua.checkInteger(2), lua.optionalInteger(3, 0)),
};
