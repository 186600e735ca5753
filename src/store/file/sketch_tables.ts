/**
 * The tables of filters and sketches, which version 8 adds: Bloom and cuckoo filters, count-min
 * sketches, top-k lists and t-digests. What they are made of is told in src/store/sketches/blocks.ts.
 *
 * A value is bytes in blocks of two kilobytes or less, one row each; a block without a row is zeros. The
 * facts by which they are read are in `keys.value`, and `keys.length` is the bytes of the whole, those
 * of blocks without a row included.
 *
 * @module
 */

import { TYPE } from "./schema.ts";

/** The types, and the table that has the blocks of each. */
export const SKETCH_TYPES: readonly { readonly type: number; readonly table: string }[] = [
  { type: TYPE.BLOOM, table: "bloom_blocks" },
  { type: TYPE.CUCKOO, table: "cuckoo_blocks" },
  { type: TYPE.COUNT_MIN, table: "count_min_blocks" },
  { type: TYPE.TOP_K, table: "top_k_blocks" },
  { type: TYPE.T_DIGEST, table: "t_digest_blocks" },
];

/** Whether a type's values are filters or sketches. */
export function isSketch(type: number): boolean {
  return type >= TYPE.BLOOM && type <= TYPE.T_DIGEST;
}

/** Whether the length of a type's values is bytes, and not elements. */
export function isCountedInBytes(type: number): boolean {
  return type === TYPE.STRING || type === TYPE.JSON || isSketch(type);
}

/** The tables. */
export const SKETCH_TABLES: string = SKETCH_TYPES.map(({ table }) => `
CREATE TABLE ${table}(
  key_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(key_id, number)
) STRICT, WITHOUT ROWID;
`).join("");
