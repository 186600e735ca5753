/**
 * Lua 5.1 as WebAssembly, by its C API alone: https://www.lua.org/manual/5.1/manual.html#3
 *
 * The package's JavaScript is not used. Its module needs little: memory, the setjmp and longjmp
 * that Lua's errors are made of (an exception that passes through the frames in between, frames.ts),
 * and the system calls of `io` and `os`, none of which a script gets to see.
 *
 * @module
 */

import { Frames, type Interrupts } from "./frames.ts";

/** An address in the interpreter's memory; `lua_State *` among them. */
export type Address = number;

/** The parts of the C API that are used, as the module exports them. */
export interface LuaExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  setThrew(threw: number, value: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  malloc(size: number): Address;
  free(address: Address): void;
  luaL_newstate(): Address;
  lua_close(state: Address): void;
  lua_atpanic(state: Address, handler: number): number;
  luaopen_base(state: Address): number;
  luaopen_table(state: Address): number;
  luaopen_string(state: Address): number;
  luaopen_math(state: Address): number;
  luaopen_debug(state: Address): number;
  luaL_argerror(state: Address, arg: number, message: Address): number;
  luaL_checkany(state: Address, arg: number): void;
  luaL_checklstring(state: Address, arg: number, size: Address): Address;
  luaL_checknumber(state: Address, arg: number): number;
  luaL_checkinteger(state: Address, arg: number): number;
  luaL_optinteger(state: Address, arg: number, otherwise: number): number;
  luaL_checktype(state: Address, arg: number, type: number): void;
  luaL_checkstack(state: Address, slots: number, message: Address): void;
  luaL_loadbuffer(state: Address, bytes: Address, size: number, name: Address): number;
  luaL_ref(state: Address, table: number): number;
  luaL_unref(state: Address, table: number, reference: number): void;
  luaL_where(state: Address, level: number): void;
  lua_call(state: Address, args: number, results: number): void;
  lua_checkstack(state: Address, slots: number): number;
  lua_concat(state: Address, count: number): void;
  lua_createtable(state: Address, items: number, fields: number): void;
  lua_error(state: Address): number;
  lua_gc(state: Address, what: number, data: number): number;
  lua_getinfo(state: Address, what: Address, record: Address): number;
  lua_getstack(state: Address, level: number, record: Address): number;
  lua_getmetatable(state: Address, index: number): number;
  lua_gettable(state: Address, index: number): void;
  lua_gettop(state: Address): number;
  lua_insert(state: Address, index: number): void;
  lua_lessthan(state: Address, a: number, b: number): number;
  lua_iscfunction(state: Address, index: number): number;
  lua_isstring(state: Address, index: number): number;
  lua_newthread(state: Address): Address;
  lua_next(state: Address, index: number): number;
  lua_objlen(state: Address, index: number): number;
  lua_pcall(state: Address, args: number, results: number, handler: number): number;
  lua_pushboolean(state: Address, value: number): void;
  lua_pushcclosure(state: Address, callback: number, upvalues: number): void;
  lua_pushlightuserdata(state: Address, address: Address): void;
  lua_pushlstring(state: Address, bytes: Address, size: number): void;
  lua_pushnil(state: Address): void;
  lua_pushnumber(state: Address, value: number): void;
  lua_pushvalue(state: Address, index: number): void;
  lua_rawequal(state: Address, a: number, b: number): number;
  lua_rawget(state: Address, index: number): void;
  lua_rawgeti(state: Address, index: number, item: number): void;
  lua_rawset(state: Address, index: number): void;
  lua_rawseti(state: Address, index: number, item: number): void;
  lua_remove(state: Address, index: number): void;
  lua_replace(state: Address, index: number): void;
  lua_resume(state: Address, args: number): number;
  lua_setfenv(state: Address, index: number): number;
  lua_sethook(state: Address, hook: number, mask: number, count: number): void;
  lua_setmetatable(state: Address, index: number): number;
  lua_settable(state: Address, index: number): void;
  lua_settop(state: Address, index: number): void;
  lua_status(state: Address): number;
  lua_topointer(state: Address, index: number): Address;
  lua_touserdata(state: Address, index: number): Address;
  lua_tocfunction(state: Address, index: number): number;
  lua_toboolean(state: Address, index: number): number;
  lua_tolstring(state: Address, index: number, size: Address): Address;
  lua_tonumber(state: Address, index: number): number;
  lua_type(state: Address, index: number): number;
  lua_xmove(from: Address, to: Address, count: number): void;
  lua_yield(state: Address, results: number): number;
}

