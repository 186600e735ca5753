/**
 * Cuckoo filters: fingerprints of a byte in buckets of which each item has two. Where both are full,
 * fingerprints move to their other bucket, and if that does not end soon, another filter follows. The
 * fingerprints are where RedisBloom has them, deletions and what follows from them included.
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

/** Bytes a filter may have: as far as 32 bits name its buckets. */
const MOST_BYTES = 2 ** 32;
/** What a fingerprint moves to its other bucket by. */
const OTHER = 0x5bd1e995;
/** The part of items that are deleted from which on fingerprints move to earlier filters. */
const COMPACTED = 0.1;
/** Bytes of the facts in the row. */
const FACTS_BYTES = 36;

const hash = new Hash64();

/** What is known of a filter but its fingerprints. */
export interface CuckooFacts {
  /** Buckets of the first filter, a power of two. */
  readonly buckets: number;
  /** Fingerprints in a bucket. */
  readonly bucketSize: number;
  /** How many move before another filter follows. */
  readonly maxIterations: number;
  /** How many times the buckets of the first each next filter has, by its power; 0 for none. */
  readonly expansion: number;
  /** Filters. */
  readonly filters: number;
  /** Items that are in it. */
  readonly items: number;
  /** Items deleted since the last compaction. */
  readonly deletes: number;
}

