/**
 * Rows of `keys` kept as bytes in memory, so that reading a warm key costs a hash and a compare
 * (0.2 µs) where even a cached SQLite page costs 1 to 2 µs. A row takes a third of what the page
 * cache needs for it: a page brings forty rows of which random reads want one.
 *
 * Records stand one after the other in a ring of fixed size; a new one overwrites the oldest, and
 * an overwritten one is gone from the index (first in, first out: reads write nothing); one that its
 * owner has marked is moved to the front first. The index
 * is set-associative: a hash names a bucket of eight ways, and a full bucket loses its oldest way,
 * unless all have marks: then its neighbour, in the same line of the processor's cache, takes one more.
 * The hash is seeded, but nothing depends on it being hard to attack.
 *
 * The cache is told of every write of ours, and emptied when another process commits and when a
 * turn is rolled back.
 *
 * What a record holds row_record.ts says.
 *
 * @module
 */

import { copyBytes, type Slice } from "../values/slice.ts";
import { hashOfKey } from "./key_hash.ts";
import {
  ACCESSED,
  HEADER,
  KEY_LENGTH,
  LENGTH_MASK,
  POSITION,
  RowRecords,
  SIZE,
  sizeFor,
  SPACE,
} from "./row_record.ts";

/** Sizes of the ring in bytes: offsets into it fit 31 bits. */
const MIN_SIZE = 1 << 16;
const MAX_SIZE = 2 ** 31 - MIN_SIZE;
const WAYS = 8;
/** Bytes of records for each way: a fourth of the usual, so that hardly a bucket is ever full while others are not. */
const BYTES_OF_A_WAY = 32;
/** Records with a mark that are moved, and not given up, to make room for one. */
const MOST_RESCUES = 8;

/** A record that is dead or fills the end of the ring. */
const NOWHERE = -1;

/** Inline strings of recently used keys, and the ids of collections. */
export class RowCache extends RowRecords {
  /** Is told of a marked record that is about to be given up for others. */
  onGivenUp: (record: number) => void = () => {};
  /** Is told of a record of a negative space that is given up for others. */
  onEvicted: (record: number) => void = () => {};
  /** How often everything was forgotten. */
  clears = 0;
  /** Lookups that found their key. */
  hits = 0;
  /** Lookups that did not. */
  misses = 0;
  #tags = new Int32Array(0);
  #offsets = new Int32Array(0);
  #marks = new Int32Array(0);
  #bucketMask = 0;
  readonly #seed: number;
  #head = 0;
  #tail = 0;
  #used = 0;
  /** Records that are put by until there is room for them, and how many are being put back. */
  #rescued: Uint8Array[] = [];
  #rescues = 0;

  /**
   * @param size Bytes for the records; the index takes three eighths of it on top.
   * @param seed Of the hash: 32 bits.
   */
  constructor(size: number, seed: number = (Math.random() * 0x100000000) | 0) {
    super();
    this.#seed = seed;
    this.resize(size);
  }

  /** Gives the records another size, and forgets them all; none may have a mark. */
  resize(size: number): void {
    this.clears++;
    const rounded = Math.min(Math.max(MIN_SIZE, size - size % 8), MAX_SIZE);
    const buffer = new ArrayBuffer(rounded);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    let buckets = 16;
    while (buckets * WAYS * BYTES_OF_A_WAY < rounded) buckets *= 2;
    this.#bucketMask = buckets - 1;
    this.#tags = new Int32Array(buckets * WAYS);
    this.#offsets = new Int32Array(buckets * WAYS).fill(NOWHERE);
    this.#marks = new Int32Array(buckets * WAYS);
    this.#head = this.#tail = this.#used = 0;
  }

  /** @returns The record of a key, or -1. */
  find(space: number, key: Slice): number {
    const record = this.#existing(
      hashOfKey(this.#seed, space, key.bytes, key.start, key.end),
      space,
      key,
    );
    if (record === NOWHERE) this.misses++;
    else this.hits++;
    return record;
  }

  /** As {@linkcode find}, but it is no lookup that counts. */
  peek(space: number, key: Slice): number {
    return this.#existing(hashOfKey(this.#seed, space, key.bytes, key.start, key.end), space, key);
  }

  /** The place in the index that a record has for as long as it is there. */
  way(record: number): number {
    return this.words[(record >> 2) + POSITION]!;
  }

  /** The record of a place in the index. */
  recordOf(way: number): number {
    return this.#offsets[way]!;
  }

