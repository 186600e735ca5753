/** The library `cjson`: Lua values to and from JSON (https://www.kyne.com.au/~mark/software/lua-cjson-manual.html). */

import { LUA, TYPE_NAMES, UPVALUE } from "../constants.ts";
import type { Lua, LuaFunction } from "../state.ts";
import { ByteBuilder } from "./byte_builder.ts";
import { JsonReader } from "./json_reader.ts";
import { formatG } from "./number_format.ts";

const INT_MAX = 2 ** 31 - 1;

/** What one instance of the library is set to. */
export interface JsonSettings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeMaxDepth: number;
  decodeMaxDepth: number;
  /** Significant digits of numbers. */
  numberPrecision: number;
  keepBuffer: boolean;
  encodeInvalidNumbers: "off" | "on" | "null";
  decodeInvalidNumbers: boolean;
}

function defaults(): JsonSettings {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeMaxDepth: 1000,
    decodeMaxDepth: 1000,
    numberPrecision: 14,
    keepBuffer: true,
    encodeInvalidNumbers: "off",
    decodeInvalidNumbers: true,
  };
}

const ESCAPES: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, byte) => {
  const named: Record<string, string> = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "/": "\\/",
    "\\": "\\\\",
  };
  const escape = named[String.fromCharCode(byte)];
  if (escape !== undefined) return escape;
  return byte < 32 || byte === 127 ? `\\u${byte.toString(16).padStart(4, "0")}` : undefined;
});

/** Writes one value. */
class Encoder {
  readonly #lua: Lua;
  readonly #to = new ByteBuilder();
  readonly #settings: JsonSettings;

  constructor(lua: Lua, settings: JsonSettings) {
    this.#lua = lua;
    this.#settings = settings;
  }

  /** Pushes what was written. */
  push(): void {
    this.#lua.pushBytes(this.#to.bytes, 0, this.#to.length);
  }

  #fail(index: number, reason: string): never {
    const type = TYPE_NAMES[this.#lua.type(index)] ?? "no value";
    this.#lua.raiseText(`Cannot serialise ${type}: ${reason}`);
  }

  #string(bytes: Uint8Array): void {
    const to = this.#to;
    to.byte(0x22);
    let from = 0;
    for (let i = 0; i < bytes.length; i++) {
      const escape = ESCAPES[bytes[i]!];
      if (escape === undefined) continue;
      to.add(bytes.subarray(from, i));
      to.text(escape);
      from = i + 1;
    }
    to.add(bytes.subarray(from));
    to.byte(0x22);
  }

  #number(index: number): void {
    const value = this.#lua.number(index);
    if (!Number.isFinite(value)) {
      const { encodeInvalidNumbers } = this.#settings;
      if (encodeInvalidNumbers === "off") this.#fail(index, "must not be NaN or Inf");
      const name = Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
      return this.#to.text(encodeInvalidNumbers === "null" ? "null" : name);
    }
    this.#to.text(formatG(value, this.#settings.numberPrecision));
  }

  /** The length of the topmost value as an array; -1 if it is none. */
  #arrayLength(): number {
    const lua = this.#lua;
    let max = 0, items = 0;
    lua.pushNil();
    while (lua.next(-2)) {
      const key = lua.type(-2) === LUA.NUMBER ? lua.number(-2) : 0;
      if (key < 1 || Math.floor(key) !== key) {
        lua.pop(2);
        return -1;
      }
      max = Math.max(max, key);
      items++;
      lua.pop();
    }
    const { sparseRatio, sparseSafe, sparseConvert } = this.#settings;
    if (sparseRatio > 0 && max > items * sparseRatio && max > sparseSafe) {
      if (!sparseConvert) this.#fail(-1, "excessively sparse array");
      return -1;
    }
    return max;
  }

  #array(length: number, depth: number): void {
    const lua = this.#lua;
    if (length > 2 * lua.length(-1) + FEW_GAPS) return this.#gaps(length, depth);
    this.#to.byte(0x5b);
    for (let i = 1; i <= length; i++) {
      if (i > 1) this.#to.byte(0x2c);
      lua.item(-1, i);
      this.value(depth);
      lua.pop();
    }
    this.#to.byte(0x5d);
  }

  /** Writes an array of gaps mostly, which may be longer than there is time or memory for. */
  #gaps(length: number, depth: number): void {
    const lua = this.#lua;
    const to = this.#to;
    if (length * NULL.length > lua.module.limitBytes) lua.raiseMemory();
    const indexes: number[] = [];
    lua.pushNil();
    while (lua.next(-2)) {
      indexes.push(lua.number(-2));
      lua.pop();
    }
    indexes.sort((a, b) => a - b);
    to.byte(0x5b);
    let last = 0;
    for (const index of indexes) {
      if (last > 0) to.byte(0x2c);
      to.repeat(NULL, index - last - 1);
      lua.item(-1, index);
      this.value(depth);
      lua.pop();
      last = index;
    }
    to.byte(0x5d);
  }

  #object(depth: number): void {
    const lua = this.#lua;
    const to = this.#to;
    to.byte(0x7b);
    lua.pushNil();
    for (let first = true; lua.next(-2); first = false) {
      if (!first) to.byte(0x2c);
      const type = lua.type(-2);
      if (type === LUA.NUMBER) {
        to.byte(0x22);
        this.#number(-2);
        to.byte(0x22);
      } else if (type === LUA.STRING) {
        this.#string(lua.bytes(-2)!);
      } else {
        this.#fail(-2, "table key must be a number or string");
      }
      to.byte(0x3a);
      this.value(depth);
      lua.pop();
    }
    to.byte(0x7d);
  }

  /** Writes the topmost value, at a depth of tables around it. */
  value(depth = 0): void {
    const lua = this.#lua;
    const type = lua.type(-1);
    switch (type) {
      case LUA.STRING:
        return this.#string(lua.bytes(-1)!);
      case LUA.NUMBER:
        return this.#number(-1);
      case LUA.BOOLEAN:
        return this.#to.text(lua.boolean(-1) ? "true" : "false");
      case LUA.NIL:
        return this.#to.text("null");
      case LUA.TABLE: {
        const inner = depth + 1;
        if (inner > this.#settings.encodeMaxDepth || !lua.reserve(3)) {
          lua.raiseText(`Cannot serialise, excessive nesting (${inner})`);
        }
        const length = this.#arrayLength();
        return length > 0 ? this.#array(length, inner) : this.#object(inner);
      }
      default:
        if (type === LUA.LIGHT_USERDATA && lua.lightUserdata(-1) === 0) {
          return this.#to.text("null");
        }
        this.#fail(-1, "type not supported");
    }
  }
}

