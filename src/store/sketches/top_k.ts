/**
 * Top-k lists: the items that were added most often, found as HeavyKeeper does. Each row of buckets has
 * one for an item, which holds the fingerprint and the count of whoever has it; another item that is
 * added takes from the count by chance, the less often the greater it is, and has the bucket when
 * nothing is left. The items with the greatest counts are in a heap. Hashes are those of RedisBloom.
 *
 * The dice are part of the value, so that the same commands on the same data do the same everywhere.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { CommandError } from "../values/errors.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { BLOCK, type BlockBudget, Blocks } from "./blocks.ts";
import { murmur32 } from "./murmur.ts";
import type { BlockRows } from "./rows.ts";
import { Sketch, Sketches } from "./sketch.ts";

/** The seed of fingerprints. */
const FINGERPRINT_SEED = 1919;
/** Bytes of a bucket: its fingerprint and its count. */
const BUCKET = 8;
/** Bytes that the buckets may take. */
const MOST_BYTES = 2 ** 34;
/** Items that may be kept. */
const MOST_ITEMS = 2 ** 20;
/** Where the rows of the items begin. */
const ITEMS = 2 ** 40;
/** Bytes of an item in memory beside its own. */
const ITEM_BYTES = 24;
/** What the dice begin with. */
const FIRST_DICE = 0x9e3779b9;
/** Bytes of the facts in the row. */
const FACTS_BYTES = 32;
/** Counts up to which it is kept how probable it is that another item takes from them. */
const KEPT_CHANCES = 256;

/** What is known of a list but its buckets and items. */
export interface TopKFacts {
  /** Items that are kept. */
  readonly k: number;
  /** Buckets in a row. */
  readonly width: number;
  /** Rows. */
  readonly depth: number;
  /** How probable it is, to the power of a count, that another item takes from it. */
  readonly decay: number;
}

/** One of the items that were added most often. */
export interface TopKItem {
  /** Its fingerprint. */
  readonly fingerprint: number;
  /** Its count. */
  count: number;
  /** Its bytes. */
  readonly item: Uint8Array;
}

/** Whether there can be such a list. */
export function isSound({ k, width, depth, decay }: TopKFacts): boolean {
  return k >= 1 && k <= MOST_ITEMS && width >= 1 && depth >= 1 && decay > 0 && decay <= 1 &&
    width * depth * BUCKET <= MOST_BYTES;
}

function wordOf(block: Uint8Array, at: number): number {
  return (block[at]! | block[at + 1]! << 8 | block[at + 2]! << 16 | block[at + 3]! << 24) >>> 0;
}

function setWord(block: Uint8Array, at: number, value: number): void {
  block[at] = value;
  block[at + 1] = value >>> 8;
  block[at + 2] = value >>> 16;
  block[at + 3] = value >>> 24;
}

/** A list in use. */
export class TopKList extends Sketch implements TopKFacts {
  readonly k: number;
  readonly width: number;
  readonly depth: number;
  readonly decay: number;
  /** The items as a heap, the one with the least count first; places that nothing was in yet are undefined. */
  readonly #heap: (TopKItem | undefined)[];
  readonly #rows: BlockRows;
  readonly #blocks: Blocks;
  /** Places of the heap that are to be written. */
  readonly #changed = new Set<number>();
  /** The fingerprints of the items, by their places in the heap. */
  readonly #fingerprints: Uint32Array;
  /** The decay to the power of the first counts: a power costs as much as all else that is done with a bucket. */
  readonly #chances: Float64Array;
  #dice: number;
  #itemBytes = 0;

  /** @param heap The items, as a heap. */
  constructor(
    collection: Collection,
    rows: BlockRows,
    budget: BlockBudget,
    facts: TopKFacts,
    heap: (TopKItem | undefined)[],
    dice: number,
  ) {
    super(collection);
    this.k = facts.k;
    this.width = facts.width;
    this.depth = facts.depth;
    this.decay = facts.decay;
    this.#heap = heap;
    this.#rows = rows;
    this.#blocks = new Blocks(rows, collection.id, budget);
    this.#dice = dice;
    this.#fingerprints = new Uint32Array(heap.length);
    this.#chances = Float64Array.from({ length: KEPT_CHANCES }, (_, count) => facts.decay ** count);
    for (const [place, item] of heap.entries()) {
      if (item === undefined) continue;
      this.#itemBytes += item.item.length;
      this.#fingerprints[place] = item.fingerprint;
    }
  }

