/**
 * What was indexed and is in no stored list yet, in memory: lists by kind and term. It says the same
 * as the rows of `search_records`, by which it is made again.
 *
 * @module
 */

import { ByteReader } from "./bytes.ts";

/** Bytes of memory that a list takes beside its entries. */
const LIST_BYTES = 160;
/** Bytes of a list's first buffer. */
const FIRST_BYTES = 24;

/** The entries of one term, as in a stored list but that the first has the number itself. */
export class PendingList {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = 0;
  documents = 0;
  last = 0;

  /** Adds a document, none before the last. @returns Bytes that the list has grown by. */
  add(number: number, source: Uint8Array, start: number, end: number): number {
    if (this.documents === 0 || number !== this.last) this.documents++;
    let { bytes, length } = this;
    let grown = 0;
    // The distance takes five bytes at most.
    const needed = length + 5 + end - start;
    if (needed > bytes.length) {
      grown = Math.max(needed, 2 * bytes.length) - bytes.length;
      const larger = new Uint8Array(bytes.length + grown);
      larger.set(bytes);
      this.bytes = bytes = larger;
    }
    let distance = number - this.last;
    while (distance > 0x7f) {
      bytes[length++] = (distance & 0x7f) | 0x80;
      distance >>>= 7;
    }
    bytes[length++] = distance;
    for (let i = start; i < end; i++) bytes[length++] = source[i]!;
    this.length = length;
    this.last = number;
    return grown;
  }
}

/** Lists by kind and term. */
export class Pending {
  /** Documents that were added. */
  documents = 0;
  /** Bytes of memory. */
  bytes = 0;
  /** The number of the last document that was added. */
  last = 0;
  readonly #kinds = new Map<number, Map<string, PendingList>>();

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
    this.bytes += this.list(kind, term).add(number, source, start, end);
  }

  /** The list of a term, made if there is none. */
  list(kind: number, term: string): PendingList {
    let lists = this.#kinds.get(kind);
    if (lists === undefined) this.#kinds.set(kind, lists = new Map());
    let list = lists.get(term);
    if (list === undefined) {
      lists.set(term, list = new PendingList());
      this.bytes += LIST_BYTES + 2 * term.length;
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
