/**
 * The tables of a Lua state: items, fields, metatables. All but `get` and `set` pass metamethods by.
 *
 * @module
 */

import { REGISTRY } from "./constants.ts";
import type { Address } from "./module.ts";
import { LuaStack } from "./stack.ts";

/** `Table`: where it has its fields, and how much room for items. */
const TABLE = { fields: 16, items: 28 } as const;

/** A Lua state's stack with what is done to tables. */
export class LuaTables extends LuaStack {
  /** What tables without fields have in the place of theirs. */
  readonly #noFields: Address;

  /**
   * @param compiled The compiled interpreter.
   * @param limitBytes How much memory it may take, in bytes.
   */
  constructor(compiled: WebAssembly.Module, limitBytes: number) {
    super(compiled, limitBytes);
    this.pushTable();
    this.#noFields = this.module.view.getUint32(this.address(-1) + TABLE.fields, true);
    this.pop();
  }

  /**
   * Whether a table has room for fields beside its items. One made of items alone has none, and is
   * spared the look-ups of names that it cannot have.
   */
  hasFields(table: Address): boolean {
    return this.module.view.getUint32(table + TABLE.fields, true) !== this.#noFields;
  }

  /** Whether a table has never had anything in it. */
  isUntouched(table: Address): boolean {
    return !this.hasFields(table) && this.module.view.getUint32(table + TABLE.items, true) === 0;
  }

  /** Replaces the topmost value, a key, by what a table has under it; metamethods take part. */
  get(table: number): void {
    this.api.lua_gettable(this.state, table);
  }

  /** Sets a key to a value, the two topmost; metamethods take part. */
  set(table: number): void {
    this.api.lua_settable(this.state, table);
  }

  /** Pushes a field. @returns Its type. */
  field(table: number, name: string): number {
    const at = table < 0 && table > REGISTRY ? table - 1 : table;
    this.pushLatin1(name);
    this.api.lua_rawget(this.state, at);
    return this.type(-1);
  }

  /** Sets a field to the topmost value, and pops it. */
  setField(table: number, name: string): void {
    const at = table < 0 && table > REGISTRY ? table - 1 : table;
    this.pushLatin1(name);
    this.insert(-2);
    this.api.lua_rawset(this.state, at);
  }

  /** Replaces the topmost value, a key, by what a table has under it. */
  rawGet(table: number): void {
    this.api.lua_rawget(this.state, table);
  }

  /** Sets a key to a value, the two topmost. */
  rawSet(table: number): void {
    this.api.lua_rawset(this.state, table);
  }

  /** Pushes an item. @returns Its type. */
  item(table: number, index: number): number {
    this.api.lua_rawgeti(this.state, table, index);
    return this.type(-1);
  }

  /** Sets an item to the topmost value, and pops it. */
  setItem(table: number, index: number): void {
    this.api.lua_rawseti(this.state, table, index);
  }

  /** Replaces the topmost value, a key, by the next key and its value. @returns False at the end. */
  next(table: number): boolean {
    return this.api.lua_next(this.state, table) !== 0;
  }

  /** Pushes a value's metatable. @returns False, with nothing pushed, if it has none. */
  metatable(index: number): boolean {
    return this.api.lua_getmetatable(this.state, index) !== 0;
  }

  /** Makes the topmost value, a table or nil, the metatable of another. */
  setMetatable(index: number): void {
    this.api.lua_setmetatable(this.state, index);
  }

  /** Makes the topmost value the environment of a function or thread. */
  setEnvironment(index: number): void {
    this.api.lua_setfenv(this.state, index);
  }
}
