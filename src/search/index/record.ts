/**
 * What is indexed of one document, as bytes for `search_records` and, in the same go, as entries for
 * the lists in memory: kinds in any order, each followed by the count of its terms, each of these by
 * its size, its bytes, the size of its entry and the entry (kinds.ts).
 *
 * @module
 */

import { ByteWriter } from "./bytes.ts";
import { WORDS } from "./kinds.ts";
import type { Pending, PendingList } from "./pending.ts";

const encoder = new TextEncoder();

/** A term of texts as its index meets it: what the document at hand has of it, and its pending list. */
export class Term {
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** The terms of the same word: its stem, its sound, its synonyms. */
  others: readonly Term[] | undefined;
  /** Whether it is in the document at hand. */
  met = false;
  frequency = 0;
  mask = 0;
  /** Where its first and its last position are among those of the document; 0 for none. */
  first = 0;
  last = 0;
  #pending: Pending | undefined;
  #list: PendingList | undefined;

  constructor(readonly text: string) {
    this.bytes = encoder.encode(text);
  }

  /** Its list among pending ones. */
  list(pending: Pending): PendingList {
    if (this.#pending === pending && this.#list !== undefined) return this.#list;
    this.#pending = pending;
    return this.#list = pending.list(WORDS, this.text);
  }
}

/**
 * Where the terms of one document stand: for each a chain through one array, in pairs of a position and
 * where the next pair is.
 */
export class Positions {
  #pairs = new Int32Array(1024);
  // 0 ends a chain.
  #length = 2;

  /** Takes over the next document. */
  clear(): void {
    this.#length = 2;
  }

  /** Adds a position of a term, after those it has. */
  add(term: Term, position: number): void {
    const at = this.#length;
    if (at === this.#pairs.length) {
      const more = new Int32Array(2 * at);
      more.set(this.#pairs);
      this.#pairs = more;
    }
    const pairs = this.#pairs;
    pairs[at] = position;
    pairs[at + 1] = 0;
    if (term.first === 0) term.first = at;
    else pairs[term.last + 1] = at;
    term.last = at;
    this.#length = at + 2;
  }

  /** Writes those of a term, each as the distance from the one before. */
  writeTo(writer: ByteWriter, term: Term): void {
    const pairs = this.#pairs;
    let before = 0;
    for (let at = term.first; at !== 0; at = pairs[at + 1]!) {
      const position = pairs[at]!;
      writer.varint(position - before);
      before = position;
    }
  }
}

/** Builds one record after the other. */
export class RecordBuilder {
  /** The record. */
  readonly writer: ByteWriter = new ByteWriter(4096);
  /** Of each entry that is not of a word: kind, start and end. */
  readonly #places: number[] = [];
  readonly #names: string[] = [];
  /** Words, and of each entry of one start and end. */
  readonly #words: Term[] = [];
  #wordPlaces = new Int32Array(1024);
  #wordCount = 0;
  readonly #entry = new ByteWriter(256);
  #kind = 0;

  /** Begins a record. */
  begin(): void {
    this.writer.length = 0;
    this.#places.length = this.#names.length = 0;
    this.#wordCount = 0;
  }

  /** Begins the terms of a kind, of which so many follow. */
  kind(kind: number, terms: number): void {
    this.writer.varint(kind);
    this.writer.varint(terms);
    this.#kind = kind;
  }

  /** Adds a term. @param write Writes what the kind tells of the document. */
  term(name: string, write?: (entry: ByteWriter) => void): void {
    const entry = this.#entry;
    entry.length = 0;
    write?.(entry);
    const bytes = encoder.encode(name);
    const start = this.#append(bytes, entry);
    this.#places.push(this.#kind, start, this.writer.length);
    this.#names.push(name);
  }

  /** Adds a word. @param positions Where it stands, if that is kept. */
  word(term: Term, frequency: number, mask: number, positions: Positions | undefined): void {
    const { writer } = this;
    writer.varint(term.bytes.length);
    writer.append(term.bytes, 0, term.bytes.length);
    // Sizes come before what they are of, and most take one byte.
    writer.reserve(2);
    const entryAt = writer.length++;
    writer.varint(frequency);
    writer.varint(mask);
    writer.reserve(1);
    const positionsAt = writer.length++;
    positions?.writeTo(writer, term);
    writer.putSize(positionsAt);
    const start = writer.putSize(entryAt);
    const count = this.#wordCount++;
    if (2 * count === this.#wordPlaces.length) {
      const more = new Int32Array(4 * count);
      more.set(this.#wordPlaces);
      this.#wordPlaces = more;
    }
    this.#wordPlaces[2 * count] = start;
    this.#wordPlaces[2 * count + 1] = writer.length;
    this.#words[count] = term;
  }

  /** Writes a term and its entry. @returns Where the entry begins. */
  #append(name: Uint8Array, entry: ByteWriter): number {
    const { writer } = this;
    writer.varint(name.length);
    writer.append(name, 0, name.length);
    writer.varint(entry.length);
    const start = writer.length;
    writer.append(entry.bytes, 0, entry.length);
    return start;
  }

  /** Adds the record's entries to lists in memory. */
  addTo(pending: Pending, number: number): void {
    const { bytes } = this.writer;
    const places = this.#places, wordPlaces = this.#wordPlaces;
    for (let i = 0; i < this.#wordCount; i++) {
      const list = this.#words[i]!.list(pending);
      list.add(number, bytes, wordPlaces[2 * i]!, wordPlaces[2 * i + 1]!);
    }
    for (let i = 0; i < this.#names.length; i++) {
      const kind = places[3 * i]!;
      pending.add(kind, this.#names[i]!, number, bytes, places[3 * i + 1]!, places[3 * i + 2]!);
    }
    pending.noted(number);
  }
}
