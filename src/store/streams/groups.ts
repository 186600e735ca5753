/**
 * Consumer groups and their consumers. Those of a stream are in memory while it is in use, with how
 * many entries are pending for each; they are written once, with the row of the stream's key.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection, Settles } from "../collections/collection.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { narrow } from "../values/integers.ts";
import { mapKey } from "../values/map_key.ts";
import { compareBytes, Slice } from "../values/slice.ts";
import { groupCount, nextGroup, setGroupCount, setPending, STREAM_ROWS } from "./facts.ts";
import { copyId, ID_SIZE } from "./ids.ts";
import { setBeside } from "./tails.ts";

const SQL = {
  groups: `SELECT name, number, last_id, entries_read, pending, consumers, last_consumer
    FROM stream_groups WHERE key_id = ?1 ORDER BY name`,
  consumers: `SELECT name, number, seen_at, active_at, pending FROM stream_consumers
    WHERE key_id = ?1 AND grp = ?2 ORDER BY name`,
  saveGroup: `INSERT INTO stream_groups(key_id, name, number, last_id, entries_read, pending,
      consumers, last_consumer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT DO UPDATE SET number = ?3, last_id = ?4, entries_read = ?5, pending = ?6,
      consumers = ?7, last_consumer = ?8`,
  saveConsumer:
    `INSERT INTO stream_consumers(key_id, grp, name, number, seen_at, active_at, pending)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET number = ?4, seen_at = ?5, active_at = ?6, pending = ?7`,
  deleteGroup: "DELETE FROM stream_groups WHERE key_id = ?1 AND name = ?2",
  deleteConsumer: "DELETE FROM stream_consumers WHERE key_id = ?1 AND grp = ?2 AND name = ?3",
};

/** The number of entries read where it is not known. */
export const UNKNOWN = -1;

/** A consumer. */
export interface Consumer {
  /** Tells it apart from others of its group, of before and after too. */
  readonly number: number;
  /** Its name. */
  readonly name: Uint8Array;
  /** When it was last heard of, Unix time in milliseconds. */
  seenAtMs: number;
  /** When it last got an entry, Unix time in milliseconds; -1 for never. */
  activeAtMs: number;
  /** Its pending entries. */
  pending: number;
}

/** A consumer group. */
export interface Group {
  /** Tells it apart from others of its stream, of before and after too. */
  readonly number: number;
  /** Its name. */
  readonly name: Uint8Array;
  /** The last id that was delivered. */
  readonly lastId: Uint8Array;
  /** How many entries of the stream are read, as far as that can be told; else {@linkcode UNKNOWN}. */
  entriesRead: number | bigint;
  /** Pending entries. */
  pending: number;
  /** How many consumers there are. */
  consumerCount: number;
}

class KnownGroup implements Group {
  readonly number: number;
  readonly name: Uint8Array;
  readonly lastId = new Uint8Array(ID_SIZE);
  entriesRead: number | bigint = UNKNOWN;
  pending = 0;
  consumerCount = 0;
  lastConsumer = 0;
  dirty = false;
  /** The consumers in the order of their names, once they are loaded. */
  consumers: Consumer[] | undefined;
  readonly byName = new Map<string, Consumer>();
  readonly byNumber = new Map<number, Consumer>();
  readonly dirtyConsumers = new Set<Consumer>();

  constructor(number: number, name: Uint8Array) {
    this.number = number;
    this.name = name;
  }
}

/** The groups of one stream, in the order of their names. */
class StreamGroups implements Settles {
  readonly groups: KnownGroup[] = [];
  readonly byName = new Map<string, KnownGroup>();
  readonly #save: () => void;

  constructor(save: (groups: StreamGroups) => void) {
    this.#save = () => save(this);
  }

  settle(): void {
    this.#save();
  }
}

/** The groups of all streams. */
export class Groups {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #groups: Statement;
  readonly #consumers: Statement;
  readonly #saveGroup: Statement;
  readonly #saveConsumer: Statement;
  readonly #deleteGroup: Statement;
  readonly #deleteConsumer: Statement;
  readonly #known = new WeakMap<Collection, StreamGroups>();
  readonly #slice = new Slice();

