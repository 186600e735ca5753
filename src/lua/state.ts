/**
 * One Lua state and its stack, for functions written in JavaScript.
 *
 * Such a function takes its arguments from the stack, pushes its results and returns how many, as in
 * C. A Lua error passes through it as an exception that it must not catch: so it holds nothing that
 * has to be given back, and calls what may raise only where that is so.
 *
 * @module
 */

import { type Address, type LuaExports, LuaModule } from "./module.ts";

/** What a value is. */
export const LUA = {
  NIL: 0,
  BOOLEAN: 1,
  LIGHT_USERDATA: 2,
  NUMBER: 3,
  STRING: 4,
  TABLE: 5,
  FUNCTION: 6,
  USERDATA: 7,
  THREAD: 8,
} as const;

/** The names of types, by {@linkcode LUA}. */
export const TYPE_NAMES: readonly string[] = [
  "nil",
  "boolean",
  "userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
];

/** What a call ended with. */
export const STATUS = { OK: 0, YIELD: 1, RUN: 2, SYNTAX: 3, MEMORY: 4, HANDLER: 5 } as const;

/** The index of the registry. */
export const REGISTRY = -10000;
/** The index of the globals. */
export const GLOBALS = -10002;
/** The index of a function's first upvalue. */
export const UPVALUE = -10003;

const GC_COUNT = 3;
const GC_COLLECT = 2;
const MASK_LINE = 4;
const MASK_COUNT = 8;

/** `lua_State`: where the fields lie that no function of the API tells. */
const THREAD = { calls: 52, callsAtResume: 54, hookCount: 60 } as const;

/** `lua_Debug`: the fields that are read, and its size with room to spare. */
const DEBUG = { size: 160, source: 16, currentLine: 20 } as const;

/** `Table`: where it has its fields, and how much room for items. */
const TABLE = { fields: 16, items: 28 } as const;

/** Bytes of a chunk's name that are told. */
const SOURCE = 200;

/** Bytes of the buffer that strings pass through on their way to Lua. */
const BUFFER = 64 * 1024;

/** Arguments by their number, each a run of bytes. */
export interface ArgumentList {
  at(index: number): { readonly bytes: Uint8Array; readonly start: number; readonly end: number };
}

/** A function that Lua calls. @returns How many results it pushed. */
export type LuaFunction = (lua: Lua) => number;

/** A function in steps. @returns How many results it pushed, or what is to be done before it is called again. */
export type StepFunction = (lua: Lua, again: boolean) => number;

const encoder = new TextEncoder();

/** Characters that are made of bytes at once. */
const AT_ONCE = 4096;

/** One character for each byte: what the Web calls latin1 has others for 128 to 159. */
export function charactersOf(bytes: Uint8Array): string {
  if (bytes.length <= AT_ONCE) return String.fromCharCode(...bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  }
  return text;
}

/** A Lua state. While a coroutine runs, the functions it calls work on its stack. */
export class Lua {
  /** The running thread's `lua_State *`. */
  state: Address;
  readonly module: LuaModule;
  /** What {@linkcode find} found. */
  foundAt: Address = 0;
  foundSize = 0;
  readonly #api: LuaExports;
  /** What tables without fields have in the place of theirs. */
  readonly #noFields: Address;
  /** Where the size of a string is written. */
  readonly #size: Address;
  readonly #debug: Address;
  readonly #buffer: Address;
  readonly #names = new Map<string, Address>();

  /**
   * @param compiled The compiled interpreter.
   * @param limitBytes How much memory it may take, in bytes.
   */
  constructor(compiled: WebAssembly.Module, limitBytes: number) {
    this.module = new LuaModule(compiled, limitBytes);
    const api = this.#api = this.module.api;
    this.#size = api.malloc(4);
    this.#debug = api.malloc(DEBUG.size);
    this.#buffer = api.malloc(BUFFER);
    this.state = api.luaL_newstate();
    this.pushTable();
    this.#noFields = this.module.view.getUint32(this.address(-1) + TABLE.fields, true);
    this.pop();
  }