  /** Bytes of the buckets and the items. */
  get bytes(): number {
    return this.width * this.depth * BUCKET + this.k * ITEM_BYTES + this.#itemBytes;
  }

  /** What the dice show, of 32 bits. */
  get dice(): number {
    return this.#dice >>> 0;
  }
  set dice(dice: number) {
    // Of 0 no other number comes.
    this.#dice = dice === 0 ? FIRST_DICE | 0 : dice | 0;
  }

  /** A number from 0 up to 1, which the numbers before it decide. */
  #roll(): number {
    let x = this.#dice;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#dice = x;
    return (x >>> 0) / 2 ** 32;
  }

  #placeOf(item: Slice, fingerprint: number): number {
    const fingerprints = this.#fingerprints;
    for (let i = fingerprints.length - 1; i >= 0; i--) {
      if (fingerprints[i] !== fingerprint) continue;
      const known = this.#heap[i];
      if (known !== undefined && sameBytes(known.item, item)) return i;
    }
    return -1;
  }

  /** Whether an item is among those that were added most often. */
  has(item: Slice): boolean {
    return this.#placeOf(item, murmur32(item, FINGERPRINT_SEED)) !== -1;
  }

  /** The count of an item, or less. */
  count(item: Slice): number {
    const fingerprint = murmur32(item, FINGERPRINT_SEED);
    const least = this.#heap[0]?.count ?? 0;
    const isKept = this.#placeOf(item, fingerprint) !== -1;
    let greatest = 0;
    for (let row = 0; row < this.depth; row++) {
      const at = BUCKET * (murmur32(item, row) % this.width + row * this.width);
      const number = Math.floor(at / BLOCK);
      const block = this.#blocks.read(number);
      const offset = at - number * BLOCK;
      if (wordOf(block, offset) !== fingerprint) continue;
      const count = wordOf(block, offset + 4);
      if ((!isKept || count >= least) && count > greatest) greatest = count;
    }
    return greatest;
  }

  /** Adds an item so many times. @returns The item that is not kept any more for that. */
  add(item: Slice, increment: number): Uint8Array | undefined {
    const fingerprint = murmur32(item, FINGERPRINT_SEED);
    let greatest = 0;
    for (let row = 0; row < this.depth; row++) {
      const count = this.#addTo(item, fingerprint, row, increment);
      if (count > greatest) greatest = count;
    }
    return greatest >= (this.#heap[0]?.count ?? 0)
      ? this.#keep(item, fingerprint, greatest)
      : undefined;
  }

  /** Adds to an item's bucket in a row. @returns Its count, 0 if the bucket is another's. */
  #addTo(item: Slice, fingerprint: number, row: number, increment: number): number {
    const at = BUCKET * (murmur32(item, row) % this.width + row * this.width);
    const number = Math.floor(at / BLOCK);
    const offset = at - number * BLOCK;
    const block = this.#blocks.read(number);
    let count = wordOf(block, offset + 4);
    if (count === 0 || wordOf(block, offset) === fingerprint) {
      const sum = (count + increment) % 2 ** 32;
      this.#blocks.setWord(number, offset, fingerprint);
      this.#blocks.setWord(number, offset + 4, sum);
      return sum;
    }
    const before = count;
    for (let left = increment; left > 0; left--) {
      if (this.#roll() >= this.#chance(count)) continue;
      count--;
      if (count > 0) continue;
      this.#blocks.setWord(number, offset, fingerprint);
      this.#blocks.setWord(number, offset + 4, left);
      return left;
    }
    if (count !== before) this.#blocks.setWord(number, offset + 4, count);
    return 0;
  }

  #chance(count: number): number {
    return count < KEPT_CHANCES ? this.#chances[count]! : this.decay ** count;
  }

  #keep(item: Slice, fingerprint: number, count: number): Uint8Array | undefined {
    const place = this.#placeOf(item, fingerprint);
    const known = this.#heap[place];
    if (known !== undefined) {
      // Not the greater of both: it may have been decayed.
      known.count = count;
      this.#changed.add(place);
      this.#sink(place);
      return undefined;
    }
    const before = this.#heap[0]?.item;
    const bytes = item.copy();
    this.#itemBytes += bytes.length - (before?.length ?? 0);
    this.#heap[0] = { fingerprint, count, item: bytes };
    this.#fingerprints[0] = fingerprint;
    this.#changed.add(0);
    this.#sink(0);
    return before;
  }

  #countAt(place: number): number {
    return this.#heap[place]?.count ?? 0;
  }

  /** Moves an item down to where none below it has a lesser count. */
  #sink(from: number): void {
    const { length } = this.#heap;
    const moved = this.#heap[from];
    const count = this.#countAt(from);
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#countAt(child) > this.#countAt(child + 1)) child++;
      const below = this.#countAt(child);
      // At first it gives way to an equal one, as in RedisBloom.
      if (place === from ? below > count : below >= count) break;
      this.#heap[place] = this.#heap[child];
      this.#fingerprints[place] = this.#fingerprints[child]!;
      this.#changed.add(place);
      place = child;
    }
    if (place === from) return;
    this.#heap[place] = moved;
    this.#fingerprints[place] = moved?.fingerprint ?? 0;
    this.#changed.add(place);
  }

  /** The items that were added most often, those with the greatest counts first; one that was never added is none. */
  list(): TopKItem[] {
    return this.#heap.filter((item) => item !== undefined)
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
  }

  /** The items as a heap. */
  get heap(): readonly (TopKItem | undefined)[] {
    return this.#heap;
  }

  /** All buckets, as bytes. */
  buckets(): Uint8Array {
    return this.#blocks.copy(0, this.width * this.depth * BUCKET);
  }

  /** Puts buckets in place of those that are there, and marks all items as new. */
  putBuckets(bytes: Uint8Array): void {
    this.#blocks.put(0, bytes);
    for (const place of this.#heap.keys()) this.#changed.add(place);
  }

  protected save(): void {
    this.#blocks.save();
    const { collection } = this;
    for (const place of this.#changed) {
      const item = this.#heap[place];
      if (item === undefined) continue;
      const bytes = new Uint8Array(8 + item.item.length);
      setWord(bytes, 0, item.fingerprint);
      setWord(bytes, 4, item.count);
      bytes.set(item.item, 8);
      this.#rows.write(collection.id, ITEMS + place, bytes, 0, bytes.length);
    }
    this.#changed.clear();
    const view = this.facts(FACTS_BYTES);
    view.setFloat64(0, this.decay, true);
    view.setUint32(8, this.k, true);
    view.setUint32(12, this.width, true);
    view.setUint32(16, this.depth, true);
    view.setInt32(20, this.#dice, true);
  }

  forget(): void {
    this.#blocks.forget();
  }
}

function sameBytes(bytes: Uint8Array, { bytes: other, start, end }: Slice): boolean {
  if (bytes.length !== end - start) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== other[start + i]) return false;
  return true;
}

