/**
 * Keys as a tree. SCAN walks in the order of the keys' bytes, so what has been found is one sorted
 * array, and a folder is a range of it: a tree of a million keys is made as far as it is open.
 *
 * @module
 */

import type { ByteString } from "../data/bytes.ts";

/** A row of the tree: a key, or a folder with how many keys there are in it. */
export interface TreeRow {
  readonly kind: "key" | "folder";
  /** The key, or what all keys of the folder begin with. */
  readonly name: ByteString;
  /** What it is called within its folder. */
  readonly label: ByteString;
  readonly depth: number;
  /** Keys in it. */
  readonly count: number;
}

/** The first index from `from` on whose key is not before another. */
function lowerBound(keys: readonly ByteString[], key: string, from: number, to: number): number {
  let low = from, high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is greater than all that begins with a prefix, and less than everything else behind it. */
const behind = (prefix: string) => {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
};

/**
 * The rows of the tree as far as it is open.
 *
 * @param keys The keys in order.
 * @param separator What parts of keys are separated by; empty for a plain list.
 * @param isOpen Whether a folder is open.
 */
export function treeRows(
  keys: readonly ByteString[],
  separator: string,
  isOpen: (folder: ByteString) => boolean,
): TreeRow[] {
  const rows: TreeRow[] = [];
  const level = (prefix: string, from: number, to: number, depth: number) => {
    for (let at = from; at < to;) {
      const key = keys[at]!;
      const end = separator === "" ? -1 : key.indexOf(separator, prefix.length);
      const name = key.slice(0, end + separator.length) as ByteString;
      const next = end < 0 ? at + 1 : lowerBound(keys, behind(name), at, to);
      // A folder of one key says no more than the key.
      if (next - at === 1) {
        const label = key.slice(prefix.length) as ByteString;
        rows.push({ kind: "key", name: key, label, depth, count: 1 });
      } else {
        const label = name.slice(prefix.length) as ByteString;
        rows.push({ kind: "folder", name, label, depth, count: next - at });
        if (isOpen(name)) level(name, at, next, depth + 1);
      }
      at = next;
    }
  };
  level("", 0, keys.length, 0);
  return rows;
}
