/**
 * Streams. An entry is a row, found by its id; what else is known of a stream stands in its key's
 * row (facts.ts), so that XADD writes one row, and once a turn the key's and a run's; while there is a
 * log the last entries' rows wait in memory, too (tails.ts).
 *
 * Trims take entries away at the front. A few go at once. Of many only the floor is moved: their
 * rows are garbage then, deleted in slices, so a trim of a million entries takes as long as one of a
 * hundred. A stream stays when its last entry goes.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection } from "../collections/collection.ts";
import type { EncodingLimits } from "../collections/encodings.ts";
import type { Garbage } from "../keys/garbage.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { TYPE } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";
import { Entries, type EntryVisitor } from "./entries.ts";
import { type Entry, EntryFields, type Slices } from "./entry.ts";
import {
  countEntry,
  entriesAdded,
  FLOOR_AT,
  groupCount,
  LAST_AT,
  MAX_DELETED_AT,
  newFacts,
  PENDING_BYTES,
  setEntriesAdded,
  STREAM_ROWS,
} from "./facts.ts";
import { type Consumer, type Group, Groups } from "./groups.ts";
import { compareIds, copyId, ID_SIZE, increment, isZero, MAX_ID, MIN_ID, setTime } from "./ids.ts";
import { IdempotentIds } from "./idempotence.ts";
import { PendingEntries } from "./pending.ts";
import { countRead, type Extent } from "./reading.ts";

/** Entries that a trim deletes at once. */
const IMMEDIATE = 64;

/** Bytes of a group's or a consumer's row beside its name. */
const GROUP_BYTES = 40;

/** What a trim does about entries that groups still know of. */
export type References = "keep" | "delete" | "acknowledged";

/** How far a stream is trimmed. */
export interface Trim {
  /** Entries that stay at most; undefined to go by ids. */
  maxLength: number | undefined;
  /** The lowest id that stays. */
  readonly minId: Uint8Array;
  /** Only as much as is cheap. */
  approximate: boolean;
  /** Most entries that go, 0 for any number. */
  limit: number;
}

/** The streams of a store. */
export class Streams {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #garbage: Garbage;
  readonly #limits: EncodingLimits;
  /** Consumer groups. */
  readonly groups: Groups;
  /** What was delivered and is not acknowledged. */
  readonly pending: PendingEntries;
  /** What producers said that tells an entry from one that comes again. */
  readonly idempotence: IdempotentIds;
  readonly #fields = new EntryFields();
  readonly #entries: Entries;
  readonly #id = new Uint8Array(ID_SIZE);

