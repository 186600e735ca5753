/**
 * Streams, as Redis lays them out since 5.0 (15), 7.0 (19), 7.2 (21), 8.6 (26) and 8.8 (27): nodes,
 * each an id and a listpack; how many entries there are, the last id, and from 7.0 on the first id, the
 * highest deleted one and how many were added; then the groups; from 8.6 on idempotent ids.
 *
 * A node's listpack begins with the number of entries, that of entries marked as deleted, the names
 * of fields that most entries share, and 0. An entry has its flags, what its id is beyond the node's
 * in milliseconds and in sequence, the number and names of its fields unless they are the shared
 * ones, the values, and how many parts it has.
 *
 * Of a group come its name, its last id, from 7.0 on how many entries it has read, all pending
 * entries with their times and counts, and the consumers, each with the ids of those it has; from 8.8
 * on the ids of those that are nobody's.
 *
 * Of idempotent ids come for how many seconds and how many are kept, the producers, each with its ids
 * and those of the entries, and how many were added and came again.
 *
 * @module
 */

import { compareIds, ID_SIZE, isZero } from "../streams/ids.ts";
import { narrow, parseInt64 } from "../values/integers.ts";
import { mapKey } from "../values/map_key.ts";
import type { Slice } from "../values/slice.ts";
import { badDataFormat, RDB_TYPE, STREAM_FLAG } from "./format.ts";
import type { RdbInput } from "./input.ts";
import { Listpack } from "./listpack.ts";
import { Piece } from "./piece.ts";
import type { DumpVisitor, EntryParts } from "./visitor.ts";

/** Walks through a stream of one of its types and returns the number of entries. */
export function walkStream(
  type: number,
  input: RdbInput,
  visitor: DumpVisitor | undefined,
): number {
  const entries = new NodeEntries();
  const node = new Piece(), blob = new Piece();
  for (let nodes = input.count(); nodes > 0; nodes--) {
    input.string(node);
    input.string(blob);
    entries.walk(node, blob, visitor);
  }
  const { count } = entries;
  if (input.length() !== count) throw badDataFormat();
  const lastId = streamId(input);
  if (compareIds(lastId, 0, entries.lastId, 0) < 0) throw badDataFormat();
  let maxDeletedId = new Uint8Array(ID_SIZE);
  let added: number | bigint | undefined;
  if (type !== RDB_TYPE.STREAM) {
    // The first id, which the entries tell.
    streamId(input);
    maxDeletedId = streamId(input);
    added = signed(input.exactLength());
  }
  visitor?.streamFacts({ lastId, maxDeletedId, added });
  walkGroups(type, input, visitor);
  if (type >= RDB_TYPE.STREAM_4) walkIdempotentIds(input, visitor);
  return count;
}

/** An id as two numbers. */
function streamId(input: RdbInput): Uint8Array<ArrayBuffer> {
  const id = new Uint8Array(ID_SIZE);
  const view = new DataView(id.buffer);
  view.setBigUint64(0, BigInt(input.exactLength()));
  view.setBigUint64(8, BigInt(input.exactLength()));
  return id;
}

const signed = (value: number | bigint): number | bigint =>
  typeof value === "number" ? value : narrow(BigInt.asIntN(64, value));

/** The entries of one node after the other, whose ids must rise. */
class NodeEntries implements EntryParts {
  /** Entries so far that are not deleted. */
  count = 0;
  /** The id of the last of them. */
  readonly lastId: Uint8Array = new Uint8Array(ID_SIZE);
  readonly #id = new Uint8Array(ID_SIZE);
  readonly #idView = new DataView(this.#id.buffer);
  readonly #number = new Piece();
  readonly #shared: Piece[] = [];
  readonly #names: Piece[] = [];
  readonly #values: Piece[] = [];
  #ofEntry: readonly Piece[] = this.#shared;

