/**
 * What was indexed and is in no stored list yet, in memory: lists by kind and term. It says the same
 * as the rows of `search_records`, by which it is made again.
 *
 * @module
 */

import { ABSENT, ByteTable, hashOf } from "../text/byte_table.ts";
import { ByteReader } from "./bytes.ts";

/** Bytes of the pool at the start, of a list's first piece of it and of its largest ones. */
const POOL_BYTES = 1 << 14;
const FIRST_BYTES = 24;
const LARGEST_BYTES = 4096;
/** Bytes of a pool from which on it grows by less. */
const LARGE_BYTES = 1 << 22;
const LARGE_GROWTH = 1.25;
/** Bytes in front of a piece: where the next one is, and how much of this one is taken. */
const PIECE = 8;

/** What is where in the integers that a list begins with; its first piece follows them. */
const LIST = {
  DOCUMENTS: 0,
  /** The number of its last document. */
  LAST: 1,
  /** Bytes of its entries. */
  LENGTH: 2,
  /** The piece that is filled, where its next byte goes and where it ends. */
  PIECE: 3,
  AT: 4,
  END: 5,
} as const;
const LIST_BYTES = 24;
/** Bytes of a term as a text, on the average. */
const TEXT_BYTES = 40;

/** The entries of one term, as in a stored list but that the first has the number itself. */
export interface PendingList {
  readonly documents: number;
  /** The number of the last document. */
  readonly last: number;
  /** Bytes of the entries. */
  readonly length: number;
  /** A copy of the entries. */
  copy(): Uint8Array;
}

let made = 0;

/**
 * Lists by kind and term. All are in one array of bytes, in pieces that follow each other by their
 * headers, beside what is known of a list: an array and an object for each of some ten thousand lists
 * would cost more than what is in it.
 */
