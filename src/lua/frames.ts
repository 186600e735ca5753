/**
 * Functions of WebAssembly between those of Lua's module.
 *
 * A running script can be suspended wherever it is, in a `pcall` or in a comparison for `table.sort`
 * as well, as long as there is no frame of JavaScript between the call that began it and the one that
 * suspends it (WebAssembly's JavaScript Promise Integration). So what stands in between is made here:
 * the setjmp that every protected call passes through, the hook, and `pcall`.
 *
 * @module
 */

import { assemble, I32, OP } from "./assembler.ts";
import { promising, suspending } from "../runtime/stack_switching.ts";

/** What is asked of JavaScript while Lua runs. Each may raise an error of Lua, but for the last two. */
export interface Interrupts {
  /**
   * Is called now and then.
   *
   * @param inHook Whether between two instructions of the thread, and not in a function.
   * @returns 1 to have the whole stack suspended.
   */
  due(state: number, inHook: number): number;
  /** Is called after {@linkcode due} returned 1, when the script goes on or could not be suspended. */
  resumed(state: number): void;
  /** Changes what `pcall` gives for an error, which is on top of the stack. @returns How many values. */
  failed(state: number): number;
  /** What suspends the stack until it resolves. */
  suspend(): Promise<void>;
  /** Takes how what `run` has begun ended, one of `STATUS`. */
  finished(status: number): void;
}

/** The module's functions that are called from here. */
interface LuaFunctions {
  readonly __indirect_function_table: WebAssembly.Table;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  lua_call(state: number, args: number, results: number): void;
  lua_gettable(state: number, table: number): void;
  lua_gettop(state: number): number;
  lua_insert(state: number, index: number): void;
  lua_lessthan(state: number, a: number, b: number): number;
  lua_pcall(state: number, args: number, results: number, handler: number): number;
  lua_pushboolean(state: number, value: number): void;
  lua_resume(state: number, args: number): number;
  luaL_checkany(state: number, arg: number): void;
}

/** The part of exceptions that TypeScript does not know yet. */
interface Exceptions {
  readonly Tag: new (type: { readonly parameters: readonly string[] }) => WebAssembly.ImportValue;
}

const exceptions = WebAssembly as unknown as Exceptions;

/** Makes a module when it is first needed: most processes run no script. */
function once(make: () => WebAssembly.Module): () => WebAssembly.Module {
  let made: WebAssembly.Module | undefined;
  return () => made ??= make();
}

const type = (parameters: number, results: number) => ({
  parameters: Array.from({ length: parameters }, () => I32),
  results: Array.from({ length: results }, () => I32),
});
const TYPES = [type(0, 0), type(0, 1), type(1, 0), type(1, 1), type(2, 0), type(2, 1), type(3, 0)]
  .concat([type(3, 1), type(4, 1)]);
/** Indexes in {@linkcode TYPES}, by how many values go in and come out. */
const T = { _0_0: 0, _0_1: 1, _1_0: 2, _1_1: 3, _2_0: 4, _2_1: 5, _3_0: 6, _3_1: 7, _4_1: 8 };

/** What the module imports, which is instantiated before it and so calls the rest through a table. */
const EARLY = once(() =>
  assemble({
    types: TYPES,
    imports: [{ module: "e", name: "longjmp", tag: T._0_0 }],
    table: 1,
    functions: [
      {
        name: "invoke",
        type: T._3_0,
        code: [OP.GET(0), OP.GET(1), OP.GET(2), OP.CONST(0), OP.CALL_INDIRECT(T._3_0)],
      },
      { name: "longjmp", type: T._0_0, code: [OP.THROW(0)] },
    ],
  })
);

const IMPORTED = {
  stackSave: T._0_1,
  stackRestore: T._1_0,
  setThrew: T._2_0,
  lua_gettop: T._1_1,
  lua_insert: T._2_0,
  lua_lessthan: T._3_1,
  lua_pcall: T._4_1,
  lua_pushboolean: T._2_0,
  lua_resume: T._2_1,
  luaL_checkany: T._2_0,
};
const CALLBACKS = {
  due: T._2_1,
  resumed: T._1_0,
  failed: T._1_1,
  suspend: T._0_0,
  finished: T._1_0,
};
const ORDER = [...Object.keys(IMPORTED), ...Object.keys(CALLBACKS)];
const PAUSE = ORDER.length;