  /** A name at an even index, the value that belongs to it at the next. */
  at(index: number): Slice {
    const piece = (index % 2 === 0 ? this.#ofEntry : this.#values)[index >> 1];
    if (piece === undefined) throw new RangeError("no such field");
    return piece;
  }

  /** Walks through a node. */
  walk(node: Slice, blob: Slice, visitor: DumpVisitor | undefined): void {
    if (node.length !== ID_SIZE) throw badDataFormat();
    const listpack = new Listpack(blob);
    const entries = this.#count(listpack), deleted = this.#count(listpack);
    const shared = this.#count(listpack);
    for (let i = 0; i < shared; i++) listpack.part(pieceAt(this.#shared, i));
    if (this.#integer(listpack) !== 0) throw badDataFormat();
    const master = new DataView(node.bytes.buffer, node.bytes.byteOffset + node.start);
    const ms = master.getBigUint64(0), sequence = master.getBigUint64(8);
    let gone = 0;
    for (let left = entries + deleted; left > 0; left--) {
      const flags = this.#count(listpack);
      this.#idView.setBigUint64(0, ms + BigInt(this.#integer(listpack)));
      this.#idView.setBigUint64(8, sequence + BigInt(this.#integer(listpack)));
      const fields = this.#fields(listpack, flags, shared);
      if ((flags & STREAM_FLAG.DELETED) === 0) this.#tell(fields, visitor);
      else gone++;
    }
    if (gone !== deleted || listpack.next(this.#number)) throw badDataFormat();
  }

  #fields(listpack: Listpack, flags: number, shared: number): number {
    const isShared = (flags & STREAM_FLAG.SAME_FIELDS) !== 0;
    const fields = isShared ? shared : this.#count(listpack);
    this.#ofEntry = isShared ? this.#shared : this.#names;
    for (let i = 0; i < fields; i++) {
      if (!isShared) listpack.part(pieceAt(this.#names, i));
      listpack.part(pieceAt(this.#values, i));
    }
    if (this.#integer(listpack) !== (isShared ? fields + 3 : 2 * fields + 4)) {
      throw badDataFormat();
    }
    return fields;
  }

  #tell(fields: number, visitor: DumpVisitor | undefined): void {
    const id = this.#id;
    if (fields === 0 || compareIds(id, 0, this.lastId, 0) <= 0) throw badDataFormat();
    this.lastId.set(id);
    this.count++;
    visitor?.streamEntry(id, this, fields);
  }

  #integer(listpack: Listpack): number | bigint {
    const piece = this.#number;
    listpack.part(piece);
    const integer = parseInt64(piece.bytes, piece.start, piece.end);
    if (integer === undefined) throw badDataFormat();
    return integer;
  }

  /** A number that is not negative; whether there is as much as it says shows at once. */
  #count(listpack: Listpack): number {
    const integer = this.#integer(listpack);
    if (typeof integer !== "number" || integer < 0) throw badDataFormat();
    return integer;
  }
}

function pieceAt(pieces: Piece[], index: number): Piece {
  return pieces[index] ??= new Piece();
}

/** What is known of a pending entry before its consumer comes. */
interface Delivery {
  readonly atMs: number;
  readonly deliveries: number | bigint;
}

function walkGroups(type: number, input: RdbInput, visitor: DumpVisitor | undefined): void {
  const groups = new Set<string>();
  const name = new Piece();
  for (let left = input.count(); left > 0; left--) {
    input.string(name);
    if (isKnown(groups, name)) throw badDataFormat();
    const lastId = streamId(input);
    const entriesRead = type === RDB_TYPE.STREAM ? undefined : signed(input.exactLength());
    visitor?.streamGroup(name, lastId, entriesRead);
    const pending = readPending(input);
    const consumers = new Set<string>();
    for (let consumersLeft = input.count(); consumersLeft > 0; consumersLeft--) {
      input.string(name);
      if (isKnown(consumers, name)) throw badDataFormat();
      const seenAtMs = input.time();
      const activeAtMs = type >= RDB_TYPE.STREAM_3 ? input.time() : seenAtMs;
      visitor?.streamConsumer(name, seenAtMs, activeAtMs);
      walkOwned(input, pending, visitor);
    }
    if (type >= RDB_TYPE.STREAM_5) walkGivenBack(input, pending, visitor);
    if (pending.size > 0) throw badDataFormat();
  }
}

/** Whether a name is there already; puts it there. */
function isKnown(names: Set<string>, name: Slice): boolean {
  const key = mapKey(name);
  if (names.has(key)) return true;
  names.add(key);
  return false;
}

function readPending(input: RdbInput): Map<string, Delivery> {
  const pending = new Map<string, Delivery>();
  const id = new Piece();
  for (let left = input.count(); left > 0; left--) {
    input.raw(ID_SIZE, id);
    const key = mapKey(id);
    if (pending.has(key) || isZero(id.bytes, id.start)) throw badDataFormat();
    const atMs = input.time();
    pending.set(key, { atMs, deliveries: signed(input.exactLength()) });
  }
  return pending;
}

function walkOwned(
  input: RdbInput,
  pending: Map<string, Delivery>,
  visitor: DumpVisitor | undefined,
): void {
  const id = new Piece();
  for (let left = input.count(); left > 0; left--) {
    const { atMs, deliveries } = takePending(input, id, pending);
    visitor?.streamPending(id.view(), atMs, deliveries);
  }
}

function walkGivenBack(
  input: RdbInput,
  pending: Map<string, Delivery>,
  visitor: DumpVisitor | undefined,
): void {
  const id = new Piece();
  for (let left = input.count(); left > 0; left--) {
    const { deliveries } = takePending(input, id, pending);
    visitor?.streamGivenBack?.(id.view(), deliveries);
  }
}

/** Reads the id of a pending entry, which is whose it says now, and no other's. */
function takePending(input: RdbInput, id: Piece, pending: Map<string, Delivery>): Delivery {
  input.raw(ID_SIZE, id);
  const key = mapKey(id);
  const delivery = pending.get(key);
  if (delivery === undefined) throw badDataFormat();
  pending.delete(key);
  return delivery;
}

/** The greatest number of seconds, or of ids of a producer, that a stream can say. */
const MOST_KEPT = 0xffffffff;

function walkIdempotentIds(input: RdbInput, visitor: DumpVisitor | undefined): void {
  const seconds = input.length(), most = input.length();
  if (seconds > MOST_KEPT || most > MOST_KEPT) throw badDataFormat();
  const producers = new Set<string>();
  const producer = new Piece(), token = new Piece();
  for (let left = input.count(); left > 0; left--) {
    input.string(producer);
    if (isKnown(producers, producer)) throw badDataFormat();
    const tokens = new Set<string>();
    for (let tokensLeft = input.count(); tokensLeft > 0; tokensLeft--) {
      input.string(token);
      if (isKnown(tokens, token)) throw badDataFormat();
      const id = streamId(input);
      visitor?.streamIdempotentId?.(producer, token, id);
    }
  }
  const added = signed(input.exactLength()), duplicates = signed(input.exactLength());
  visitor?.streamIdempotence?.({ seconds, most, added, duplicates });
}
