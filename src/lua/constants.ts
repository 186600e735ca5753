/** The numbers of Lua's C API: types, what calls end with, places that are no places of the stack. */

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