  /** Opens the libraries of tables, strings, numbers and the base. */
  openLibraries(): void {
    const { luaopen_base, luaopen_table, luaopen_string, luaopen_math } = this.#api;
    for (const open of [luaopen_base, luaopen_table, luaopen_string, luaopen_math]) {
      this.#api.lua_pushcclosure(this.state, this.module.add(open), 0);
      this.call(0, 0);
    }
  }

  /** Bytes that live values take, and those not yet collected. */
  get usedBytes(): number {
    return this.#api.lua_gc(this.state, GC_COUNT, 0) * 1024;
  }

  /** Collects garbage. */
  collect(): void {
    this.#api.lua_gc(this.state, GC_COLLECT, 0);
  }

  // The stack.

  /** The index of the topmost value, which is the number of values. */
  get top(): number {
    return this.#api.lua_gettop(this.state);
  }
  set top(index: number) {
    this.#api.lua_settop(this.state, index);
  }

  /** Drops the topmost values. */
  pop(count = 1): void {
    this.#api.lua_settop(this.state, -count - 1);
  }

  /** Makes room for values. @returns Whether there is. */
  reserve(count: number): boolean {
    return this.#api.lua_checkstack(this.state, count) !== 0;
  }

  /** The type of a value, one of {@linkcode LUA}; -1 where there is none. */
  type(index: number): number {
    return this.#api.lua_type(this.state, index);
  }

  /** Whether a value is true in a condition. */
  boolean(index: number): boolean {
    return this.#api.lua_toboolean(this.state, index) !== 0;
  }

  /** A number, or a string that is one; 0 for others. */
  number(index: number): number {
    return this.#api.lua_tonumber(this.state, index);
  }

  /** Whether a value is a string, or a number that Lua makes one of. */
  isText(index: number): boolean {
    return this.#api.lua_isstring(this.state, index) !== 0;
  }