  /** A number that the caller has set for a record, 0 at first. */
  mark(record: number): number {
    return this.#marks[this.way(record)]!;
  }

  /**
   * Sets the mark of the record that has a place in the index. One with a mark is not given up without
   * {@linkcode onGivenUp}.
   */
  setMark(way: number, mark: number): void {
    this.#marks[way] = mark;
  }

  /**
   * Records that may be marked, and as many again, with hardly a chance that two neighbours are full of them: one
   * for each bucket.
   */
  get mostMarked(): number {
    return this.#bucketMask + 1;
  }

  /** The mark of the record that has a place in the index. */
  markAt(way: number): number {
    return this.#marks[way]!;
  }

  /** The hash of the record that has a place in the index. */
  hashAt(way: number): number {
    return this.#tags[way]!;
  }

  /** The hash of a key. */
  hashOf(space: number, { bytes, start, end }: Slice): number {
    return hashOfKey(this.#seed, space, bytes, start, end);
  }

  /** Whether a key and a value of some bytes are worth keeping: else {@linkcode reserve} takes them not in. */
  fits(keyLength: number, valueLength: number): boolean {
    return sizeFor(keyLength, valueLength, 1) <= this.bytes.length >> 4 &&
      valueLength <= LENGTH_MASK;
  }

  /**
   * Takes in a key, in place of a record it may have. The value's bytes are for the caller to
   * write: into `bytes` from the record's value on.
   *
   * @param tag A number below 128 of the caller's own.
   * @returns The record, or -1 if it is too large to be worth keeping.
   */
  reserve(
    space: number,
    key: Slice,
    valueLength: number,
    tag: number,
    expiresAtMs: number,
    accessed: number,
  ): number {
    const keyLength = key.end - key.start;
    const size = sizeFor(keyLength, valueLength, expiresAtMs);
    if (!this.fits(keyLength, valueLength)) {
      this.remove(space, key);
      return NOWHERE;
    }
    const hash = hashOfKey(this.#seed, space, key.bytes, key.start, key.end);
    const words = this.words;
    let record = this.#existing(hash, space, key);
    let position: number;
    if (record !== NOWHERE) {
      position = words[(record >> 2) + POSITION]!;
      if (size > words[(record >> 2) + SIZE]!) {
        words[(record >> 2) + POSITION] = NOWHERE;
        this.#offsets[position] = NOWHERE;
        record = NOWHERE;
      }
    } else {
      position = this.#freeWay(hash);
    }
    if (record === NOWHERE) {
      record = this.#allocate(size);
      const word = record >> 2;
      words[word + SIZE] = size;
      words[word + POSITION] = position;
      words[word + KEY_LENGTH] = keyLength;
      copyBytes(key.bytes, key.start, key.end, this.bytes, record + HEADER);
      this.#tags[position] = hash;
      this.#offsets[position] = record;
    }
    const word = record >> 2;
    words[word + SPACE] = space;
    words[word + ACCESSED] = accessed;
    this.describe(record, valueLength, tag, expiresAtMs);
    return record;
  }

  /** Whether a record is still there. */
  holds(record: number): boolean {
    return this.#offsets[this.words[(record >> 2) + POSITION]!] === record;
  }

  /**
   * Gives a record another value, whose bytes are for the caller to write as with {@linkcode reserve}.
   *
   * @returns Whether there is room for it in the record.
   */
  overwrite(
    record: number,
    valueLength: number,
    tag: number,
    expiresAtMs: number,
    accessed: number,
  ): boolean {
    const word = record >> 2, words = this.words;
    const size = sizeFor(words[word + KEY_LENGTH]!, valueLength, expiresAtMs);
    if (size > words[word + SIZE]!) return false;
    words[word + ACCESSED] = accessed;
    this.describe(record, valueLength, tag, expiresAtMs);
    return true;
  }

  /** Forgets a key, whose record may have no mark. */
  remove(space: number, key: Slice): void {
    const hash = hashOfKey(this.#seed, space, key.bytes, key.start, key.end);
    const record = this.#existing(hash, space, key);
    if (record === NOWHERE) return;
    const word = record >> 2;
    this.#offsets[this.words[word + POSITION]!] = NOWHERE;
    this.words[word + POSITION] = NOWHERE;
  }

  /** Forgets everything but marks. */
  clear(): void {
    this.clears++;
    if (this.#used === 0) return;
    this.#offsets.fill(NOWHERE);
    this.#head = this.#tail = this.#used = 0;
  }

  #existing(hash: number, space: number, key: Slice): number {
    const first = (hash & this.#bucketMask) * WAYS;
    const record = this.#inBucket(first, hash, space, key);
    return record === NOWHERE ? this.#inBucket(first ^ WAYS, hash, space, key) : record;
  }

  #inBucket(first: number, hash: number, space: number, key: Slice): number {
    const { bytes, start, end } = key;
    const tags = this.#tags, words = this.words, ring = this.bytes;
    const length = end - start;
    for (let position = first; position < first + WAYS; position++) {
      if (tags[position] !== hash) continue;
      const record = this.#offsets[position]!;
      if (record === NOWHERE) continue;
      const word = record >> 2;
      if (words[word + KEY_LENGTH] !== length || words[word + SPACE] !== space) continue;
      const at = record + HEADER;
      let i = 0;
      while (i < length && ring[at + i] === bytes[start + i]) i++;
      if (i === length) return record;
    }
    return NOWHERE;
  }

  /**
   * A free way of the hash's bucket; if there is none, that of the oldest record without a mark; if there is
   * none, either, one of its neighbour's. Only where all of both have marks one of those is given up.
   */
  #freeWay(hash: number): number {
    const first = (hash & this.#bucketMask) * WAYS;
    let way = this.#oldestOf(first);
    if (this.#marks[way] !== 0 && this.#offsets[way] !== NOWHERE) {
      const other = this.#oldestOf(first ^ WAYS);
      if (this.#marks[other] === 0 || this.#offsets[other] === NOWHERE) way = other;
    }
    const record = this.#offsets[way]!;
    if (record === NOWHERE) return way;
    if (this.#marks[way] !== 0) this.onGivenUp(record);
    if (this.space(record) < 0) this.onEvicted(record);
    this.words[(record >> 2) + POSITION] = NOWHERE;
    this.#offsets[way] = NOWHERE;
    return way;
  }

  /** A free way of a bucket, or that of its oldest record, if it may be without a mark. */
  #oldestOf(first: number): number {
    let oldest = first, age = -Infinity;
    for (let position = first; position < first + WAYS; position++) {
      const record = this.#offsets[position]!;
      if (record === NOWHERE) return position;
      const distance = this.#head - record;
      const recordAge = (distance > 0 ? distance : distance + this.bytes.length) -
        (this.#marks[position] === 0 ? 0 : this.bytes.length);
      if (recordAge > age) {
        age = recordAge;
        oldest = position;
      }
    }
    return oldest;
  }

  #allocate(size: number): number {
    const capacity = this.bytes.length;
    if (this.#head + size > capacity) {
      // The rest of the ring is too short: fill it with a dead record.
      const rest = capacity - this.#head;
      this.#makeRoom(rest);
      if (rest > 0) {
        this.words[this.#head >> 2] = rest;
        this.words[(this.#head >> 2) + POSITION] = NOWHERE;
        this.#used += rest;
      }
      this.#head = 0;
    }
    this.#makeRoom(size);
    const record = this.#head;
    this.#head += size;
    if (this.#head === capacity) this.#head = 0;
    this.#used += size;
    if (this.#rescued.length > 0) this.#putBack();
    return record;
  }

  /** Gives records with a mark that were the oldest a place as the newest. */
  #putBack(): void {
    const rescued = this.#rescued;
    this.#rescued = [];
    this.#rescues += rescued.length;
    for (const bytes of rescued) {
      const record = this.#allocate(bytes.length);
      this.bytes.set(bytes, record);
      this.#offsets[this.way(record)] = record;
    }
    this.#rescues -= rescued.length;
  }

  #makeRoom(size: number): void {
    const words = this.words;
    while (this.bytes.length - this.#used < size) {
      const word = this.#tail >> 2;
      const position = words[word + POSITION]!;
      const length = words[word + SIZE]!;
      if (position !== NOWHERE) {
        const stays = this.#marks[position] !== 0 && this.#rescue(this.#tail, length);
        if (!stays && this.space(this.#tail) < 0) this.onEvicted(this.#tail);
        this.#offsets[position] = NOWHERE;
      }
      this.#used -= length;
      this.#tail += length;
      if (this.#tail >= this.bytes.length) this.#tail = 0;
    }
  }

  /** Puts a record with a mark by, unless there are too many of them in a row. @returns Whether it is. */
  #rescue(record: number, length: number): boolean {
    if (this.#rescues + this.#rescued.length >= MOST_RESCUES) {
      this.onGivenUp(record);
      return false;
    }
    this.#rescued.push(this.bytes.slice(record, record + length));
    return true;
  }
}