/** Calls one of the imported functions. */
function call(name: keyof typeof IMPORTED | keyof typeof CALLBACKS): number[] {
  return OP.CALL(ORDER.indexOf(name));
}

const LATE = once(() =>
  assemble({
    types: TYPES,
    imports: [
      ...Object.entries(IMPORTED).map(([name, type]) => ({ module: "l", name, type })),
      ...Object.entries(CALLBACKS).map(([name, type]) => ({ module: "e", name, type })),
      { module: "l", name: "__indirect_function_table", table: 0 },
      { module: "e", name: "longjmp", tag: T._0_0 },
    ],
    functions: [
      // (state, inHook): looks whether to suspend, and does.
      {
        name: "pause",
        type: T._2_0,
        code: [
          ...[OP.GET(0), OP.GET(1), call("due"), OP.IF],
          // Where a frame of JavaScript is in between, it is an error, and the script goes on.
          ...[OP.BLOCK, OP.TRY_ALL(0), call("suspend"), OP.END, OP.END],
          ...[OP.GET(0), call("resumed"), OP.END],
        ],
      },
      // (state, record): a `lua_Hook`.
      { name: "hook", type: T._2_0, code: [OP.GET(0), OP.CONST(1), OP.CALL(PAUSE)] },
      // (function, a, b): calls a function of the module up to which a longjmp goes.
      {
        name: "invoke",
        type: T._3_0,
        locals: 1,
        code: [
          ...[call("stackSave"), OP.SET(3), OP.BLOCK, OP.TRY(0, 0)],
          ...[OP.GET(1), OP.GET(2), OP.GET(0), OP.CALL_INDIRECT(T._2_0), OP.END, OP.RETURN, OP.END],
          ...[OP.GET(3), call("stackRestore"), OP.CONST(1), OP.CONST(0), call("setThrew")],
        ],
      },
      // (thread, args): starts a coroutine, or goes on with it.
      {
        name: "run",
        type: T._2_0,
        code: [OP.GET(0), OP.GET(1), call("lua_resume"), call("finished")],
      },
      // (state): `pcall`.
      {
        name: "pcall",
        type: T._1_1,
        code: [
          ...[OP.GET(0), OP.CONST(1), call("luaL_checkany")],
          ...[OP.GET(0), OP.GET(0), call("lua_gettop"), OP.CONST(1), OP.SUBTRACT, OP.CONST(-1)],
          ...[OP.CONST(0), call("lua_pcall"), OP.IF, OP.GET(0), call("failed"), OP.RETURN, OP.END],
          ...[OP.GET(0), OP.CONST(1), call("lua_pushboolean")],
          ...[OP.GET(0), OP.CONST(1), call("lua_insert"), OP.GET(0), call("lua_gettop")],
        ],
      },
      // (state): `a < b`, which can be interrupted in between.
      {
        name: "lessThan",
        type: T._1_1,
        code: [
          ...[OP.GET(0), OP.CONST(0), OP.CALL(PAUSE)],
          ...[OP.GET(0), OP.GET(0), OP.CONST(1), OP.CONST(2), call("lua_lessthan")],
          ...[call("lua_pushboolean"), OP.CONST(1)],
        ],
      },
    ],
  })
);

/** A function in JavaScript as one of the module's. */
const FUNCTION = once(() =>
  assemble({
    types: TYPES,
    imports: [{ module: "e", name: "f", type: T._1_1 }],
    functions: [{ name: "f", type: T._1_1, code: [OP.GET(0), OP.CALL(0)] }],
  })
);

/** What a function in steps returns in place of a number of results. */
export const STEP = {
  /** The function in whose place it is does the work. */
  NATIVE: -1,
  /** It has not come to its end, and is called again; in between the script may be suspended. */
  MORE: -2,
  /** It is called again when the topmost value, a key, is replaced by what the third argument has under it. */
  INDEX: -3,
  /** It is called again when the function below the topmost so many values is called: `CALL - count`. */
  CALL: -10,
} as const;

