/**
 * What the row of a stream's key says of it beside its length, in `keys.value`: so XADD writes one
 * row for the entry, and once a turn the key's.
 *
 * The layout is part of the file format (views and checks read it by SQL), all numbers with the most
 * significant byte first:
 *
 * | bytes  | what                                                                        |
 * | ------ | --------------------------------------------------------------------------- |
 * | 0..15  | the floor: rows of `streams` with a lower id are no entries, but garbage     |
 * | 16..31 | the last id given to an entry                                               |
 * | 32..47 | the highest id that XDEL deleted                                            |
 * | 48..55 | entries added so far                                                        |
 * | 56..59 | consumer groups                                                             |
 * | 60..63 | the number that the last group was given                                    |
 * | 64..67 | seconds for which an idempotent id counts, 0 for the default                 |
 * | 68..71 | idempotent ids kept for each producer, 0 for the default                     |
 * | 72..79 | idempotent ids added so far                                                 |
 * | 80..87 | entries that were not added because their idempotent id was there            |
 * | 88..91 | pending entries of all groups                                               |
 * | 92..   | the names of fields, see entry.ts                                           |
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import { narrow } from "../values/integers.ts";

/** Where the floor is. */
export const FLOOR_AT = 0;
/** Where the last id is. */
export const LAST_AT = 16;
/** Where the highest deleted id is. */
export const MAX_DELETED_AT = 32;
const ADDED_AT = 48, GROUPS_AT = 56, LAST_GROUP_AT = 60;
const DURATION_AT = 64, MOST_IDS_AT = 68, IDS_ADDED_AT = 72, DUPLICATES_AT = 80;
/** Where the number of pending entries is. */
export const PENDING_AT = 88;
/** Where the names of fields begin. */
export const SHAPES_AT = 92;
/** Bytes that a pending entry takes in its three trees, about. */
export const PENDING_BYTES = 96;

/** What `keys.encoding` holds for a stream: whether it has rows beside its entries and runs. */
export const STREAM_ROWS = { ENTRIES: 0, MORE: 1 } as const;

/** The facts of a new stream. */
export function newFacts(): Uint8Array {
  return new Uint8Array(SHAPES_AT);
}

function view({ metadata }: Collection): DataView {
  return new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

function setUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function integer(bytes: Uint8Array, at: number): number | bigint {
  const high = uint32(bytes, at), low = uint32(bytes, at + 4);
  if (high < 0x200000) return high * 2 ** 32 + low;
  return narrow(BigInt.asIntN(64, BigInt(high) << 32n | BigInt(low)));
}

function setInteger(stream: Collection, at: number, value: number | bigint): void {
  if (typeof value === "number" && value >= 0) {
    setUint32(stream.metadata, at, Math.floor(value / 2 ** 32));
    setUint32(stream.metadata, at + 4, value % 2 ** 32);
  } else {
    view(stream).setBigInt64(at, BigInt(value));
  }
}

/** Entries added so far, those included that are gone. */
export function entriesAdded({ metadata }: Collection): number | bigint {
  return integer(metadata, ADDED_AT);
}

/** Says how many entries were added. */
export function setEntriesAdded(stream: Collection, count: number | bigint): void {
  setInteger(stream, ADDED_AT, count);
}

/** Counts one entry more. */
export function countEntry({ metadata }: Collection): void {
  for (let at = ADDED_AT + 7; at >= ADDED_AT; at--) {
    if (metadata[at] !== 0xff) {
      metadata[at]!++;
      return;
    }
    metadata[at] = 0;
  }
}

/** How many consumer groups there are. */
export function groupCount({ metadata }: Collection): number {
  return uint32(metadata, GROUPS_AT);
}

/** Says how many consumer groups there are. */
export function setGroupCount({ metadata }: Collection, count: number): void {
  setUint32(metadata, GROUPS_AT, count);
}

/** Bytes of what groups have pending; 0 of whatever is no stream. */
export function pendingBytes({ type, metadata }: Collection): number {
  return type === TYPE.STREAM && metadata.length > 0
    ? PENDING_BYTES * uint32(metadata, PENDING_AT)
    : 0;
}

/** Says how many entries groups have pending. */
export function setPending({ metadata }: Collection, count: number): void {
  setUint32(metadata, PENDING_AT, count);
}

/** Makes sure that no new group is given a number up to one. */
export function setLastGroup({ metadata }: Collection, number: number): void {
  setUint32(metadata, LAST_GROUP_AT, Math.max(number, uint32(metadata, LAST_GROUP_AT)));
}

/** A number for a new group, which no other of the stream ever had. */
export function nextGroup({ metadata }: Collection): number {
  const number = uint32(metadata, LAST_GROUP_AT) + 1;
  setUint32(metadata, LAST_GROUP_AT, number);
  return number;
}

/** How long, and how many, idempotent ids are kept. */
export interface Idempotence {
  /** For how long, in seconds. */
  readonly seconds: number;
  /** How many for each producer. */
  readonly most: number;
  /** How many were added so far. */
  readonly added: number | bigint;
  /** How often one came again. */
  readonly duplicates: number | bigint;
}

/** What is known of idempotent ids. @param defaults What counts where the stream says nothing. */
export function idempotence(
  { metadata }: Collection,
  defaults: { readonly seconds: number; readonly most: number },
): Idempotence {
  return {
    seconds: uint32(metadata, DURATION_AT) || defaults.seconds,
    most: uint32(metadata, MOST_IDS_AT) || defaults.most,
    added: integer(metadata, IDS_ADDED_AT),
    duplicates: integer(metadata, DUPLICATES_AT),
  };
}

/** Changes what is known of idempotent ids. */
export function setIdempotence(
  stream: Collection,
  { seconds, most, added, duplicates }: Partial<Idempotence>,
): void {
  if (seconds !== undefined) setUint32(stream.metadata, DURATION_AT, seconds);
  if (most !== undefined) setUint32(stream.metadata, MOST_IDS_AT, most);
  if (added !== undefined) setInteger(stream, IDS_ADDED_AT, added);
  if (duplicates !== undefined) setInteger(stream, DUPLICATES_AT, duplicates);
}
