/**
 * Writes payloads as DUMP does. Redis 7.0 and later read them, hashes whose fields expire 7.4 and
 * later, arrays 8.8 and later. With the same elements in the same order they are the bytes of Redis,
 * compressed strings, list elements beyond 8 KiB, decimal fractions in arrays and streams that lost
 * entries from the middle apart.
 *
 * @module
 */

import type { ArrayIndex } from "../arrays/index.ts";
import { parseInt64 } from "../values/integers.ts";
import { Slice } from "../values/slice.ts";
import { Crc64 } from "./crc64.ts";
import {
  ARRAY_TAG,
  FOOTER_SIZE,
  LONGEST_SMALL_STRING,
  NODE,
  RDB_TYPE,
  VERSION_WITH_ARRAYS,
  VERSION_WITH_FIELD_EXPIRY,
  VERSION_WRITTEN,
} from "./format.ts";
import { INTSET_HEADER_SIZE } from "./intset.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import { LARGEST_LENGTH_SIZE, RdbOutput, writeLength } from "./output.ts";
import { formatScore } from "./score_text.ts";
import { type NodeLimits, StreamWriter } from "./stream_writer.ts";
import type { DumpKind } from "./visitor.ts";

/** How a value is laid out. */
export interface DumpForm {
  /**
   * For a set of integers, and for a small sorted set or hash: one packed string. All of it is kept
   * aside until `finish`. A hash whose fields expire has no such form.
   */
  compact?: boolean;
  /** For a hash, if any of its fields expires: when the first of them does. */
  earliestExpiryMs?: number | undefined;
  /** For an array, the index that ARINSERT or ARRING wrote last, if there is one. */
  lastInserted?: ArrayIndex | undefined;
  /** For a stream: how large nodes may get; without it as Redis has them by default. */
  nodes?: NodeLimits;
  /** For a stream: all that there is of it, as only Redis 8.8 and later read it. */
  whole?: boolean;
}

/** The most bytes of a list that are packed into one node. */
const NODE_LIMIT = 8192;
/** What Redis reckons an entry of a node to take besides its content. */
const NODE_ENTRY_OVERHEAD = 8;
/** Integers of an array within this distance from zero are written as such: 62 bits in Redis. */
const ARRAY_INTEGER_LIMIT = 2 ** 61;
const POINT = 0x2e;
/**
 * The payload begins somewhere before this index: what comes before the elements is written last. An
 * array has most of it: type, count, flag and index.
 */
const HEAD_SIZE = 1 + LARGEST_LENGTH_SIZE + 1 + LARGEST_LENGTH_SIZE;

/** Puts a payload together: `begin`, the elements, `finish`; then the next one. */
export class DumpWriter {
  readonly #output: RdbOutput;
  readonly #packed = new ListpackWriter();
  readonly #integers: (number | bigint)[] = [];
  readonly #text = new Uint8Array(32);
  readonly #head = new Uint8Array(HEAD_SIZE);
  readonly #crc = new Crc64();
  readonly #payload = new Slice();
  #type: number = RDB_TYPE.STRING;
  #earliestExpiryMs = 0;
  #lastInserted: ArrayIndex | undefined;
  /** Elements so far; nodes, of a list. */
  #count = 0;
  readonly #stream: StreamWriter;

  /**
   * A writer whose buffers serve one payload after the other.
   *
   * @param compress Whether long strings are compressed, as with Redis's `rdbcompression`.
   */
  constructor(compress = true) {
    this.#output = new RdbOutput(compress);
    this.#stream = new StreamWriter(this.#output);
  }

  /** Starts a payload, whatever was there. */
  begin(kind: DumpKind, form: DumpForm = {}): void {
    this.#output.reset(HEAD_SIZE);
    this.#packed.reset();
    this.#integers.length = 0;
    this.#count = 0;
    this.#earliestExpiryMs = form.earliestExpiryMs ?? 0;
    this.#lastInserted = form.lastInserted;
    this.#type = typeOf(kind, form);
    if (kind === "stream") this.#stream.begin(form.nodes, form.whole);
  }

  /** The value of a string. */
  string(value: Slice): void {
    this.#expect(RDB_TYPE.STRING);
    this.#output.string(value);
    this.#count++;
  }

