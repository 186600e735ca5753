/**
 * Writes streams as Redis 7.0 does, or 8.8; stream.ts tells the layout. Nodes end where Redis would have
 * begun the next one if the entries had been added one after the other.
 *
 * What the layout of 7.0 does not know is left out there: idempotent ids, pending entries that are
 * nobody's, and when consumers last got an entry.
 *
 * @module
 */

import type { Idempotence } from "../streams/facts.ts";
import { ID_SIZE } from "../streams/ids.ts";
import { Slice } from "../values/slice.ts";
import { STREAM_FLAG } from "./format.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import type { RdbOutput } from "./output.ts";
import type { EntryParts } from "./visitor.ts";

/** When the next entry begins a node. */
export interface NodeLimits {
  /** `stream-node-max-bytes`, 0 for no limit. */
  readonly bytes: number;
  /** `stream-node-max-entries`, 0 for no limit. */
  readonly entries: number;
}

/** Redis's own limits. */
const USUAL: NodeLimits = { bytes: 4096, entries: 100 };
/** The most bytes of a node, whatever the limits. */
const LARGEST_NODE = 1 << 30;

/** What is told of a stream behind its entries. */
export interface StreamEnd {
  /** How many entries there are. */
  readonly length: number;
  /** The last id that an entry was given. */
  readonly lastId: Uint8Array;
  /** The first entry's id, `0-0` without one. */
  readonly firstId: Uint8Array;
  /** The highest id that was deleted. */
  readonly maxDeletedId: Uint8Array;
  /** Entries added so far. */
  readonly added: number | bigint;
  /** How many groups follow. */
  readonly groups: number;
}

/** Puts a stream together: its entries, `end`, and for each group its parts in their order. */
export class StreamWriter {
  /** Nodes so far. */
  nodes = 0;
  readonly #output: RdbOutput;
  readonly #head = new ListpackWriter();
  readonly #entries = new ListpackWriter();
  readonly #id = new Uint8Array(ID_SIZE);
  readonly #master = new Uint8Array(ID_SIZE);
  readonly #masterView = new DataView(this.#master.buffer);
  readonly #idView = new DataView(this.#id.buffer);
  readonly #slice = new Slice();
  #limits = USUAL;
  /** Entries of the node that is being filled. */
  #count = 0;
  /** The names that most of its entries have. */
  #names: Slice[] = [];
  #headSize = 0;
  #whole = false;

  /** @param output Takes the payload. */
  constructor(output: RdbOutput) {
    this.#output = output;
  }

  /** Starts over. @param whole Whether in the layout of Redis 8.8. */
  begin(limits: NodeLimits = USUAL, whole = false): void {
    this.#limits = limits;
    this.#whole = whole;
    this.nodes = 0;
    this.#count = 0;
    this.#entries.reset();
  }

