/** What KEYINFO tells of a key. */

import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import { isCountedInBytes } from "../file/sketch_tables.ts";
import type { Slice } from "../values/slice.ts";
import type { Store } from "../store.ts";

/** At which level a key's history is kept, and for how long. */
export interface KeyHistoryLevel {
  /** Which of the settings holds for the key: its own, its database's, or that of all databases. */
  readonly level: "key" | "database" | "global";
  /** How long entries are kept, in milliseconds; undefined without such a limit. */
  readonly retentionMs?: number | undefined;
  /** How many entries are kept; undefined without such a limit. */
  readonly retentionCount?: number | undefined;
}

/** Tells whose history is kept. */
export interface KeyHistory {
  /** The level of a key; undefined if its history is not kept. */
  levelOf(db: number, key: Slice): KeyHistoryLevel | undefined;
}

/** Facts of one key. */
export interface KeyFacts {
  /** The type's name, as TYPE tells it. */
  readonly type: string;
  /** Milliseconds until it expires; undefined if it does not. */
  readonly ttlMs: number | undefined;
  /** When the key was made, Unix time in milliseconds. */
  readonly createdAtMs: number;
  /** When it was last changed, Unix time in milliseconds. */
  readonly updatedAtMs: number;
  /** Grows with every change. */
  readonly version: number;
  /** Bytes of a string or JSON document, elements of a collection. */
  readonly length: number;
  /**
   * Bytes of the value alone, a score counted as 8: exact for a string and for a collection of up to
   * two thousand elements; estimated from two thousand of them for a larger one.
   */
  readonly bytes: number;
  /** The history's level; undefined if none is kept. */
  readonly history: KeyHistoryLevel | undefined;
}

/** The facts of a key, undefined if it is absent. The look is no use of the key. */
export function keyFacts(store: Store, db: number, key: Slice): KeyFacts | undefined {
  const { keyspace, engine } = store;
  const { version, createdAtMs, updatedAtMs } = keyspace.facts.details(db, key);
  const type = keyspace.find(db, key);
  if (type === TYPE.NONE) return undefined;
  const { id, expiresAtMs, length, collection } = keyspace.row;
  return {
    type: store.types.nameOf(type),
    ttlMs: expiresAtMs === 0 ? undefined : expiresAtMs - engine.nowMs,
    createdAtMs,
    updatedAtMs,
    version,
    length: collection === undefined ? length : elementCount(store, collection),
    bytes: isCountedInBytes(type) ? length : keyspace.elements.payloadBytes(type, id, length),
    history: store.history?.levelOf(db, key),
  };
}

/** Elements of a collection, without the fields of a hash that are expired. */
function elementCount(store: Store, collection: Collection): number {
  return collection.type === TYPE.HASH ? store.hashes.count(collection) : collection.length;
}
