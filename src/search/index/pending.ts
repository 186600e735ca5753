/**
 * What was indexed and is in no stored list yet, in memory: lists by kind and term. It says the same
 * as the rows of `search_records`, by which it is made again.
 *
 * @module
 */

import { ByteReader } from "./bytes.ts";

/** Bytes of memory that a list takes beside its entries. */
const LIST_BYTES = 128;
/** Bytes of a pool at the start, and of a list's first piece of it and its largest ones. */
const POOL_BYTES = 1 << 14;
const FIRST_BYTES = 24;
const LARGEST_BYTES = 4096;
/** Bytes in front of a piece: where the next one is, and how much of this one is taken. */
const HEADER_BYTES = 8;

/**
 * The bytes of all lists, in pieces that follow each other by their headers: an array for each of some
 * ten thousand lists would cost more than what is in it.
 */
class Pool {
  bytes = new Uint8Array(POOL_BYTES);
  /** The same, for headers. */
  integers = new Int32Array(this.bytes.buffer);
  used = 0;

  /** Makes a piece. @returns Where its header is. */
  piece(size: number): number {
    const at = this.used;
    this.used = (at + HEADER_BYTES + size + 3) & ~3;
    if (this.used > this.bytes.length) {
      const more = new Uint8Array(Math.max(2 * this.bytes.length, this.used + POOL_BYTES & ~3));
      more.set(this.bytes);
      this.bytes = more;
      this.integers = new Int32Array(more.buffer);
    }
    return at;
  }
}

/** The entries of one term, as in a stored list but that the first has the number itself. */
export class PendingList {
  length = 0;
  documents = 0;
  last = 0;
  readonly #pool: Pool;
  readonly #first: number;
  /** The piece that is filled, where its next byte goes and where it ends. */
  #piece: number;
  #at: number;
  #end: number;
  #size = FIRST_BYTES;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#first = this.#piece = pool.piece(FIRST_BYTES);
    this.#at = this.#piece + HEADER_BYTES;
    this.#end = this.#at + FIRST_BYTES;
  }

  /** Adds a document, none before the last. */
  add(number: number, source: Uint8Array, start: number, end: number): void {
    if (this.documents === 0 || number !== this.last) this.documents++;
    // The distance takes five bytes at most.
    if (this.#at + 5 + end - start > this.#end) this.#next(5 + end - start);
    const { bytes } = this.#pool;
    const from = this.#at;
    let at = from;
    let distance = number - this.last;
    while (distance > 0x7f) {
      bytes[at++] = (distance & 0x7f) | 0x80;
      distance >>>= 7;
    }
    bytes[at++] = distance;
    for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    this.#at = at;
    this.length += at - from;
    this.last = number;
  }

  #next(needed: number): void {
    const pool = this.#pool, before = this.#piece;
    this.#size = Math.max(needed, Math.min(2 * this.#size, LARGEST_BYTES));
    const piece = this.#piece = pool.piece(this.#size);
    pool.integers[before >> 2] = piece;
    pool.integers[(before >> 2) + 1] = this.#at - before - HEADER_BYTES;
    this.#at = piece + HEADER_BYTES;
    this.#end = this.#at + this.#size;
  }

  /** A copy of the entries. */
  copy(): Uint8Array {
    const { bytes, integers } = this.#pool;
    const copy = new Uint8Array(this.length);
    let to = 0, piece = this.#first;
    while (piece !== this.#piece) {
      const size = integers[(piece >> 2) + 1]!, from = piece + HEADER_BYTES;
      copy.set(bytes.subarray(from, from + size), to);
      to += size;
      piece = integers[piece >> 2]!;
    }
    copy.set(bytes.subarray(piece + HEADER_BYTES, this.#at), to);
    return copy;
  }
}

/** Lists by kind and term. */
export class Pending {
  /** Documents that were added. */
  documents = 0;
  /** The number of the last document that was added. */
  last = 0;
  readonly #kinds = new Map<number, Map<string, PendingList>>();
  readonly #pool = new Pool();
  #listBytes = 0;

  /** Bytes of memory. */
  get bytes(): number {
    return this.#pool.used + this.#listBytes;
  }

  /** The list of a term. */
  find(kind: number, term: string): PendingList | undefined {
    return this.#kinds.get(kind)?.get(term);
  }

  /** All lists of a kind. */
  lists(kind: number): Map<string, PendingList> | undefined {
    return this.#kinds.get(kind);
  }

  /** The kinds there are lists of. */
  kinds(): IterableIterator<number> {
    return this.#kinds.keys();
  }

  /** Adds a document to the list of a term; `source[start, end)` is what the kind tells of it. */
  add(
    kind: number,
    term: string,
    number: number,
    source: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.list(kind, term).add(number, source, start, end);
  }

  /** The list of a term, made if there is none. */
  list(kind: number, term: string): PendingList {
    let lists = this.#kinds.get(kind);
    if (lists === undefined) this.#kinds.set(kind, lists = new Map());
    let list = lists.get(term);
    if (list === undefined) {
      lists.set(term, list = new PendingList(this.#pool));
      this.#listBytes += LIST_BYTES + 2 * term.length;
    }
    return list;
  }

  /** Adds all of a document's record. */
  addRecord(number: number, record: Uint8Array): void {
    const reader = new ByteReader(record);
    while (reader.at < record.length) {
      const kind = reader.varint();
      for (let left = reader.varint(); left > 0; left--) {
        const termEnd = reader.varint() + reader.at;
        const term = textOf(record, reader.at, termEnd);
        reader.at = termEnd;
        const size = reader.varint();
        const start = reader.at;
        reader.at = start + size;
        this.add(kind, term, number, record, start, reader.at);
      }
    }
    this.noted(number);
  }

  /** Notes that all of a document was added. */
  noted(number: number): void {
    this.documents++;
    this.last = number;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `bytes[start, end)` as text; most terms are short and ASCII. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 24) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > 0x7f) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}