  /** The next entry. @param count How many fields it has. */
  entry(id: Uint8Array, parts: EntryParts, count: number): void {
    if (this.#count > 0 && this.#isFull(parts, count)) this.#flush();
    if (this.#count === 0) this.#beginNode(id, parts, count);
    this.#id.set(id);
    const isShared = this.#hasSharedNames(parts, count);
    const entries = this.#entries;
    this.#count++;
    entries.appendInteger(isShared ? STREAM_FLAG.SAME_FIELDS : 0);
    entries.appendInteger(this.#beyondMaster(0));
    entries.appendInteger(this.#beyondMaster(8));
    if (!isShared) entries.appendInteger(count);
    for (let i = 0; i < 2 * count; i++) {
      if (isShared && i % 2 === 0) continue;
      const { bytes, start, end } = parts.at(i);
      entries.append(bytes, start, end);
    }
    entries.appendInteger(isShared ? count + 3 : 2 * count + 4);
  }

  #isFull(parts: EntryParts, count: number): boolean {
    const { bytes, entries } = this.#limits;
    if (entries > 0 && this.#count >= entries) return true;
    let size = this.#headSize + widthOf(this.#count) + this.#entries.size;
    for (let i = 0; i < 2 * count; i++) size += parts.at(i).length;
    return size >= (bytes > 0 && bytes < LARGEST_NODE ? bytes : LARGEST_NODE);
  }

  #beginNode(id: Uint8Array, parts: EntryParts, count: number): void {
    this.#master.set(id);
    this.#names = Array.from({ length: count }, (_, i) => new Slice(parts.at(2 * i).copy()));
    // What the head takes beside the number of entries, of which it has one here.
    this.#writeHead(1);
    this.#headSize = this.#head.size - this.#entries.size - widthOf(1);
  }

  #writeHead(entries: number): void {
    const head = this.#head;
    head.reset();
    head.appendInteger(entries);
    head.appendInteger(0);
    head.appendInteger(this.#names.length);
    for (const { bytes, start, end } of this.#names) head.append(bytes, start, end);
    head.appendInteger(0);
  }

  #hasSharedNames(parts: EntryParts, count: number): boolean {
    return count === this.#names.length &&
      this.#names.every((name, i) => name.equals(parts.at(2 * i)));
  }

  /** What an id's half at an index is more than the node's. */
  #beyondMaster(at: number): number | bigint {
    const difference = BigInt.asIntN(
      64,
      this.#idView.getBigUint64(at) - this.#masterView.getBigUint64(at),
    );
    const number = Number(difference);
    return Number.isSafeInteger(number) ? number : difference;
  }

  #flush(): void {
    if (this.#count === 0) return;
    this.#writeHead(this.#count);
    this.#head.appendAll(this.#entries);
    this.#output.string(this.#slice.set(this.#master, 0, ID_SIZE));
    this.#output.string(this.#head.finish());
    this.#entries.reset();
    this.#count = 0;
    this.nodes++;
  }

  /** Ends the entries. */
  end({ length, lastId, firstId, maxDeletedId, added, groups }: StreamEnd): void {
    this.#flush();
    this.#output.length(length);
    for (const id of [lastId, firstId, maxDeletedId]) this.#numbers(id);
    this.#output.length(unsigned(added));
    this.#output.length(groups);
  }

  /** The next group; its pending entries follow. @param pending How many. */
  group(name: Slice, lastId: Uint8Array, entriesRead: number | bigint, pending: number): void {
    this.#output.string(name);
    this.#numbers(lastId);
    this.#output.length(unsigned(entriesRead));
    this.#output.length(pending);
  }

  /** A pending entry of a group, whoever has it. */
  pending(id: Uint8Array, deliveredAtMs: number, deliveries: number | bigint): void {
    this.#output.raw(id);
    this.#output.int64(deliveredAtMs);
    this.#output.length(unsigned(deliveries));
  }

  /** Ends the pending entries of a group. @param count How many consumers follow. */
  consumers(count: number): void {
    this.#output.length(count);
  }

  /** The next consumer; the ids of its pending entries follow. @param pending How many. */
  consumer(name: Slice, seenAtMs: number, activeAtMs: number, pending: number): void {
    this.#output.string(name);
    this.#output.int64(seenAtMs);
    if (this.#whole) this.#output.int64(activeAtMs);
    this.#output.length(pending);
  }

  /** An entry that is pending for a consumer, or for nobody. */
  owned(id: Uint8Array): void {
    this.#output.raw(id);
  }

  /** Ends the consumers of a group; the ids of pending entries that are nobody's follow. */
  givenBack(count: number): void {
    this.#output.length(count);
  }

  /** Ends the groups. @param producers How many producers of idempotent ids follow. */
  producers({ seconds, most }: Idempotence, producers: number): void {
    this.#output.length(seconds);
    this.#output.length(most);
    this.#output.length(producers);
  }

  /** The next producer. @param ids How many idempotent ids of it follow. */
  producer(name: Slice, ids: number): void {
    this.#output.string(name);
    this.#output.length(ids);
  }

  /** An idempotent id, and that of the entry that was added under it. */
  idempotentId(token: Slice, id: Uint8Array): void {
    this.#output.string(token);
    this.#numbers(id);
  }

  /** Ends the idempotent ids. */
  endIds({ added, duplicates }: Idempotence): void {
    this.#output.length(unsigned(added));
    this.#output.length(unsigned(duplicates));
  }

  #numbers(id: Uint8Array): void {
    this.#id.set(id);
    for (const at of [0, 8]) {
      const value = this.#idView.getBigUint64(at);
      const number = Number(value);
      this.#output.length(Number.isSafeInteger(number) ? number : value);
    }
  }
}

const unsigned = (value: number | bigint): number | bigint =>
  value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;

/** What a number of entries takes in a listpack. */
function widthOf(count: number): number {
  if (count <= 127) return 2;
  if (count <= 4095) return 3;
  if (count <= 0x7fff) return 4;
  return count <= 0x7fffff ? 5 : 6;
}
