/**
 * Bloom filters that grow: a chain of filters, of which the last takes new items and each next one is
 * larger and errs half as often. Bits are where RedisBloom has them, so that filters move both ways.
 *
 * `keys.value` has the facts of the chain and of its last filter; those of the others, which do not change
 * any more, are rows of their own ({@linkcode LINKS}). The bits of each begin with a block.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { err } from "../values/errors.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { BLOCK, type BlockBudget, Blocks } from "./blocks.ts";
import { Hash64, murmur64 } from "./murmur.ts";
import type { BlockRows } from "./rows.ts";
import { Sketch, Sketches } from "./sketch.ts";

/** Options of a chain, as bits: those of RedisBloom. */
export const BLOOM_OPTION = { NO_ROUND: 1, FORCE_64: 4, NO_SCALING: 8 } as const;
/** Bits that a filter may have: as far as positions are computed exactly. */
export const MOST_BITS: number = 2 ** 37;

const LN2 = Math.LN2;
const LN2_SQUARED = 0.480453013918201;
/** How much less often than the one before it a filter errs. */
const TIGHTENING = 0.5;
/** The seed of the first hash. */
const SEED_HI = 0xc6a4a793 | 0, SEED_LO = 0x5bd1e995;
/** Where the rows begin that have the facts of filters, and how many bytes these are. */
const LINKS = 2 ** 40, LINK_BYTES = 48;
/** Bytes of a chain's own facts. */
const CHAIN_BYTES = 20;
/** Filters a chain may have. */
const MOST_LINKS = 100_000;

/** The facts of one filter of a chain. */
export interface BloomLink {
  /** Items that it is made for. */
  readonly entries: number;
  /** How often it errs then. */
  readonly error: number;
  /** Bits for an item. */
  readonly bitsPerEntry: number;
  /** Its bits. */
  readonly bits: number;
  /** Positions for an item. */
  readonly hashes: number;
  /** If it is not 0, positions are computed modulo 2 to the power of it. */
  readonly n2: number;
  /** Items that were added. */
  size: number;
}

/** Bytes that the bits of a filter take. */
export const linkBytes = ({ bits }: BloomLink): number => Math.ceil(bits / 64) * 8;

/** The facts of a filter for so many items that errs so often; undefined if there can be none. */
function newLink(entries: number, error: number): BloomLink | undefined {
  if (!(entries >= 1 && error > 0 && error < 1)) return undefined;
  const bitsPerEntry = Math.abs(-(Math.log(error) / LN2_SQUARED));
  const bits = Math.ceil(Math.max(1, Math.floor(entries * bitsPerEntry)) / 64) * 64;
  if (!(bits <= MOST_BITS)) return undefined;
  return {
    entries,
    error,
    bitsPerEntry,
    bits,
    hashes: Math.ceil(LN2 * bitsPerEntry),
    n2: 0,
    size: 0,
  };
}

const first = new Hash64(), second = new Hash64();

/** The remainder of 64 bits, in pieces that doubles hold exactly, up to 37 bits of modulus. */
function remainder(high: number, low: number, modulus: number): number {
  let rest = high - Math.floor(high / modulus) * modulus;
  let piece = rest * 65536 + (low >>> 16);
  rest = piece - Math.floor(piece / modulus) * modulus;
  if (rest < 0) rest += modulus;
  else if (rest >= modulus) rest -= modulus;
  piece = rest * 65536 + (low & 0xffff);
  rest = piece - Math.floor(piece / modulus) * modulus;
  return rest;
}

/** What is known of a chain but its bits. */
export interface BloomFacts {
  /** Items that were added. */
  readonly size: number;
  /** Bits of {@linkcode BLOOM_OPTION}. */
  readonly options: number;
  /** How much larger than the one before it a filter is. */
  readonly growth: number;
  /** The filters. */
  readonly links: readonly BloomLink[];
}

/** Whether all of it can be. */
export function isSound({ options, links }: BloomFacts): boolean {
  return links.length > 0 && links.length <= MOST_LINKS &&
    (options & BLOOM_OPTION.FORCE_64) !== 0 &&
    links.every(({ bits, n2, hashes, error, entries }) =>
      bits > 0 && bits <= MOST_BITS && bits % 64 === 0 && hashes > 0 && hashes < 1100 &&
      entries > 0 && error > 0 && error < 1 && n2 <= 37 && (n2 === 0 || 2 ** n2 <= bits)
    );
}

