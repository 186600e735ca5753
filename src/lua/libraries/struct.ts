/** The library `struct`: numbers and strings to and from bytes (https://www.inf.puc-rio.br/~roberto/struct/). */

import { INT_MAX, LUA } from "../constants.ts";
import type { Lua } from "../state.ts";
import { ByteBuilder } from "./byte_builder.ts";
import { pushFloat } from "./float.ts";
import type { Library } from "./library.ts";

/** The largest integer, in bytes. */
const MAX_INTEGER = 32;
/** Alignment that `!` alone asks for. */
const MAX_ALIGNMENT = 8;

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  B: 1,
  h: 2,
  H: 2,
  l: 8,
  L: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
};

/** A format as it is read: what comes next, and what its control characters have set. */
class Format {
  /** The option just read. */
  option = "";
  /** Its size in bytes. */
  size = 0;
  littleEndian = true;
  readonly #lua: Lua;
  readonly #text: string;
  #at = 0;
  #align = 1;

  constructor(lua: Lua) {
    this.#lua = lua;
    lua.checkBytes(1);
    const text = lua.latin1(1);
    const end = text.indexOf("\0");
    this.#text = end < 0 ? text : text.slice(0, end);
  }

  /** Reads the next option. @returns False at the end. */
  next(): boolean {
    if (this.#at >= this.#text.length) return false;
    this.option = this.#text[this.#at++]!;
    this.size = this.#sizeOf(this.option);
    return true;
  }

  #sizeOf(option: string): number {
    if (option === "c") return this.#number(1);
    if (option !== "i" && option !== "I") return SIZES[option] ?? 0;
    const size = this.#number(4);
    if (size > MAX_INTEGER) {
      this.#lua.raiseText(`integral size ${size} is larger than limit of ${MAX_INTEGER}`);
    }
    return size;
  }

  #number(otherwise: number): number {
    const digits = /^[0-9]+/.exec(this.#text.slice(this.#at))?.[0];
    if (digits === undefined) return otherwise;
    this.#at += digits.length;
    const value = Number(digits);
    if (value > INT_MAX) this.#lua.raiseText("integral size overflow");
    return value;
  }

  /** Bytes to skip at a position before the option. */
  padding(position: number): number {
    if (this.size === 0 || this.option === "c") return 0;
    const size = Math.min(this.size, this.#align);
    return (size - (position & (size - 1))) & (size - 1);
  }

  /** Takes an option that stands for no value. */
  control(): void {
    switch (this.option) {
      case " ":
        return;
      case ">":
      case "<":
        this.littleEndian = this.option === "<";
        return;
      case "!": {
        const alignment = this.#number(MAX_ALIGNMENT);
        if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
          this.#lua.raiseText(`alignment ${alignment} is not a power of 2`);
        }
        this.#align = alignment;
        return;
      }
      default:
        this.#lua.raiseArgument(1, `invalid format option '${this.option}'`);
    }
  }

  get isInteger(): boolean {
    return "bBhHlLTiI".includes(this.option);
  }

  get isSigned(): boolean {
    return this.option >= "a";
  }
}

