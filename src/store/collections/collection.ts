/** One collection: what of its key's row its commands read and change. */

import type { Statement } from "../../sqlite/sqlite.ts";
import type { HeldElements } from "./held_elements.ts";
import type { Runs } from "./runs.ts";
import type { Slice } from "../values/slice.ts";

const NOTHING = new Uint8Array(0);

/** What of a collection is in memory beside its row, to be written with it. */
export interface Settles {
  /** Writes what was changed. */
  settle(): void;
  /** The mean bytes of an element, where that is known without a look at its rows. */
  readonly meanSize?: number;
  /** Binds the bytes that the row is to hold, where they are not {@linkcode Collection.metadata}. */
  bind?(statement: Statement, index: number): void;
}

/** What was read ahead of a collection, see read_ahead.ts. */
export interface ReadAhead {
  /** An element has come: it is in the collection's length, and in its runs. */
  added(number: number, bytes: Slice): void;
  /** An element has gone, after the same manner. */
  removed(number: number, bytes: Slice): void;
  /** Many have. */
  clear(): void;
}

/**
 * The row of a key that holds a collection, in memory while it is in use: elements come and go in
 * their tables at once, the row is written when the turn ends. There is one object for an id, so
 * that every command sees what the others changed.
 */
export class Collection {
  /** The id that the rows of its elements have. */
  readonly id: number;
  /** One of `TYPE`. */
  readonly type: number;
  /** The space its key is in. */
  space: number;
  /** Its key. */
  key: Uint8Array;
  /** How Redis would hold it: one of the numbers of `encodings.ts`. */
  encoding = 0;
  /** Mean bytes of an element, kept in the row; 0 if none was measured yet. */
  meanSize = 0;
  /** Its length when they were measured, or when it was loaded. */
  measuredLength = 0;
  /** Bytes of it that its database counts. */
  bytes = 0;
  /** Whether it was changed since it was counted, while somebody wants to know at once. */
  uncounted = false;
  /** Whether its elements are counted in runs. */
  hasRuns = false;
  /** Elements. */
  length = 0;
  /** Grows with every change; a new element's `ordinal`. */
  version = 0;
  /** Unix time in milliseconds, 0 for never. */
  expiresAtMs = 0;
  /** Of a hash: no field expires before, Unix time in milliseconds; 0 if none does. */
  fieldsExpireAtMs = 0;
  /** What its row says of that. */
  rowFieldsExpireAtMs = 0;
  /** A few bytes of the type's own, kept in the row. */
  metadata: Uint8Array = NOTHING;
  /** When it was last changed, Unix time in milliseconds; 0 if it was not since it was read. */
  changedAtMs = 0;
  /** Whether the row is to be written. */
  dirty = false;
  /** Whether its key is gone. */
  deleted = false;
  /** The turn it was last used in: it stays in memory until that ends. */
  turn = 0;
  /** Its runs, once loaded. */
  runs: Runs | undefined;
  /** @internal Its elements that are in memory, if there may be any. */
  held: HeldElements | undefined;
  /** @internal Its elements that were read ahead, if there may be any. */
  ahead: ReadAhead | undefined;
  /** What of it is in memory beside its row, if there is anything. */
  rest: Settles | undefined;
  /** Of a list: the first element's position, undefined until looked up. */
  first: number | undefined;
  /** Of a list: the last element's position, undefined until looked up. */
  last: number | undefined;
  /** Of a list: whether a range of it was read, so that the next one is worth keeping. */
  rangeRead = false;

  /** A key's collection. @param key A copy of the key. */
  constructor(id: number, type: number, space: number, key: Uint8Array) {
    this.id = id;
    this.type = type;
    this.space = space;
    this.key = key;
  }
}