/** The least power of two that is not less. */
export function powerOfTwo(least: number): number {
  if (least <= 0) return 0;
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

/** Bytes of a filter of a chain. */
export function filterBytes(
  { buckets, bucketSize, expansion }: CuckooFacts,
  index: number,
): number {
  return buckets * expansion ** index * bucketSize;
}

/** Whether all of it can be. */
export function isSound(facts: CuckooFacts): boolean {
  const { buckets, bucketSize, filters, expansion, maxIterations } = facts;
  if (!(buckets > 0 && buckets <= MOST_BYTES && powerOfTwo(buckets) === buckets)) return false;
  if (bucketSize < 1 || bucketSize > 255 || maxIterations < 1) return false;
  if (filters < 1 || filters > 65535 || expansion !== 0 && powerOfTwo(expansion) !== expansion) {
    return false;
  }
  return filterBytes(facts, filters - 1) <= MOST_BYTES && (filters === 1 || expansion > 0);
}

/** What became of an item: there was no room, or the next filter would be too large. */
export type CuckooOutcome = "added" | "there" | "full" | "large";

/** Filters in use. */
export class CuckooFilter extends Sketch implements CuckooFacts {
  readonly buckets: number;
  readonly bucketSize: number;
  readonly maxIterations: number;
  readonly expansion: number;
  filters = 0;
  items: number;
  deletes: number;
  readonly #bases: number[] = [];
  readonly #masks: number[] = [];
  #end = 0;
  readonly #blocks: Blocks;
  #fingerprint = 0;
  #h1 = 0;
  #h2 = 0;

  /** Takes the row and the facts. */
  constructor(collection: Collection, rows: BlockRows, budget: BlockBudget, facts: CuckooFacts) {
    super(collection);
    this.buckets = facts.buckets;
    this.bucketSize = facts.bucketSize;
    this.maxIterations = facts.maxIterations;
    this.expansion = facts.expansion;
    this.items = facts.items;
    this.deletes = facts.deletes;
    this.#blocks = new Blocks(rows, collection.id, budget);
    while (this.filters < facts.filters) this.#grow();
  }

  #grow(): void {
    const bytes = filterBytes(this, this.filters);
    this.#bases.push(this.#end);
    this.#masks.push(this.buckets * this.expansion ** this.filters - 1);
    this.#end += Math.ceil(bytes / BLOCK) * BLOCK;
    this.filters++;
  }

  /** Bytes of all fingerprints. */
  get bytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.filters; i++) bytes += filterBytes(this, i);
    return bytes;
  }

  /** Only the lower halves of the hashes count, for there are no more buckets. */
  #hash(item: Slice): void {
    murmur64(item, 0, 0, hash);
    this.#fingerprint = ((hash.hi >>> 0) % 255 + (hash.lo >>> 0) % 255) % 255 + 1;
    this.#h1 = hash.lo;
    this.#h2 = hash.lo ^ Math.imul(this.#fingerprint, OTHER);
  }

  /** Where the first slot of a bucket is. */
  #bucketAt(filter: number, h: number): number {
    return this.#bases[filter]! + ((h & this.#masks[filter]!) >>> 0) * this.bucketSize;
  }

  /** Where a fingerprint is in a bucket, -1 if it is not. */
  #find(bucketAt: number, fingerprint: number): number {
    for (let at = bucketAt; at < bucketAt + this.bucketSize; at++) {
      if (this.#blocks.byte(at) === fingerprint) return at;
    }
    return -1;
  }

  /** Where a fingerprint, or a free slot, is in one of two buckets; -1 if it is in none. */
  #findInBoth(filter: number, h1: number, h2: number, fingerprint: number): number {
    const at = this.#find(this.#bucketAt(filter, h1), fingerprint);
    return at !== -1 ? at : this.#find(this.#bucketAt(filter, h2), fingerprint);
  }

  #has(): boolean {
    for (let i = 0; i < this.filters; i++) {
      if (this.#findInBoth(i, this.#h1, this.#h2, this.#fingerprint) !== -1) return true;
    }
    return false;
  }

  /** Whether an item is there, or seems to be. */
  has(item: Slice): boolean {
    this.#hash(item);
    return this.#has();
  }

  /** How often an item is there, or seems to be: as often again where its buckets are one. */
  count(item: Slice): number {
    this.#hash(item);
    let count = 0;
    for (let i = 0; i < this.filters; i++) {
      for (const h of [this.#h1, this.#h2]) {
        const bucketAt = this.#bucketAt(i, h);
        for (let at = bucketAt; at < bucketAt + this.bucketSize; at++) {
          if (this.#blocks.byte(at) === this.#fingerprint) count++;
        }
      }
    }
    return count;
  }

  /** Adds an item. */
  add(item: Slice): CuckooOutcome {
    this.#hash(item);
    return this.#add();
  }

  /** Adds an item, unless it is there or seems to be. */
  addNew(item: Slice): CuckooOutcome {
    this.#hash(item);
    return this.#has() ? "there" : this.#add();
  }

  #add(): CuckooOutcome {
    for (;;) {
      for (let i = this.filters - 1; i >= 0; i--) {
        const at = this.#findInBoth(i, this.#h1, this.#h2, 0);
        if (at === -1) continue;
        this.#blocks.setByte(at, this.#fingerprint);
        this.items++;
        return "added";
      }
      if (this.#moveOthers()) {
        this.items++;
        return "added";
      }
      if (this.expansion === 0) return "full";
      if (this.filters >= 65535 || filterBytes(this, this.filters) > MOST_BYTES) {
        return "large";
      }
      this.#grow();
    }
  }

  /** Puts the fingerprint in another's place, that one into its other bucket, and so on. */
  #moveOthers(): boolean {
    const filter = this.filters - 1;
    const base = this.#bases[filter]!, mask = this.#masks[filter]!;
    const { bucketSize, maxIterations } = this;
    const blocks = this.#blocks;
    let fingerprint = this.#fingerprint;
    let bucket = (this.#h1 & mask) >>> 0;
    let victim = 0;
    const exchange = () => {
      const at = base + bucket * bucketSize + victim;
      const before = blocks.byte(at);
      blocks.setByte(at, fingerprint);
      fingerprint = before;
    };
    const turn = () => {
      bucket = ((bucket ^ Math.imul(fingerprint, OTHER)) & mask) >>> 0;
    };
    for (let i = 0; i < maxIterations; i++) {
      exchange();
      turn();
      const free = this.#find(base + bucket * bucketSize, 0);
      if (free !== -1) {
        blocks.setByte(free, fingerprint);
        return true;
      }
      victim = (victim + 1) % bucketSize;
    }
    for (let i = 0; i < maxIterations; i++) {
      victim = (victim + bucketSize - 1) % bucketSize;
      turn();
      exchange();
    }
    return false;
  }

  /** Deletes an item once. @returns Whether it was there, or seemed to be. */
  delete(item: Slice): boolean {
    this.#hash(item);
    for (let i = this.filters - 1; i >= 0; i--) {
      const at = this.#findInBoth(i, this.#h1, this.#h2, this.#fingerprint);
      if (at === -1) continue;
      this.#blocks.setByte(at, 0);
      this.items--;
      this.deletes++;
      if (this.filters > 1 && this.deletes > this.items * COMPACTED) this.compact(false);
      return true;
    }
    return false;
  }

  /**
   * Moves fingerprints to earlier filters where these have room, and gives up filters that are empty then.
   *
   * @param all Whether to go on after a filter that could not be emptied.
   */
  compact(all: boolean): void {
    for (let i = this.filters - 1; i > 0; i--) if (!this.#empty(i) && !all) break;
    this.deletes = 0;
  }

  /** Moves the fingerprints of a filter to earlier ones. @returns Whether none is left. */
  #empty(filter: number): boolean {
    const base = this.#bases[filter]!;
    const end = base + filterBytes(this, filter);
    let emptied = true;
    for (const number of this.#blocks.present(base, end)) {
      const last = Math.min(end, (number + 1) * BLOCK);
      for (let at = number * BLOCK; at < last; at++) {
        const fingerprint = this.#blocks.byte(at);
        if (fingerprint === 0) continue;
        const bucket = Math.floor((at - base) / this.bucketSize);
        if (this.#moveBefore(filter, bucket, fingerprint)) this.#blocks.setByte(at, 0);
        else emptied = false;
      }
    }
    if (emptied && filter === this.filters - 1) this.#giveUpLast();
    return emptied;
  }

  #moveBefore(filter: number, h1: number, fingerprint: number): boolean {
    const h2 = h1 ^ Math.imul(fingerprint, OTHER);
    for (let i = 0; i < filter; i++) {
      const at = this.#findInBoth(i, h1, h2, 0);
      if (at === -1) continue;
      this.#blocks.setByte(at, fingerprint);
      return true;
    }
    return false;
  }

  #giveUpLast(): void {
    const base = this.#bases.pop()!;
    this.#masks.pop();
    this.#blocks.cut(base, this.#end);
    this.#end = base;
    this.filters--;
  }

  /** The fingerprints of a filter. */
  bytesOf(index: number, from = 0, length?: number): Uint8Array {
    return this.#blocks.copy(
      this.#bases[index]! + from,
      length ?? filterBytes(this, index) - from,
    );
  }

  /** Puts fingerprints of a filter in place of those that are there. */
  putBytes(index: number, from: number, bytes: Uint8Array): void {
    this.#blocks.put(this.#bases[index]! + from, bytes);
  }

  protected save(): void {
    this.#blocks.save();
    const view = this.facts(FACTS_BYTES);
    view.setFloat64(0, this.items, true);
    view.setFloat64(8, this.deletes, true);
    view.setFloat64(16, this.buckets, true);
    view.setUint32(24, this.filters, true);
    view.setUint16(28, this.bucketSize, true);
    view.setUint16(30, this.maxIterations, true);
    view.setUint32(32, this.expansion, true);
  }

  forget(): void {
    this.#blocks.forget();
  }
}

