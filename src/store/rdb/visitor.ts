/** Who is told what is in a payload. */

import type { ArrayIndex } from "../arrays/index.ts";
import type { ModuleId, ModuleInput } from "../extensions/module_value.ts";
import type { Idempotence } from "../streams/facts.ts";
import type { Slice } from "../values/slice.ts";

/** What a value is. */
export type DumpKind = "string" | "list" | "set" | "zset" | "hash" | "array" | "stream";

/** Names and values of an entry by index, which alternate; valid until the call returns. */
export interface EntryParts {
  /** The name or value at an index. */
  at(index: number): Slice;
}

/** What is known of a stream beside its entries and groups. */
export interface StreamFacts {
  /** The last id that an entry was given. */
  readonly lastId: Uint8Array;
  /** The highest id that was deleted, `0-0` if none was. */
  readonly maxDeletedId: Uint8Array;
  /** Entries added so far; undefined where the layout does not tell. */
  readonly added: number | bigint | undefined;
}

/**
 * Is told a value piece by piece: first `begin`, then one call for each element, in the payload's
 * order. Slices are valid until the call returns.
 */
export interface DumpVisitor {
  /**
   * The value begins.
   *
   * @param count The number of elements that follow, one at least but for a stream; one for a string.
   */
  begin(kind: DumpKind, count: number): void;
  /** A value of a type that is not Redis's own, whole, in place of all other calls; else refused. */
  module?(id: ModuleId, input: ModuleInput): void;
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
  /**
   * An entry of a stream, the lowest id first.
   *
   * @param count How many fields it has.
   */
  streamEntry(id: Uint8Array, parts: EntryParts, count: number): void;
  /** What else is known of a stream, behind its entries. */
  streamFacts(facts: StreamFacts): void;
  /** A group of a stream. @param entriesRead -1 for unknown; undefined where the layout does not tell. */
  streamGroup(name: Slice, lastId: Uint8Array, entriesRead: number | bigint | undefined): void;
  /** A consumer of the group told last. @param activeAtMs When it last got an entry, -1 for never. */
  streamConsumer(name: Slice, seenAtMs: number, activeAtMs: number): void;
  /** An entry that is pending for the consumer told last. */
  streamPending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void;
  /** An entry that is pending for nobody in the group told last; the one given back first comes first. */
  streamGivenBack?(id: Uint8Array, deliveries: number | bigint): void;
  /**
   * An idempotent id, behind the groups; a producer's oldest comes first.
   *
   * @param id That of the entry that was added under it.
   */
  streamIdempotentId?(producer: Slice, token: Slice, id: Uint8Array): void;
  /** What else is known of a stream's idempotent ids, behind them. */
  streamIdempotence?(facts: Idempotence): void;
}
