/**
 * Filters and sketches in DUMP and RESTORE, in the forms of RedisBloom: their facts, and bits,
 * fingerprints, counters or nodes as they are in memory there.
 */

import type { Collection } from "../../store/collections/collection.ts";
import {
  type ModuleId,
  type ModuleInput,
  type ModuleOutput,
  ModuleWriter,
} from "../../store/extensions/module_value.ts";
import { TYPE, TYPE_NAMES } from "../../store/file/schema.ts";
import { badDataFormat } from "../../store/rdb/format.ts";
import { err } from "../../store/values/errors.ts";
import { type BloomLink, isSound as isSoundBloom, linkBytes } from "../../store/sketches/bloom.ts";
import { cellBytes } from "../../store/sketches/count_min.ts";
import { filterBytes, isSound as isSoundCuckoo } from "../../store/sketches/cuckoo.ts";
import { Digest, isPossible } from "../../store/sketches/t_digest.ts";
import { isSound as isSoundTopK, type TopKItem } from "../../store/sketches/top_k.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";

/** Bytes of a payload from which on it is none: Redis takes no larger ones. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Bytes of an item's place in a heap: fingerprint, length, a pointer, count. */
const HEAP_PLACE = 24;

/**
 * The version of what only Redlite reads, where RedisBloom's form lacks a part of the value: without it a
 * copy would be told the same commands and come to be another.
 */
const OWN_VERSION = 512;

/** How values of a type are written and read. */
interface Form {
  /** The version of the form. */
  readonly version: number;
  /** What follows RedisBloom's form in what only Redlite reads, or stands in its place. */
  readonly own?: Omit<Form, "version" | "own">;
  /** Writes a value. */
  dump(store: Store, collection: Collection, output: ModuleOutput): void;
  /** Reads a value and puts it in place of a key's. */
  restore(store: Store, db: number, key: Slice, input: ModuleInput): Collection;
}

/** A number that is not negative and that doubles hold. */
const natural = (input: ModuleInput): number => Number(input.unsigned());

/** Bytes of a length that is known. */
function bytesOf(input: ModuleInput, length: number | undefined): Uint8Array {
  const bytes = input.string();
  if (bytes.length !== length) throw badDataFormat();
  return bytes;
}

const BLOOM: Form = {
  version: 4,
  dump({ bloomFilters }, collection, output) {
    const filter = bloomFilters.open(collection);
    output.unsigned(filter.size);
    output.unsigned(filter.links.length);
    output.unsigned(filter.options);
    output.unsigned(filter.growth);
    for (const [i, link] of filter.links.entries()) {
      output.unsigned(link.entries);
      output.double(link.error);
      output.unsigned(link.hashes);
      output.double(link.bitsPerEntry);
      output.unsigned(link.bits);
      output.unsigned(link.n2);
      output.string(filter.bitsOf(i));
      output.unsigned(link.size);
    }
  },
  restore({ bloomFilters }, db, key, input) {
    const size = natural(input), count = natural(input);
    const options = natural(input), growth = natural(input);
    const links: BloomLink[] = [];
    const bits: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const entries = natural(input), error = input.double();
      const hashes = natural(input), bitsPerEntry = input.double();
      const link = {
        ...{ entries, error, hashes, bitsPerEntry, bits: natural(input), n2: natural(input) },
        size: 0,
      };
      bits.push(bytesOf(input, linkBytes(link)));
      link.size = natural(input);
      links.push(link);
    }
    const facts = { size, options, growth, links };
    if (!isSoundBloom(facts)) throw badDataFormat();
    const filter = bloomFilters.restore(db, key, facts);
    for (const [i, bytes] of bits.entries()) filter.putBits(i, 0, bytes);
    bloomFilters.changed(filter);
    return filter.collection;
  },
};

