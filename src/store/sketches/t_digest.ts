/**
 * T-digests: observations as nodes of a mean and a weight, small at the ends and large in the middle,
 * by which quantiles are told. New ones are nodes of their own until there are so many that neighbours
 * are merged, in the order and with the arithmetic of RedisBloom, so that estimates are the same.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { err } from "../values/errors.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { sortNodes } from "./digest_sort.ts";
import type { BlockBudget } from "./blocks.ts";
import type { BlockRows } from "./rows.ts";
import { Sketch, Sketches } from "./sketch.ts";

/** Nodes in a row of the table, and bytes of one. */
const NODES_PER_BLOCK = 28, NODE = 16;
/** Bytes of the facts in the row. */
const FACTS_BYTES = 56;
/** The greatest number of nodes: all are in memory while a digest is in use. */
const MOST_NODES = 2 ** 22;
/** Nodes for which there is room at first. */
const FIRST_ROOM = 64;

/** A row of nodes while it is written. */
const nodesRow = new Uint8Array(NODES_PER_BLOCK * NODE), nodesView = new DataView(nodesRow.buffer);

/** How many nodes a digest may have. */
const capacityOf = (compression: number) => 6 * Math.floor(compression) + 10;

/** Whether there can be a digest of such a compression. */
export function isPossible(compression: number): boolean {
  return compression >= 1 && capacityOf(compression) <= MOST_NODES;
}

/** All that a digest holds. */
export interface DigestState {
  /** How much is kept of it: nodes grow with it, and errors are less. */
  readonly compression: number;
  /** The least observation. */
  readonly min: number;
  /** The greatest observation. */
  readonly max: number;
  /** Nodes that were merged, which are the first, in order. */
  readonly merged: number;
  /** Nodes behind them. */
  readonly unmerged: number;
  /** The sum of their weights. */
  readonly mergedWeight: number;
  /** The sum of the others' weights. */
  readonly unmergedWeight: number;
  /** How often nodes were merged. */
  readonly compressions: number;
}

/** The nodes of a digest in memory, and what is done with them. */
export class Digest implements DigestState {
  readonly compression: number;
  min = Number.MAX_VALUE;
  max: number = -Number.MAX_VALUE;
  merged = 0;
  unmerged = 0;
  mergedWeight = 0;
  unmergedWeight = 0;
  compressions = 0;
  /** The means. Only the first {@linkcode nodes} count. */
  means: Float64Array = new Float64Array(FIRST_ROOM);
  /** The weights. */
  weights: Float64Array = new Float64Array(FIRST_ROOM);
  /** The first node that was changed since it was last said that none was. */
  changedFrom = 0;

  /** Makes an empty one. */
  constructor(compression: number) {
    this.compression = compression;
  }

  /** Nodes. */
  get nodes(): number {
    return this.merged + this.unmerged;
  }

  /** Observations. */
  get size(): number {
    return this.mergedWeight + this.unmergedWeight;
  }

  /** Most nodes. */
  get capacity(): number {
    return capacityOf(this.compression);
  }

  /** Takes over everything that another holds. */
  assign(other: Digest): void {
    this.min = other.min;
    this.max = other.max;
    this.merged = other.merged;
    this.unmerged = other.unmerged;
    this.mergedWeight = other.mergedWeight;
    this.unmergedWeight = other.unmergedWeight;
    this.compressions = other.compressions;
    this.means = other.means.slice(0, Math.max(FIRST_ROOM, other.nodes));
    this.weights = other.weights.slice(0, Math.max(FIRST_ROOM, other.nodes));
    this.changedFrom = 0;
  }

  /** Another one that holds the same. */
  copy(): Digest {
    const copy = new Digest(this.compression);
    copy.assign(this);
    return copy;
  }

  /** Makes room for so many nodes. */
  reserve(nodes: number): void {
    if (nodes <= this.means.length) return;
    const room = Math.min(Math.max(nodes, 2 * this.means.length), this.capacity);
    const means = new Float64Array(room), weights = new Float64Array(room);
    means.set(this.means);
    weights.set(this.weights);
    this.means = means;
    this.weights = weights;
  }

  /** Adds an observation, or several as one. @returns Whether numbers of 64 bits hold it. */
  add(mean: number, weight: number): boolean {
    if (this.nodes >= this.capacity - 1 && !this.compress()) return false;
    const at = this.nodes;
    if (at >= this.capacity) return false;
    const total = this.unmergedWeight + weight + this.mergedWeight;
    if (2 * Math.PI * total * Math.log(total) === Infinity) return false;
    this.reserve(at + 1);
    if (mean < this.min) this.min = mean;
    if (mean > this.max) this.max = mean;
    this.means[at] = mean;
    this.weights[at] = weight;
    this.unmerged++;
    this.unmergedWeight += weight;
    if (at < this.changedFrom) this.changedFrom = at;
    return true;
  }

  /** Adds what another one holds, which both merge their nodes for. @returns Whether that was possible. */
  merge(from: Digest): boolean {
    if (!this.compress() || !from.compress()) return false;
    // It may be this one itself, and change while it is added.
    for (let i = 0, { nodes } = from; i < nodes; i++) {
      if (!this.add(from.means[i]!, from.weights[i]!)) return false;
    }
    return true;
  }

