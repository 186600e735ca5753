/**
 * Strings as arrays of bits; bit 0 is the highest of the first byte. What looks at many bits goes
 * over a string in blocks, so that a long one is never in memory whole, and over a block in words
 * of 32 bits: BITCOUNT of 512 MB takes 0.3 s.
 *
 * @module
 */

import type { Keyspace } from "../keys/keyspace.ts";
import { CHUNK_SIZE, ENCODING, TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";
import type { StringValue } from "./string_value.ts";
import type { Strings } from "./strings.ts";

/** Bytes looked at in one go: whole chunks, so that each is read once. */
const BLOCK_SIZE = 8 * CHUNK_SIZE;

const oneByte = new Slice(new Uint8Array(1));

/**
 * Sets or clears a bit, growing the string with zeros as needed.
 *
 * @returns The bit before.
 * @throws {CommandError} WRONGTYPE
 */
export function setBit(
  strings: Strings,
  db: number,
  key: Slice,
  offset: number,
  bit: 0 | 1,
): 0 | 1 {
  const exists = strings.findForChange(db, key);
  const index = Math.floor(offset / 8);
  const byte = exists ? strings.byteAt(index) : 0;
  const mask = 0x80 >> (offset & 7);
  const before = (byte & mask) === 0 ? 0 : 1;
  const changes = !exists || before !== bit || index >= strings.loaded().length;
  // A string that stays as it is becomes `raw` all the same, without an event.
  if (changes || strings.encodingName() !== "raw") {
    oneByte.bytes[0] = bit === 1 ? byte | mask : byte & ~mask;
    strings.write(db, key, index, oneByte, changes ? "setbit" : undefined);
  }
  return before;
}

/** The bit at `offset`; 0 where there is no string. @throws {CommandError} WRONGTYPE */
export function getBit(strings: Strings, db: number, key: Slice, offset: number): 0 | 1 {
  if (strings.get(db, key) === undefined) return 0;
  return (strings.byteAt(Math.floor(offset / 8)) & (0x80 >> (offset & 7))) === 0 ? 0 : 1;
}

/** How many bits are set from bit `first` to bit `last`, both in the string. Narrows the value. */
export function countBits(value: StringValue, first: number, last: number): number {
  value.narrow(Math.floor(first / 8), Math.floor(last / 8) + 1);
  const { length } = value;
  let count = 0;
  forEachBlock(value, (bytes, start, end, position) => {
    count += populationCount(bytes, start, end);
    if (position === 0) count -= BITS_SET[bytes[start]! & ~(0xff >> (first & 7))]!;
    if (position + end - start === length) {
      count -= BITS_SET[bytes[end - 1]! & (0x7f >> (last & 7))]!;
    }
    return true;
  });
  return count;
}

/**
 * The first bit like `bit` from bit `first` to bit `last`, both in the string. Narrows the value.
 *
 * @returns -1 if there is none.
 */
export function findBit(value: StringValue, bit: 0 | 1, first: number, last: number): number {
  const firstByte = Math.floor(first / 8);
  value.narrow(firstByte, Math.floor(last / 8) + 1);
  // A byte without the bit that is sought; exclusive-or with it leaves the bits that are.
  const other = bit === 1 ? 0 : 0xff;
  let found = -1;
  forEachBlock(value, (bytes, start, end, position) => {
    let index = start;
    let hits = 0;
    if (position === 0) hits = (bytes[index++]! ^ other) & (0xff >> (first & 7));
    if (hits === 0) {
      index = indexOfOtherByte(bytes, index, end, other);
      if (index === end) return true;
      hits = bytes[index]! ^ other;
    } else {
      index = start;
    }
    found = (firstByte + position + index - start) * 8 + Math.clz32(hits) - 24;
    return false;
  });
  return found > last ? -1 : found;
}

/**
 * Shows a value's bytes block by block.
 *
 * @param visit Gets `bytes[start, end)` and their position in the value; false ends it.
 */
function forEachBlock(
  value: StringValue,
  visit: (bytes: Uint8Array, start: number, end: number, position: number) => boolean,
): void {
  const { id, offset, length, slice } = value;
  if (id === 0) {
    if (length > 0) visit(slice.bytes, slice.start, slice.end, 0);
    return;
  }
  const block = new Uint8Array(Math.min(length, BLOCK_SIZE));
  const end = offset + length;
  for (let at = offset; at < end; at = value.offset + value.length) {
    value.offset = at;
    value.length = Math.min(end, (Math.floor(at / BLOCK_SIZE) + 1) * BLOCK_SIZE) - at;
    value.copyInto(block, 0);
    if (!visit(block, 0, value.length, at - offset)) return;
  }
}

const BITS_SET = Uint8Array.from({ length: 256 }, (_, byte) => bitsSetInWord(byte));

function bitsSetInWord(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits set in `bytes[start, end)`. */
function populationCount(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  const aligned = Math.min(end, start + (-(bytes.byteOffset + start) & 3));
  for (let i = start; i < aligned; i++) count += BITS_SET[bytes[i]!]!;
  const words = wordsOf(bytes, aligned, end);
  for (let i = 0; i < words.length; i++) count += bitsSetInWord(words[i]!);
  for (let i = aligned + 4 * words.length; i < end; i++) count += BITS_SET[bytes[i]!]!;
  return count;
}

/** Index of the first byte in `bytes[start, end)` that is not `byte`, 0 or 255; `end` if none. */
function indexOfOtherByte(bytes: Uint8Array, start: number, end: number, byte: number): number {
  const aligned = Math.min(end, start + (-(bytes.byteOffset + start) & 3));
  for (let i = start; i < aligned; i++) if (bytes[i] !== byte) return i;
  const words = wordsOf(bytes, aligned, end);
  const word = byte === 0 ? 0 : -1;
  let index = 0;
  while (index < words.length && words[index] === word) index++;
  for (let i = aligned + 4 * index; i < end; i++) if (bytes[i] !== byte) return i;
  return end;
}

const NO_WORDS = new Int32Array(0);

/** The whole words in `bytes[start, end)`, of which the start is aligned. */
function wordsOf(bytes: Uint8Array, start: number, end: number): Int32Array {
  if (end - start < 4) return NO_WORDS;
  return new Int32Array(bytes.buffer, bytes.byteOffset + start, (end - start) >> 2);
}

/** What BITOP does to bits. X is the first string, the others count after it. */
export type BitOperation =
  /** Set in all. */
  | "AND"
  /** Set in any. */
  | "OR"
  /** Set in an odd number of them. */
  | "XOR"
  /** Not set in X. */
  | "NOT"
  /** Set in X and in no other. */
  | "DIFF"
  /** Set in another and not in X. */
  | "DIFF1"
  /** Set in X and in another. */
  | "ANDOR"
  /** Set in exactly one. */
  | "ONE";

/** A string that stays at hand while others are looked up: its chunks' id, or a copy of its bytes. */
export interface BitSource {
  /** Id of the chunks, 0 if the bytes are here. */
  readonly id: number;
  /** Size in bytes. */
  readonly length: number;
  /** The bytes, if they are here. */
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** Keeps a string for {@linkcode combineBits}; an absent one is empty. @throws {CommandError} WRONGTYPE */
export function bitSource(strings: Strings, db: number, key: Slice): BitSource {
  const value = strings.get(db, key);
  if (value === undefined) return { id: 0, length: 0, bytes: NO_BYTES };
  const { id, length } = value;
  return { id, length, bytes: id === 0 ? value.slice.copy() : NO_BYTES };
}

/**
 * Combines strings bit by bit, shorter ones continued with zeros, and sets the outcome over
 * whatever is at the destination: a string as long as the longest, or nothing if all are empty.
 *
 * @returns The length of the outcome in bytes.
 */
export function combineBits(
  { strings, keyspace }: { readonly strings: Strings; readonly keyspace: Keyspace },
  db: number,
  operation: BitOperation,
  destination: Slice,
  sources: readonly BitSource[],
): number {
  const length = sources.reduce((longest, source) => Math.max(longest, source.length), 0);
  if (length === 0) {
    keyspace.delete(db, destination);
    return 0;
  }
  const combiner = new Combiner(strings, operation, sources, Math.min(length, CHUNK_SIZE));
  if (length <= CHUNK_SIZE) {
    combiner.fill(0, length);
    keyspace.find(db, destination);
    strings.replace(db, destination, combiner.piece, 0, ENCODING.RAW);
  } else {
    const id = keyspace.databases.newId();
    for (let offset = 0; offset < length; offset += CHUNK_SIZE) {
      const size = Math.min(CHUNK_SIZE, length - offset);
      // An absent chunk stands for zeros, but for the last.
      const needed = combiner.fill(offset, size) || offset + size === length;
      if (needed) strings.chunks.write(id, 0, offset, combiner.piece);
    }
    strings.setChunks(db, destination, id, length);
  }
  keyspace.stored(db, destination, TYPE.STRING, "set");
  return length;
}

/** Computes the outcome of a bit operation piece by piece. */
class Combiner {
  /** The bytes last computed. */
  readonly piece: Slice;
  readonly #value: StringValue;
  readonly #operation: BitOperation;
  readonly #sources: readonly BitSource[];
  readonly #words: Int32Array;
  readonly #operand: Slice;
  readonly #operandWords: Int32Array;
  /** ONE's bits that were set more than once. */
  readonly #repeated: Int32Array;

  constructor(
    strings: Strings,
    operation: BitOperation,
    sources: readonly BitSource[],
    size: number,
  ) {
    const words = Math.ceil(size / 4);
    this.#value = strings.value;
    this.#operation = operation;
    this.#sources = sources;
    this.#words = new Int32Array(words);
    this.#operandWords = new Int32Array(words);
    this.#repeated = new Int32Array(operation === "ONE" ? words : 0);
    this.piece = new Slice(new Uint8Array(this.#words.buffer), 0, size);
    this.#operand = new Slice(new Uint8Array(this.#operandWords.buffer));
  }

  /** Computes `size` bytes from `offset` on into {@linkcode piece}. @returns Whether any is not 0. */
  fill(offset: number, size: number): boolean {
    const sources = this.#sources;
    const words = this.#words;
    const operand = this.#operandWords;
    // DIFF, DIFF1 and ANDOR take X last, against all others OR-ed.
    const withX = this.#operation === "DIFF" || this.#operation === "DIFF1" ||
      this.#operation === "ANDOR";
    const first = withX ? 1 : 0;
    this.#read(sources[first]!, offset, size, this.piece.bytes);
    this.#repeated.fill(0);
    for (let i = first + 1; i < sources.length; i++) {
      this.#read(sources[i]!, offset, size, this.#operand.bytes);
      this.#combine(withX ? "OR" : this.#operation, words, operand);
    }
    if (withX) this.#read(sources[0]!, offset, size, this.#operand.bytes);
    if (withX || this.#operation === "NOT") this.#combine(this.#operation, words, operand);
    if (this.#operation === "ONE") {
      for (let i = 0; i < words.length; i++) words[i]! &= ~this.#repeated[i]!;
    }
    this.piece.end = size;
    return indexOfOtherByte(this.piece.bytes, 0, size, 0) < size;
  }

  #combine(operation: BitOperation, words: Int32Array, operand: Int32Array): void {
    const count = words.length;
    switch (operation) {
      case "AND":
      case "ANDOR":
        for (let i = 0; i < count; i++) words[i]! &= operand[i]!;
        break;
      case "OR":
        for (let i = 0; i < count; i++) words[i]! |= operand[i]!;
        break;
      case "XOR":
        for (let i = 0; i < count; i++) words[i]! ^= operand[i]!;
        break;
      case "NOT":
        for (let i = 0; i < count; i++) words[i] = ~words[i]!;
        break;
      case "DIFF":
        for (let i = 0; i < count; i++) words[i] = operand[i]! & ~words[i]!;
        break;
      case "DIFF1":
        for (let i = 0; i < count; i++) words[i]! &= ~operand[i]!;
        break;
      case "ONE":
        for (let i = 0; i < count; i++) {
          this.#repeated[i]! |= words[i]! & operand[i]!;
          words[i]! |= operand[i]!;
        }
        break;
    }
  }

  /** Reads `size` bytes of a source from `offset` on, zeros past its end. */
  #read(source: BitSource, offset: number, size: number, target: Uint8Array): void {
    const length = Math.max(0, Math.min(size, source.length - offset));
    if (source.id === 0) {
      target.set(source.bytes.subarray(offset, offset + length));
    } else {
      const value = this.#value;
      value.id = source.id;
      value.offset = offset;
      value.length = length;
      value.copyInto(target, 0);
    }
    target.fill(0, length, size);
  }
}
