/**
 * One Lua state, for functions written in JavaScript.
 *
 * Such a function takes its arguments from the stack, pushes its results and returns how many, as in
 * C. A Lua error passes through it as an exception that it must not catch: so it holds nothing that
 * has to be given back, and calls what may raise only where that is so.
 *
 * @module
 */

import { charactersOf } from "./characters.ts";
import { REGISTRY, STATUS } from "./constants.ts";
import type { Address } from "./module.ts";
import { LuaTables } from "./tables.ts";

const GC_COUNT = 3;
const GC_COLLECT = 2;
const MASK_LINE = 4;
const MASK_COUNT = 8;

/** `lua_State`: where the fields lie that no function of the API tells. */
const THREAD = { calls: 52, callsAtResume: 54, hookCount: 60 } as const;

/** `lua_Debug`: the fields that are read, and its size with room to spare. */
const DEBUG = { size: 160, source: 16, currentLine: 20 } as const;

/** Bytes of a chunk's name that are told. */
const SOURCE = 200;

/** A function that Lua calls. @returns How many results it pushed. */
export type LuaFunction = (lua: Lua) => number;

/** A function in steps. @returns How many results it pushed, or what is to be done before it is called again. */
export type StepFunction = (lua: Lua, again: boolean) => number;

/** A Lua state. While a coroutine runs, the functions it calls work on its stack. */
export class Lua extends LuaTables {
  readonly #debug: Address;
  readonly #names = new Map<string, Address>();

  /**
   * @param compiled The compiled interpreter.
   * @param limitBytes How much memory it may take, in bytes.
   */
  constructor(compiled: WebAssembly.Module, limitBytes: number) {
    super(compiled, limitBytes);
    this.#debug = this.api.malloc(DEBUG.size);
  }

  /** Opens the libraries of tables, strings, numbers and the base. */
  openLibraries(): void {
    const { luaopen_base, luaopen_table, luaopen_string, luaopen_math } = this.api;
    for (const open of [luaopen_base, luaopen_table, luaopen_string, luaopen_math]) {
      this.api.lua_pushcclosure(this.state, this.module.add(open), 0);
      this.call(0, 0);
    }
  }

  /** Bytes that live values take, and those not yet collected. */
  get usedBytes(): number {
    return this.api.lua_gc(this.state, GC_COUNT, 0) * 1024;
  }

  /** Collects garbage. */
  collect(): void {
    this.api.lua_gc(this.state, GC_COLLECT, 0);
  }

  // Functions.

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
    this.api.lua_pushcclosure(this.state, index, upvalues);
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
    const at = this.api.lua_tocfunction(this.state, index);
    const native: unknown = this.api.__indirect_function_table.get(at);
    if (typeof native !== "function") throw new TypeError("not a C function");
    return native;
  }

  // Calls.

  /**
   * Compiles a chunk and pushes it.
   *
   * @param name What errors call it, with `@` or `=` before it.
   * @returns One of {@linkcode STATUS}; with an error, its message is pushed.
   */
  load(code: Uint8Array, name: string): number {
    const address = this.api.malloc(code.length || 1);
    if (address === 0) return STATUS.MEMORY;
    this.module.bytes.set(code, address);
    try {
      return this.api.luaL_loadbuffer(this.state, address, code.length, this.#name(name));
    } finally {
      this.api.free(address);
    }
  }

  /** Calls a function with the topmost values. @returns One of {@linkcode STATUS}. */
  call(args: number, results: number, handler = 0): number {
    const { state } = this;
    const status = this.api.lua_pcall(state, args, results, handler);
    this.state = state;
    return status;
  }

  /** Pushes a new coroutine. @returns Its `lua_State *`. */
  pushThread(): Address {
    return this.api.lua_newthread(this.state);
  }

  /** Moves the topmost values to another thread's stack. */
  moveTo(thread: Address, count: number): void {
    this.api.lua_xmove(this.state, thread, count);
  }

  /** Starts or goes on with the coroutine that is the current thread. @returns One of {@linkcode STATUS}. */
  resume(args: number): number {
    const { state } = this;
    const status = this.api.lua_resume(state, args);
    this.state = state;
    return status;
  }

  /** Calls back every `count` instructions of a thread; 0 for never again. */
  setHook(hook: number, count: number, thread: Address = this.state): void {
    this.api.lua_sethook(thread, hook, count === 0 ? 0 : MASK_COUNT, count);
  }

  /** Calls back for each line of a thread that is entered. */
  setLineHook(hook: number, thread: Address): void {
    this.api.lua_sethook(thread, hook, MASK_LINE, 0);
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
    this.api.lua_yield(thread, 0);
  }

  /** Keeps the topmost value and pops it. @returns What {@linkcode pushKept} takes. */
  keep(): number {
    return this.api.luaL_ref(this.state, REGISTRY);
  }

  /** Pushes a value that was kept. */
  pushKept(reference: number): void {
    this.item(REGISTRY, reference);
  }

  /** Keeps a value no longer. */
  release(reference: number): void {
    this.api.luaL_unref(this.state, REGISTRY, reference);
  }

  // Arguments of a function: each raises Lua's own error if it is not what is asked for.

  /** An argument that must be a number, or a string that is one. */
  checkNumber(arg: number): number {
    return this.api.luaL_checknumber(this.state, arg);
  }

  /** An argument that must be a number, cut to 32 bits as C does. */
  checkInteger(arg: number): number {
    return this.api.luaL_checkinteger(this.state, arg);
  }

  /** The same, or a number in place of nothing. */
  optionalInteger(arg: number, otherwise: number): number {
    return this.api.luaL_optinteger(this.state, arg, otherwise);
  }

  /** The bytes of an argument that must be a string or a number: until Lua runs again. */
  checkBytes(arg: number): Uint8Array {
    const address = this.api.luaL_checklstring(this.state, arg, this.sizeAt);
    return this.module.bytes.subarray(
      address,
      address + this.module.view.getUint32(this.sizeAt, true),
    );
  }

  /** An argument that must be there, be it nil. */
  checkAny(arg: number): void {
    this.api.luaL_checkany(this.state, arg);
  }

  /** An argument that must be of a type. */
  checkType(arg: number, type: number): void {
    this.api.luaL_checktype(this.state, arg, type);
  }

  /** Makes room for values. @throws Lua's error if there is none. */
  checkStack(count: number, message: string): void {
    this.api.luaL_checkstack(this.state, count, this.#name(message));
  }

  /** Raises an error about an argument. */
  raiseArgument(arg: number, message: string): never {
    this.api.luaL_argerror(this.state, arg, this.#name(message));
    throw new Error("luaL_argerror returned");
  }

  // Errors.

  /** Raises an error with where it was raised before its message, as `error` does. */
  raiseText(message: string): never {
    this.api.luaL_where(this.state, 1);
    this.pushLatin1(message);
    this.api.lua_concat(this.state, 2);
    this.raise();
  }

  /** Where a function on the call stack is: level 0 runs, 1 has called it, and so on. */
  where(level: number): { readonly source: string; readonly line: number } | undefined {
    const what = this.#name("Sl");
    if (this.api.lua_getstack(this.state, level, this.#debug) === 0) return undefined;
    this.api.lua_getinfo(this.state, what, this.#debug);
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
      address = this.api.malloc(text.length + 1);
      for (let i = 0; i < text.length; i++) this.module.bytes[address + i] = text.charCodeAt(i);
      this.module.bytes[address + text.length] = 0;
      this.#names.set(text, address);
    }
    return address;
  }
}
