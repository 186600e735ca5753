/** Values of RDB payloads put in place of those of keys. */

import { formatDouble } from "../../resp/double.ts";
import type { ArrayIndex } from "../../store/arrays/index.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { ModuleId, ModuleInput } from "../../store/extensions/module_value.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { RdbKey } from "../../store/rdb/file/reader.ts";
import { readValue } from "../../store/rdb/reader.ts";
import type { DumpKind, DumpVisitor, EntryParts, StreamFacts } from "../../store/rdb/visitor.ts";
import type { Store } from "../../store/store.ts";
import type { Idempotence } from "../../store/streams/facts.ts";
import { Slice } from "../../store/values/slice.ts";
import { restoreOfExtension } from "./dump_extension.ts";
import { JSON_ID, restoreJson } from "./dump_json.ts";
import { isSketchId, restoreSketch } from "./dump_sketches.ts";
import { StreamRestorer } from "./dump_stream.ts";
import { restoreSeries, SERIES_ID } from "./dump_series.ts";
import { restoreSuggestions, SUGGESTIONS_ID } from "./dump_suggestions.ts";

const TYPE_OF_KIND: Record<Exclude<DumpKind, "string">, number> = {
  list: TYPE.LIST,
  set: TYPE.SET,
  zset: TYPE.ZSET,
  hash: TYPE.HASH,
  array: TYPE.ARRAY,
  stream: TYPE.STREAM,
};

const encoder = new TextEncoder();

/** Puts what it is told of in place of a key's value. */
export class Restorer implements DumpVisitor {
  readonly #store: Store;
  readonly #db: number;
  readonly #key: Slice;
  readonly #expiresAtMs: number;
  #collection: Collection | undefined;
  #stream: StreamRestorer | undefined;

  /** Takes the key. @param expiresAtMs When it expires; 0 for never. */
  constructor(store: Store, db: number, key: Slice, expiresAtMs: number) {
    this.#store = store;
    this.#db = db;
    this.#key = key;
    this.#expiresAtMs = expiresAtMs;
  }

  begin(kind: DumpKind): void {
    if (kind === "string") return;
    const { keyspace, streams } = this.#store;
    if (kind === "stream") {
      this.#collection = streams.create(this.#db, this.#key);
      this.#stream = new StreamRestorer(this.#store, this.#collection);
      return;
    }
    this.#collection = keyspace.createCollection(this.#db, this.#key, TYPE_OF_KIND[kind]);
  }

  module(id: ModuleId, input: ModuleInput): void {
    const restored = id.id === JSON_ID
      ? restoreJson
      : id.id === SUGGESTIONS_ID
      ? restoreSuggestions
      : isSketchId(id.id)
      ? restoreSketch
      : id.id === SERIES_ID
      ? restoreSeries
      : restoreOfExtension;
    this.#collection = restored(this.#store, this.#db, this.#key, id, input);
  }

  /** The type of what was restored. */
  get type(): number {
    return this.#collection?.type ?? TYPE.STRING;
  }

  get #target(): Collection {
    if (this.#collection === undefined) throw new TypeError("an element before the beginning");
    return this.#collection;
  }

  string(value: Slice): void {
    this.#store.keyspace.find(this.#db, this.#key);
    this.#store.strings.replace(this.#db, this.#key, value, this.#expiresAtMs);
  }
  element(value: Slice): void {
    this.#store.lists.push(this.#target, value, false);
  }
  member(member: Slice): void {
    this.#store.sets.add(this.#target, member);
  }
  scored(member: Slice, score: number): void {
    this.#store.sortedSets.set(this.#target, member, score);
  }
  field(field: Slice, value: Slice, expiresAtMs: number): void {
    if (expiresAtMs !== 0 && expiresAtMs <= this.#store.engine.expiryMs) return;
    this.#store.hashes.set(this.#target, field, value, expiresAtMs);
  }
  insertedLast(index: ArrayIndex): void {
    this.#store.arrays.setLastInserted(this.#target, index);
  }
  indexed(index: ArrayIndex, value: Slice): void {
    this.#store.arrays.set(this.#target, index, value);
  }
  indexedDouble(index: ArrayIndex, value: number): void {
    const text = formatDouble(value).replace(/^-?\d+$/, "$&.0");
    this.indexed(index, new Slice(encoder.encode(text)));
  }

  streamEntry(id: Uint8Array, parts: EntryParts, count: number): void {
    this.#stream?.entry(id, parts, count);
  }
  streamFacts(facts: StreamFacts): void {
    this.#stream?.facts(facts);
  }
  streamGroup(name: Slice, lastId: Uint8Array, entriesRead: number | bigint | undefined): void {
    this.#stream?.group(name, lastId, entriesRead);
  }
  streamConsumer(name: Slice, seenAtMs: number, activeAtMs: number): void {
    this.#stream?.consumer(name, seenAtMs, activeAtMs);
  }
  streamPending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void {
    this.#stream?.pending(id, deliveredAtMs, deliveries);
  }
  streamGivenBack(id: Uint8Array, deliveries: number | bigint): void {
    this.#stream?.givenBack(id, deliveries);
  }
  streamIdempotentId(producer: Slice, token: Slice, id: Uint8Array): void {
    this.#stream?.idempotentId(producer, token, id);
  }
  streamIdempotence(facts: Idempotence): void {
    this.#stream?.idempotence(facts);
  }

  /** Sets the expiry of a collection, and deletes one of whose fields none is left. */
  finish(): void {
    const collection = this.#collection;
    if (collection === undefined) return;
    const { keyspace } = this.#store;
    const { type, length } = collection;
    const mayBeEmpty = type === TYPE.STREAM || type === TYPE.SUGGESTIONS ||
      type === TYPE.TIME_SERIES;
    if (length === 0 && !mayBeEmpty && !this.#store.types.get(type)?.mayBeEmpty) {
      keyspace.removeEmpty(this.#db, this.#key, collection);
    } else if (this.#expiresAtMs !== 0) {
      keyspace.find(this.#db, this.#key);
      keyspace.writeExpiry(this.#db, this.#key, this.#expiresAtMs);
    }
  }

  /** Tells of the new value. */
  tell(): void {
    const { keyspace } = this.#store;
    if (keyspace.replaced !== TYPE.NONE) keyspace.noted(this.#db, this.#key, "new");
    keyspace.changed(this.#db, this.#key, "restore");
    keyspace.overwrote(this.#db, this.#key, this.type);
  }
}

/**
 * Puts a key of an RDB file in place of what is there under its name, and tells watchers of it.
 * Whether it has expired is the caller's to look at.
 *
 * @returns The type of what was put there.
 * @throws {CommandError} If the value is not well formed or of no type here; the key is as it was then.
 */
export function restoreKey(store: Store, { db, key, expiresAtMs, type, value }: RdbKey): number {
  const restorer = new Restorer(store, db, key, expiresAtMs);
  readValue(type, value, restorer);
  restorer.finish();
  restorer.tell();
  return restorer.type;
}