const CUCKOO: Form = {
  version: 4,
  dump({ cuckooFilters }, collection, output) {
    const filter = cuckooFilters.open(collection);
    output.unsigned(filter.filters);
    output.unsigned(filter.buckets);
    output.unsigned(filter.items);
    output.unsigned(filter.deletes);
    output.unsigned(filter.bucketSize);
    output.unsigned(filter.maxIterations);
    output.unsigned(filter.expansion);
    for (let i = 0; i < filter.filters; i++) {
      output.unsigned(filterBytes(filter, i) / filter.bucketSize);
      output.string(filter.bytesOf(i));
    }
  },
  restore({ cuckooFilters }, db, key, input) {
    const filters = natural(input), buckets = natural(input);
    const items = natural(input), deletes = natural(input);
    const bucketSize = natural(input), maxIterations = natural(input);
    const facts = {
      ...{ filters, buckets, items, deletes, bucketSize, maxIterations },
      expansion: natural(input),
    };
    if (!isSoundCuckoo(facts)) throw badDataFormat();
    const fingerprints: Uint8Array[] = [];
    for (let i = 0; i < filters; i++) {
      const bytes = filterBytes(facts, i);
      if (natural(input) * bucketSize !== bytes) throw badDataFormat();
      fingerprints.push(bytesOf(input, bytes));
    }
    const filter = cuckooFilters.restore(db, key, facts);
    for (const [i, bytes] of fingerprints.entries()) filter.putBytes(i, 0, bytes);
    cuckooFilters.changed(filter);
    return filter.collection;
  },
};

const COUNT_MIN: Form = {
  version: 0,
  dump({ countMinSketches }, collection, output) {
    const sketch = countMinSketches.open(collection);
    output.unsigned(sketch.width);
    output.unsigned(sketch.depth);
    output.unsigned(BigInt.asUintN(64, sketch.count));
    output.string(sketch.cells());
  },
  restore({ countMinSketches }, db, key, input) {
    const width = natural(input), depth = natural(input);
    const facts = { width, depth, count: BigInt.asIntN(64, BigInt(input.unsigned())) };
    const cells = bytesOf(input, cellBytes(facts));
    const sketch = countMinSketches.create(db, key, facts);
    sketch.putCells(cells);
    countMinSketches.changed(sketch);
    return sketch.collection;
  },
};

const TOP_K: Form = {
  version: 0,
  dump({ topKLists }, collection, output) {
    const list = topKLists.open(collection);
    output.unsigned(list.k);
    output.unsigned(list.width);
    output.unsigned(list.depth);
    output.double(list.decay);
    output.string(list.buckets());
    const places = new Uint8Array(HEAP_PLACE * list.k);
    const view = new DataView(places.buffer);
    for (const [i, item] of list.heap.entries()) {
      if (item === undefined) continue;
      view.setUint32(i * HEAP_PLACE, item.fingerprint, true);
      view.setUint32(i * HEAP_PLACE + 4, item.item.length, true);
      view.setUint32(i * HEAP_PLACE + 16, item.count, true);
    }
    output.string(places);
    for (const item of list.heap) {
      // Texts end with a byte 0; where there is no item that is all.
      const text = new Uint8Array((item?.item.length ?? 0) + 1);
      if (item !== undefined) text.set(item.item);
      output.string(text);
    }
  },
  restore({ topKLists }, db, key, input) {
    const k = natural(input), width = natural(input), depth = natural(input);
    const facts = { k, width, depth, decay: input.double() };
    if (!isSoundTopK(facts)) throw badDataFormat();
    const buckets = bytesOf(input, 8 * width * depth);
    const places = bytesOf(input, HEAP_PLACE * k);
    const view = new DataView(places.buffer, places.byteOffset);
    const heap: (TopKItem | undefined)[] = [];
    for (let i = 0; i < k; i++) {
      const text = input.string();
      const length = view.getUint32(i * HEAP_PLACE + 4, true);
      const fingerprint = view.getUint32(i * HEAP_PLACE, true);
      const count = view.getUint32(i * HEAP_PLACE + 16, true);
      if (text.at(-1) !== 0) throw badDataFormat();
      const isNone = text.length === 1 && count === 0;
      // RedisBloom cuts texts at their first byte 0, and keeps their length.
      const item = new Uint8Array(length <= MOST_BYTES ? length : 0);
      item.set(text.subarray(0, Math.min(length, text.length - 1)));
      heap.push(isNone ? undefined : { fingerprint, count, item });
    }
    const list = topKLists.create(db, key, facts, heap);
    list.putBuckets(buckets);
    topKLists.changed(list);
    return list.collection;
  },
  // With what the dice show.
  own: {
    dump(store, collection, output) {
      TOP_K.dump(store, collection, output);
      output.unsigned(store.topKLists.open(collection).dice);
    },
    restore(store, db, key, input) {
      const collection = TOP_K.restore(store, db, key, input);
      const list = store.topKLists.open(collection);
      list.dice = natural(input);
      store.topKLists.changed(list);
      return collection;
    },
  },
};