export class Pending {
  /** Tells it from all others. */
  readonly id: number = ++made;
  readonly #kinds = new Map<number, ByteTable>();
  readonly #terms = new Map<number, string[]>();
  #bytes = new Uint8Array(POOL_BYTES);
  /** The same, for what is known of lists and pieces. */
  #integers = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** Bytes of memory. */
  get bytes(): number {
    let bytes = this.#used;
    for (const table of this.#kinds.values()) bytes += table.memory;
    for (const terms of this.#terms.values()) bytes += TEXT_BYTES * terms.length;
    return bytes;
  }

  /** The list of a term. */
  find(kind: number, term: string): PendingList | undefined {
    const table = this.#kinds.get(kind);
    if (table === undefined) return undefined;
    const name = encoder.encode(term);
    const list = table.find(name, 0, name.length, hashOf(name, 0, name.length));
    return list === ABSENT ? undefined : this.at(list);
  }

  /** A list by its place. */
  at(list: number): PendingList {
    const integers = this.#integers, at = list >> 2;
    return {
      documents: integers[at + LIST.DOCUMENTS]!,
      last: integers[at + LIST.LAST]!,
      length: integers[at + LIST.LENGTH]!,
      copy: () => this.#copy(list),
    };
  }

  /**
   * Visits all lists of a kind whose terms begin with `prefix`, in the order they were made in, until
   * `visit` returns false.
   *
   * @param from How many lists of the kind are passed over.
   * @returns How many were visited or passed over.
   */
  each(
    kind: number,
    prefix: string,
    visit: (term: string, list: number) => boolean,
    from = 0,
  ): number {
    const table = this.#kinds.get(kind);
    if (table === undefined) return 0;
    const begin = encoder.encode(prefix);
    const { length } = begin;
    return table.each((bytes, start, end, list) => {
      if (end - start < length) return true;
      for (let i = 0; i < length; i++) if (bytes[start + i] !== begin[i]) return true;
      return visit(textOf(bytes, start, end), list);
    }, from);
  }

  /** How many lists of a kind there are. */
  size(kind: number): number {
    return this.#kinds.get(kind)?.size ?? 0;
  }

  /** The terms of a kind; kept, for who asks for all of them does so again and again. */
  terms(kind: number): readonly string[] {
    let terms = this.#terms.get(kind);
    if (terms === undefined) this.#terms.set(kind, terms = []);
    const known = terms;
    this.each(kind, "", (term) => known.push(term) > 0, known.length);
    return known;
  }

  /** The kinds there are lists of. */
  kinds(): IterableIterator<number> {
    return this.#kinds.keys();
  }

  /** The place of the list of a term, `name[start, end)`, made if there is none. */
  list(kind: number, name: Uint8Array, start: number, end: number): number {
    let table = this.#kinds.get(kind);
    if (table === undefined) this.#kinds.set(kind, table = new ByteTable());
    const hash = hashOf(name, start, end);
    const known = table.find(name, start, end, hash);
    if (known !== ABSENT) return known;
    const list = this.#take(LIST_BYTES + PIECE + FIRST_BYTES);
    const integers = this.#integers, at = list >> 2;
    const piece = list + LIST_BYTES;
    integers[at + LIST.PIECE] = piece;
    integers[at + LIST.AT] = piece + PIECE;
    integers[at + LIST.END] = piece + PIECE + FIRST_BYTES;
    table.add(name, start, end, hash, list);
    return list;
  }

  /** Adds a document, none before the last, to a list by its place. */
  append(list: number, number: number, source: Uint8Array, start: number, end: number): void {
    const place = list >> 2;
    let integers = this.#integers;
    let at = integers[place + LIST.AT]!;
    // The distance takes five bytes at most.
    if (at + 5 + end - start > integers[place + LIST.END]!) {
      this.#lengthen(list, 5 + end - start);
      integers = this.#integers;
      at = integers[place + LIST.AT]!;
    }
    const bytes = this.#bytes;
    const from = at, last = integers[place + LIST.LAST]!;
    if (number !== last || integers[place + LIST.DOCUMENTS] === 0) {
      integers[place + LIST.DOCUMENTS]! += 1;
    }
    let distance = number - last;
    while (distance > 0x7f) {
      bytes[at++] = (distance & 0x7f) | 0x80;
      distance >>>= 7;
    }
    bytes[at++] = distance;
    for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    integers[place + LIST.AT] = at;
    integers[place + LIST.LENGTH]! += at - from;
    integers[place + LIST.LAST] = number;
  }

  /** Gives a list a new piece with room for so many bytes. */
  #lengthen(list: number, needed: number): void {
    const place = list >> 2;
    const before = this.#integers[place + LIST.PIECE]!;
    const size = this.#integers[place + LIST.END]! - before - PIECE;
    const next = Math.max(needed, Math.min(2 * size, LARGEST_BYTES));
    const piece = this.#take(PIECE + next);
    const integers = this.#integers;
    integers[before >> 2] = piece;
    integers[(before >> 2) + 1] = integers[place + LIST.AT]! - before - PIECE;
    integers[place + LIST.PIECE] = piece;
    integers[place + LIST.AT] = piece + PIECE;
    integers[place + LIST.END] = piece + PIECE + next;
  }

  /** Takes bytes of the pool, which are 0. @returns Where they begin. */
  #take(size: number): number {
    const at = this.#used;
    this.#used = (at + size + 3) & ~3;
    if (this.#used > this.#bytes.length) {
      const factor = this.#used < LARGE_BYTES ? 2 : LARGE_GROWTH;
      // A multiple of 4 is what integers can lie in.
      const more = new Uint8Array(Math.ceil(factor * this.#used / 4) * 4);
      more.set(this.#bytes);
      this.#bytes = more;
      this.#integers = new Int32Array(more.buffer);
    }
    return at;
  }

  #copy(list: number): Uint8Array {
    const bytes = this.#bytes, integers = this.#integers, place = list >> 2;
    const copy = new Uint8Array(integers[place + LIST.LENGTH]!);
    const last = integers[place + LIST.PIECE]!;
    let to = 0, piece = list + LIST_BYTES;
    while (piece !== last) {
      const size = integers[(piece >> 2) + 1]!, from = piece + PIECE;
      copy.set(bytes.subarray(from, from + size), to);
      to += size;
      piece = integers[piece >> 2]!;
    }
    copy.set(bytes.subarray(piece + PIECE, integers[place + LIST.AT]), to);
    return copy;
  }

  /** Adds all of a document's record. */
  addRecord(number: number, record: Uint8Array): void {
    const reader = new ByteReader(record);
    while (reader.at < record.length) {
      const kind = reader.varint();
      for (let left = reader.varint(); left > 0; left--) {
        const nameEnd = reader.varint() + reader.at;
        const list = this.list(kind, record, reader.at, nameEnd);
        reader.at = nameEnd;
        const size = reader.varint();
        const start = reader.at;
        reader.at = start + size;
        this.append(list, number, record, start, reader.at);
      }
    }
  }
}

const encoder = new TextEncoder();
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
