/**
 * Tables that scripts may read and not change. Lua 5.1 knows none, so what scripts see are empty tables
 * that stand for the real ones: reading falls through, writing is refused, and the functions that pass
 * metamethods by are replaced by those here.
 *
 * @module
 */

import { LUA } from "../lua/constants.ts";
import type { Lua, LuaFunction } from "../lua/state.ts";

/** The tables of one interpreter that stand for others. */
export class SealedTables {
  /** What Lua's functions of the same names are replaced by. */
  readonly functions: Readonly<Record<string, LuaFunction>> = {
    rawset: (lua) => this.#rawSet(lua),
    rawget: (lua) => this.#rawGet(lua),
    getmetatable: (lua) => this.#getMetatable(lua),
    setmetatable: (lua) => this.#setMetatable(lua),
    pairs: (lua) => this.#pairs(lua),
    next: (lua) => this.#next(lua),
  };
  /** What stands for the metatables of strings and of the globals, kept. */
  ofStrings = 0;
  ofGlobals = 0;
  readonly #lua: Lua;
  /** A table from each that stands for another to the real one, kept. */
  readonly #proxies: number;
  /** The real table of globals, kept. */
  readonly #globals: number;
  /** The tables that stand for others, which must stay empty. */
  readonly #empty: number[] = [];
  /** Where they are; they lie at the bottom of the stack in this order. */
  readonly #addresses: number[] = [];

  /** @param globals The real table of globals, kept. */
  constructor(lua: Lua, globals: number) {
    this.#lua = lua;
    this.#globals = globals;
    lua.pushTable();
    this.#proxies = lua.keep();
  }

  /** Replaces the topmost value, a table, by one that stands for it. */
  seal(): void {
    const lua = this.#lua;
    lua.pushTable();
    lua.pushTable(0, 2);
    lua.pushValue(-3);
    lua.setField(-2, "__index");
    lua.pushFunction((lua) => lua.raiseText("Attempt to modify a readonly table"));
    lua.setField(-2, "__newindex");
    lua.setMetatable(-2);
    lua.pushKept(this.#proxies);
    lua.pushValue(-2);
    lua.pushValue(-4);
    lua.rawSet(-3);
    lua.pop();
    lua.pushValue(-1);
    this.#empty.push(lua.keep());
    lua.remove(-2);
  }

  /** Pushes the real table that an argument stands for. @returns False, with nothing pushed. */
  #pushReal(arg: number): boolean {
    const lua = this.#lua;
    if (!lua.metatable(arg)) return false;
    lua.pop();
    lua.pushKept(this.#proxies);
    lua.pushValue(arg);
    lua.rawGet(-2);
    lua.remove(-2);
    if (lua.type(-1) === LUA.TABLE) return true;
    lua.pop();
    return false;
  }

  #refuseSealed(arg: number): void {
    if (!this.#pushReal(arg)) return;
    this.#lua.top = 0;
    this.#lua.pushLatin1("Attempt to modify a readonly table");
    this.#lua.raise();
  }

  #rawSet(lua: Lua): number {
    lua.checkType(1, LUA.TABLE);
    lua.checkAny(2);
    lua.checkAny(3);
    this.#refuseSealed(1);
    lua.top = 3;
    lua.rawSet(1);
    return 1;
  }

  #rawGet(lua: Lua): number {
    lua.checkType(1, LUA.TABLE);
    lua.checkAny(2);
    lua.top = 2;
    if (this.#pushReal(1)) lua.replace(1);
    lua.rawGet(1);
    return 1;
  }

  /** Of what stands for another there is none to see, and none to change of strings. */
  #getMetatable(lua: Lua): number {
    lua.checkAny(1);
    if (this.#pushReal(1)) {
      lua.pushKept(this.#globals);
      if (lua.same(-1, -2)) lua.pushKept(this.ofGlobals);
      else lua.pushNil();
      return 1;
    }
    if (lua.type(1) === LUA.STRING) {
      lua.pushKept(this.ofStrings);
      return 1;
    }
    // That of `cjson.null` is ours.
    if (lua.type(1) === LUA.LIGHT_USERDATA || !lua.metatable(1)) lua.pushNil();
    else if (lua.field(-1, "__metatable") === LUA.NIL) lua.pop();
    return 1;
  }

  #setMetatable(lua: Lua): number {
    lua.checkType(1, LUA.TABLE);
    const type = lua.type(2);
    if (type !== LUA.NIL && type !== LUA.TABLE) {
      lua.raiseArgument(2, "nil or table expected");
    }
    this.#refuseSealed(1);
    if (lua.metatable(1)) {
      if (lua.field(-1, "__metatable") !== LUA.NIL) {
        lua.raiseText("cannot change a protected metatable");
      }
      lua.pop(2);
    }
    lua.top = 2;
    lua.setMetatable(1);
    return 1;
  }

  /** Replaces a table that stands for another by a copy of that, to be walked through. */
  #walkable(lua: Lua): void {
    if (!this.#pushReal(1)) return;
    lua.pushTable();
    lua.pushNil();
    while (lua.next(-3)) {
      lua.pushValue(-2);
      lua.insert(-2);
      lua.rawSet(-4);
    }
    lua.replace(1);
    lua.pop();
  }

  #pairs(lua: Lua): number {
    lua.checkType(1, LUA.TABLE);
    this.#walkable(lua);
    lua.pushKept(this.#globals);
    lua.field(-1, "next");
    lua.pushValue(1);
    lua.pushNil();
    return 3;
  }

  #next(lua: Lua): number {
    lua.checkType(1, LUA.TABLE);
    lua.top = 2;
    if (this.#pushReal(1)) lua.replace(1);
    if (lua.next(1)) return 2;
    lua.pushNil();
    return 1;
  }

  /** Leaves them all on the stack, where {@linkcode tidy} finds them at once. Call when all are made. */
  keepInReach(): void {
    for (const reference of this.#empty) {
      this.#lua.pushKept(reference);
      this.#addresses.push(this.#lua.address(-1));
    }
  }

  /** Takes out what a script has put into tables that stand for others, past `__newindex`. */
  tidy(): void {
    const lua = this.#lua;
    for (let i = 0; i < this.#addresses.length; i++) {
      if (!lua.isUntouched(this.#addresses[i]!)) this.#clear(i + 1);
    }
  }

  #clear(table: number): void {
    const lua = this.#lua;
    lua.pushNil();
    while (lua.next(table)) {
      lua.pop();
      lua.pushValue(-1);
      lua.pushNil();
      lua.rawSet(table);
    }
  }
}
