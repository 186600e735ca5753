/**
 * Random keys, uniform and without a scan. A B-tree can seek a key but not the n-th key; so the
 * first RANDOMKEY cuts the space into runs of about {@linkcode BUCKET} keys, in one pass inside
 * SQLite (80 ms for a million keys), and remembers where each run begins and how many keys it has.
 * From then on each key that comes or goes changes one count, and a draw is: a run by its weight,
 * then a position in it.
 *
 * Memory is one key and one number for every run. Nothing is kept, and nothing costs anything, until
 * somebody asks for a random key; a foreign commit or a rollback drops it all.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { compareBytes, type Slice } from "../values/slice.ts";

/** Keys in a run when it is made; it is cut in two at twice as many. */
const BUCKET = 512;

const SQL = {
  hop: `SELECT key FROM keys WHERE space = ?1 AND key >= ?2 ORDER BY key LIMIT 1 OFFSET ?3`,
  countFrom: "SELECT count(*) FROM keys WHERE space = ?1 AND key >= ?2",
};

const FIRST = new Uint8Array(0);

/** The runs of one space. */
export class KeyBuckets {
  readonly #engine: Engine;
  readonly #hop: Statement;
  readonly #countFrom: Statement;
  #space = 0;
  /** First key of each run; of the first run the empty key. */
  #starts: Uint8Array[] = [];
  #counts: number[] = [];
  #total = 0;

  /** Takes the engine whose keys are drawn from. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#hop = engine.prepare(SQL.hop);
    this.#countFrom = engine.prepare(SQL.countFrom);
    engine.addListener({ forget: () => this.drop(), beforeCommit: () => {} });
  }

  /**
   * Draws a key, each row of the space with the same chance.
   *
   * @param random A number in [0, 1).
   * @returns A copy of the key, or undefined if the space is empty.
   */
  draw(space: number, random: number): Uint8Array | undefined {
    if (this.#space !== space) this.#build(space);
    if (this.#total === 0) return undefined;
    let rank = Math.floor(random * this.#total);
    let bucket = 0;
    while (rank >= this.#counts[bucket]!) rank -= this.#counts[bucket++]!;
    return this.#seek(space, this.#starts[bucket]!, rank);
  }

  #build(space: number): void {
    this.drop();
    this.#space = space;
    let start: Uint8Array | undefined = FIRST;
    for (;;) {
      const next = this.#seek(space, start, BUCKET);
      this.#starts.push(start);
      if (next === undefined) break;
      this.#counts.push(BUCKET);
      start = next;
    }
    this.#counts.push(this.#count(space, start));
    this.#total = this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Notes a new row. */
  added(space: number, key: Slice): void {
    if (space !== this.#space) return;
    const bucket = this.#find(key);
    this.#total++;
    if (++this.#counts[bucket]! < 2 * BUCKET) return;
    const middle = this.#seek(space, this.#starts[bucket]!, BUCKET);
    if (middle === undefined) return this.drop();
    this.#starts.splice(bucket + 1, 0, middle);
    this.#counts.splice(bucket + 1, 0, this.#counts[bucket]! - BUCKET);
    this.#counts[bucket] = BUCKET;
  }

  /** Notes a row that is gone. */
  removed(space: number, key: Slice): void {
    if (space !== this.#space) return;
    this.#total--;
    this.#counts[this.#find(key)]!--;
  }

  /** Forgets the runs. */
  drop(): void {
    if (this.#space === 0) return;
    this.#space = this.#total = 0;
    this.#starts = [];
    this.#counts = [];
  }

  #find(key: Slice): number {
    let low = 0, high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareBytes(this.#starts[middle]!, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #seek(space: number, start: Uint8Array, offset: number): Uint8Array | undefined {
    this.#engine.read();
    this.#engine.settleRows();
    this.#hop.bindInteger(1, space);
    this.#hop.bindBlob(2, start, 0, start.length);
    this.#hop.bindInteger(3, offset);
    const key = this.#hop.step() ? this.#hop.columnBlob(0) : undefined;
    this.#hop.reset();
    return key;
  }

  #count(space: number, start: Uint8Array): number {
    this.#countFrom.bindInteger(1, space);
    this.#countFrom.bindBlob(2, start, 0, start.length);
    this.#countFrom.step();
    const count = this.#countFrom.columnNumber(0);
    this.#countFrom.reset();
    return count;
  }
}