/** A function in JavaScript in steps, in the place of another. */
const STEPPED = once(() =>
  assemble({
    types: TYPES,
    imports: [
      { module: "e", name: "f", type: T._2_1 },
      { module: "e", name: "native", type: T._1_1 },
      { module: "e", name: "pause", type: T._2_0 },
      { module: "l", name: "lua_call", type: T._3_0 },
      { module: "l", name: "lua_gettable", type: T._2_0 },
    ],
    functions: [{
      name: "f",
      type: T._1_1,
      locals: 2,
      code: [
        ...[OP.LOOP, OP.GET(0), OP.GET(1), OP.CALL(0), OP.SET(2), OP.CONST(1), OP.SET(1)],
        ...[OP.GET(2), OP.CONST(0), OP.LESS, OP.IF],
        ...[
          OP.GET(2),
          OP.CONST(STEP.NATIVE),
          OP.EQUAL,
          OP.IF,
          OP.GET(0),
          OP.CALL(1),
          OP.RETURN,
          OP.END,
        ],
        ...[OP.GET(2), OP.CONST(STEP.MORE), OP.EQUAL, OP.IF],
        ...[OP.GET(0), OP.CONST(0), OP.CALL(2), OP.BRANCH(2), OP.END],
        ...[OP.GET(2), OP.CONST(STEP.INDEX), OP.EQUAL, OP.IF],
        ...[OP.GET(0), OP.CONST(3), OP.CALL(4), OP.BRANCH(2), OP.END],
        ...[OP.GET(0), OP.CONST(STEP.CALL), OP.GET(2), OP.SUBTRACT, OP.CONST(1), OP.CALL(3)],
        ...[OP.BRANCH(1), OP.END, OP.END, OP.GET(2)],
      ],
    }],
  })
);

function exported(instance: WebAssembly.Instance, name: string): CallableFunction {
  const value = instance.exports[name];
  if (typeof value !== "function") throw new TypeError(`${name} is not a function`);
  return value;
}

/** The functions for one instance of Lua's module. */
export class Frames {
  /** What the module imports. */
  readonly invoke: CallableFunction;
  /** What the module imports. */
  readonly longjmp: CallableFunction;
  readonly #early: WebAssembly.Instance;
  readonly #tag = new exceptions.Tag({ parameters: [] });
  #late: WebAssembly.Instance | undefined;

  constructor() {
    this.#early = new WebAssembly.Instance(EARLY(), { e: { longjmp: this.#tag } });
    this.invoke = exported(this.#early, "invoke");
    this.longjmp = exported(this.#early, "longjmp");
  }

  /** Puts them between the module's functions. Call before any of those. */
  connect(lua: LuaFunctions, interrupts: Interrupts): void {
    const e: WebAssembly.ModuleImports = {
      due: (state: number, inHook: number) => interrupts.due(state, inHook),
      resumed: (state: number) => interrupts.resumed(state),
      failed: (state: number) => interrupts.failed(state),
      suspend: suspending(() => interrupts.suspend()),
      finished: (status: number) => interrupts.finished(status),
      longjmp: this.#tag,
    };
    const late = new WebAssembly.Instance(LATE(), { l: { ...lua }, e });
    const table = this.#early.exports["table"];
    if (!(table instanceof WebAssembly.Table)) throw new TypeError("there is no table");
    table.set(0, exported(late, "invoke"));
    this.#late = late;
  }

  /** One of the functions that are made here. */
  function(name: "hook" | "pcall" | "lessThan" | "run" | "pause"): CallableFunction {
    if (this.#late === undefined) throw new TypeError("not connected yet");
    return exported(this.#late, name);
  }

  /** What runs a thread on a stack that can be suspended. */
  onOwnStack(): (state: number, args: number) => Promise<void> {
    return promising(this.function("run"));
  }

  /** Wraps a `lua_CFunction` in JavaScript. */
  wrap(callback: (state: number) => number): CallableFunction {
    return exported(new WebAssembly.Instance(FUNCTION(), { e: { f: callback } }), "f");
  }

  /**
   * Wraps one in steps.
   *
   * @param callback Takes whether it is called again, and returns a number of results or a {@linkcode STEP}.
   * @param native The function in whose place it is.
   */
  wrapSteps(
    callback: (state: number, again: number) => number,
    native: CallableFunction,
    lua: LuaFunctions,
  ): CallableFunction {
    const e: WebAssembly.ModuleImports = { f: callback, pause: this.function("pause") };
    e["native"] = native;
    return exported(new WebAssembly.Instance(STEPPED(), { e, l: { ...lua } }), "f");
  }
}