/** A number as C turns it into 64 bits. */
function toBits(value: number): bigint {
  if (Number.isNaN(value) || value < -(2 ** 63) || value >= 2 ** 64) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

function addInteger(builder: ByteBuilder, value: number, size: number, littleEndian: boolean) {
  const at = builder.extend(size);
  let rest = toBits(value);
  for (let i = 0; i < size; i++) {
    builder.bytes[at + (littleEndian ? i : size - 1 - i)] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function integerAt(data: Uint8Array, at: number, format: Format): number {
  const { size, littleEndian } = format;
  let value = 0n;
  for (let i = 0; i < size; i++) {
    const byte = data[at + (littleEndian ? size - 1 - i : i)] ?? 0;
    value = BigInt.asUintN(64, value << 8n | BigInt(byte));
  }
  if (!format.isSigned) return Number(value);
  const mask = BigInt.asUintN(64, ~0n << BigInt((size * 8 - 1) & 63));
  if ((value & mask) !== 0n) value |= mask;
  return Number(BigInt.asIntN(64, value));
}

function pack(lua: Lua): number {
  const format = new Format(lua);
  const builder = new ByteBuilder();
  // As in C, where a missing argument is found nil.
  lua.pushNil();
  let arg = 2;
  let position = 0;
  while (format.next()) {
    const padding = format.padding(position);
    builder.extend(padding);
    position += padding;
    let { size } = format;
    if (format.isInteger) {
      addInteger(builder, lua.checkNumber(arg++), size, format.littleEndian);
    } else {
      switch (format.option) {
        case "x":
          builder.byte(0);
          break;
        case "f":
          builder.float32(lua.checkNumber(arg++), format.littleEndian);
          break;
        case "d":
          builder.float64(lua.checkNumber(arg++), format.littleEndian);
          break;
        case "c":
        case "s": {
          const text = lua.checkBytes(arg++);
          if (size === 0) size = text.length;
          if (text.length < size) lua.raiseArgument(arg, "string too short");
          builder.add(text.subarray(0, size));
          if (format.option === "s") {
            builder.byte(0);
            size++;
          }
          break;
        }
        default:
          format.control();
      }
    }
    position += size;
  }
  lua.pushBytes(builder.bytes, 0, builder.length);
  return 1;
}

function unpack(lua: Lua): number {
  const format = new Format(lua);
  // A copy: what is pushed may move the bytes.
  const data = lua.checkBytes(2).slice();
  let position = lua.optionalInteger(3, 1);
  if (position <= 0) lua.raiseArgument(3, "offset must be 1 or greater");
  position--;
  let values = 0;
  while (format.next()) {
    position += format.padding(position);
    let { size } = format;
    if (position + size > data.length) lua.raiseArgument(2, "data string too short");
    lua.checkStack(2, "too many results");
    if (format.isInteger) {
      lua.pushNumber(integerAt(data, position, format));
      values++;
    } else {
      const view = new DataView(data.buffer, data.byteOffset);
      const sign = format.littleEndian ? position + size - 1 : position;
      switch (format.option) {
        case "x":
          break;
        case "f":
          pushFloat(lua, view.getFloat32(position, format.littleEndian), view, sign);
          values++;
          break;
        case "d":
          pushFloat(lua, view.getFloat64(position, format.littleEndian), view, sign);
          values++;
          break;
        case "c":
          if (size === 0) {
            if (values === 0 || lua.type(-1) !== LUA.NUMBER) {
              lua.raiseText("format 'c0' needs a previous size");
            }
            size = Math.trunc(lua.number(-1));
            lua.pop();
            values--;
            if (size < 0 || position + size > data.length) {
              lua.raiseArgument(2, "data string too short");
            }
          }
          lua.pushBytes(data, position, position + size);
          values++;
          break;
        case "s": {
          const end = data.indexOf(0, position);
          if (end < 0) lua.raiseText("unfinished string in data");
          lua.pushBytes(data, position, end);
          size = end - position + 1;
          values++;
          break;
        }
        default:
          format.control();
      }
    }
    position += size;
  }
  lua.pushNumber(position + 1);
  return values + 1;
}

function size(lua: Lua): number {
  const format = new Format(lua);
  let position = 0;
  while (format.next()) {
    position += format.padding(position);
    if (format.option === "s") lua.raiseArgument(1, "option 's' has no fixed size");
    if (format.option === "c" && format.size === 0) {
      lua.raiseArgument(1, "option 'c0' has no fixed size");
    }
    if (!/[0-9A-Za-z]/.test(format.option)) format.control();
    position += format.size;
  }
  lua.pushNumber(position);
  return 1;
}

/** The functions of `struct`. */
export const STRUCT: Library = { pack, unpack, size };
