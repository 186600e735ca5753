/**
 * What is indexed of one document, as bytes for `search_records` and, in the same go, as entries for
 * the lists in memory: kinds in any order, each followed by the count of its terms, each of these by
 * its size, its bytes, the size of its entry and the entry (kinds.ts).
 *
 * @module
 */

import { ByteWriter } from "./bytes.ts";
import type { Pending } from "./pending.ts";

/** Builds one record after the other. */
export class RecordBuilder {
  /** The record. */
  readonly writer: ByteWriter = new ByteWriter(4096);
  /** For each entry, what {@linkcode addTo} needs: kind, start and end of the entry. */
  readonly #places: number[] = [];
  readonly #terms: string[] = [];
  readonly #entry = new ByteWriter(256);

  /** Begins a record. */
  begin(): void {
    this.writer.length = 0;
    this.#places.length = 0;
    this.#terms.length = 0;
  }

  /** Begins the terms of a kind, of which so many follow. */
  kind(kind: number, terms: number): void {
    this.writer.varint(kind);
    this.writer.varint(terms);
    this.#kind = kind;
  }
  #kind = 0;

  /** Adds a term. @param write Writes what the kind tells of the document. */
  term(term: string, write?: (entry: ByteWriter) => void): void {
    const entry = this.#entry;
    entry.length = 0;
    write?.(entry);
    this.#append(term, entry);
  }

  /** Adds a word. @param positions Ascending, from 1. */
  word(
    term: string,
    frequency: number,
    mask: number,
    positions: readonly number[],
    offsets: boolean,
  ): void {
    const entry = this.#entry;
    entry.length = 0;
    entry.varint(frequency);
    entry.varint(mask);
    if (!offsets) {
      entry.varint(0);
      return this.#append(term, entry);
    }
    const sizeAt = entry.length;
    entry.varint(0);
    let before = 0;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      entry.varint(position - before);
      before = position;
    }
    const size = entry.length - sizeAt - 1;
    if (size < 128) {
      entry.bytes[sizeAt] = size;
    } else {
      // The size takes more than the one byte that was left for it.
      const bytes = entry.bytes.slice(sizeAt + 1, entry.length);
      entry.length = sizeAt;
      entry.varint(size);
      entry.append(bytes, 0, size);
    }
    this.#append(term, entry);
  }

  #append(term: string, entry: ByteWriter): void {
    const { writer } = this;
    const sizeAt = writer.length;
    writer.varint(0);
    writer.text(term);
    const size = writer.length - sizeAt - 1;
    if (size < 128) {
      writer.bytes[sizeAt] = size;
    } else {
      writer.length = sizeAt;
      writer.varint(size);
      writer.text(term);
    }
    writer.varint(entry.length);
    const start = writer.length;
    writer.append(entry.bytes, 0, entry.length);
    this.#places.push(this.#kind, start, writer.length);
    this.#terms.push(term);
  }

  /** Adds the record's entries to lists in memory. */
  addTo(pending: Pending, number: number): void {
    const places = this.#places;
    const { bytes } = this.writer;
    for (let i = 0; i < this.#terms.length; i++) {
      pending.add(
        places[3 * i]!,
        this.#terms[i]!,
        number,
        bytes,
        places[3 * i + 1]!,
        places[3 * i + 2]!,
      );
    }
    pending.noted(number);
  }
}
