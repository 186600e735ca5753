/** Functions of the C library, for what the runtime has no call of. */

import { HAS_FFI } from "../../runtime/ffi.ts";
import { mayLoadLibrary } from "../../runtime/permissions.ts";
import { OS } from "../../runtime/runtime.ts";

/** What the C library is called. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
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
  for (const library of HAS_FFI ? LIBRARIES[OS] ?? [] : []) {
    // Without permission the runtime would ask whoever sits at the terminal.
    if (!mayLoadLibrary(library)) continue;
    try {
      return Deno.dlopen(library, symbols);
    } catch {
      // It has another name here.
    }
  }
  return undefined;
}
