/**
 * The memory of arrays as the C library sees it: where it is, and copies that are a call and make no
 * object.
 *
 * @module
 */

import {
  addressOfBytes,
  type LibraryFunctions,
  type LibraryInterface,
  loadLibrary,
} from "./ffi.ts";
import { isNotCapable } from "./permissions.ts";
import { OS } from "./runtime.ts";

const SYMBOLS = {
  memcpy: { parameters: ["usize", "usize", "i32"], result: "void" },
  memcmp: { parameters: ["usize", "usize", "i32"], result: "i32" },
} as const satisfies LibraryInterface;

/** The functions that copy and compare memory. */
export type Memory = LibraryFunctions<typeof SYMBOLS>;

let memory: Memory | undefined;

/** Loads the C library's memory functions. From here on {@linkcode copyKnown} uses them. */
export function loadMemory(): Memory {
  return memory ??= load();
}

function load(): Memory {
  const name = { darwin: "libSystem.dylib", windows: "msvcrt.dll" }[OS] ??
    "libc.so.6";
  try {
    return loadLibrary(name, SYMBOLS);
  } catch (error) {
    if (isNotCapable(error)) throw error;
    return loadLibrary("libc.so", SYMBOLS);
  }
}

const addresses = new WeakMap<Uint8Array, bigint>();

/**
 * The address of an array's first byte. Remembered, for asking costs 300 ns and remembering 5;
 * sound because the store behind a typed array never moves once its `buffer` has been looked at.
 */
export function addressOf(bytes: Uint8Array): bigint {
  let address = addresses.get(bytes);
  if (address === undefined) {
    void bytes.buffer;
    address = addressOfBytes(bytes as Uint8Array<ArrayBuffer>);
    addresses.set(bytes, address);
  }
  return address;
}

/** The address of a byte of an array. */
export function addressAt(bytes: Uint8Array, at: number): bigint {
  return plus(addressOf(bytes), at);
}

/** Of a number that it knows to be an integer of 32 bits the compiler makes no object. */
function plus(address: bigint, at: number): bigint {
  return (at | 0) === at ? address + BigInt(at | 0) : address + BigInt(at);
}

/** Has copies from and to an array be quick that is used over and over. */
export function keepAddress(bytes: Uint8Array): void {
  if (memory !== undefined) addressOf(bytes);
}

/**
 * Copies `source[start, end)` into `target` at `at` if the addresses of both are known: a third of the
 * time that it takes to cut a view out of the source and copy that.
 *
 * @returns Whether that was done.
 */
export function copyKnown(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): boolean {
  if (memory === undefined) return false;
  const from = addresses.get(source), to = addresses.get(target);
  if (from === undefined || to === undefined || source === target) return false;
  const length = end - start;
  if (start < 0 || at < 0 || length < 0 || end > source.length || at + length > target.length) {
    throw new RangeError("the bytes to copy are not within their arrays");
  }
  memory.memcpy(plus(to, at), plus(from, start), length);
  return true;
}
