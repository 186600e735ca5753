/** What the keys of an index's documents begin with. */

import { compareBytes, Slice } from "../store/values/slice.ts";

const encoder = new TextEncoder();

/** Prefixes in the order of their bytes, without those that begin with another. */
export function sortedPrefixes(prefixes: readonly string[]): Uint8Array[] {
  const sorted = prefixes.map((prefix) => encoder.encode(prefix)).sort((a, b) =>
    compareBytes(a, new Slice(b))
  );
  const kept: Uint8Array[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !startsWith(prefix, last)) kept.push(prefix);
  }
  return kept;
}

/** Whether bytes begin with others. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}