/** A gap and what follows it. */
const NULL = "null,";
/** Items of an array that may all be gaps. */
const FEW_GAPS = 1000;

/** Checks that there are not too many arguments, and fills up with nil. */
function settingArguments(lua: Lua, count: number): void {
  if (lua.top > count) lua.raiseArgument(count + 1, "found too many arguments");
  while (lua.top < count) lua.pushNil();
}

function integerSetting(lua: Lua, arg: number, current: number, min: number, max: number): number {
  if (lua.type(arg) === LUA.NIL) return current;
  const value = lua.checkInteger(arg);
  if (value < min || value > max) {
    lua.raiseArgument(1, `expected integer between ${min} and ${max}`);
  }
  return value;
}

/** One of some words; true and false stand for `on` and `off`. */
function wordSetting<Word extends string>(
  lua: Lua,
  arg: number,
  current: Word,
  words: readonly Word[],
): Word {
  if (lua.type(arg) === LUA.NIL) return current;
  if (lua.type(arg) === LUA.BOOLEAN) return words[lua.boolean(arg) ? 1 : 0] ?? current;
  lua.checkBytes(arg);
  const text = lua.latin1(arg);
  const word = words.find((one) => one === text);
  return word ?? lua.raiseArgument(arg, `invalid option '${text.slice(0, 64)}'`);
}

function pushWord(lua: Lua, word: string): void {
  if (word === "on" || word === "off") lua.pushBoolean(word === "on");
  else lua.pushLatin1(word);
}

const SWITCH = ["off", "on"] as const;

function switchSetting(lua: Lua, arg: number, current: boolean): boolean {
  const value = wordSetting(lua, arg, current ? "on" : "off", SWITCH) === "on";
  return value;
}

/** What the running function's instance is set to; `done` writes back what was changed. */
class Instance {
  readonly settings: JsonSettings;
  readonly #lua: Lua;

  /** @param shared The settings of the instance that has no table of its own. */
  constructor(lua: Lua, shared: JsonSettings) {
    this.#lua = lua;
    this.settings = lua.type(UPVALUE) === LUA.TABLE ? this.#read() : shared;
  }

  #read(): JsonSettings {
    const lua = this.#lua;
    lua.pushValue(UPVALUE);
    const read = SETTINGS.map((name): [string, string | number | boolean] => {
      const type = lua.field(-1, name);
      const value = type === LUA.BOOLEAN
        ? lua.boolean(-1)
        : type === LUA.NUMBER
        ? lua.number(-1)
        : lua.latin1(-1);
      lua.pop();
      return [name, value];
    });
    lua.pop();
    return { ...defaults(), ...Object.fromEntries(read) };
  }

  /** Writes the settings back. */
  done(): void {
    const lua = this.#lua;
    if (lua.type(UPVALUE) !== LUA.TABLE) return;
    lua.pushValue(UPVALUE);
    pushSettings(lua, this.settings);
    lua.pop();
  }
}

const SETTINGS = Object.keys(defaults()) as (keyof JsonSettings)[];

