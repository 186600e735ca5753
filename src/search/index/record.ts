/**
 * What is indexed of one document, as bytes for `search_records` and, in the same go, as entries for
 * the lists in memory: kinds in any order, each followed by the count of its terms, each of these by
 * its size, its bytes, the size of its entry and the entry (kinds.ts).
 *
 * @module
 */

import { ByteWriter } from "./bytes.ts";
import { putWideMask, WIDE } from "./field_mask.ts";
import { WORDS } from "./kinds.ts";
import type { Pending } from "./pending.ts";
import { TERM, type Vocabulary } from "./vocabulary.ts";

/** Bytes of a word's entry at most, without its name and its positions: five integers and a mask. */
const ENTRY_BYTES = 56;
/** Bytes of a position at most. */
const POSITION_BYTES = 5;

/**
 * The terms of one document, as rows of a vocabulary, and where they stand: for each term a chain through
 * one array, in pairs of a position and where the next pair is.
 */
export class DocumentTerms {
  /** The rows of the terms, in the order they were met in. */
  rows: Int32Array = new Int32Array(512);
  count = 0;
  /** Pairs; 0 ends a chain. */
  pairs: Int32Array = new Int32Array(1024);
  pairsEnd = 2;
  /** Bytes that their entries take at most. */
  room = 0;
  /** Whether there are more fields than a number has bits for. */
  readonly isWide: boolean;

  /** @param textFields How many fields there may be. */
  constructor(textFields: number) {
    this.isWide = 2 ** textFields > WIDE;
  }

  /** Begins with the next document. */
  begin(vocabulary: Vocabulary): void {
    this.count = this.room = 0;
    this.pairsEnd = 2;
    vocabulary.document++;
  }

  /** Adds an occurrence of a term. @param bit The field it is in. */
  add(
    vocabulary: Vocabulary,
    row: number,
    frequency: number,
    bit: number,
    position: number,
  ): void {
    const { rows, document } = vocabulary;
    const pair = this.pairsEnd;
    if (pair === this.pairs.length) this.pairs = lengthened(this.pairs);
    const { pairs } = this;
    if (rows[row + TERM.DOCUMENT] !== document) {
      rows[row + TERM.DOCUMENT] = document;
      rows[row + TERM.FREQUENCY] = rows[row + TERM.FIELDS] = rows[row + TERM.MORE_FIELDS] = 0;
      if (this.isWide) {
        rows[row + TERM.FIELDS_3] = rows[row + TERM.FIELDS_4] = rows[row + TERM.FIELDS_5] = 0;
      }
      rows[row + TERM.FIRST] = pair;
      if (this.count === this.rows.length) this.rows = lengthened(this.rows);
      this.rows[this.count++] = row;
      this.room += ENTRY_BYTES + rows[row + TERM.NAME_BYTES]!;
    } else {
      pairs[rows[row + TERM.LAST]! + 1] = pair;
    }
    rows[row + TERM.FREQUENCY]! += frequency;
    if (bit < LOW_BITS) rows[row + TERM.FIELDS]! |= 1 << bit;
    else if (bit < 2 * LOW_BITS) rows[row + TERM.MORE_FIELDS]! |= 1 << bit - LOW_BITS;
    else rows[row + TERM.FIELDS_3 + Math.trunc(bit / LOW_BITS) - 2]! |= 1 << bit % LOW_BITS;
    rows[row + TERM.LAST] = pair;
    pairs[pair] = position;
    pairs[pair + 1] = 0;
    this.pairsEnd = pair + 2;
    this.room += POSITION_BYTES;
  }
}

/** Fields whose bits are in one integer. */
const LOW_BITS = 31;
const LOW_BITS_WIDE = BigInt(LOW_BITS);
/** What the second integer is below where a number has the bits of both. */
const NUMBERED_MORE = 2 ** (53 - LOW_BITS);

function lengthened(array: Int32Array): Int32Array {
  const more = new Int32Array(2 * array.length);
  more.set(array);
  return more;
}

/** What of words an index keeps. */
export interface KeptOfWords {
  /** Where they stand. */
  readonly offsets: boolean;
  /** How often. */
  readonly frequencies: boolean;
  /** In which fields. */
  readonly fieldMasks: boolean;
}

/** Builds one record after the other. */
export class RecordBuilder {
  /** The record. */
  readonly writer: ByteWriter = new ByteWriter(4096);
  /** Of each entry that is not of a word: kind, start and end of its name, start and end of itself. */
  readonly #places: number[] = [];
  readonly #name = new ByteWriter(256);
  #vocabulary: Vocabulary | undefined;
  /** Of each word: its row, and start and end of its entry. */
  #words = new Int32Array(1536);
  #wordsEnd = 0;
  readonly #entry = new ByteWriter(256);
  #kind = 0;

  /** Begins a record. */
  begin(): void {
    this.writer.length = this.#wordsEnd = 0;
    this.#places.length = 0;
  }

  /** Begins the terms of a kind, of which so many follow. */
  kind(kind: number, terms: number): void {
    this.writer.varint(kind);
    this.writer.varint(terms);
    this.#kind = kind;
  }

  /** Adds a term. @param write Writes what the kind tells of the document. */
  term(name: string, write?: (entry: ByteWriter) => void): void {
    const entry = this.#entry, bytes = this.#name;
    entry.length = bytes.length = 0;
    write?.(entry);
    bytes.text(name);
    const { writer } = this;
    writer.varint(bytes.length);
    const nameStart = writer.length;
    writer.append(bytes.bytes, 0, bytes.length);
    const nameEnd = writer.length;
    writer.varint(entry.length);
    const start = writer.length;
    writer.append(entry.bytes, 0, entry.length);
    this.#places.push(this.#kind, nameStart, nameEnd, start, writer.length);
  }

