/**
 * The stack of a Lua state: what is on it, and what is put there.
 *
 * Strings pass through one buffer in the module's memory, so that pushing one allocates nothing here.
 *
 * @module
 */

import { charactersOf } from "./characters.ts";
import { LUA, TYPE_NAMES } from "./constants.ts";
import { type Address, type LuaExports, LuaModule } from "./module.ts";

/** Bytes of the buffer that strings pass through on their way to Lua. */
const BUFFER = 64 * 1024;

/** Arguments by their number, each a run of bytes. */
export interface ArgumentList {
  at(index: number): { readonly bytes: Uint8Array; readonly start: number; readonly end: number };
}

/** Bytes up to which a loop copies faster than `set` of a view. */
export const SHORT = 48;

/** `lua_State`: where the end of the stack lies. A value: how large it is, and where its sign. */
const STACK = { end: 8, valueSize: 16, signWord: 4 } as const;

const encoder = new TextEncoder();

/** A Lua state's stack. While a coroutine runs, it is that one's. */
export class LuaStack {
  /** The running thread's `lua_State *`. */
  state: Address;
  readonly module: LuaModule;
  /** What {@linkcode find} found. */
  foundAt: Address = 0;
  foundSize = 0;
  protected readonly api: LuaExports;
  /** Where the size of a string is written. */
  protected readonly sizeAt: Address;
  readonly #buffer: Address;

  /**
   * @param compiled The compiled interpreter.
   * @param limitBytes How much memory it may take, in bytes.
   */
  constructor(compiled: WebAssembly.Module, limitBytes: number) {
    this.module = new LuaModule(compiled, limitBytes);
    const api = this.api = this.module.api;
    this.sizeAt = api.malloc(4);
    this.#buffer = api.malloc(BUFFER);
    this.state = api.luaL_newstate();
  }

  /** The index of the topmost value, which is the number of values. */
  get top(): number {
    return this.api.lua_gettop(this.state);
  }
  set top(index: number) {
    this.api.lua_settop(this.state, index);
  }

  /** Drops the topmost values. */
  pop(count = 1): void {
    this.api.lua_settop(this.state, -count - 1);
  }

  /** Makes room for values. @returns Whether there is. */
  reserve(count: number): boolean {
    return this.api.lua_checkstack(this.state, count) !== 0;
  }

  /** The type of a value, one of {@linkcode LUA}; -1 where there is none. */
  type(index: number): number {
    return this.api.lua_type(this.state, index);
  }

  /** Whether a value is true in a condition. */
  boolean(index: number): boolean {
    return this.api.lua_toboolean(this.state, index) !== 0;
  }

  /** A number, or a string that is one; 0 for others. */
  number(index: number): number {
    return this.api.lua_tonumber(this.state, index);
  }

  /** Whether a value is a string, or a number that Lua makes one of. */
  isText(index: number): boolean {
    return this.api.lua_isstring(this.state, index) !== 0;
  }

  /**
   * The bytes of a string, where they are: until Lua runs again. A number becomes a string in its
   * place. Undefined for other types.
   */
  bytes(index: number): Uint8Array | undefined {
    const address = this.api.lua_tolstring(this.state, index, this.sizeAt);
    if (address === 0) return undefined;
    const size = this.module.view.getUint32(this.sizeAt, true);
    return this.module.bytes.subarray(address, address + size);
  }

  /**
   * Finds a string without making an object of it: {@linkcode foundAt} and {@linkcode foundSize} tell
   * where its bytes are in the module's memory, until Lua runs again.
   *
   * @returns False if it is none. A number becomes a string in its place.
   */
  find(index: number): boolean {
    this.foundAt = this.api.lua_tolstring(this.state, index, this.sizeAt);
    if (this.foundAt === 0) return false;
    this.foundSize = this.module.view.getUint32(this.sizeAt, true);
    return true;
  }

  /** A string, one character for each byte; empty for what is none. */
  latin1(index: number): string {
    const bytes = this.bytes(index);
    return bytes === undefined ? "" : charactersOf(bytes);
  }

  /** What `tostring` makes of a value that is no string and no number. */
  describe(index: number): string {
    const type = this.type(index);
    if (type <= LUA.NIL) return "nil";
    return type === LUA.BOOLEAN ? String(this.boolean(index)) : TYPE_NAMES[type] ?? "";
  }

  /** The length of a string or a table (`#`). */
  length(index: number): number {
    return this.api.lua_objlen(this.state, index);
  }

  /** Whether two values are the same. */
  same(a: number, b: number): boolean {
    return this.api.lua_rawequal(this.state, a, b) !== 0;
  }

  /** Pushes nil. */
  pushNil(): void {
    this.api.lua_pushnil(this.state);
  }

  /** Pushes a boolean. */
  pushBoolean(value: boolean): void {
    this.api.lua_pushboolean(this.state, value ? 1 : 0);
  }