  /** Takes the engine whose tables they are in, the keys, and what deletes in the background. */
  constructor(engine: Engine, keyspace: Keyspace, garbage: Garbage, limits: EncodingLimits) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#garbage = garbage;
    this.#limits = limits;
    this.#entries = new Entries(engine, keyspace, this.#fields);
    this.groups = new Groups(engine, keyspace);
    this.pending = new PendingEntries(engine, this.groups);
    this.idempotence = new IdempotentIds(engine, keyspace, limits);
  }

  /** Makes a stream without entries, over whatever the key holds. */
  create(db: number, key: Slice): Collection {
    const stream = this.#keyspace.createCollection(db, key, TYPE.STREAM);
    stream.metadata = newFacts();
    return stream;
  }

  /**
   * Makes the id of the next entry, of the turn's time: one more than the last if that is not before.
   * The last must not be the last there can be.
   *
   * @param stream Undefined for one that is about to be made.
   */
  nextId(stream: Collection | undefined, target: Uint8Array): void {
    setTime(target, this.#engine.nowMs);
    if (stream === undefined || compareIds(target, 0, stream.metadata, LAST_AT) > 0) return;
    copyId(stream.metadata, LAST_AT, target, 0);
    increment(target);
  }

  /**
   * Adds an entry.
   *
   * @param id Higher than the stream's last one.
   * @param from Index of the first name; names and values alternate.
   * @param count How many fields.
   */
  add(stream: Collection, id: Uint8Array, source: Slices, from: number, count: number): void {
    const fields = this.#fields;
    this.#keyspace.collections.changed(stream);
    fields.encode(stream, source, from, count);
    this.#entries.insert(stream, id, fields.bytes, fields.length);
    fields.release();
    copyId(id, 0, stream.metadata, LAST_AT);
    countEntry(stream);
  }

  /** Whether there is an entry of an id. */
  has(stream: Collection, id: Uint8Array): boolean {
    return this.#entries.has(stream, id);
  }

  /** The entry of an id, undefined if there is none; valid until the next call. */
  get(stream: Collection, id: Uint8Array): Entry | undefined {
    return this.#entries.get(stream, id);
  }

  /** Copies the first entry's id into `target`. @returns Whether there is one. */
  firstId(stream: Collection, target: Uint8Array): boolean {
    return this.#entries.first(stream, target);
  }

  /** Copies the last entry's id into `target`. @returns Whether there is one. */
  lastId(stream: Collection, target: Uint8Array): boolean {
    return this.#entries.last(stream, target);
  }

  /**
   * Visits the entries from one id to another, both included.
   *
   * @param down From the last to the first.
   * @param limit How many at most.
   */
  range(
    stream: Collection,
    from: Uint8Array,
    to: Uint8Array,
    down: boolean,
    limit: number,
    visit: EntryVisitor,
  ): void {
    this.#entries.range(stream, from, to, down, limit, visit);
  }

  /** Deletes an entry. @returns Whether it was there. */
  delete(stream: Collection, id: Uint8Array): boolean {
    if (!this.#entries.delete(stream, id)) return false;
    this.#keyspace.collections.changed(stream);
    const { metadata } = stream;
    if (compareIds(id, 0, metadata, MAX_DELETED_AT) > 0) copyId(id, 0, metadata, MAX_DELETED_AT);
    return true;
  }

  /** How many of the first entries a trim takes away. */
  excess(stream: Collection, { maxLength, minId, approximate, limit }: Trim): number {
    const excess = maxLength === undefined
      ? this.#entries.rank(stream, minId)
      : Math.max(0, stream.length - maxLength);
    if (!approximate || excess === 0) return excess;
    // Redis keeps entries in nodes and takes away whole ones. Where they end here is told by how many
    // came before, so that a stream that nothing was deleted from in the middle has the same nodes.
    const most = limit === 0 ? excess : Math.min(excess, limit);
    if (most === stream.length) return most;
    const size = this.#limits.streamNodeEntries || Infinity;
    const gone = Number(entriesAdded(stream)) - stream.length;
    const kept = (gone + most) % size;
    return kept > most ? 0 : most - kept;
  }

  /**
   * Trims a stream.
   *
   * @param picked Is told of each entry that goes though one before it stays.
   * @returns How many entries are gone.
   */
  trim(
    stream: Collection,
    trim: Trim,
    references: References,
    picked?: (id: Uint8Array) => void,
  ): number {
    const excess = this.excess(stream, trim);
    if (excess === 0) return 0;
    if (references === "acknowledged" && groupCount(stream) > 0) {
      return this.#removeAcknowledged(stream, excess, trim.maxLength !== undefined, picked);
    }
    this.removeFirst(stream, excess, references);
    return excess;
  }

  /** Takes entries away that no group waits for, from the first on. @param beyond Go on after `count`. */
  #removeAcknowledged(
    stream: Collection,
    count: number,
    beyond: boolean,
    picked: ((id: Uint8Array) => void) | undefined,
  ): number {
    const removed: Uint8Array[] = [];
    const last = this.groups.all(stream).reduce(
      (least, { lastId }) => compareIds(lastId, 0, least, 0) < 0 ? lastId : least,
      MAX_ID,
    );
    this.range(stream, MIN_ID, last, false, beyond ? Infinity : count, ({ id }) => {
      if (!this.isReferenced(stream, id)) removed.push(id.slice());
      return removed.length < count;
    });
    for (const id of removed) {
      this.delete(stream, id);
      picked?.(id);
    }
    return removed.length;
  }

  /** Takes the first entries away. */
  removeFirst(stream: Collection, count: number, references: References = "keep"): void {
    if (count === 0) return;
    this.#keyspace.collections.changed(stream);
    const below = this.#id;
    if (!this.#entries.idAt(stream, count, below)) {
      this.#entries.last(stream, below);
      // No entry comes after the last id there can be: it goes by itself.
      if (!increment(below)) {
        if (references === "delete") this.removeReferences(stream, MAX_ID);
        this.#entries.delete(stream, MAX_ID);
        if (--count === 0) return;
      }
    }
    if (references === "delete") {
      for (const group of this.groups.all(stream)) {
        this.pending.removeEntries(stream, group, below);
      }
    }
    const now = count <= IMMEDIATE;
    this.#entries.removeFirst(stream, count, below, now);
    if (now) return;
    copyId(below, 0, stream.metadata, FLOOR_AT);
    stream.encoding = STREAM_ROWS.MORE;
    this.#keyspace.elements.streamParts.note(stream.id, 0, below);
    this.#garbage.addOfStream(stream);
  }

  /** Whether a group was not given an entry yet, or has it pending. */
  isReferenced(stream: Collection, id: Uint8Array): boolean {
    return this.groups.all(stream).some((group) =>
      compareIds(group.lastId, 0, id, 0) < 0 ||
      this.pending.find(stream, group, id) !== undefined
    );
  }

  /** Takes an entry off whatever group has it pending. @param from Is told of each of them. */
  removeReferences(stream: Collection, id: Uint8Array, from?: (group: Group) => void): void {
    for (const group of this.groups.all(stream)) {
      if (this.pending.remove(stream, group, id)) from?.(group);
    }
  }

  /** Bytes that groups, consumers and what they have pending take in the file, about. */
  groupBytes(stream: Collection): number {
    let bytes = 0;
    for (const group of this.groups.all(stream)) {
      bytes += GROUP_BYTES + group.name.length + PENDING_BYTES * group.pending;
      for (const { name } of this.groups.consumers(stream, group)) {
        bytes += GROUP_BYTES + name.length;
      }
    }
    return bytes;
  }

  /** What tells how far groups have read. */
  extent(stream: Collection): Extent {
    const firstId = new Uint8Array(ID_SIZE);
    this.firstId(stream, firstId);
    return { stream, firstId };
  }

  /**
   * Gives a consumer the entries that its group has not been given yet.
   *
   * @param acknowledged They do not become pending.
   * @returns How many.
   */
  deliver(
    stream: Collection,
    group: Group,
    consumer: Consumer,
    limit: number,
    acknowledged: boolean,
    visit: EntryVisitor,
  ): number {
    const from = this.#id;
    copyId(group.lastId, 0, from, 0);
    if (!increment(from)) return 0;
    const { nowMs } = this.#engine;
    const extent = this.extent(stream);
    let count = 0;
    this.range(stream, from, MAX_ID, false, limit, (entry) => {
      if (visit(entry) === false) return false;
      countRead(extent, group, entry.id);
      copyId(entry.id, 0, group.lastId, 0);
      if (!acknowledged) this.pending.deliver(stream, group, entry.id, consumer, nowMs, 1);
      count++;
      return true;
    });
    if (count > 0) this.groups.changed(stream, group);
    return count;
  }

  /** Deletes a consumer and what it has pending. */
  deleteConsumer(stream: Collection, group: Group, consumer: Consumer): void {
    const left = this.pending.removeConsumer(stream, group, consumer);
    this.groups.removeConsumer(stream, group, consumer);
    if (!left) return;
    this.#keyspace.elements.streamParts.noteConsumers(stream.id, group.number);
    this.#garbage.addOfStream(stream);
  }

  /** Destroys a group. */
  destroyGroup(stream: Collection, group: Group): void {
    this.groups.remove(stream, group);
    if (group.pending <= IMMEDIATE && group.consumerCount <= IMMEDIATE) {
      this.pending.removeGroup(stream, group);
      return;
    }
    this.#keyspace.elements.streamParts.note(stream.id, group.number);
    this.#garbage.addOfStream(stream);
  }

  /** Changes what is known of a stream's ids; undefined leaves a fact as it is. */
  setIds(
    stream: Collection,
    lastId: Uint8Array,
    added: number | bigint | undefined,
    maxDeleted: Uint8Array | undefined,
  ): void {
    this.#keyspace.collections.changed(stream);
    const { metadata } = stream;
    if (stream.length === 0 && compareIds(lastId, 0, metadata, FLOOR_AT) < 0) this.#lower(stream);
    copyId(lastId, 0, metadata, LAST_AT);
    if (added !== undefined) setEntriesAdded(stream, added);
    if (maxDeleted !== undefined && !isZero(maxDeleted)) {
      copyId(maxDeleted, 0, metadata, MAX_DELETED_AT);
    }
  }

  /** Lets the floor of a stream without entries be the lowest id again: nothing below may be left. */
  #lower(stream: Collection): void {
    this.#entries.deleteAll(stream);
    this.#keyspace.elements.streamParts.forget(stream.id, 0);
    copyId(MIN_ID, 0, stream.metadata, FLOOR_AT);
  }
}
