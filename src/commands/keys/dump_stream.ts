/**
 * Streams in DUMP and RESTORE.
 *
 * The layout of Redis 7.0 has no pending entries that are nobody's, as XNACK leaves them. They go to the
 * group's first consumer, with a time long ago: who claims what others left gets them at once, as before.
 *
 * @module
 */

import type { Collection } from "../../store/collections/collection.ts";
import type { StreamWriter } from "../../store/rdb/stream_writer.ts";
import type { EntryParts, StreamFacts } from "../../store/rdb/visitor.ts";
import type { DumpWriter } from "../../store/rdb/writer.ts";
import type { Store } from "../../store/store.ts";
import {
  entriesAdded,
  type Idempotence,
  LAST_AT,
  MAX_DELETED_AT,
} from "../../store/streams/facts.ts";
import type { Consumer, Group } from "../../store/streams/groups.ts";
import { ID_SIZE, MAX_ID, MIN_ID } from "../../store/streams/ids.ts";
import { entriesUpTo } from "../../store/streams/reading.ts";
import { err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";

/** Names and values of the entry that is written. */
class Parts implements EntryParts {
  readonly #slices: Slice[] = [];
  #length = 0;

  at(index: number): Slice {
    const slice = this.#slices[index];
    if (slice === undefined || index >= this.#length) throw new RangeError("no such field");
    return slice;
  }

  /** Begins with another entry. */
  clear(): void {
    this.#length = 0;
  }

  /** Adds a name or value. */
  readonly add = (bytes: Uint8Array, start: number, end: number): void => {
    (this.#slices[this.#length++] ??= new Slice()).set(bytes, start, end);
  };
}

/**
 * Writes a stream with all that belongs to it.
 *
 * @param whole In the layout of Redis 8.8, which has all that there is of it.
 */
export function dumpStream(
  store: Store,
  payload: DumpWriter,
  stream: Collection,
  whole = false,
): void {
  const { streams, limits } = store;
  payload.begin("stream", {
    nodes: { bytes: limits.streamNodeBytes, entries: limits.streamNodeEntries },
    whole,
  });
  const writer = payload.stream;
  const parts = new Parts();
  streams.range(stream, MIN_ID, MAX_ID, false, Infinity, (entry) => {
    parts.clear();
    entry.visit(parts.add);
    writer.entry(entry.id, parts, entry.count);
  });
  const { metadata, length } = stream;
  const groups = streams.groups.all(stream);
  writer.end({
    length,
    lastId: metadata.slice(LAST_AT, LAST_AT + ID_SIZE),
    firstId: streams.extent(stream).firstId,
    maxDeletedId: metadata.slice(MAX_DELETED_AT, MAX_DELETED_AT + ID_SIZE),
    added: entriesAdded(stream),
    groups: groups.length,
  });
  for (const group of groups) dumpGroup(store, writer, stream, group, whole);
  if (whole) dumpIdempotentIds(store, writer, stream);
}

function dumpIdempotentIds({ streams }: Store, writer: StreamWriter, stream: Collection): void {
  const { idempotence } = streams;
  const facts = idempotence.facts(stream);
  const producers = idempotence.all(stream);
  writer.producers(facts, producers.length);
  for (const { producer, ids } of producers) {
    writer.producer(new Slice(producer), ids.length);
    for (const { token, id } of ids) writer.idempotentId(new Slice(token), id);
  }
  writer.endIds(facts);
}

function dumpGroup(
  { streams }: Store,
  writer: StreamWriter,
  stream: Collection,
  group: Group,
  whole: boolean,
): void {
  const consumers = streams.groups.consumers(stream, group);
  const owned = new Map<Consumer, Uint8Array[]>(consumers.map((consumer) => [consumer, []]));
  writer.group(new Slice(group.name), group.lastId, group.entriesRead, group.pending);
  streams.pending.range(stream, group, undefined, MIN_ID, MAX_ID, Infinity, (entry) => {
    const { id, deliveredAtMs, deliveries } = entry;
    writer.pending(id, deliveredAtMs, deliveries);
    const nobody = whole ? undefined : consumers[0];
    const owner = streams.groups.consumerOf(stream, group, entry.consumer) ?? nobody;
    if (owner === undefined) {
      if (whole) return;
      throw err("a payload cannot have pending entries of a group without consumers");
    }
    owned.get(owner)?.push(id);
  });
  writer.consumers(consumers.length);
  for (const [{ name, seenAtMs, activeAtMs }, ids] of owned) {
    writer.consumer(new Slice(name), seenAtMs, activeAtMs, ids.length);
    for (const id of ids) writer.owned(id);
  }
  if (!whole) return;
  const givenBack = streams.pending.idle(stream, group, 0, Infinity)
    .filter(({ consumer }) => consumer === 0);
  writer.givenBack(givenBack.length);
  for (const { id } of givenBack) writer.owned(id);
}

/** Fills a stream with what a payload tells. */
export class StreamRestorer {
  readonly #store: Store;
  readonly #stream: Collection;
  #group: Group | undefined;
  #consumer: Consumer | undefined;

  /** Takes the stream, which is new. */
  constructor(store: Store, stream: Collection) {
    this.#store = store;
    this.#stream = stream;
  }

  /** An entry. */
  entry(id: Uint8Array, parts: EntryParts, count: number): void {
    this.#store.streams.add(this.#stream, id, parts, 0, count);
  }

  /** What is known behind the entries. */
  facts({ lastId, added, maxDeletedId }: StreamFacts): void {
    this.#store.streams.setIds(this.#stream, lastId, added, maxDeletedId);
  }

  /** A group. */
  group(name: Slice, lastId: Uint8Array, entriesRead: number | bigint | undefined): void {
    const { streams } = this.#store;
    const read = entriesRead ?? entriesUpTo(streams.extent(this.#stream), lastId);
    this.#group = streams.groups.create(this.#stream, name, lastId, read);
  }

  /** A consumer of the group. */
  consumer(name: Slice, seenAtMs: number, activeAtMs: number): void {
    const { groups } = this.#store.streams;
    const group = this.#group;
    if (group === undefined) throw new TypeError("a consumer without a group");
    this.#consumer = groups.createConsumer(this.#stream, group, name);
    this.#consumer.seenAtMs = seenAtMs;
    this.#consumer.activeAtMs = activeAtMs;
  }

  /** A pending entry of the consumer. */
  pending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void {
    if (this.#group === undefined) throw new TypeError("a pending entry without a group");
    const { pending } = this.#store.streams;
    pending.deliver(this.#stream, this.#group, id, this.#consumer, deliveredAtMs, deliveries);
  }

  /** A pending entry of the group that is nobody's. */
  givenBack(id: Uint8Array, deliveries: number | bigint): void {
    this.#consumer = undefined;
    this.pending(id, 0, deliveries);
  }

  /** An idempotent id. */
  idempotentId(producer: Slice, token: Slice, id: Uint8Array): void {
    this.#store.streams.idempotence.restore(this.#stream, producer, token, id);
  }

  /** What else is known of them. */
  idempotence(facts: Idempotence): void {
    this.#store.streams.idempotence.state(this.#stream, facts);
  }
}