function dumpDigest(digest: Digest, output: ModuleOutput): void {
  output.double(digest.compression);
  output.double(digest.min);
  output.double(digest.max);
  output.signed(digest.capacity);
  output.signed(digest.merged);
  output.signed(digest.unmerged);
  output.signed(digest.compressions);
  output.double(digest.mergedWeight);
  output.double(digest.unmergedWeight);
  for (const values of [digest.means, digest.weights]) {
    for (let i = 0; i < digest.nodes; i++) output.double(values[i] ?? 0);
  }
}

function readDigest(input: ModuleInput): Digest {
  const digest = new Digest(input.double());
  if (!isPossible(digest.compression)) throw badDataFormat();
  digest.min = input.double();
  digest.max = input.double();
  const capacity = Number(input.signed());
  const merged = Number(input.signed()), unmerged = Number(input.signed());
  digest.compressions = Number(input.signed());
  digest.mergedWeight = input.double();
  digest.unmergedWeight = input.double();
  const nodes = merged + unmerged;
  if (capacity !== digest.capacity || merged < 0 || unmerged < 0 || nodes > capacity) {
    throw badDataFormat();
  }
  // Grown as the nodes come, for their number may be a lie.
  for (let i = 0; i < nodes; i++) {
    digest.reserve(i + 1);
    digest.means[i] = input.double();
  }
  for (let i = 0; i < nodes; i++) digest.weights[i] = input.double();
  digest.merged = merged;
  digest.unmerged = unmerged;
  return digest;
}

const T_DIGEST: Form = {
  version: 0,
  dump({ tDigests }, collection, output) {
    let { digest } = tDigests.open(collection);
    if (digest.unmerged > 0) {
      digest = digest.copy();
      digest.compress();
    }
    dumpDigest(digest, output);
  },
  restore({ tDigests }, db, key, input) {
    const digest = readDigest(input);
    if (digest.unmerged > 0) throw badDataFormat();
    const restored = tDigests.create(db, key, digest);
    tDigests.changed(restored);
    return restored.collection;
  },
  // With nodes that are not merged yet.
  own: {
    dump({ tDigests }, collection, output) {
      dumpDigest(tDigests.open(collection).digest, output);
    },
    restore({ tDigests }, db, key, input) {
      const restored = tDigests.create(db, key, readDigest(input));
      tDigests.changed(restored);
      return restored.collection;
    },
  },
};

const FORMS: Readonly<Record<number, Form>> = {
  [TYPE.BLOOM]: BLOOM,
  [TYPE.CUCKOO]: CUCKOO,
  [TYPE.COUNT_MIN]: COUNT_MIN,
  [TYPE.TOP_K]: TOP_K,
  [TYPE.T_DIGEST]: T_DIGEST,
};

/** Whether a module's id is that of a filter or a sketch. */
export function isSketchId(id: string): boolean {
  return FORMS[TYPE_NAMES.indexOf(id)] !== undefined;
}

/**
 * The payload of a filter or a sketch.
 *
 * @param own Whether nobody but Redlite reads it.
 * @throws {CommandError} If it would be too large.
 */
export function dumpSketch(store: Store, collection: Collection, own: boolean): Slice {
  const form = FORMS[collection.type];
  if (form === undefined) throw new TypeError(`type ${collection.type} is no sketch`);
  store.keyspace.collections.settle(collection);
  if (collection.length > MOST_BYTES) {
    throw err(`a value of ${collection.length} bytes is too large for DUMP`);
  }
  const ours = own ? form.own : undefined;
  const writer = new ModuleWriter({
    id: TYPE_NAMES[collection.type] ?? "",
    version: ours === undefined ? form.version : OWN_VERSION,
  });
  (ours ?? form).dump(store, collection, writer);
  return writer.finish();
}

/** Puts a filter or a sketch in place of a key's value. @throws {CommandError} If the payload is none. */
export function restoreSketch(
  store: Store,
  db: number,
  key: Slice,
  { id, version }: ModuleId,
  input: ModuleInput,
): Collection {
  const form = FORMS[TYPE_NAMES.indexOf(id)];
  const known = version === form?.version ? form : version === OWN_VERSION ? form?.own : undefined;
  if (known === undefined) throw badDataFormat();
  return known.restore(store, db, key, input);
}
