/**
 * Strings. Up to INLINE_LIMIT bytes they are a column of their key's row; longer ones are chunks
 * (see the schema), of which an absent one stands for zeros and only the last may be short: so
 * SETRANGE far past the end writes one chunk, and APPEND to a large string rewrites only its last.
 *
 * The functions that take a key and give a string back leave its bytes where they are: a
 * {@linkcode StringValue} is valid until the next call.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { Chunks } from "./chunks.ts";
import { err, notAFloat, notAnInteger, wrongType } from "../values/errors.ts";
import { addInt64, parseInt64, writeInteger } from "../values/integers.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  longDoubleOf,
  MAX_TEXT,
  ZERO,
} from "../values/long_double.ts";
import {
  CHUNK_SIZE,
  CHUNKS_PER_STRING,
  ENCODING,
  INLINE_LIMIT,
  MAX_STRING_LENGTH,
  TYPE,
} from "../file/schema.ts";
import { Slice } from "../values/slice.ts";
import { StringRows, tooLong } from "./rows.ts";
import { StringValue } from "./string_value.ts";

const BYTE = "SELECT substr(data, ?2, 1) FROM strings WHERE id = ?1";

/** The strings of all databases. */
export class Strings {
  /** The string that {@linkcode get} and {@linkcode loaded} found. */
  readonly value: StringValue;
  /** Where the long ones are. */
  readonly chunks: Chunks;
  readonly #rows: StringRows;
  readonly #keyspace: Keyspace;
  readonly #byte: Statement;
  readonly #scratch = new Slice(new Uint8Array(INLINE_LIMIT));

  /** Takes the keyspace the strings are in. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#byte = engine.prepare(BYTE);
    this.chunks = new Chunks(engine);
    this.#rows = new StringRows(engine, keyspace, this.chunks);
    this.value = new StringValue(this.chunks.range);
  }

  /**
   * Reads a string.
   *
   * @returns The string, or undefined if the key is absent.
   * @throws {CommandError} WRONGTYPE
   */
  get(db: number, key: Slice): StringValue | undefined {
    const type = this.#keyspace.read(db, key);
    if (type === TYPE.NONE) return undefined;
    if (type !== TYPE.STRING) throw wrongType();
    return this.loaded();
  }

  /** The string of the row the keyspace found last, which must be one. */
  loaded(): StringValue {
    const row = this.#keyspace.row;
    const value = this.value;
    value.length = row.length;
    value.id = row.id;
    value.offset = 0;
    if (row.id === 0) {
      value.slice.bytes = row.value.bytes;
      value.slice.start = row.value.start;
      value.slice.end = row.value.end;
    }
    return value;
  }

  /** Finds a string to be changed. @returns Whether it is there. @throws {CommandError} WRONGTYPE */
  findForChange(db: number, key: Slice): boolean {
    const type = this.#keyspace.find(db, key, true);
    if (type !== TYPE.NONE && type !== TYPE.STRING) throw wrongType();
    return type === TYPE.STRING;
  }

  /** The byte at `index` of the string the keyspace found last, 0 past its end; reads nothing else. */
  byteAt(index: number): number {
    const { id, length, value } = this.#keyspace.row;
    if (index >= length) return 0;
    if (id === 0) return value.bytes[value.start + index]!;
    const statement = this.#byte;
    const scratch = this.#scratch.bytes;
    scratch[0] = 0;
    statement.bindInteger(1, id * CHUNKS_PER_STRING + Math.floor(index / CHUNK_SIZE));
    statement.bindInteger(2, index % CHUNK_SIZE + 1);
    if (statement.step()) statement.columnInto(0, scratch, 0);
    statement.reset();
    return scratch[0];
  }

  /** Sets a string over whatever is there, without expiry. */
  set(db: number, key: Slice, value: Slice): void {
    this.#keyspace.find(db, key);
    this.replace(db, key, value, 0);
    this.#keyspace.stored(db, key, TYPE.STRING, "set");
  }

  /**
   * Writes a key's new value. The keyspace must have found the key last; nothing is told.
   *
   * @param expiresAtMs Unix time in milliseconds, 0 for never.
   */
  replace(
    db: number,
    key: Slice,
    value: Slice,
    expiresAtMs: number,
    encoding: number = ENCODING.PLAIN,
  ): void {
    this.#rows.replace(db, key, value, expiresAtMs, encoding);
  }

  /**
   * Writes bytes into a string from `offset` on, growing it with zeros as needed.
   *
   * @param offset Undefined for the string's end.
   * @param event What is told of it; nothing by default.
   * @returns The string's length afterwards.
   * @throws {CommandError} WRONGTYPE; or that the string would be too long.
   */
  write(
    db: number,
    key: Slice,
    offset: number | undefined,
    value: Slice,
    event?: string,
  ): number {
    const exists = this.findForChange(db, key);
    const row = this.#keyspace.row;
    const length = exists ? row.length : 0;
    const at = offset ?? length;
    if (offset !== undefined && value.length === 0) return length;
    const total = Math.max(length, at + value.length);
    if (total > MAX_STRING_LENGTH) throw tooLong();
    // A new key takes an appended value as SET would.
    const encoding = exists || offset !== undefined ? ENCODING.RAW : ENCODING.PLAIN;
    const expiresAtMs = exists ? row.expiresAtMs : 0;
    if (exists && row.id !== 0) {
      this.chunks.write(row.id, length, at, value);
      this.#rows.setLength(db, key, total);
    } else if (total <= CHUNK_SIZE) {
      const merged = total <= INLINE_LIMIT ? this.#scratch : new Slice(new Uint8Array(total));
      merged.start = 0;
      merged.end = total;
      if (exists) row.value.copyInto(merged.bytes, 0);
      if (at > length) merged.bytes.fill(0, length, at);
      value.copyInto(merged.bytes, at);
      this.replace(db, key, merged, expiresAtMs, encoding);
    } else {
      // A large string begins as chunks that hold what there was, and is then written into.
      const before = exists ? new Slice(row.value.copy()) : new Slice();
      const accessed = this.#keyspace.use.accessedByWrite(db, key);
      this.#keyspace.clear(db, key);
      const id = this.#keyspace.databases.newId();
      if (before.length > 0) this.chunks.write(id, 0, 0, before);
      this.chunks.write(id, before.length, at, value);
      this.#rows.insertChunked(db, key, id, total, expiresAtMs, encoding, accessed);
    }
    if (event !== undefined) this.#keyspace.changed(db, key, event);
    return total;
  }