/** The top-k lists of a store. */
export class TopKLists extends Sketches<TopKList> {
  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    super(engine, keyspace, cacheBytes, { type: TYPE.TOP_K, table: "top_k_blocks" });
  }

  protected load(collection: Collection): TopKList {
    const { buffer, byteOffset, length } = collection.metadata;
    const view = new DataView(buffer, byteOffset, length);
    const k = view.getUint32(8, true);
    const heap = new Array<TopKItem | undefined>(k).fill(undefined);
    this.rows.each(collection.id, ITEMS, ITEMS + k, (number, bytes) => {
      heap[number - ITEMS] = {
        fingerprint: wordOf(bytes, 0),
        count: wordOf(bytes, 4),
        item: bytes.slice(8),
      };
    });
    const facts = {
      k,
      width: view.getUint32(12, true),
      depth: view.getUint32(16, true),
      decay: view.getFloat64(0, true),
    };
    return new TopKList(collection, this.rows, this.budget, facts, heap, view.getInt32(20, true));
  }

  /**
   * Makes a key hold a list.
   *
   * @param heap Its items, as a heap; none unless they are given.
   * @throws {CommandError} If it would be too large.
   */
  create(
    db: number,
    key: Slice,
    facts: TopKFacts,
    heap: (TopKItem | undefined)[] = new Array<TopKItem | undefined>(facts.k).fill(undefined),
  ): TopKList {
    if (!isSound(facts)) throw new CommandError("TopK: insufficient memory to create the key");
    return this.make(
      db,
      key,
      (collection) => new TopKList(collection, this.rows, this.budget, facts, heap, FIRST_DICE | 0),
    );
  }
}