  /** Takes the engine whose tables they are in, and the keys. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#groups = engine.prepare(SQL.groups);
    this.#consumers = engine.prepare(SQL.consumers);
    this.#saveGroup = engine.prepare(SQL.saveGroup);
    this.#saveConsumer = engine.prepare(SQL.saveConsumer);
    this.#deleteGroup = engine.prepare(SQL.deleteGroup);
    this.#deleteConsumer = engine.prepare(SQL.deleteConsumer);
  }

  #of(stream: Collection): StreamGroups {
    let known = this.#known.get(stream);
    if (known === undefined) {
      known = new StreamGroups((groups) => this.#save(stream, groups));
      if (groupCount(stream) > 0) this.#load(stream, known);
      this.#known.set(stream, known);
      setBeside(stream, known);
    }
    return known;
  }

  #load(stream: Collection, known: StreamGroups): void {
    this.#engine.read();
    const statement = this.#groups;
    statement.bindInteger(1, stream.id);
    while (statement.step()) {
      const group = new KnownGroup(statement.columnNumber(1), statement.columnBlob(0));
      statement.columnInto(2, group.lastId, 0, ID_SIZE);
      group.entriesRead = narrow(statement.columnBigint(3));
      group.pending = statement.columnNumber(4);
      group.consumerCount = statement.columnNumber(5);
      group.lastConsumer = statement.columnNumber(6);
      known.groups.push(group);
      known.byName.set(mapKey(new Slice(group.name)), group);
    }
    statement.reset();
  }

  #consumersOf(stream: Collection, group: Group): KnownGroup {
    const known = this.#knownGroup(stream, group);
    if (known.consumers !== undefined) return known;
    known.consumers = [];
    if (known.consumerCount === 0) return known;
    this.#engine.read();
    const statement = this.#consumers;
    statement.bindInteger(1, stream.id);
    statement.bindInteger(2, group.number);
    while (statement.step()) {
      const consumer: Consumer = {
        number: statement.columnNumber(1),
        name: statement.columnBlob(0),
        seenAtMs: statement.columnNumber(2),
        activeAtMs: statement.columnNumber(3),
        pending: statement.columnNumber(4),
      };
      known.consumers.push(consumer);
      known.byName.set(mapKey(new Slice(consumer.name)), consumer);
      known.byNumber.set(consumer.number, consumer);
    }
    statement.reset();
    return known;
  }

  #knownGroup(stream: Collection, { name }: Group): KnownGroup {
    const known = this.#of(stream).byName.get(mapKey(new Slice(name)));
    if (known === undefined) throw new TypeError("the group was destroyed");
    return known;
  }

  #save(stream: Collection, { groups }: StreamGroups): void {
    let pending = 0;
    for (const group of groups) {
      pending += group.pending;
      if (group.dirty) {
        const save = this.#saveGroup;
        save.bindInteger(1, stream.id);
        save.bindBlob(2, group.name, 0, group.name.length);
        save.bindInteger(3, group.number);
        save.bindBlob(4, group.lastId, 0, ID_SIZE);
        save.bindBigint(5, BigInt(group.entriesRead));
        save.bindInteger(6, group.pending);
        save.bindInteger(7, group.consumerCount);
        save.bindInteger(8, group.lastConsumer);
        save.run();
        group.dirty = false;
      }
      if (group.dirtyConsumers.size === 0) continue;
      for (const consumer of group.dirtyConsumers) this.#saveOne(stream, group, consumer);
      group.dirtyConsumers.clear();
    }
    setPending(stream, pending);
  }

  #saveOne(stream: Collection, group: Group, consumer: Consumer): void {
    const save = this.#saveConsumer;
    save.bindInteger(1, stream.id);
    save.bindInteger(2, group.number);
    save.bindBlob(3, consumer.name, 0, consumer.name.length);
    save.bindInteger(4, consumer.number);
    save.bindInteger(5, consumer.seenAtMs);
    save.bindInteger(6, consumer.activeAtMs);
    save.bindInteger(7, consumer.pending);
    save.run();
  }

  /** All groups of a stream, in the order of their names. */
  all(stream: Collection): readonly Group[] {
    return this.#of(stream).groups;
  }

  /** A group, undefined if there is none of the name. */
  find(stream: Collection, name: Slice): Group | undefined {
    if (groupCount(stream) === 0) return undefined;
    return this.#of(stream).byName.get(mapKey(name));
  }

