/** Who is told what is in a payload. */

import type { ArrayIndex } from "../arrays/index.ts";
import type { Slice } from "../values/slice.ts";

/** What a value is. */
export type DumpKind = "string" | "list" | "set" | "zset" | "hash" | "array";

/**
 * Is told a value piece by piece: first `begin`, then one call for each element, in the payload's
 * order. Slices are valid until the call returns.
 */
export interface DumpVisitor {
  /**
   * The value begins.
   *
   * @param count The number of elements that follow, one at least; one for a string.
   */
  begin(kind: DumpKind, count: number): void;
  /** A string, whole. */
  string(value: Slice): void;
  /** An element of a list, from head to tail. */
  element(value: Slice): void;
  /** A member of a set. */
  member(member: Slice): void;
  /** A member of a sorted set; members come in any order. */
  scored(member: Slice, score: number): void;
  /**
   * A field of a hash.
   *
   * @param expiresAtMs When it expires, which may be in the past; 0 for never.
   */
  field(field: Slice, value: Slice, expiresAtMs: number): void;
  /** The index that ARINSERT or ARRING wrote last in an array, before its elements; not if none. */
  insertedLast(index: ArrayIndex): void;
  /** An element of an array; of two with the same index the later one counts. */
  indexed(index: ArrayIndex, value: Slice): void;
  /** An element of an array that is a double's text; one without a point or exponent gets `.0`. */
  indexedDouble(index: ArrayIndex, value: number): void;
}