/** Puts settings into the topmost value, a table. */
function pushSettings(lua: Lua, settings: JsonSettings): void {
  for (const name of SETTINGS) {
    const value = settings[name];
    if (typeof value === "boolean") lua.pushBoolean(value);
    else if (typeof value === "number") lua.pushNumber(value);
    else lua.pushLatin1(value);
    lua.setField(-2, name);
  }
}

/** A function that sets something. @returns How many values it pushed, what is set now. */
type Setter = (lua: Lua, settings: JsonSettings) => number;

const SETTERS: Readonly<Record<string, Setter>> = {
  encode_sparse_array: (lua, settings) => {
    settingArguments(lua, 3);
    settings.sparseConvert = switchSetting(lua, 1, settings.sparseConvert);
    settings.sparseRatio = integerSetting(lua, 2, settings.sparseRatio, 0, INT_MAX);
    settings.sparseSafe = integerSetting(lua, 3, settings.sparseSafe, 0, INT_MAX);
    lua.pushBoolean(settings.sparseConvert);
    lua.pushNumber(settings.sparseRatio);
    lua.pushNumber(settings.sparseSafe);
    return 3;
  },
  encode_max_depth: (lua, settings) => {
    settingArguments(lua, 1);
    settings.encodeMaxDepth = integerSetting(lua, 1, settings.encodeMaxDepth, 1, INT_MAX);
    lua.pushNumber(settings.encodeMaxDepth);
    return 1;
  },
  decode_max_depth: (lua, settings) => {
    settingArguments(lua, 1);
    settings.decodeMaxDepth = integerSetting(lua, 1, settings.decodeMaxDepth, 1, INT_MAX);
    lua.pushNumber(settings.decodeMaxDepth);
    return 1;
  },
  encode_number_precision: (lua, settings) => {
    settingArguments(lua, 1);
    settings.numberPrecision = integerSetting(lua, 1, settings.numberPrecision, 1, 14);
    lua.pushNumber(settings.numberPrecision);
    return 1;
  },
  encode_keep_buffer: (lua, settings) => {
    settingArguments(lua, 1);
    settings.keepBuffer = switchSetting(lua, 1, settings.keepBuffer);
    lua.pushBoolean(settings.keepBuffer);
    return 1;
  },
  encode_invalid_numbers: (lua, settings) => {
    settingArguments(lua, 1);
    const words = ["off", "on", "null"] as const;
    settings.encodeInvalidNumbers = wordSetting(lua, 1, settings.encodeInvalidNumbers, words);
    pushWord(lua, settings.encodeInvalidNumbers);
    return 1;
  },
  decode_invalid_numbers: (lua, settings) => {
    settingArguments(lua, 1);
    settings.decodeInvalidNumbers = switchSetting(lua, 1, settings.decodeInvalidNumbers);
    lua.pushBoolean(settings.decodeInvalidNumbers);
    return 1;
  },
};

/**
 * Pushes the library. Instances of `cjson.new` share its functions, and have their settings in a
 * table that is their upvalue, for a function made known takes a place for good.
 */
export function pushCjson(lua: Lua): void {
  const shared = defaults();
  const known = new Map<string, number>();
  const functions: Record<string, LuaFunction> = {
    encode: (lua) => {
      if (lua.top !== 1) lua.raiseArgument(1, "expected 1 argument");
      const encoder = new Encoder(lua, new Instance(lua, shared).settings);
      encoder.value();
      encoder.push();
      return 1;
    },
    decode: (lua) => {
      if (lua.top !== 1) lua.raiseArgument(1, "expected 1 argument");
      const { settings } = new Instance(lua, shared);
      new JsonReader(lua, lua.checkBytes(1).slice(), settings).document();
      return 1;
    },
    new: (lua) => {
      pushInstance(lua, known, true);
      return 1;
    },
  };
  for (const [name, set] of Object.entries(SETTERS)) {
    functions[name] = (lua) => {
      const instance = new Instance(lua, shared);
      const results = set(lua, instance.settings);
      instance.done();
      return results;
    };
  }
  for (const [name, callback] of Object.entries(functions)) known.set(name, lua.known(callback));
  pushInstance(lua, known, false);
}

/** @param known The functions. @param own Whether it has settings of its own. */
function pushInstance(lua: Lua, known: ReadonlyMap<string, number>, own: boolean): void {
  if (own) {
    lua.pushTable(0, SETTINGS.length);
    pushSettings(lua, defaults());
  }
  lua.pushTable(0, 16);
  for (const [name, index] of known) {
    if (own) lua.pushValue(-2);
    lua.pushKnown(index, own ? 1 : 0);
    lua.setField(-2, name);
  }
  lua.pushLightUserdata(0);
  lua.setField(-2, "null");
  lua.pushLatin1("cjson");
  lua.setField(-2, "_NAME");
  lua.pushLatin1("2.1.0");
  lua.setField(-2, "_VERSION");
  if (own) lua.remove(-2);
}
