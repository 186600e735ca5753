/**
 * How Redis would hold a collection, which OBJECT ENCODING tells and which decides whether clients
 * see elements in the order they came. A collection that was once too large for the compact form
 * keeps the other one, as in Redis; so what it is stands in its row.
 *
 * @module
 */

import type { Collection } from "./collection.ts";
import { TYPE } from "../file/schema.ts";
import { SKETCH_TYPES } from "../file/sketch_tables.ts";

/** The numbers in `keys.encoding`, by type. */
export const HASH_ENCODING = { LISTPACK: 0, HASHTABLE: 1, LISTPACK_EX: 2 } as const;
/** The encodings of sets. */
export const SET_ENCODING = { INTSET: 0, LISTPACK: 1, HASHTABLE: 2 } as const;
/** The encodings of sorted sets. */
export const ZSET_ENCODING = { LISTPACK: 0, SKIPLIST: 1 } as const;

const NAMES: Record<number, readonly string[]> = {
  [TYPE.HASH]: ["listpack", "hashtable", "listpackex"],
  [TYPE.SET]: ["intset", "listpack", "hashtable"],
  [TYPE.ZSET]: ["listpack", "skiplist"],
  [TYPE.STREAM]: ["stream", "stream"],
  [TYPE.ARRAY]: ["sliced-array"],
  [TYPE.JSON]: ["raw"],
  [TYPE.SUGGESTIONS]: ["raw"],
  [TYPE.TIME_SERIES]: ["raw"],
  ...Object.fromEntries(SKETCH_TYPES.map(({ type }) => [type, ["raw"]])),
};

/** The name of a collection's encoding; of a list's see {@linkcode Lists.encodingName}. */
export function encodingName({ type, encoding }: Collection): string {
  return NAMES[type]![encoding]!;
}

/** How large a value may be in its compact form: parameters of CONFIG of the same names. */
export class EncodingLimits {
  /** `hash-max-listpack-entries`. */
  hashEntries = 512;
  /** `hash-max-listpack-value`, in bytes. */
  hashValue = 64;
  /** `set-max-intset-entries`. */
  intsetEntries = 512;
  /** `set-max-listpack-entries`. */
  setEntries = 128;
  /** `set-max-listpack-value`, in bytes. */
  setValue = 64;
  /** `zset-max-listpack-entries`. */
  zsetEntries = 128;
  /** `zset-max-listpack-value`, in bytes. */
  zsetValue = 64;
  /** `list-max-listpack-size`: elements, or a class of sizes from -1 to -5. */
  listSize = -2;
  /** `hll-sparse-max-bytes`. */
  hllSparseBytes = 3000;
  /** `stream-node-max-entries`: what an approximate trim takes away at once. */
  streamNodeEntries = 100;
  /** `stream-idmp-duration`: for how many seconds an idempotent id counts. */
  streamIdempotentSeconds = 100;
  /** `stream-idmp-maxsize`: how many of each producer are kept. */
  streamIdempotentIds = 100;
  /** `stream-node-max-bytes`: where DUMP ends nodes. */
  streamNodeBytes = 4096;
}