  /** Pushes a number. */
  pushNumber(value: number): void {
    this.api.lua_pushnumber(this.state, value);
  }

  /**
   * Pushes the number that is none, with a sign, which `tostring` shows. {@linkcode pushNumber} leaves
   * it open: JavaScript does not keep it.
   */
  pushNaN(negative: boolean): void {
    this.api.lua_pushnumber(this.state, 0);
    const { view } = this.module;
    const at = view.getUint32(this.state + STACK.end, true) - STACK.valueSize;
    view.setUint32(at + STACK.signWord, negative ? 0xfff80000 : 0x7ff80000, true);
  }

  /** Pushes a light userdata: a value that is equal to itself only. */
  pushLightUserdata(address: Address): void {
    this.api.lua_pushlightuserdata(this.state, address);
  }

  /** The address of a light userdata; 0 for others. */
  lightUserdata(index: number): Address {
    return this.api.lua_touserdata(this.state, index);
  }

  /** Pushes a string of bytes. @throws Lua's error if memory is used up. */
  pushBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const size = end - start;
    if (size <= BUFFER) {
      this.#copy(bytes, start, end);
      this.api.lua_pushlstring(this.state, this.#buffer, size);
      return;
    }
    const address = this.api.malloc(size);
    if (address === 0) this.raiseMemory();
    this.module.bytes.set(bytes.subarray(start, end), address);
    try {
      this.api.lua_pushlstring(this.state, address, size);
    } finally {
      this.api.free(address);
    }
  }

  /** Pushes a string of bytes that are in the module's memory. */
  pushFrom(address: Address, size: number): void {
    this.api.lua_pushlstring(this.state, address, size);
  }

  /** Pushes a list of some arguments. */
  pushList(args: ArgumentList, from: number, to: number): void {
    this.api.lua_createtable(this.state, to - from, 0);
    if (from === to) return;
    const together = this.#copyTogether(args, from, to);
    for (let i = from; i < to; i++) {
      const { bytes, start, end } = args.at(i);
      if (together < 0) this.pushBytes(bytes, start, end);
      else this.api.lua_pushlstring(this.state, this.#buffer + start - together, end - start);
      this.api.lua_rawseti(this.state, -2, i - from + 1);
    }
  }

  /** Copies arguments that lie close together all at once. @returns Where they begin; -1 if they do not. */
  #copyTogether(args: ArgumentList, from: number, to: number): number {
    const { bytes, start, end: firstEnd } = args.at(from);
    let end = firstEnd;
    for (let i = from + 1; i < to; i++) {
      const arg = args.at(i);
      if (arg.bytes !== bytes || arg.start < end) return -1;
      end = arg.end;
    }
    if (end - start > BUFFER) return -1;
    this.#copy(bytes, start, end);
    return start;
  }

  /** Copies bytes into the buffer. */
  #copy(bytes: Uint8Array, start: number, end: number): void {
    const target = this.#buffer;
    const size = end - start;
    const memory = this.module.bytes;
    if (size <= SHORT) {
      for (let i = 0; i < size; i++) memory[target + i] = bytes[start + i]!;
    } else {
      memory.set(bytes.subarray(start, end), target);
    }
  }

  /** Pushes a text as UTF-8. */
  pushText(text: string): void {
    this.pushBytes(encoder.encode(text));
  }

  /** Pushes a text of which each character is one byte. */
  pushLatin1(text: string): void {
    const size = text.length;
    if (size <= SHORT) {
      const memory = this.module.bytes;
      const target = this.#buffer;
      for (let i = 0; i < size; i++) memory[target + i] = text.charCodeAt(i);
      this.api.lua_pushlstring(this.state, target, size);
      return;
    }
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    this.pushBytes(bytes);
  }

  /** Pushes a table with room for items and fields. */
  pushTable(items = 0, fields = 0): void {
    this.api.lua_createtable(this.state, items, fields);
  }

  /** Pushes a copy of a value. */
  pushValue(index: number): void {
    this.api.lua_pushvalue(this.state, index);
  }

  /** Moves the topmost value to an index, shifting up what is above. */
  insert(index: number): void {
    this.api.lua_insert(this.state, index);
  }

  /** Takes a value out. */
  remove(index: number): void {
    this.api.lua_remove(this.state, index);
  }

  /** Puts the topmost value in the place of another. */
  replace(index: number): void {
    this.api.lua_replace(this.state, index);
  }

  /** Where a table is, which it stays as long as it lives. */
  address(index: number): Address {
    return this.api.lua_topointer(this.state, index);
  }

  /** Raises the topmost value as an error. */
  raise(): never {
    this.api.lua_error(this.state);
    throw new Error("lua_error returned");
  }

  /** Raises what Lua raises when memory is used up. */
  raiseMemory(): never {
    this.pushLatin1("not enough memory");
    this.raise();
  }
}