const PAGE = 64 * 1024;

/** A module of which nothing is interrupted. */
const UNINTERRUPTED: Interrupts = {
  due: () => 0,
  resumed: () => {},
  failed: () => 0,
  suspend: () => Promise.resolve(),
  finished: () => {},
};

/** One interpreter's module: its memory, and the functions that it may call. */
export class LuaModule {
  readonly api: LuaExports;
  /** The memory as bytes; another object after it has grown. */
  bytes: Uint8Array;
  /** The memory for numbers. */
  view: DataView;
  /** What is asked while Lua runs. */
  interrupts: Interrupts = UNINTERRUPTED;
  readonly frames = new Frames();
  /** How much memory it may take, in bytes. */
  readonly limitBytes: number;

  /**
   * @param compiled The compiled module.
   * @param limitBytes How much memory it may take, in bytes.
   */
  constructor(compiled: WebAssembly.Module, limitBytes: number) {
    this.limitBytes = limitBytes;
    const instance = new WebAssembly.Instance(compiled, this.#imports());
    this.api = instance.exports as LuaExports;
    this.bytes = new Uint8Array(this.api.memory.buffer);
    this.view = new DataView(this.api.memory.buffer);
    this.frames.connect(this.api, {
      due: (state, inHook) => this.interrupts.due(state, inHook),
      resumed: (state) => this.interrupts.resumed(state),
      failed: (state) => this.interrupts.failed(state),
      suspend: () => this.interrupts.suspend(),
      finished: (status) => this.interrupts.finished(status),
    });
    this.api.emscripten_stack_init();
    this.api.__wasm_call_ctors();
  }

  /** Memory taken, in bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** Puts a C function (`lua_CFunction`) into the module's table. @returns Its index there. */
  addFunction(callback: (state: Address) => number): number {
    return this.add(this.frames.wrap(callback));
  }

  /** The same of one in steps. @param native The function in whose place it is. */
  addSteps(
    callback: (state: Address, again: number) => number,
    native: CallableFunction,
  ): number {
    return this.add(this.frames.wrapSteps(callback, native, this.api));
  }

  /** Puts a function of WebAssembly into the module's table. @returns Its index there. */
  add(callback: CallableFunction): number {
    const table = this.api.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, callback);
    return index;
  }

  #grown(): void {
    this.bytes = new Uint8Array(this.api.memory.buffer);
    this.view = new DataView(this.api.memory.buffer);
  }

  #imports(): WebAssembly.Imports {
    const refused = () => -1;
    const { invoke, longjmp } = this.frames;
    const env: Record<string, CallableFunction> = {
      invoke_vii: invoke,
      _emscripten_throw_longjmp: longjmp,
      emscripten_resize_heap: (size = 0) => {
        size >>>= 0;
        if (size > this.limitBytes) return 0;
        const { memory } = this.api;
        // An eighth more than asked for, so that a growing heap grows seldom.
        const wanted = Math.min(this.limitBytes, size + (size >>> 3));
        const pages = Math.ceil((wanted - memory.buffer.byteLength) / PAGE);
        try {
          memory.grow(pages);
        } catch {
          return 0;
        }
        this.#grown();
        return 1;
      },
      emscripten_memcpy_js: (target = 0, source = 0, size = 0) => {
        this.bytes.copyWithin(target, source, source + size);
      },
      emscripten_date_now: () => Date.now(),
      _emscripten_get_now_is_monotonic: () => 1,
      exit: () => {
        throw new Error("the Lua interpreter gave up");
      },
    };
    // What io and os are made of, which no script reaches.
    for (
      const name of [
        "strftime",
        "__syscall_openat",
        "__syscall_fcntl64",
        "__syscall_ioctl",
        "__syscall_dup3",
        "__syscall_unlinkat",
        "__syscall_rmdir",
        "__syscall_renameat",
        "__syscall_readlinkat",
        "_emscripten_system",
        "_tzset_js",
        "_mktime_js",
        "_localtime_js",
        "_gmtime_js",
      ]
    ) env[name] = refused;
    const wasi = { fd_write: refused, fd_read: refused, fd_close: refused, fd_seek: refused };
    return {
      env,
      wasi_snapshot_preview1: { ...wasi, environ_sizes_get: refused, environ_get: refused },
    };
  }
}
