/** Bytes as keys of maps. */

import { createHash } from "node:crypto";
import { latin1 } from "./slice.ts";

/** Longest run of bytes that is its own key, unless told otherwise. */
const LONGEST = 1024;

/**
 * A string that stands for `bytes[start, end)` in a map: a character for each byte, or, so that long
 * names take no memory beside their own, what nobody can make two runs of bytes have in common.
 */
export function mapKey({ bytes, start, end }: RunOfBytes, longest: number = LONGEST): string {
  if (end - start <= longest) return latin1(bytes, start, end);
  const digest = createHash("sha256").update(bytes.subarray(start, end)).digest();
  // Longer than what is its own key, so that it is no such key.
  return latin1(digest, 0, digest.length).padEnd(longest + 1);
}

/** Bytes where they stand. */
interface RunOfBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}
