/**
 * How many files and connections the system lets this process have open. The runtime raises the
 * limit as far as it may when it starts, but does not tell it; the C library does.
 *
 * @module
 */

import { OS } from "../../runtime/runtime.ts";
import { openLibc } from "./libc.ts";

/** File descriptors that are not clients': the runtime's, SQLite's, listeners. */
const RESERVED = 64;

/** `RLIMIT_NOFILE`. */
const RESOURCES: Readonly<Record<string, number>> = { linux: 7, darwin: 8 };

/** How many clients the limit of open files leaves room for; undefined if it cannot be found out. */
export function mostClients(): number | undefined {
  const limit = openFilesLimit();
  return limit === undefined ? undefined : Math.max(0, limit - RESERVED);
}

function openFilesLimit(): number | undefined {
  const resource = RESOURCES[OS];
  if (resource === undefined) return undefined;
  const c = openLibc({ getrlimit: { parameters: ["i32", "buffer"], result: "i32" } });
  if (c === undefined) return undefined;
  // A `struct rlimit`: the limit that holds, and how far it may be raised.
  const limits = new BigUint64Array(2);
  const failed = c.symbols.getrlimit(resource, limits) !== 0;
  c.close();
  return failed ? undefined : Number(limits[0]);
}