/** A chain of filters in use. */
export class BloomFilter extends Sketch implements BloomFacts {
  size: number;
  readonly options: number;
  readonly growth: number;
  readonly links: BloomLink[];
  /** Where the bits of each begin. */
  readonly #bases: number[] = [];
  /** What 2^64 is modulo what the positions of each are. */
  readonly #overflows: number[] = [];
  #end = 0;
  #bytes = 0;
  readonly #rows: BlockRows;
  readonly #blocks: Blocks;
  /** Filters whose facts have rows. */
  #stored: number;

  /** @param stored Filters whose facts have rows. */
  constructor(
    collection: Collection,
    rows: BlockRows,
    budget: BlockBudget,
    { size, options, growth, links }: BloomFacts,
    stored: number,
  ) {
    super(collection);
    this.size = size;
    this.options = options;
    this.growth = growth;
    this.links = [...links];
    this.#rows = rows;
    this.#stored = stored;
    this.#blocks = new Blocks(rows, collection.id, budget);
    for (const link of links) this.#place(link);
  }

  #place(link: BloomLink): void {
    this.#bases.push(this.#end);
    const modulus = link.n2 === 0 ? link.bits : 2 ** link.n2;
    this.#overflows.push((remainder(0xffffffff, 0xffffffff, modulus) + 1) % modulus);
    this.#bytes += linkBytes(link);
    this.#end += Math.ceil(linkBytes(link) / BLOCK) * BLOCK;
  }

  /** Items that it is made for. */
  get capacity(): number {
    return this.links.reduce((sum, { entries }) => sum + entries, 0);
  }

  /** Bytes of all bits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is no filter after this one. */
  get isFixed(): boolean {
    return (this.options & BLOOM_OPTION.NO_SCALING) !== 0;
  }

  /** Whether an item was added, or seems to have been. */
  has(item: Slice): boolean {
    murmur64(item, SEED_HI, SEED_LO, first);
    murmur64(item, first.hi, first.lo, second);
    return this.#hasHash();
  }

  #hasHash(): boolean {
    for (let i = this.links.length - 1; i >= 0; i--) if (this.#visit(i, false)) return true;
    return false;
  }

  /**
   * Adds an item.
   *
   * @returns Whether it was not there; or that the filter is full, or the next one would be too large.
   */
  add(item: Slice): boolean | "full" | "large" {
    murmur64(item, SEED_HI, SEED_LO, first);
    murmur64(item, first.hi, first.lo, second);
    const { links } = this;
    let last = links.length - 1;
    const { size, entries, error } = links[last]!;
    if (size >= entries) {
      if (this.#hasHash()) return false;
      if (this.isFixed) return "full";
      const link = links.length < MOST_LINKS
        ? newLink(entries * this.growth, error * TIGHTENING)
        : undefined;
      if (link === undefined) return "large";
      links.push(link);
      this.#place(link);
      last++;
    } else {
      for (let i = last - 1; i >= 0; i--) if (this.#visit(i, false)) return false;
    }
    if (this.#visit(last, true)) return false;
    links[last]!.size++;
    this.size++;
    return true;
  }

  /**
   * Looks whether all bits of the hashed item are set in a filter, and sets those that are not, if that is
   * wished. The positions are the first hash and then the second one more each, as 64 bits, modulo the
   * bits: so each is the one before it and a step further, less what 2^64 is where the sum went beyond that.
   *
   * @returns Whether all were set.
   */
  #visit(index: number, set: boolean): boolean {
    const { bits, n2, hashes } = this.links[index]!;
    const base = this.#bases[index]!, overflow = this.#overflows[index]!;
    const modulus = n2 === 0 ? bits : 2 ** n2;
    const blocks = this.#blocks;
    const bh = second.hi >>> 0, bl = second.lo >>> 0;
    let xh = first.hi >>> 0, xl = first.lo >>> 0;
    const step = remainder(bh, bl, modulus);
    let position = remainder(xh, xl, modulus);
    let all = true;
    for (let i = 0; i < hashes; i++) {
      const byte = Math.floor(position / 8);
      const mask = 1 << position - 8 * byte;
      const at = base + byte;
      const number = Math.floor(at / BLOCK);
      const offset = at - number * BLOCK;
      if (set) {
        if (blocks.setBit(number, offset, mask)) all = false;
      } else if ((blocks.read(number)[offset]! & mask) === 0) {
        return false;
      }
      const low = xl + bl;
      xl = low >>> 0;
      const high = xh + bh + (low > 0xffffffff ? 1 : 0);
      xh = high >>> 0;
      position += high > 0xffffffff ? step - overflow : step;
      if (position >= modulus) position -= modulus;
      else if (position < 0) position += modulus;
    }
    return all;
  }

  /** The bits of a filter. */
  bitsOf(index: number, from = 0, length?: number): Uint8Array {
    const link = this.links[index];
    if (link === undefined) return new Uint8Array(0);
    return this.#blocks.copy(this.#bases[index]! + from, length ?? linkBytes(link) - from);
  }

  /** Puts bits of a filter in place of those that are there. */
  putBits(index: number, from: number, bytes: Uint8Array): void {
    this.#blocks.put(this.#bases[index]! + from, bytes);
  }

  protected save(): void {
    this.#blocks.save();
    const { links, collection } = this;
    const last = links.length - 1;
    for (; this.#stored < last; this.#stored++) {
      const facts = new Uint8Array(LINK_BYTES);
      writeLink(new DataView(facts.buffer), 0, links[this.#stored]!);
      this.#rows.write(collection.id, LINKS + this.#stored, facts, 0, LINK_BYTES);
    }
    const view = this.facts(CHAIN_BYTES + LINK_BYTES);
    view.setFloat64(0, this.size, true);
    view.setUint32(8, links.length, true);
    view.setUint32(12, this.options, true);
    view.setUint32(16, this.growth, true);
    writeLink(view, CHAIN_BYTES, links[last]!);
  }

  forget(): void {
    this.#blocks.forget();
  }
}

function writeLink(view: DataView, at: number, link: BloomLink): void {
  view.setFloat64(at, link.entries, true);
  view.setFloat64(at + 8, link.error, true);
  view.setFloat64(at + 16, link.bitsPerEntry, true);
  view.setFloat64(at + 24, link.bits, true);
  view.setFloat64(at + 32, link.size, true);
  view.setUint32(at + 40, link.hashes, true);
  view.setUint32(at + 44, link.n2, true);
}

function readLink(view: DataView, at: number): BloomLink {
  return {
    entries: view.getFloat64(at, true),
    error: view.getFloat64(at + 8, true),
    bitsPerEntry: view.getFloat64(at + 16, true),
    bits: view.getFloat64(at + 24, true),
    size: view.getFloat64(at + 32, true),
    hashes: view.getUint32(at + 40, true),
    n2: view.getUint32(at + 44, true),
  };
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  new DataView(buffer, byteOffset, length);

/** What a new filter is like. */
export interface BloomOptions {
  /** How often it errs when it is full. */
  readonly error: number;
  /** Items that it is made for. */
  readonly capacity: number;
  /** How much larger each next one is. */
  readonly expansion: number;
  /** Whether there is none after it. */
  readonly isFixed: boolean;
}

/** The Bloom filters of a store. */
export class BloomFilters extends Sketches<BloomFilter> {
  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    super(engine, keyspace, cacheBytes, { type: TYPE.BLOOM, table: "bloom_blocks" });
  }

  protected load(collection: Collection): BloomFilter {
    const view = viewOf(collection.metadata);
    const count = view.getUint32(8, true);
    const links: BloomLink[] = [];
    this.rows.each(collection.id, LINKS, LINKS + count, (_, bytes) => {
      links.push(readLink(viewOf(bytes), 0));
    });
    const stored = links.length;
    links.push(readLink(view, CHAIN_BYTES));
    return new BloomFilter(collection, this.rows, this.budget, {
      size: view.getFloat64(0, true),
      options: view.getUint32(12, true),
      growth: view.getUint32(16, true),
      links,
    }, stored);
  }

  /** Makes a key hold an empty filter. @throws {CommandError} If it would be too large. */
  create(
    db: number,
    key: Slice,
    { error, capacity, expansion, isFixed }: BloomOptions,
  ): BloomFilter {
    const link = newLink(capacity, isFixed ? error : error * TIGHTENING);
    if (link === undefined) throw err("Insufficient memory to create filter");
    const options = BLOOM_OPTION.FORCE_64 | BLOOM_OPTION.NO_ROUND |
      (isFixed ? BLOOM_OPTION.NO_SCALING : 0);
    return this.restore(db, key, { size: 0, options, growth: expansion, links: [link] });
  }

  /** Makes a key hold a filter of these facts, without a bit set. */
  restore(db: number, key: Slice, facts: BloomFacts): BloomFilter {
    return this.make(
      db,
      key,
      (collection) => new BloomFilter(collection, this.rows, this.budget, facts, 0),
    );
  }
}