  /**
   * The bytes of a string, where they are: until Lua runs again. A number becomes a string in its
   * place. Undefined for other types.
   */
  bytes(index: number): Uint8Array | undefined {
    const address = this.#api.lua_tolstring(this.state, index, this.#size);
    if (address === 0) return undefined;
    const size = this.module.view.getUint32(this.#size, true);
    return this.module.bytes.subarray(address, address + size);
  }

  /**
   * Finds a string without making an object of it: {@linkcode foundAt} and {@linkcode foundSize} tell
   * where its bytes are in the module's memory, until Lua runs again.
   *
   * @returns False if it is none. A number becomes a string in its place.
   */
  find(index: number): boolean {
    this.foundAt = this.#api.lua_tolstring(this.state, index, this.#size);
    if (this.foundAt === 0) return false;
    this.foundSize = this.module.view.getUint32(this.#size, true);
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
    return this.#api.lua_objlen(this.state, index);
  }

  /** Whether two values are the same. */
  same(a: number, b: number): boolean {
    return this.#api.lua_rawequal(this.state, a, b) !== 0;
  }

  /** Pushes nil. */
  pushNil(): void {
    this.#api.lua_pushnil(this.state);
  }

  /** Pushes a boolean. */
  pushBoolean(value: boolean): void {
    this.#api.lua_pushboolean(this.state, value ? 1 : 0);
  }

  /** Pushes a number. */
  pushNumber(value: number): void {
    this.#api.lua_pushnumber(this.state, value);
  }

  /** Pushes a light userdata: a value that is equal to itself only. */
  pushLightUserdata(address: Address): void {
    this.#api.lua_pushlightuserdata(this.state, address);
  }

  /** The address of a light userdata; 0 for others. */
  lightUserdata(index: number): Address {
    return this.#api.lua_touserdata(this.state, index);
  }

  /** Pushes a string of bytes. @throws Lua's error if memory is used up. */
  pushBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const size = end - start;
    if (size <= BUFFER) {
      this.#copy(bytes, start, end);
      this.#api.lua_pushlstring(this.state, this.#buffer, size);
      return;
    }
    const address = this.#api.malloc(size);
    if (address === 0) this.raiseMemory();
    this.module.bytes.set(bytes.subarray(start, end), address);
    try {
      this.#api.lua_pushlstring(this.state, address, size);
    } finally {
      this.#api.free(address);
    }
  }

  /** Pushes a string of bytes that are in the module's memory. */
  pushFrom(address: Address, size: number): void {
    this.#api.lua_pushlstring(this.state, address, size);
  }

  /** Pushes a list of some arguments. */
  pushList(args: ArgumentList, from: number, to: number): void {
    this.#api.lua_createtable(this.state, to - from, 0);
    if (from === to) return;
    const together = this.#copyTogether(args, from, to);
    for (let i = from; i < to; i++) {
      const { bytes, start, end } = args.at(i);
      if (together < 0) this.pushBytes(bytes, start, end);
      else this.#api.lua_pushlstring(this.state, this.#buffer + start - together, end - start);
      this.#api.lua_rawseti(this.state, -2, i - from + 1);
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
      this.#api.lua_pushlstring(this.state, target, size);
      return;
    }
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    this.pushBytes(bytes);
  }

  /** Pushes a table with room for items and fields. */
  pushTable(items = 0, fields = 0): void {
    this.#api.lua_createtable(this.state, items, fields);
  }

  /** Pushes a copy of a value. */
  pushValue(index: number): void {
    this.#api.lua_pushvalue(this.state, index);
  }

  /** Makes a function known. @returns What {@linkcode pushKnown} takes. */
  known(callback: LuaFunction): number {
    return this.module.addFunction((state) => {
      const before = this.state;
      this.state = state;
      // An error leaves the thread to be set again by whoever catches it.
      const results = callback(this);
      this.state = before;
      return results;
    });
  }

  /**
   * The same of a function in steps, in the place of another: see `STEP`.
   *
   * @param native What {@linkcode native} gave of the other.
   */
  knownSteps(callback: StepFunction, native: CallableFunction): number {
    return this.module.addSteps((state, again) => {
      const before = this.state;
      this.state = state;
      const results = callback(this, again !== 0);
      this.state = before;
      return results;
    }, native);
  }

  /** Pushes a function that was made known, over as many of the topmost values. */
  pushKnown(index: number, upvalues = 0): void {
    this.#api.lua_pushcclosure(this.state, index, upvalues);
  }

  /** Pushes a function. For those that live as long as the state: each takes a place for good. */
  pushFunction(callback: LuaFunction, upvalues = 0): void {
    this.pushKnown(this.known(callback), upvalues);
  }

  /** A C function, to be called in the frame of a function that stands for it. */
  native(index: number): (state: Address) => number {
    const native = this.nativeFunction(index);
    return (state) => Number(native(state));
  }

  /** The same as the module has it. */
  nativeFunction(index: number): CallableFunction {
    const at = this.#api.lua_tocfunction(this.state, index);
    const native: unknown = this.#api.__indirect_function_table.get(at);
    if (typeof native !== "function") throw new TypeError("not a C function");
    return native;
  }

  /** Moves the topmost value to an index, shifting up what is above. */
  insert(index: number): void {
    this.#api.lua_insert(this.state, index);
  }

  /** Takes a value out. */
  remove(index: number): void {
    this.#api.lua_remove(this.state, index);
  }

  /** Puts the topmost value in the place of another. */
  replace(index: number): void {
    this.#api.lua_replace(this.state, index);
  }

  // Tables. All but `get` and `set` pass metamethods by.

  /** Where a table is, which it stays as long as it lives. */
  address(index: number): Address {
    return this.#api.lua_topointer(this.state, index);
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
    this.#api.lua_gettable(this.state, table);
  }

  /** Sets a key to a value, the two topmost; metamethods take part. */
  set(table: number): void {
    this.#api.lua_settable(this.state, table);
  }

  /** Pushes a field. @returns Its type. */
  field(table: number, name: string): number {
    const at = table < 0 && table > REGISTRY ? table - 1 : table;
    this.pushLatin1(name);
    this.#api.lua_rawget(this.state, at);
    return this.type(-1);
  }

  /** Sets a field to the topmost value, and pops it. */
  setField(table: number, name: string): void {
    const at = table < 0 && table > REGISTRY ? table - 1 : table;
    this.pushLatin1(name);
    this.insert(-2);
    this.#api.lua_rawset(this.state, at);
  }

  /** Replaces the topmost value, a key, by what a table has under it. */
  rawGet(table: number): void {
    this.#api.lua_rawget(this.state, table);
  }

  /** Sets a key to a value, the two topmost. */
  rawSet(table: number): void {
    this.#api.lua_rawset(this.state, table);
  }

  /** Pushes an item. @returns Its type. */
  item(table: number, index: number): number {
    this.#api.lua_rawgeti(this.state, table, index);
    return this.type(-1);
  }

  /** Sets an item to the topmost value, and pops it. */
  setItem(table: number, index: number): void {
    this.#api.lua_rawseti(this.state, table, index);
  }

  /** Replaces the topmost value, a key, by the next key and its value. @returns False at the end. */
  next(table: number): boolean {
    return this.#api.lua_next(this.state, table) !== 0;
  }

  /** Pushes a value's metatable. @returns False, with nothing pushed, if it has none. */
  metatable(index: number): boolean {
    return this.#api.lua_getmetatable(this.state, index) !== 0;
  }

  /** Makes the topmost value, a table or nil, the metatable of another. */
  setMetatable(index: number): void {
    this.#api.lua_setmetatable(this.state, index);
  }

  /** Makes the topmost value the environment of a function or thread. */
  setEnvironment(index: number): void {
    this.#api.lua_setfenv(this.state, index);
  }

  // Calls.

  /**
   * Compiles a chunk and pushes it.
   *
   * @param name What errors call it, with `@` or `=` before it.
   * @returns One of {@linkcode STATUS}; with an error, its message is pushed.
   */
  load(code: Uint8Array, name: string): number {
    const address = this.#api.malloc(code.length || 1);
    if (address === 0) return STATUS.MEMORY;
    this.module.bytes.set(code, address);
    try {
      return this.#api.luaL_loadbuffer(this.state, address, code.length, this.#name(name));
    } finally {
      this.#api.free(address);
    }
  }

  /** Calls a function with the topmost values. @returns One of {@linkcode STATUS}. */
  call(args: number, results: number, handler = 0): number {
    const { state } = this;
    const status = this.#api.lua_pcall(state, args, results, handler);
    this.state = state;
    return status;
  }

  /** Pushes a new coroutine. @returns Its `lua_State *`. */
  pushThread(): Address {
    return this.#api.lua_newthread(this.state);
  }

  /** Moves the topmost values to another thread's stack. */
  moveTo(thread: Address, count: number): void {
    this.#api.lua_xmove(this.state, thread, count);
  }

  /** Starts or goes on with the coroutine that is the current thread. @returns One of {@linkcode STATUS}. */
  resume(args: number): number {
    const { state } = this;
    const status = this.#api.lua_resume(state, args);
    this.state = state;
    return status;
  }

  /** Calls back every `count` instructions of a thread; 0 for never again. */
  setHook(hook: number, count: number, thread: Address = this.state): void {
    this.#api.lua_sethook(thread, hook, count === 0 ? 0 : MASK_COUNT, count);
  }

  /** Calls back for each line of a thread that is entered. */
  setLineHook(hook: number, thread: Address): void {
    this.#api.lua_sethook(thread, hook, MASK_LINE, 0);
  }

  /**
   * Whether a hook may yield: nothing in C is between the thread's `resume` and where it is. Call in a
   * hook that counts instructions.
   */
  mayYield(thread: Address, count: number): boolean {
    const { view } = this.module;
    return view.getInt32(thread + THREAD.hookCount, true) === count &&
      view.getUint16(thread + THREAD.calls, true) <=
        view.getUint16(thread + THREAD.callsAtResume, true);
  }

  /** Has the thread yield when the hook that calls this returns. */
  yieldInHook(thread: Address): void {
    this.#api.lua_yield(thread, 0);
  }

  /** Keeps the topmost value and pops it. @returns What {@linkcode pushKept} takes. */
  keep(): number {
    return this.#api.luaL_ref(this.state, REGISTRY);
  }

  /** Pushes a value that was kept. */
  pushKept(reference: number): void {
    this.item(REGISTRY, reference);
  }

  /** Keeps a value no longer. */
  release(reference: number): void {
    this.#api.luaL_unref(this.state, REGISTRY, reference);
  }

  // Arguments of a function: each raises Lua's own error if it is not what is asked for.

  /** An argument that must be a number, or a string that is one. */
  checkNumber(arg: number): number {
    return this.#api.luaL_checknumber(this.state, arg);
  }

  /** An argument that must be a number, cut to 32 bits as C does. */
  checkInteger(arg: number): number {
    return this.#api.luaL_checkinteger(this.state, arg);
  }

  /** The same, or a number in place of nothing. */
  optionalInteger(arg: number, otherwise: number): number {
    return this.#api.luaL_optinteger(this.state, arg, otherwise);
  }

  /** The bytes of an argument that must be a string or a number: until Lua runs again. */
  checkBytes(arg: number): Uint8Array {
    const address = this.#api.luaL_checklstring(this.state, arg, this.#size);
    return this.module.bytes.subarray(
      address,
      address + this.module.view.getUint32(this.#size, true),
    );
  }

  /** An argument that must be there, be it nil. */
  checkAny(arg: number): void {
    this.#api.luaL_checkany(this.state, arg);
  }

  /** An argument that must be of a type. */
  checkType(arg: number, type: number): void {
    this.#api.luaL_checktype(this.state, arg, type);
  }

  /** Makes room for values. @throws Lua's error if there is none. */
  checkStack(count: number, message: string): void {
    this.#api.luaL_checkstack(this.state, count, this.#name(message));
  }

  /** Raises an error about an argument. */
  raiseArgument(arg: number, message: string): never {
    this.#api.luaL_argerror(this.state, arg, this.#name(message));
    throw new Error("luaL_argerror returned");
  }

  // Errors.

  /** Raises the topmost value as an error. */
  raise(): never {
    this.#api.lua_error(this.state);
    throw new Error("lua_error returned");
  }

  /** Raises an error with where it was raised before its message, as `error` does. */
  raiseText(message: string): never {
    this.#api.luaL_where(this.state, 1);
    this.pushLatin1(message);
    this.#api.lua_concat(this.state, 2);
    this.raise();
  }

  /** Raises what Lua raises when memory is used up. */
  raiseMemory(): never {
    this.pushLatin1("not enough memory");
    this.raise();
  }

  /** Where a function on the call stack is: level 0 runs, 1 has called it, and so on. */
  where(level: number): { readonly source: string; readonly line: number } | undefined {
    const what = this.#name("Sl");
    if (this.#api.lua_getstack(this.state, level, this.#debug) === 0) return undefined;
    this.#api.lua_getinfo(this.state, what, this.#debug);
    const { view, bytes } = this.module;
    const at = view.getUint32(this.#debug + DEBUG.source, true);
    const end = bytes.indexOf(0, at);
    const source = charactersOf(bytes.subarray(at, Math.min(end, at + SOURCE)));
    return { source, line: view.getInt32(this.#debug + DEBUG.currentLine, true) };
  }

  /** A name as a C string that stays. */
  #name(text: string): Address {
    let address = this.#names.get(text);
    if (address === undefined) {
      address = this.#api.malloc(text.length + 1);
      for (let i = 0; i < text.length; i++) this.module.bytes[address + i] = text.charCodeAt(i);
      this.module.bytes[address + text.length] = 0;
      this.#names.set(text, address);
    }
    return address;
  }
}

/** Bytes up to which a loop copies faster than `set` of a view. */
const SHORT = 48;