  /** Makes a group of a name that is free. */
  create(stream: Collection, name: Slice, lastId: Uint8Array, entriesRead: number | bigint): Group {
    const known = this.#of(stream);
    const group = new KnownGroup(nextGroup(stream), name.copy());
    copyId(lastId, 0, group.lastId, 0);
    group.entriesRead = entriesRead;
    group.consumers = [];
    known.groups.splice(placeOf(known.groups, name), 0, group);
    known.byName.set(mapKey(name), group);
    setGroupCount(stream, known.groups.length);
    stream.encoding = STREAM_ROWS.MORE;
    this.changed(stream, group);
    return group;
  }

  /** Takes a group away; what belongs to it is the caller's business. */
  remove(stream: Collection, group: Group): void {
    const known = this.#of(stream);
    known.groups.splice(
      placeOf(known.groups, this.#slice.set(group.name, 0, group.name.length)),
      1,
    );
    known.byName.delete(mapKey(new Slice(group.name)));
    setGroupCount(stream, known.groups.length);
    this.#keyspace.collections.changed(stream);
    const statement = this.#deleteGroup;
    statement.bindInteger(1, stream.id);
    statement.bindBlob(2, group.name, 0, group.name.length);
    statement.run();
  }

  /** Notes that a group was changed. */
  changed(stream: Collection, group: Group): void {
    this.#keyspace.collections.changed(stream);
    (group instanceof KnownGroup ? group : this.#knownGroup(stream, group)).dirty = true;
  }

  /** Notes that a consumer was changed. */
  consumerChanged(stream: Collection, group: Group, consumer: Consumer): void {
    this.#keyspace.collections.changed(stream);
    const known = group instanceof KnownGroup ? group : this.#knownGroup(stream, group);
    known.dirtyConsumers.add(consumer);
  }

  /** All consumers of a group, in the order of their names. */
  consumers(stream: Collection, group: Group): readonly Consumer[] {
    return this.#consumersOf(stream, group).consumers ?? [];
  }

  /** A consumer, undefined if there is none of the name. */
  consumer(stream: Collection, group: Group, name: Slice): Consumer | undefined {
    if (group.consumerCount === 0) return undefined;
    return this.#consumersOf(stream, group).byName.get(mapKey(name));
  }

  /** The consumer of a number, undefined for 0, which is nobody's. */
  consumerOf(stream: Collection, group: Group, number: number): Consumer | undefined {
    return number === 0 ? undefined : this.#consumersOf(stream, group).byNumber.get(number);
  }

  /** Makes a consumer of a name that is free. */
  createConsumer(stream: Collection, group: Group, name: Slice): Consumer {
    const known = this.#consumersOf(stream, group);
    const consumer: Consumer = {
      number: ++known.lastConsumer,
      name: name.copy(),
      seenAtMs: this.#engine.nowMs,
      activeAtMs: -1,
      pending: 0,
    };
    const consumers = known.consumers ??= [];
    consumers.splice(placeOf(consumers, name), 0, consumer);
    known.byName.set(mapKey(name), consumer);
    known.byNumber.set(consumer.number, consumer);
    known.consumerCount++;
    this.changed(stream, known);
    this.consumerChanged(stream, known, consumer);
    return consumer;
  }

  /** Takes a consumer away; its pending entries are the caller's business. */
  removeConsumer(stream: Collection, group: Group, consumer: Consumer): void {
    const known = this.#consumersOf(stream, group);
    const name = new Slice(consumer.name);
    known.consumers?.splice(placeOf(known.consumers, name), 1);
    known.byName.delete(mapKey(name));
    known.byNumber.delete(consumer.number);
    known.dirtyConsumers.delete(consumer);
    known.consumerCount--;
    this.changed(stream, known);
    const statement = this.#deleteConsumer;
    statement.bindInteger(1, stream.id);
    statement.bindInteger(2, group.number);
    statement.bindBlob(3, consumer.name, 0, consumer.name.length);
    statement.run();
  }
}

/** The index of a name among names in their order, or where it would be. */
function placeOf(named: readonly { readonly name: Uint8Array }[], name: Slice): number {
  let low = 0, high = named.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = named[middle];
    if (other !== undefined && compareBytes(other.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
