import { copyKnown } from "../../runtime/memory.ts";

/** A run of bytes inside an array: `bytes[start, end)`. Keys and values come in and go out as this. */
export class Slice {
  /** The array the bytes are in. */
  bytes: Uint8Array;
  /** Index of the first byte. */
  start: number;
  /** Index past the last byte. */
  end: number;

  /** The whole of an array by default. */
  constructor(bytes: Uint8Array = EMPTY, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Size in bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Points the slice somewhere else. */
  set(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return this;
  }

  /** A copy of the bytes. */
  copy(): Uint8Array {
    return this.bytes.slice(this.start, this.end);
  }

  /** A view on the bytes, valid as long as the slice. */
  view(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Copies the bytes into `target` at `at`. */
  copyInto(target: Uint8Array, at: number): void {
    copyBytes(this.bytes, this.start, this.end, target, at);
  }

  /** The bytes as characters of the same codes, at most {@linkcode MAX_STRING}: never merges bytes. */
  latin1(): string {
    return latin1(this.bytes, this.start, this.end);
  }

  /** Whether the bytes are the same as another's. */
  equals(other: Slice): boolean {
    const length = this.end - this.start;
    if (length !== other.end - other.start) return false;
    const a = this.bytes, b = other.bytes, i = this.start, j = other.start;
    for (let k = 0; k < length; k++) if (a[i + k] !== b[j + k]) return false;
    return true;
  }
}

const EMPTY = new Uint8Array(0);

/** Bytes that are decoded by one call: with more arguments it gets slower again. */
const CHUNK = 512;

/** Longest string that V8 makes, in characters. */
export const MAX_STRING: number = 2 ** 29 - 24;

/**
 * `bytes[start, end)` as characters of the same codes. A long run goes in chunks: a string that
 * grows by a character at a time takes 36 bytes of heap for each.
 */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  if (end - start <= 48) {
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  for (let i = start; i < end; i += CHUNK) {
    const chunk = bytes.subarray(i, Math.min(end, i + CHUNK));
    // Spreading the chunk would cost ten times as much.
    const characters: string = Reflect.apply(String.fromCharCode, undefined, chunk);
    text += characters;
  }
  return text;
}

/** Bytes that are copied one by one (0.6 ns each), and those from which on a view is cut out of the source. */
const FEW = 16, MANY = 48;

/** Copies `source[start, end)` into `target` at `at`. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  const length = end - start;
  if (length > FEW) {
    if (copyKnown(source, start, end, target, at)) return;
    if (length > MANY) return target.set(source.subarray(start, end), at);
  }
  for (let i = start; i < end; i++) target[at++] = source[i]!;
}

/** Below 0 if `a` comes before `b` in the order of bytes, which is SQLite's of BLOBs; 0 if they are the same. */
export function compareBytes(a: Uint8Array, { bytes, start, end }: Slice): number {
  const length = Math.min(a.length, end - start);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - bytes[start + i]!;
    if (difference !== 0) return difference;
  }
  return a.length - (end - start);
}
