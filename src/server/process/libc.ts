/** Functions of the C library, for what the runtime has no call of. */

/** What the C library is called. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["libc.so.6", "libc.so"],
  darwin: ["libSystem.dylib"],
};

/**
 * Opens the C library.
 *
 * @returns Undefined if there is none, it has another of the functions, or `--allow-ffi` is not given.
 */
export function openLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> | undefined {
  for (const library of LIBRARIES[Deno.build.os] ?? []) {
    // Without permission the runtime would ask whoever sits at the terminal.
    const permission = Deno.permissions.querySync({ name: "ffi", path: library });
    if (permission.state !== "granted") continue;
    try {
      return Deno.dlopen(library, symbols);
    } catch {
      // It has another name here.
    }
  }
  return undefined;
}