  /** Adds the document's words. @returns How often it has the most frequent one. */
  words(vocabulary: Vocabulary, terms: DocumentTerms, kept: KeptOfWords): number {
    const { count, pairs } = terms;
    if (count === 0) return 0;
    const { writer } = this;
    this.kind(WORDS, count);
    writer.reserve(terms.room);
    this.#vocabulary = vocabulary;
    if (this.#words.length < 3 * count) this.#words = new Int32Array(6 * count);
    this.#wordsEnd = 3 * count;
    const { offsets, frequencies, fieldMasks } = kept;
    const { rows } = vocabulary, names = vocabulary.names.bytes;
    const { bytes } = writer, words = this.#words;
    let at = writer.length, most = 0;
    for (let i = 0; i < count; i++) {
      const row = terms.rows[i]!;
      const nameBytes = rows[row + TERM.NAME_BYTES]!;
      at = putVarint(bytes, at, nameBytes);
      const name = rows[row + TERM.NAME]!;
      for (let j = 0; j < nameBytes; j++) bytes[at++] = names[name + j]!;
      // Sizes come before what they are of, and most take one byte.
      const sizeAt = at++;
      const frequency = rows[row + TERM.FREQUENCY]!;
      if (frequency > most) most = frequency;
      at = putVarint(bytes, at, frequencies ? frequency : 1);
      const more = rows[row + TERM.MORE_FIELDS]!;
      if (!fieldMasks) bytes[at++] = 0;
      else if (terms.isWide && isWide(rows, row)) {
        at = putWideMask(bytes, at, wideMask(rows, row));
      } else if (more === 0) at = putVarint(bytes, at, rows[row + TERM.FIELDS]!);
      else at = putLarge(bytes, at, more * 2 ** LOW_BITS + rows[row + TERM.FIELDS]!);
      const positionsAt = at++;
      if (offsets) {
        let before = 0;
        for (let pair = rows[row + TERM.FIRST]!; pair !== 0; pair = pairs[pair + 1]!) {
          const position = pairs[pair]!;
          at = putVarint(bytes, at, position - before);
          before = position;
        }
      }
      at = putSize(bytes, positionsAt, at);
      const end = putSize(bytes, sizeAt, at);
      words[3 * i] = row;
      words[3 * i + 1] = sizeAt + 1 + end - at;
      words[3 * i + 2] = at = end;
    }
    writer.length = at;
    return most;
  }

  /** Adds the record's entries to lists in memory. */
  addTo(pending: Pending, number: number): void {
    const { bytes } = this.writer;
    const places = this.#places, words = this.#words;
    for (let i = 0; i < this.#wordsEnd; i += 3) {
      const list = this.#list(pending, words[i]!);
      pending.append(list, number, bytes, words[i + 1]!, words[i + 2]!);
    }
    for (let i = 0; i < places.length; i += 5) {
      const list = pending.list(places[i]!, bytes, places[i + 1]!, places[i + 2]!);
      pending.append(list, number, bytes, places[i + 3]!, places[i + 4]!);
    }
  }

  /** The list of a word's row. */
  #list(pending: Pending, row: number): number {
    const { rows, names } = this.#vocabulary!;
    if (rows[row + TERM.LISTS] === pending.id) return rows[row + TERM.LIST]!;
    rows[row + TERM.LISTS] = pending.id;
    const name = rows[row + TERM.NAME]!;
    const end = name + rows[row + TERM.NAME_BYTES]!;
    return rows[row + TERM.LIST] = pending.list(WORDS, names.bytes, name, end);
  }
}

/** Whether a term is in fields beyond those that a number has the bits of. */
function isWide(rows: Int32Array, row: number): boolean {
  return rows[row + TERM.MORE_FIELDS]! >= NUMBERED_MORE ||
    (rows[row + TERM.FIELDS_3]! | rows[row + TERM.FIELDS_4]! | rows[row + TERM.FIELDS_5]!) !== 0;
}

/** The bits of all fields that have the term of a row. */
function wideMask(rows: Int32Array, row: number): bigint {
  let mask = 0n;
  for (let part: number = TERM.FIELDS_5; part >= TERM.FIELDS_3; part--) {
    mask = mask << LOW_BITS_WIDE | BigInt(rows[row + part]!);
  }
  mask = mask << LOW_BITS_WIDE | BigInt(rows[row + TERM.MORE_FIELDS]!);
  return mask << LOW_BITS_WIDE | BigInt(rows[row + TERM.FIELDS]!);
}

/** Writes an integer below 2^31. @returns Where it ends. */
function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** The same up to 2^53. */
function putLarge(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7fffffff) {
    bytes[at++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  return putVarint(bytes, at, value);
}

/**
 * Puts in, at a byte that was left for it, how many bytes follow that up to `end`.
 *
 * @returns Where they end, having made room for more than the one byte.
 */
function putSize(bytes: Uint8Array, at: number, end: number): number {
  const size = end - at - 1;
  if (size < 0x80) {
    bytes[at] = size;
    return end;
  }
  let more = 1;
  while (size >= 2 ** (7 * (more + 1))) more++;
  bytes.copyWithin(at + 1 + more, at + 1, end);
  putVarint(bytes, at, size);
  return end + more;
}