/** What a new filter is like. */
export interface CuckooOptions {
  /** Items that it is made for. */
  readonly capacity: number;
  /** Fingerprints in a bucket. */
  readonly bucketSize: number;
  /** How many move before another filter follows. */
  readonly maxIterations: number;
  /** How much larger each next filter is, rounded up to a power of two; 0 for none. */
  readonly expansion: number;
}

/** The cuckoo filters of a store. */
export class CuckooFilters extends Sketches<CuckooFilter> {
  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    super(engine, keyspace, cacheBytes, { type: TYPE.CUCKOO, table: "cuckoo_blocks" });
  }

  protected load(collection: Collection): CuckooFilter {
    const { buffer, byteOffset, length } = collection.metadata;
    const view = new DataView(buffer, byteOffset, length);
    return new CuckooFilter(collection, this.rows, this.budget, {
      items: view.getFloat64(0, true),
      deletes: view.getFloat64(8, true),
      buckets: view.getFloat64(16, true),
      filters: view.getUint32(24, true),
      bucketSize: view.getUint16(28, true),
      maxIterations: view.getUint16(30, true),
      expansion: view.getUint32(32, true),
    });
  }

  /** Makes a key hold an empty filter. @throws {CommandError} If it would be too large. */
  create(db: number, key: Slice, options: CuckooOptions): CuckooFilter {
    const { capacity, bucketSize, maxIterations, expansion } = options;
    const facts: CuckooFacts = {
      buckets: Math.max(1, powerOfTwo(Math.floor(capacity / bucketSize))),
      bucketSize,
      maxIterations,
      expansion: powerOfTwo(expansion),
      filters: 1,
      items: 0,
      deletes: 0,
    };
    if (!isSound(facts)) throw err("Insufficient memory to create filter");
    return this.restore(db, key, facts);
  }

  /** Makes a key hold a filter of these facts, without a fingerprint. */
  restore(db: number, key: Slice, facts: CuckooFacts): CuckooFilter {
    return this.make(
      db,
      key,
      (collection) => new CuckooFilter(collection, this.rows, this.budget, facts),
    );
  }
}
