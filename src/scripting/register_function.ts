/** `redis.register_function`: https://redis.io/docs/latest/develop/programmability/lua-api/#redis.register_function */

import { LUA } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";
import { raise } from "./redis_library.ts";
import { FLAGS, isName } from "./shebang.ts";

/** A function that a library has registered. */
export interface Registered {
  /** The registry's reference to the callback. */
  readonly reference: number;
  readonly description: string | undefined;
  /** Its flags, in the order that Redis tells them. */
  readonly flags: ReadonlySet<string>;
  /** Whether it is to be run on a stack of its own. */
  readonly ownStack: boolean;
}

/**
 * Takes the arguments of one call.
 *
 * @param functions What the library has registered so far.
 * @param ownStack Whether its functions are to be run on stacks of their own.
 */
export function registerFunction(
  lua: Lua,
  functions: Map<string, Registered>,
  ownStack: boolean,
): number {
  if (lua.top < 1 || lua.top > 2) {
    raise(lua, "wrong number of arguments to redis.register_function");
  }
  const given = lua.top === 1 ? readNamed(lua) : readPositional(lua);
  if (!isName(given.name)) {
    raise(
      lua,
      "Library names can only contain letters, numbers, or underscores(_) and must be at least " +
        "one character long",
    );
  }
  if (functions.has(given.name)) raise(lua, "Function already exists in the library");
  lua.pushValue(given.callback);
  const reference = lua.keep();
  const { name, description, flags } = given;
  functions.set(name, { reference, description, flags, ownStack });
  return 0;
}

/** What a call names. */
interface Given {
  readonly name: string;
  /** The index of the callback on the stack. */
  readonly callback: number;
  readonly description: string | undefined;
  readonly flags: ReadonlySet<string>;
}

function readPositional(lua: Lua): Given {
  if (!lua.isText(1)) raise(lua, "first argument to redis.register_function must be a string");
  if (lua.type(2) !== LUA.FUNCTION) {
    raise(lua, "second argument to redis.register_function must be a function");
  }
  return { name: textOf(lua, 1), callback: 2, description: undefined, flags: new Set() };
}

function readNamed(lua: Lua): Given {
  if (lua.type(1) !== LUA.TABLE) {
    raise(
      lua,
      "calling redis.register_function with a single argument is only applicable to Lua table " +
        "(representing named arguments).",
    );
  }
  let name: string | undefined;
  let description: string | undefined;
  let flags: ReadonlySet<string> = new Set();
  let found = false;
  // The callback's place.
  lua.top = 1;
  lua.pushNil();
  lua.pushNil();
  while (lua.next(1)) {
    if (!lua.isText(-2)) {
      raise(lua, "named argument key given to redis.register_function is not a string");
    }
    const value = lua.top;
    switch (textOf(lua, -2)) {
      case "function_name":
        if (!lua.isText(-1)) {
          raise(lua, "function_name argument given to redis.register_function must be a string");
        }
        name = textOf(lua, -1);
        break;
      case "description":
        if (!lua.isText(-1)) {
          raise(lua, "description argument given to redis.register_function must be a string");
        }
        description = textOf(lua, -1);
        break;
      case "callback":
        if (lua.type(-1) !== LUA.FUNCTION) {
          raise(lua, "callback argument given to redis.register_function must be a function");
        }
        lua.pushValue(value);
        lua.replace(2);
        found = true;
        break;
      case "flags":
        if (lua.type(-1) !== LUA.TABLE) {
          raise(
            lua,
            "flags argument to redis.register_function must be a table representing function flags",
          );
        }
        flags = readFlags(lua, value);
        break;
      default:
        raise(lua, "unknown argument given to redis.register_function");
    }
    lua.pop();
  }
  if (name === undefined) {
    raise(lua, "redis.register_function must get a function name argument");
  }
  if (!found) raise(lua, "redis.register_function must get a callback argument");
  return { name, callback: 2, description, flags };
}

function readFlags(lua: Lua, table: number): ReadonlySet<string> {
  const given = new Set<string>();
  for (let i = 1; lua.item(table, i) !== LUA.NIL; i++) {
    const flag = lua.type(-1) === LUA.STRING ? lua.latin1(-1) : "";
    if (!FLAGS.has(flag)) raise(lua, "unknown flag given");
    given.add(flag);
    lua.pop();
  }
  lua.pop();
  return new Set([...FLAGS].filter((flag) => given.has(flag)));
}

/** A string or number, without turning the number in its place into a string: it may be a key. */
function textOf(lua: Lua, index: number): string {
  lua.pushValue(index);
  const text = lua.latin1(-1);
  lua.pop();
  return text;
}
