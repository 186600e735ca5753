/**
 * Calls of native libraries, which Deno alone has. The functions of a library are Deno's own objects:
 * whoever calls them calls V8's fast path, and nothing in between.
 *
 * @module
 */

import { DENO, RUNTIME_TITLE } from "./runtime.ts";

/** What functions a library has, by their types. */
export type LibraryInterface = Deno.ForeignLibraryInterface;
/** The functions of a loaded library. */
export type LibraryFunctions<T extends LibraryInterface> = Deno.StaticForeignLibraryInterface<T>;
/** An address, null for none. */
export type Pointer = Deno.PointerValue;
/** The address of a function. */
export type FunctionPointer<T extends Deno.ForeignFunction> = Deno.PointerObject<T>;

/** Whether native libraries can be called. */
export const HAS_FFI: boolean = DENO !== undefined;

function required(): typeof Deno {
  if (DENO === undefined) throw new Error(`${RUNTIME_TITLE} cannot call native libraries`);
  return DENO;
}

/** Loads a library. @throws {Error} If it cannot be loaded. */
export function loadLibrary<const T extends LibraryInterface>(
  path: string,
  functions: T,
): LibraryFunctions<T> {
  return required().dlopen(path, functions).symbols;
}

/** The address that a number is. */
export function pointerAt(address: bigint): Pointer {
  return required().UnsafePointer.create(address);
}

/** The address of an array's first byte. */
export function addressOfBytes(bytes: Uint8Array<ArrayBuffer>): bigint {
  const { UnsafePointer } = required();
  return BigInt(UnsafePointer.value(UnsafePointer.of(bytes)));
}

/** The text at an address, up to its zero byte. */
export function cStringAt(pointer: Deno.PointerObject): string {
  return required().UnsafePointerView.getCString(pointer);
}

/** Memory at an address, as it is and will be. */
export function memoryAt(pointer: Deno.PointerObject, bytes: number): ArrayBuffer {
  return required().UnsafePointerView.getArrayBuffer(pointer, bytes);
}

/** What stands at an address. */
export function viewAt(pointer: Deno.PointerObject): Deno.UnsafePointerView {
  return new (required().UnsafePointerView)(pointer);
}

/** The function at an address. */
export function functionAt<const T extends Deno.ForeignFunction>(
  pointer: FunctionPointer<T>,
  type: T,
): Deno.UnsafeFnPointer<T> {
  return new (required().UnsafeFnPointer)(pointer, type);
}