  /** Merges neighbours, unless that has been done. @returns Whether it was possible. */
  compress(): boolean {
    if (this.unmerged === 0) return true;
    const { means, weights, nodes } = this;
    const total = this.mergedWeight + this.unmergedWeight;
    this.changedFrom = 0;
    sortNodes(means, weights, nodes);
    let last = 0;
    if (total > 1) {
      const divisor = 2 * Math.PI * total * Math.log(total);
      const normalizer = this.compression / divisor;
      if (divisor === Infinity || normalizer === Infinity) return false;
      let before = 0;
      for (let i = 1; i < nodes; i++) {
        const weight = weights[last]! + weights[i]!;
        const z = weight * normalizer;
        const q0 = before / total;
        const q2 = (before + weight) / total;
        if (z <= q0 * (1 - q0) && z <= q2 * (1 - q2)) {
          weights[last] = weight;
          const delta = means[i]! - means[last]!;
          means[last]! += delta * weights[i]! / weight;
        } else {
          before += weights[last]!;
          last++;
          means[last] = means[i]!;
          weights[last] = weights[i]!;
        }
      }
    } else {
      last = nodes - 1;
    }
    this.merged = last + 1;
    this.mergedWeight = total;
    this.unmerged = 0;
    this.unmergedWeight = 0;
    this.compressions++;
    return true;
  }

  /** Makes it empty. */
  reset(): void {
    this.assign(new Digest(this.compression));
  }
}

/** A digest in use. */
export class TDigest extends Sketch {
  /** What it holds. */
  digest: Digest;
  readonly #rows: BlockRows;
  readonly #budget: BlockBudget;
  /** Rows of its nodes. */
  #stored: number;
  /** Bytes that it is known to take in memory. */
  #counted = 0;

  /** @param stored Rows of its nodes. */
  constructor(
    collection: Collection,
    rows: BlockRows,
    budget: BlockBudget,
    digest: Digest,
    stored: number,
  ) {
    super(collection);
    this.#budget = budget;
    this.digest = digest;
    this.#rows = rows;
    this.#stored = stored;
    this.#count(digest.means.length * NODE);
  }

  #count(bytes: number): void {
    this.#budget.used += bytes - this.#counted;
    this.#counted = bytes;
  }

  get bytes(): number {
    return FACTS_BYTES + this.digest.nodes * NODE;
  }

  protected save(): void {
    const { digest, collection } = this;
    const { nodes, means, weights } = digest;
    this.#count(means.length * NODE);
    const blocks = Math.ceil(nodes / NODES_PER_BLOCK);
    if (digest.changedFrom < nodes) {
      for (let b = Math.floor(digest.changedFrom / NODES_PER_BLOCK); b < blocks; b++) {
        const first = b * NODES_PER_BLOCK;
        const count = Math.min(NODES_PER_BLOCK, nodes - first);
        for (let i = 0; i < count; i++) {
          nodesView.setFloat64(i * NODE, means[first + i]!, true);
          nodesView.setFloat64(i * NODE + 8, weights[first + i]!, true);
        }
        this.#rows.write(collection.id, b, nodesRow, 0, count * NODE);
      }
    }
    if (blocks < this.#stored) this.#rows.delete(collection.id, blocks, this.#stored);
    this.#stored = blocks;
    digest.changedFrom = nodes;
    const facts = this.facts(FACTS_BYTES);
    facts.setFloat64(0, digest.compression, true);
    facts.setFloat64(8, digest.min, true);
    facts.setFloat64(16, digest.max, true);
    facts.setFloat64(24, digest.mergedWeight, true);
    facts.setFloat64(32, digest.unmergedWeight, true);
    facts.setFloat64(40, digest.compressions, true);
    facts.setUint32(48, digest.merged, true);
    facts.setUint32(52, digest.unmerged, true);
  }

  forget(): void {
    this.#count(0);
  }
}

/** The t-digests of a store. */
export class TDigests extends Sketches<TDigest> {
  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    super(engine, keyspace, cacheBytes, { type: TYPE.T_DIGEST, table: "t_digest_blocks" });
  }

  protected load(collection: Collection): TDigest {
    const { buffer, byteOffset, length } = collection.metadata;
    const view = new DataView(buffer, byteOffset, length);
    const digest = new Digest(view.getFloat64(0, true));
    digest.min = view.getFloat64(8, true);
    digest.max = view.getFloat64(16, true);
    digest.mergedWeight = view.getFloat64(24, true);
    digest.unmergedWeight = view.getFloat64(32, true);
    digest.compressions = view.getFloat64(40, true);
    digest.merged = view.getUint32(48, true);
    digest.unmerged = view.getUint32(52, true);
    const { nodes } = digest;
    digest.reserve(nodes);
    const blocks = Math.ceil(nodes / NODES_PER_BLOCK);
    this.rows.each(collection.id, 0, blocks, (number, bytes) => {
      const block = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0, i = number * NODES_PER_BLOCK; at < bytes.length; at += NODE, i++) {
        digest.means[i] = block.getFloat64(at, true);
        digest.weights[i] = block.getFloat64(at + 8, true);
      }
    });
    digest.changedFrom = nodes;
    return new TDigest(collection, this.rows, this.budget, digest, blocks);
  }

  /** Makes a key hold a digest. @throws {CommandError} If it would be too large. */
  create(db: number, key: Slice, digest: Digest): TDigest {
    return this.make(
      db,
      key,
      (collection) => new TDigest(collection, this.rows, this.budget, digest, 0),
    );
  }
}

/** The error for a digest that would be too large. */
export const tooLarge = () => err("T-Digest: allocation failed");
