/**
 * LZF, the compression of long strings in RDB. A control byte below 32 says how many literal bytes
 * follow, less one. Any other is a reference: its upper three bits are the length less two, of which
 * seven means that another byte adds to it; its lower five bits and the last byte are the distance
 * back, less one. So a reference stands for 3 to 264 bytes and reaches 8192 bytes back, and nothing
 * expands to more than 88 times its size.
 *
 * @module
 */

import { copyBytes } from "../values/slice.ts";

const LONGEST_LITERAL = 32;
const LONGEST_REFERENCE = 264;
const FARTHEST_REFERENCE = 8192;

/**
 * Size of what `source[start, end)` expands to.
 *
 * @returns The size in bytes, -1 if the bytes are not well formed.
 */
export function lzfExpandedSize(source: Uint8Array, start: number, end: number): number {
  let size = 0;
  for (let i = start; i < end;) {
    const control = source[i++]!;
    if (control < LONGEST_LITERAL) {
      i += control + 1;
      if (i > end) return -1;
      size += control + 1;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) {
      if (i >= end) return -1;
      length += source[i++]!;
    }
    if (i >= end || (((control & 31) << 8) | source[i++]!) >= size) return -1;
    size += length;
  }
  return size;
}

/** Expands `source[start, end)`, which `lzfExpandedSize` has found well formed, into `target`. */
export function lzfExpand(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): void {
  let at = 0;
  for (let i = start; i < end;) {
    const control = source[i++]!;
    if (control < LONGEST_LITERAL) {
      const next = i + control + 1;
      copyBytes(source, i, next, target, at);
      at += control + 1;
      i = next;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) length += source[i++]!;
    let from = at - (((control & 31) << 8) | source[i++]!) - 1;
    // The ranges may overlap: a run of one byte is a reference to the byte before it.
    for (const last = at + length; at < last;) target[at++] = target[from++]!;
  }
}

const HASH_BITS = 14;

/**
 * Where a hash of three bytes was last seen. Places are counted on from call to call, so whatever is
 * below the first place of a call is from an earlier one and need not be cleared away.
 */
const seen = new Int32Array(1 << HASH_BITS);
let firstPlace = 1;

/**
 * Compresses `source[start, end)` into `target` at `at`.
 *
 * @param limit The most bytes it may take.
 * @returns The size in bytes, 0 if it would be more than `limit`.
 */
export function lzfCompress(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  limit: number,
): number {
  const first = at, last = at + limit;
  if (firstPlace + (end - start) > 0x7fffffff) {
    seen.fill(0);
    firstPlace = 1;
  }
  // A byte's index less this is its place.
  const origin = start - firstPlace;
  firstPlace += end - start;
  let pending = start;
  let i = start;
  while (i + 2 < end) {
    const next3 = source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16);
    const hash = Math.imul(next3, 0x9e3779b1) >>> (32 - HASH_BITS);
    const from = seen[hash]! + origin;
    seen[hash] = i - origin;
    const distance = i - from;
    if (
      from < start || distance > FARTHEST_REFERENCE ||
      source[from] !== source[i] || source[from + 1] !== source[i + 1] ||
      source[from + 2] !== source[i + 2]
    ) {
      i++;
      continue;
    }
    const longest = Math.min(end - i, LONGEST_REFERENCE);
    let length = 3;
    while (length < longest && source[from + length] === source[i + length]) length++;
    at = writeLiterals(source, pending, i, target, at, last);
    const code = length - 2;
    if (at < 0 || at + (code < 7 ? 2 : 3) > last) return 0;
    target[at++] = (Math.min(code, 7) << 5) | ((distance - 1) >> 8);
    if (code >= 7) target[at++] = code - 7;
    target[at++] = distance - 1;
    i += length;
    pending = i;
  }
  at = writeLiterals(source, pending, end, target, at, last);
  return at < 0 ? 0 : at - first;
}

/** Returns the index past what it wrote, -1 if that does not fit below `last`. */
function writeLiterals(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  last: number,
): number {
  const length = end - start;
  if (at + length + Math.ceil(length / LONGEST_LITERAL) > last) return -1;
  for (let i = start; i < end;) {
    const next = Math.min(i + LONGEST_LITERAL, end);
    target[at++] = next - i - 1;
    copyBytes(source, i, next, target, at);
    at += next - i;
    i = next;
  }
  return at;
}
