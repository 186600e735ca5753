/**
 * How many files and connections the system lets this process have open. The runtime raises the
 * limit as far as it may when it starts, but does not tell it; the C library does.
 *
 * @module
 */

/** File descriptors that are not clients': the runtime's, SQLite's, listeners. */
const RESERVED = 64;

/** `RLIMIT_NOFILE`, and what the C library is called. */
const SYSTEMS: Partial<Record<typeof Deno.build.os, { resource: number; libraries: string[] }>> = {
  linux: { resource: 7, libraries: ["libc.so.6", "libc.so"] },
  darwin: { resource: 8, libraries: ["libSystem.dylib"] },
};

/** How many clients the limit of open files leaves room for; undefined if it cannot be found out. */
export function mostClients(): number | undefined {
  const limit = openFilesLimit();
  return limit === undefined ? undefined : Math.max(0, limit - RESERVED);
}

function openFilesLimit(): number | undefined {
  const system = SYSTEMS[Deno.build.os];
  if (system === undefined) return undefined;
  for (const library of system.libraries) {
    // Without permission the runtime would ask whoever sits at the terminal.
    const permission = Deno.permissions.querySync({ name: "ffi", path: library });
    if (permission.state !== "granted") continue;
    try {
      const c = Deno.dlopen(library, {
        getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
      });
      // A `struct rlimit`: the limit that holds, and how far it may be raised.
      const limits = new BigUint64Array(2);
      const failed = c.symbols.getrlimit(system.resource, limits) !== 0;
      c.close();
      return failed ? undefined : Number(limits[0]);
    } catch {
      // It has another name here.
    }
  }
  return undefined;
}