  /** The next element of a list. */
  element(value: Slice): void {
    this.#expect(RDB_TYPE.QUICKLIST_2);
    const { length } = value;
    if (length > NODE_LIMIT) {
      this.#flushNode();
      this.#output.length(NODE.PLAIN);
      this.#output.string(value);
      this.#count++;
      return;
    }
    if (this.#packed.size + length + NODE_ENTRY_OVERHEAD > NODE_LIMIT) this.#flushNode();
    this.#packed.append(value.bytes, value.start, value.end);
  }

  /** A member of a set; an integer in canonical digits if the set is compact. */
  member(member: Slice): void {
    this.#expect(RDB_TYPE.SET, RDB_TYPE.SET_INTSET);
    if (this.#type === RDB_TYPE.SET) {
      this.#output.string(member);
      this.#count++;
      return;
    }
    const integer = parseInt64(member.bytes, member.start, member.end);
    if (integer === undefined) throw new TypeError("a member of a compact set is not an integer");
    this.#integers.push(integer);
  }

  /** A member of a sorted set. Redis puts the lowest first if compact, the highest first if not. */
  scored(member: Slice, score: number): void {
    this.#expect(RDB_TYPE.ZSET_2, RDB_TYPE.ZSET_LISTPACK);
    if (this.#type === RDB_TYPE.ZSET_2) {
      this.#output.string(member);
      this.#output.double(score);
      this.#count++;
      return;
    }
    this.#packed.append(member.bytes, member.start, member.end);
    this.#packed.append(this.#text, 0, this.#writeScore(score));
  }

  /**
   * A field of a hash.
   *
   * @param expiresAtMs When it expires, 0 for never; not before the form's `earliestExpiryMs`.
   */
  field(field: Slice, value: Slice, expiresAtMs = 0): void {
    this.#expect(RDB_TYPE.HASH, RDB_TYPE.HASH_LISTPACK, RDB_TYPE.HASH_EXPIRY);
    if (this.#type === RDB_TYPE.HASH_LISTPACK) {
      this.#packed.append(field.bytes, field.start, field.end);
      this.#packed.append(value.bytes, value.start, value.end);
      return;
    }
    if (this.#type === RDB_TYPE.HASH_EXPIRY) {
      if (expiresAtMs !== 0 && expiresAtMs < this.#earliestExpiryMs) {
        throw new RangeError("a field expires before the earliest one");
      }
      // 0 is taken: the earliest time itself is 1.
      this.#output.length(expiresAtMs === 0 ? 0 : expiresAtMs - this.#earliestExpiryMs + 1);
    }
    this.#output.string(field);
    this.#output.string(value);
    this.#count++;
  }

  /** An element of an array, the lowest index first. */
  indexed(index: ArrayIndex, value: Slice): void {
    this.#expect(RDB_TYPE.ARRAY);
    this.#count++;
    const output = this.#output;
    output.length(index);
    const { bytes, start, end } = value;
    const integer = parseInt64(bytes, start, end);
    if (
      integer !== undefined && integer >= -ARRAY_INTEGER_LIMIT && integer < ARRAY_INTEGER_LIMIT
    ) {
      output.length(ARRAY_TAG.INTEGER);
      output.int64(integer);
      return;
    }
    // Redis looks at a plain string again when it reads it, and finds out by itself whether to keep
    // a decimal fraction as a double; at a small string it does not.
    const isSmall = value.length <= LONGEST_SMALL_STRING && !value.view().includes(POINT);
    output.length(isSmall ? ARRAY_TAG.SMALL_STRING : ARRAY_TAG.STRING);
    output.string(value);
  }

  /** Takes what a stream consists of. */
  get stream(): StreamWriter {
    this.#expect(RDB_TYPE.STREAM_2, RDB_TYPE.STREAM_5);
    return this.#stream;
  }

  /** Ends the payload. The slice is valid until the next `begin`. */
  finish(): Slice {
    const output = this.#output;
    if (this.#type === RDB_TYPE.QUICKLIST_2) this.#flushNode();
    else if (this.#isStream) this.#count = this.#stream.nodes;
    else if (this.#type === RDB_TYPE.SET_INTSET) this.#writeIntset();
    else if (this.#packed.count > 0) output.string(this.#packed.finish());
    if (output.at === HEAD_SIZE) throw new TypeError("a payload without elements");
    const start = HEAD_SIZE - this.#writeHead();
    output.bytes.set(this.#head.subarray(0, HEAD_SIZE - start), start);
    output.reserve(FOOTER_SIZE);
    const { bytes, at } = output;
    bytes[at] = versionOf(this.#type);
    bytes[at + 1] = 0;
    this.#crc.reset().update(bytes, start, at + 2).writeTo(bytes, at + 2);
    output.at += FOOTER_SIZE;
    return this.#payload.set(bytes, start, output.at);
  }

  get #isStream(): boolean {
    return this.#type === RDB_TYPE.STREAM_2 || this.#type === RDB_TYPE.STREAM_5;
  }

  #expect(...types: readonly number[]): void {
    if (!types.includes(this.#type)) throw new TypeError("an element of another kind of value");
  }

  #flushNode(): void {
    if (this.#packed.count === 0) return;
    this.#output.length(NODE.PACKED);
    this.#output.string(this.#packed.finish());
    this.#packed.reset();
    this.#count++;
  }

  /** Writes a score's text aside and returns its length. */
  #writeScore(score: number): number {
    const text = formatScore(score);
    for (let i = 0; i < text.length; i++) this.#text[i] = text.charCodeAt(i);
    return text.length;
  }

  /** The integers in order, each in the width that the farthest from zero needs. */
  #writeIntset(): void {
    const integers = this.#integers.sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
    const count = integers.length;
    if (count === 0) return;
    const width = Math.max(intsetWidth(integers[0]!), intsetWidth(integers[count - 1]!));
    const set = new Uint8Array(INTSET_HEADER_SIZE + width * count);
    const view = new DataView(set.buffer);
    view.setUint32(0, width, true);
    view.setUint32(4, count, true);
    let at = INTSET_HEADER_SIZE;
    for (const integer of integers) {
      if (width === 2) view.setInt16(at, Number(integer), true);
      else if (width === 4) view.setInt32(at, Number(integer), true);
      else view.setBigInt64(at, BigInt(integer), true);
      at += width;
    }
    this.#output.string(new Slice(set));
  }

  /** Writes what comes before the elements aside and returns its size. */
  #writeHead(): number {
    const head = this.#head;
    head[0] = this.#type;
    let at = 1;
    switch (this.#type) {
      case RDB_TYPE.STRING:
      case RDB_TYPE.SET_INTSET:
      case RDB_TYPE.ZSET_LISTPACK:
      case RDB_TYPE.HASH_LISTPACK:
        return at;
      case RDB_TYPE.HASH_EXPIRY:
        for (let rest = this.#earliestExpiryMs; at < 9; rest = Math.floor(rest / 256)) {
          head[at++] = rest % 256;
        }
    }
    at = writeLength(this.#count, head, at);
    if (this.#type !== RDB_TYPE.ARRAY) return at;
    const last = this.#lastInserted;
    head[at] = last === undefined ? 0 : 1;
    return last === undefined ? at + 1 : writeLength(last, head, at + 1);
  }
}

function typeOf(kind: DumpKind, form: DumpForm): number {
  const { compact, earliestExpiryMs, whole } = form;
  switch (kind) {
    case "string":
      return RDB_TYPE.STRING;
    case "list":
      return RDB_TYPE.QUICKLIST_2;
    case "set":
      return compact ? RDB_TYPE.SET_INTSET : RDB_TYPE.SET;
    case "zset":
      return compact ? RDB_TYPE.ZSET_LISTPACK : RDB_TYPE.ZSET_2;
    case "hash":
      if (earliestExpiryMs !== undefined) return RDB_TYPE.HASH_EXPIRY;
      return compact ? RDB_TYPE.HASH_LISTPACK : RDB_TYPE.HASH;
    case "array":
      return RDB_TYPE.ARRAY;
    case "stream":
      return whole ? RDB_TYPE.STREAM_5 : RDB_TYPE.STREAM_2;
  }
}

/** The lowest version of Redis's that has the layout. */
function versionOf(type: number): number {
  switch (type) {
    case RDB_TYPE.HASH_EXPIRY:
      return VERSION_WITH_FIELD_EXPIRY;
    case RDB_TYPE.STREAM_5:
    case RDB_TYPE.ARRAY:
      return VERSION_WITH_ARRAYS;
    default:
      return VERSION_WRITTEN;
  }
}

function intsetWidth(value: number | bigint): number {
  if (value >= -0x8000 && value <= 0x7fff) return 2;
  return value >= -0x80000000 && value <= 0x7fffffff ? 4 : 8;
}