  /** Sets a string over whatever is there, without expiry, out of chunks written under a new id. */
  setChunks(db: number, key: Slice, id: number, length: number): void {
    this.#keyspace.find(db, key);
    const accessed = this.#keyspace.use.accessedByWrite(db, key);
    this.#keyspace.clear(db, key);
    this.#rows.insertChunked(db, key, id, length, 0, ENCODING.RAW, accessed);
  }

  /** Appends. @returns The length afterwards. */
  append(db: number, key: Slice, value: Slice): number {
    return this.write(db, key, undefined, value, "append");
  }

  /** Overwrites from `offset` on. @returns The length afterwards. */
  setRange(db: number, key: Slice, offset: number, value: Slice): number {
    return this.write(db, key, offset, value, "setrange");
  }

  /**
   * The part of a string between two positions, both included; negative ones count from the end.
   *
   * @returns Undefined if the part is empty or the key absent.
   * @throws {CommandError} WRONGTYPE
   */
  getRange(db: number, key: Slice, start: number, end: number): StringValue | undefined {
    const value = this.get(db, key);
    if (value === undefined) return undefined;
    const length = value.length;
    if (start < 0 && end < 0 && start > end) return undefined;
    const from = start < 0 ? Math.max(0, length + start) : start;
    const to = Math.min(end < 0 ? Math.max(0, length + end) : end, length - 1);
    if (from > to || length === 0) return undefined;
    value.narrow(from, to + 1);
    return value;
  }

  /**
   * The integer a key holds, 0 if it is absent.
   *
   * @throws {CommandError} WRONGTYPE; or that the value is no integer.
   */
  integer(db: number, key: Slice): number | bigint {
    if (!this.findForChange(db, key)) return 0;
    const { id, value: { bytes, start, end } } = this.#keyspace.row;
    const value = id === 0 ? parseInt64(bytes, start, end) : undefined;
    if (value === undefined) throw notAnInteger();
    return value;
  }

  /**
   * Adds to the integer a key holds.
   *
   * @returns The sum.
   * @throws {CommandError} WRONGTYPE; that the value is no integer; that the sum overflows.
   */
  increment(db: number, key: Slice, by: number | bigint, event: string): number | bigint {
    const sum = addInt64(this.integer(db, key), by);
    if (sum === undefined) throw err("increment or decrement would overflow");
    const row = this.#keyspace.row;
    this.putInteger(db, key, sum, row.type === TYPE.NONE ? 0 : row.expiresAtMs);
    this.#keyspace.changed(db, key, event);
    return sum;
  }

  /** Writes an integer as {@linkcode replace} writes a value. */
  putInteger(db: number, key: Slice, value: number | bigint, expiresAtMs: number): void {
    const scratch = this.#scratch;
    scratch.start = 0;
    scratch.end = writeInteger(value, scratch.bytes, 0);
    this.replace(db, key, scratch, expiresAtMs);
  }

  /**
   * The floating-point number a key holds, 0 if it is absent.
   *
   * @throws {CommandError} WRONGTYPE; or that the value is no float.
   */
  float(db: number, key: Slice): LongDouble {
    if (!this.findForChange(db, key)) return ZERO;
    const text = this.loaded();
    if (text.length >= MAX_TEXT) throw notAFloat();
    const value = longDoubleOf(text.materialize());
    if (value === undefined) throw notAFloat();
    return value;
  }

  /**
   * Adds to the floating-point number a key holds.
   *
   * @returns The sum as it is stored.
   * @throws {CommandError} WRONGTYPE; that the value is no float; that the sum is not finite.
   */
  incrementFloat(db: number, key: Slice, by: LongDouble): string {
    const sum = addLongDoubles(this.float(db, key), by);
    if (sum === undefined || typeof sum === "string") {
      throw err("increment would produce NaN or Infinity");
    }
    const text = formatLongDouble(sum);
    const row = this.#keyspace.row;
    this.putFloat(db, key, text, row.type === TYPE.NONE ? 0 : row.expiresAtMs);
    this.#keyspace.changed(db, key, "incrbyfloat");
    return text;
  }

  /** Writes a formatted float as {@linkcode replace} writes a value. */
  putFloat(db: number, key: Slice, text: string, expiresAtMs: number): void {
    this.replace(db, key, new Slice(encoder.encode(text)), expiresAtMs, ENCODING.FLOAT);
  }

  /**
   * How Redis would hold the string of the row the keyspace found last: `int`, `embstr` or `raw`.
   */
  encodingName(): string {
    const row = this.#keyspace.row;
    if (row.encoding === ENCODING.RAW) return "raw";
    const { bytes, start, end } = row.value;
    if (row.encoding === ENCODING.PLAIN && row.id === 0) {
      if (row.length <= 20 && parseInt64(bytes, start, end) !== undefined) return "int";
    }
    return row.length <= 44 ? "embstr" : "raw";
  }
}

const encoder = new TextEncoder();
