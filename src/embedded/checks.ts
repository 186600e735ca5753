/**
 * The edge where callers' values come in: what has a wrong type is refused by a TypeError that names
 * it, before anything is done. Numbers in place of text are left to the commands, which know their
 * ranges.
 *
 * @module
 */

import type { Argument } from "./data.ts";

/** The bytes of a value that is bytes, else undefined. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (isDetached(value)) return undefined;
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  // Pages that others may look into have no shared memory.
  const isBuffer = value instanceof ArrayBuffer ||
    typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer;
  return isBuffer ? new Uint8Array(value) : undefined;
}

/** Whether a value is bytes that were given away, to a worker for one. */
function isDetached(value: unknown): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof ArrayBuffer && buffer.detached;
}

/**
 * Whether a value is text, or bytes as they are taken. What has no bytes may be detached, so it is left
 * to {@linkcode bytesOf}.
 */
export function isData(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array && value.length > 0;
}

/** A word of a command as text or bytes; undefined for what is neither, nor a number. */
export function wordOf(value: unknown): string | Uint8Array | undefined {
  if (isData(value)) return value;
  if (typeof value === "number" && value === value) return String(value);
  return typeof value === "bigint" ? String(value) : bytesOf(value);
}

/** Whether a value is a key. */
export function isKey(value: unknown): boolean {
  return typeof value === "string" || bytesOf(value) !== undefined;
}

/** Whether a value is an argument. */
export function isArgument(value: unknown): value is Argument {
  return wordOf(value) !== undefined;
}

/** What a key must be. */
export const KEY = "a string or bytes";
/** What an argument must be. */
export const ARGUMENT = "a string, bytes, a number or a bigint";

/** The error for a value of a wrong type. @param name What it is, as the caller knows it. */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, not ${kindOf(value)}`);
}

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "number") return value === value ? "a number" : "NaN";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  if (isDetached(value)) return "a detached buffer";
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return name === "Object" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}
