/** What a script returns, as a reply: https://redis.io/docs/latest/develop/programmability/lua-api/#lua-to-resp2-type-conversion */

import { LUA } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";
import type { Reply } from "../resp/reply.ts";

/** Line breaks have no place in errors and statuses. */
function line(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}

/**
 * Writes the topmost value and pops it.
 *
 * @param protocol What `redis.setresp` has chosen: of 3, booleans stay booleans.
 */
export function writeReturned(lua: Lua, reply: Reply, protocol: 2 | 3): void {
  if (!lua.reserve(4)) {
    // Whoever returns a table that is its own item gets this far.
    reply.error("ERR reached lua stack limit");
    lua.pop();
    return;
  }
  switch (lua.type(-1)) {
    case LUA.STRING:
      reply.bulk(lua.bytes(-1)!);
      break;
    case LUA.NUMBER:
      reply.integer(toInteger(lua.number(-1)));
      break;
    case LUA.BOOLEAN:
      if (protocol === 3) reply.boolean(lua.boolean(-1));
      else if (lua.boolean(-1)) reply.integer(1);
      else reply.null();
      break;
    case LUA.TABLE:
      writeTable(lua, reply, protocol);
      break;
    default:
      reply.null();
  }
  lua.pop();
}

/** A number as C cuts it to 64 bits. */
function toInteger(value: number): number | bigint {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  if (!(Math.abs(whole) < 2 ** 63)) return -(2n ** 63n);
  return BigInt(whole);
}

function writeTable(lua: Lua, reply: Reply, protocol: 2 | 3): void {
  if (!lua.hasFields(lua.address(-1))) return writeItems(lua, reply, protocol);
  if (lua.field(-1, "err") === LUA.STRING) {
    reply.error(line(lua.latin1(-1)));
    return lua.pop();
  }
  lua.pop();
  if (lua.field(-1, "ok") === LUA.STRING) {
    reply.status(line(lua.latin1(-1)));
    return lua.pop();
  }
  lua.pop();
  if (lua.field(-1, "double") === LUA.NUMBER) {
    reply.double(lua.number(-1));
    return lua.pop();
  }
  lua.pop();
  for (const kind of ["map", "set"] as const) {
    if (lua.field(-1, kind) === LUA.TABLE) {
      writeEntries(lua, reply, protocol, kind);
      return lua.pop();
    }
    lua.pop();
  }
  if (lua.field(-1, "big_number") === LUA.STRING) {
    reply.bigNumber(line(lua.latin1(-1)));
    return lua.pop();
  }
  lua.pop();
  if (lua.field(-1, "verbatim_string") === LUA.TABLE) {
    if (lua.field(-1, "format") === LUA.STRING && lua.field(-2, "string") === LUA.STRING) {
      reply.verbatim(lua.latin1(-2), lua.bytes(-1) ?? NOTHING);
      return lua.pop(3);
    }
    lua.pop();
    if (lua.type(-1) !== LUA.TABLE) lua.pop();
  }
  lua.pop();
  writeItems(lua, reply, protocol);
}

function writeItems(lua: Lua, reply: Reply, protocol: 2 | 3): void {
  const mark = reply.beginArray();
  let length = 0;
  while (lua.item(-1, length + 1) !== LUA.NIL) {
    writeReturned(lua, reply, protocol);
    length++;
  }
  lua.pop();
  reply.endArray(mark, length);
}

function writeEntries(lua: Lua, reply: Reply, protocol: 2 | 3, kind: "map" | "set"): void {
  let count = 0;
  lua.pushNil();
  for (; lua.next(-2); lua.pop()) count++;
  if (kind === "map") reply.map(count);
  else reply.set(count);
  lua.pushNil();
  while (lua.next(-2)) {
    // The key itself is needed for the step to the next.
    lua.pushValue(-2);
    writeReturned(lua, reply, protocol);
    if (kind === "map") writeReturned(lua, reply, protocol);
    else lua.pop();
  }
}

const NOTHING = new Uint8Array(0);
