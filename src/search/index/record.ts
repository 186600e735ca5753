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
  readonly positions: number[] = [];
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

/** Builds one record after the other. */
export class RecordBuilder {
  /** The record. */
  readonly writer: ByteWriter = new ByteWriter(4096);
  /** Of each entry that is not of a word: kind, start and end. */
  readonly #places: number[] = [];
  readonly #names: string[] = [];
  /** Of each entry of a word: start and end. */
  readonly #wordPlaces: number[] = [];
  readonly #words: Term[] = [];
  readonly #entry = new ByteWriter(256);
  #kind = 0;

  /** Begins a record. */
  begin(): void {
    this.writer.length = 0;
    this.#places.length = this.#names.length = 0;
    this.#wordPlaces.length = this.#words.length = 0;
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

  /** Adds a word. @param offsets Whether its positions are kept. */
  word(term: Term, frequency: number, mask: number, offsets: boolean): void {
    const entry = this.#entry;
    const { positions, bytes: name } = term;
    // A position takes five bytes at most, and so do the numbers before them.
    entry.length = 0;
    entry.reserve(5 * positions.length + 24);
    entry.varint(frequency);
    entry.varint(mask);
    const sizeAt = entry.length;
    entry.length++;
    if (offsets) {
      const { bytes } = entry;
      let at = sizeAt + 1, before = 0;
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        let distance = position - before;
        before = position;
        while (distance > 0x7f) {
          bytes[at++] = (distance & 0x7f) | 0x80;
          distance >>>= 7;
        }
        bytes[at++] = distance;
      }
      entry.length = at;
    }
    const size = entry.length - sizeAt - 1;
    if (size < 128) {
      entry.bytes[sizeAt] = size;
    } else {
      // The size takes more than the one byte that was left for it.
      const kept = entry.bytes.slice(sizeAt + 1, entry.length);
      entry.length = sizeAt;
      entry.varint(size);
      entry.append(kept, 0, size);
    }
    const start = this.#append(name, entry);
    this.#wordPlaces.push(start, this.writer.length);
    this.#words.push(term);
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
    let grown = 0;
    for (let i = 0; i < this.#words.length; i++) {
      const list = this.#words[i]!.list(pending);
      grown += list.add(number, bytes, wordPlaces[2 * i]!, wordPlaces[2 * i + 1]!);
    }
    pending.bytes += grown;
    for (let i = 0; i < this.#names.length; i++) {
      const kind = places[3 * i]!;
      pending.add(kind, this.#names[i]!, number, bytes, places[3 * i + 1]!, places[3 * i + 2]!);
    }
    pending.noted(number);
  }
}
