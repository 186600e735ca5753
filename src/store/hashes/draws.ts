/**
 * Random fields of a hash, each with the same chance. A few are found by their ranks, for which a
 * large hash has counted runs; many cost less in one walk through the whole hash.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { Column } from "../values/column.ts";
import type { HashExpiry } from "./expiry.ts";
import type { FieldVisitor } from "./hashes.ts";
import type { Order } from "../collections/order.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  at: `SELECT field, value, expires_at FROM hashes WHERE key_id = ?1 AND field >= ?2
    ORDER BY field LIMIT 1 OFFSET ?3`,
};

/** What finding one field by its rank costs, in fields walked through. */
const RANK_COST = 100;
/** Fields of a larger hash drawn with repetition that are fetched at a time. */
const BATCH = 65_536;

/** Takes a field and its value. */
export type DrawVisitor = (field: Column | Slice, value: Column | Slice) => void;

/** What draws ask of the hashes. */
export interface DrawnHashes {
  /** Expiry of single fields. */
  readonly expiry: HashExpiry;
  /** Visits all fields that are not expired. */
  each(c: Collection, visit: FieldVisitor): void;
}

/** Draws fields of hashes. */
export class HashDraws {
  readonly #order: Order;
  readonly #hashes: DrawnHashes;
  readonly #at: Statement;
  readonly #field: Column;
  readonly #value: Column;

  /** Takes the order of the fields. */
  constructor(engine: Engine, order: Order, hashes: DrawnHashes) {
    this.#order = order;
    this.#hashes = hashes;
    this.#at = engine.prepare(SQL.at);
    this.#field = new Column(this.#at, 0);
    this.#value = new Column(this.#at, 1);
  }

  /**
   * Draws different fields: `count` of them, or all if there are fewer.
   *
   * @param live The fields that are not expired.
   */
  distinct(c: Collection, live: number, count: number, visit: DrawVisitor): void {
    if (count >= live) return this.#hashes.each(c, visit);
    if (!byRank(c, live, count)) {
      // Each field is taken with the chance that leaves all others what they need.
      let wanted = count, left = live;
      this.#hashes.each(c, (field, value) => {
        if (Math.random() * left-- >= wanted) return;
        wanted--;
        visit(field, value);
      });
      return;
    }
    const ranks = new Set<number>();
    for (let drawn = 0; drawn < count;) {
      const rank = Math.floor(Math.random() * c.length);
      if (ranks.has(rank)) continue;
      ranks.add(rank);
      if (this.#visitAt(c, rank, visit)) drawn++;
    }
  }

  /**
   * Draws `count` fields, each out of all.
   *
   * @param live The fields that are not expired, not 0.
   */
  repeated(c: Collection, live: number, count: number, visit: DrawVisitor): void {
    if (byRank(c, live, count)) {
      for (let drawn = 0; drawn < count;) {
        if (this.#visitAt(c, Math.floor(Math.random() * c.length), visit)) drawn++;
      }
      return;
    }
    // More than it has fields: all of them are needed, and no more memory than the visitor takes.
    if (count >= live) return this.#fromAll(c, live, count, visit);
    for (let left = count; left > 0; left -= BATCH) {
      this.#batch(c, live, Math.min(left, BATCH), visit);
    }
  }

  /** Fetches all fields once and draws from them. */
  #fromAll(c: Collection, live: number, count: number, visit: DrawVisitor): void {
    const fields: Slice[] = [], values: Slice[] = [];
    this.#hashes.each(c, (field, value) => {
      fields.push(new Slice(field.copy()));
      values.push(new Slice(value.copy()));
    });
    for (let left = count; left > 0; left--) {
      const rank = Math.floor(Math.random() * live);
      const field = fields[rank], value = values[rank];
      if (field === undefined || value === undefined) throw missing(c);
      visit(field, value);
    }
  }

  /** Draws ranks, fetches their fields in one walk, and visits them in the order they were drawn. */
  #batch(c: Collection, live: number, count: number, visit: DrawVisitor): void {
    const drawn = Array.from({ length: count }, () => Math.floor(Math.random() * live));
    const wanted = new Map<number, [field: Slice, value: Slice] | undefined>();
    for (const rank of drawn) wanted.set(rank, undefined);
    let rank = 0;
    this.#hashes.each(c, (field, value) => {
      if (wanted.has(rank)) wanted.set(rank, [new Slice(field.copy()), new Slice(value.copy())]);
      rank++;
    });
    for (const rank of drawn) {
      const found = wanted.get(rank);
      if (found === undefined) throw missing(c);
      visit(...found);
    }
  }

  /** Visits the field of a rank, unless it is expired. @returns Whether it did. */
  #visitAt(c: Collection, rank: number, visit: DrawVisitor): boolean {
    const { run, offset } = this.#order.at(c, rank);
    const at = this.#at;
    at.bindInteger(1, c.id);
    at.bindBlob(2, run.bytes, 0, run.bytes.length);
    at.bindInteger(3, offset);
    try {
      if (!at.step()) throw missing(c);
      if (this.#hashes.expiry.isOver(at.columnNumber(2))) return false;
      visit(this.#field, this.#value);
      return true;
    } finally {
      at.reset();
    }
  }
}

const missing = ({ id }: Collection) => new Error(`hash ${id} has fewer fields than are counted`);

/** Whether draws by rank cost less than a walk; they pass over expired fields, so few may be that. */
function byRank(c: Collection, live: number, count: number): boolean {
  return 2 * live >= c.length && (count === 1 || count * RANK_COST <= live);
}
