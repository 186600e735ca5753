/**
 * The format of the log before the database: a head, and records one after the other.
 *
 * | the head, 64 bytes          | bytes | a record                          | bytes |
 * | --------------------------- | ----- | --------------------------------- | ----- |
 * | `RedliteL`                  | 8     | a mark                            | 4     |
 * | the version of the format   | 4     | bytes of the effects              | 4     |
 * | zeros                       | 4     | the number of the turn            | 8     |
 * | the log's identity          | 16    | its time, a double                | 8     |
 * | zeros                       | 28    | the database before its effects   | 4     |
 * | a checksum of the rest      | 4     | and after them                    | 4     |
 * |                             |       | how many commands                 | 4     |
 * |                             |       | a checksum of the rest            | 4     |
 * |                             |       | the effects, zeros up to 8 bytes  |       |
 *
 * Numbers are little-endian. A file is used again from its beginning without being cut, so behind the
 * last record stand old ones: a record counts if its checksum, which the identity is a part of, is right,
 * and its number follows the one before.
 *
 * @module
 */

import type { TurnEffects } from "../effects.ts";

/** Bytes of the head. */
export const HEAD = 64;
/** Bytes of a record before its effects. */
export const RECORD_HEAD = 40;
/** The version of the format. */
export const VERSION = 1;
/** Bytes of an identity. */
export const IDENTITY = 16;

const MAGIC = new TextEncoder().encode("RedliteL");
const MARK = 0x31525452;
const HEAD_SUM = HEAD - 4;
const RECORD_SUM = RECORD_HEAD - 4;

/** Why a file is no log that can be used. */
export class UnusableLog extends Error {
  override readonly name = "UnusableLog";
}

/** A turn as the log has it. */
export interface LoggedTurn extends TurnEffects {
  /** Its number: one more than that of the turn before. */
  readonly number: number;
}

/** Writes the head of a log. @param identity Its {@linkcode IDENTITY} bytes. */
export function headOf(identity: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(HEAD);
  head.set(MAGIC);
  head.set(identity, 16);
  const view = new DataView(head.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(HEAD_SUM, checksum(head, HEAD_SUM, 0), true);
  return head;
}

/**
 * Reads the head of a log.
 *
 * @returns The log's identity; undefined if the head was not written to its end.
 * @throws {UnusableLog} If it is no log, or of a newer version.
 */
export function readHead(head: Uint8Array): Uint8Array | undefined {
  if (head.length < HEAD || head.every((byte) => byte === 0)) return undefined;
  if (!MAGIC.every((byte, i) => head[i] === byte)) throw new UnusableLog("is no log of Redlite's");
  const whole = head.slice(0, HEAD);
  const view = new DataView(whole.buffer);
  const version = view.getUint32(8, true);
  if (version > VERSION) {
    throw new UnusableLog(`is of version ${version}, which a newer Redlite has written`);
  }
  if (view.getUint32(HEAD_SUM, true) !== checksum(whole, HEAD_SUM, 0)) return undefined;
  return whole.slice(16, 16 + IDENTITY);
}

/** What checksums of a log's records begin with. */
export function seedOf(identity: Uint8Array): number {
  return checksum(identity.slice(), IDENTITY, 1);
}

/** Bytes that a record takes up. @param length Those of its effects. */
export function recordSize(length: number): number {
  return RECORD_HEAD + ((length + 7) & ~7);
}

/** Makes records, one after the other, in one buffer. */
export class RecordWriter {
  /** The record that was made last, and bytes of no meaning behind it. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(8192);
  #view = new DataView(this.bytes.buffer);
  readonly #seed: number;

  constructor(identity: Uint8Array) {
    this.#seed = seedOf(identity);
  }

  /** Makes a record. @returns Its size. */
  write(number: number, effects: TurnEffects): number {
    const { length } = effects.bytes;
    const size = recordSize(length);
    if (size > this.bytes.length || this.bytes.length > KEPT && size < KEPT) {
      this.bytes = new Uint8Array(Math.max(8192, 2 ** Math.ceil(Math.log2(size))));
      this.#view = new DataView(this.bytes.buffer);
    }
    const view = this.#view;
    view.setUint32(0, MARK, true);
    view.setUint32(4, length, true);
    view.setUint32(8, number >>> 0, true);
    view.setUint32(12, Math.floor(number / 2 ** 32), true);
    view.setFloat64(16, effects.atMs, true);
    view.setInt32(24, effects.db, true);
    view.setInt32(28, effects.endDb, true);
    view.setUint32(32, effects.count, true);
    this.bytes.set(effects.bytes, RECORD_HEAD);
    this.bytes.fill(0, RECORD_HEAD + length, size);
    view.setUint32(RECORD_SUM, recordChecksum(this.bytes, size, this.#seed), true);
    return size;
  }
}

/** Bytes of a buffer that is kept after a record which needed it. */
const KEPT = 4 * 1024 * 1024;

/** The size that a record's head tells; undefined if there is none. */
export function sizeAt(head: DataView, at: number): number | undefined {
  if (at + RECORD_HEAD > head.byteLength || head.getUint32(at, true) !== MARK) return undefined;
  return recordSize(head.getUint32(at + 4, true));
}

/**
 * Reads a record.
 *
 * @param bytes The record from its first byte to its last. The turn's effects are a part of it.
 * @returns The turn; undefined if the record is not whole.
 */
export function readRecord(bytes: Uint8Array, seed: number): LoggedTurn | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (sizeAt(view, 0) !== bytes.length) return undefined;
  if (view.getUint32(RECORD_SUM, true) !== recordChecksum(bytes, bytes.length, seed)) {
    return undefined;
  }
  const length = view.getUint32(4, true);
  return {
    number: view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32,
    atMs: view.getFloat64(16, true),
    db: view.getInt32(24, true),
    endDb: view.getInt32(28, true),
    count: view.getUint32(32, true),
    bytes: bytes.subarray(RECORD_HEAD, RECORD_HEAD + length),
  };
}

function recordChecksum(bytes: Uint8Array, size: number, seed: number): number {
  return checksum(bytes, size, checksum(bytes, RECORD_SUM, seed), RECORD_HEAD);
}

/** MurmurHash3 of `bytes[start, end)`, whose length is a multiple of four: a nanosecond for four bytes. */
function checksum(bytes: Uint8Array, end: number, seed: number, start = 0): number {
  let hash = seed | 0;
  if (((bytes.byteOffset + start) & 3) === 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (end - start) >> 2);
    for (let i = 0; i < words.length; i++) hash = mixed(hash, words[i]!);
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = start; at < end; at += 4) hash = mixed(hash, view.getInt32(at, true));
  }
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(hash: number, word: number): number {
  word = Math.imul(word, 0xcc9e2d51);
  word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  hash ^= word;
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
}
