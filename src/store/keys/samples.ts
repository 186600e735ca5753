/**
 * A few keys from anywhere, for eviction to choose from: without a scan, and with nothing remembered
 * that another process's commit could make wrong.
 *
 * {@linkcode Hands} stand evenly spread in the order of a space's keys. A draw takes one of them,
 * skips a random few keys, reads the next ones and leaves the hand behind them; at the end it goes on
 * at the beginning. All hands move at the same mean speed, so they stay spread, and every key comes
 * up equally often. In a small space a draw begins at a random rank instead.
 *
 * Volatile keys are drawn the same way in the order of their expiry, from its index, all databases
 * together. Flushed keys that wait for their deletion stand there too and are passed over.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Databases } from "./databases.ts";
import { Hands } from "./eviction/hands.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  keys: "SELECT key FROM keys WHERE space = ?1 AND key > ?2 ORDER BY key LIMIT ?3 OFFSET ?4",
  keysFrom: "SELECT key FROM keys WHERE space = ?1 AND key >= ?2 ORDER BY key LIMIT ?3 OFFSET ?4",
  // The first condition is what the index asks for; compared as a row, it seeks among equal times too.
  expiries: `SELECT expires_at, space, key FROM keys
    WHERE expires_at IS NOT NULL AND (expires_at, space, key) > (?1, ?2, ?3)
    ORDER BY expires_at, space, key LIMIT ?4 OFFSET ?5`,
  nearest: `SELECT space, key FROM keys
    WHERE expires_at < ?1 AND +space IN (SELECT space FROM databases WHERE db < ?2)
    ORDER BY expires_at LIMIT ?3`,
};

/** The most keys that a draw skips. Each costs 40 ns. */
const MOST_SKIPPED = 64;
/** Keys up to which a draw begins at a random rank. */
const SMALL = 512;
/** Spaces whose hands are kept. */
const KEPT_SPACES = 64;

const NO_BYTES = new Uint8Array(0);
/** After all expiry times. */
const PAST_EXPIRY = Number.MAX_SAFE_INTEGER;

/** A place in the order of expiries: behind a key. */
interface ExpiryPlace {
  readonly expiresAtMs: number;
  readonly space: number;
  readonly key: Uint8Array;
}

/** Before all of them: their range is ±2^53. */
const FIRST_EXPIRY: ExpiryPlace = {
  expiresAtMs: Number.MIN_SAFE_INTEGER,
  space: 0,
  key: NO_BYTES,
};

/** Is shown a key. The slice is valid until the call returns. */
export type KeyVisitor = (db: number, key: Slice) => void;

const nobody: KeyVisitor = () => {};

/** Draws keys. */
export class KeySamples {
  /** Where chance comes from: numbers in [0, 1). */
  random: () => number = Math.random;
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #keys: Statement;
  readonly #keysFrom: Statement;
  readonly #expiries: Statement;
  readonly #nearest: Statement;
  readonly #hands = new Map<number, Hands<Uint8Array>>();
  readonly #expiryHands: Hands<ExpiryPlace>;
  readonly #slice = new Slice(new Uint8Array(256));
  #lastExpiry = 0;
  #lastSpace = 0;

  /** Takes the databases to draw from. */
  constructor(engine: Engine, databases: Databases) {
    this.#engine = engine;
    this.#databases = databases;
    this.#keys = engine.prepare(SQL.keys);
    this.#keysFrom = engine.prepare(SQL.keysFrom);
    this.#expiries = engine.prepare(SQL.expiries);
    this.#nearest = engine.prepare(SQL.nearest);
    this.#expiryHands = new Hands(FIRST_EXPIRY, (from, keys) => {
      return this.#visitVolatile(from, keys - 1, 1, nobody) === 1 ? this.#lastPlace() : undefined;
    });
  }

  /** Keys of all databases. */
  get keyCount(): number {
    let count = 0;
    for (let db = 0; db < this.#databases.count; db++) count += this.#databases.keys(db);
    return count;
  }

  /** Keys of all databases that have an expiry. */
  get volatileCount(): number {
    let count = 0;
    for (let db = 0; db < this.#databases.count; db++) count += this.#databases.expires(db);
    return count;
  }

  /** Draws neighbours from a random database: the more keys it has, the likelier. */
  drawKeys(count: number, visit: KeyVisitor): void {
    let rank = Math.floor(this.random() * this.keyCount);
    for (let db = 0; db < this.#databases.count; db++) {
      const keys = this.#databases.keys(db);
      if (rank >= keys) {
        rank -= keys;
        continue;
      }
      this.#engine.read();
      this.#engine.settleRows();
      const space = this.#databases.space(db);
      if (keys <= SMALL) this.#drawFew(db, space, rank, count, visit);
      else this.#drawMany(db, space, keys, count, visit);
      return;
    }
  }

  #drawFew(db: number, space: number, rank: number, count: number, visit: KeyVisitor): void {
    const left = count - this.#visitKeys(this.#keysFrom, db, space, NO_BYTES, rank, count, visit);
    // Around the end, but not as far as where it began.
    const before = Math.min(left, rank);
    if (before > 0) this.#visitKeys(this.#keysFrom, db, space, NO_BYTES, 0, before, visit);
  }

  #drawMany(db: number, space: number, keys: number, count: number, visit: KeyVisitor): void {
    const hands = this.#handsOf(space);
    const hand = hands.choose(keys, this.random());
    const skipped = this.#skipped();
    const seen = this.#visitKeys(this.#keys, db, space, hands.at(hand), skipped, count, visit);
    const left = count - seen;
    if (left > 0) this.#visitKeys(this.#keysFrom, db, space, NO_BYTES, skipped, left, visit);
    hands.move(hand, this.#slice.copy());
  }

  #skipped(): number {
    return Math.floor(this.random() * (MOST_SKIPPED + 1));
  }

  #handsOf(space: number): Hands<Uint8Array> {
    let hands = this.#hands.get(space);
    if (hands === undefined) {
      // Of most of them the database was flushed long ago.
      if (this.#hands.size === KEPT_SPACES) this.#hands.clear();
      hands = new Hands<Uint8Array>(NO_BYTES, (from, keys) => {
        const seen = this.#visitKeys(this.#keys, 0, space, from, keys - 1, 1, nobody);
        return seen === 1 ? this.#slice.copy() : undefined;
      });
      this.#hands.set(space, hands);
    }
    return hands;
  }

  /** Visits keys, and leaves the last in the slice. @returns How many. */
  #visitKeys(
    statement: Statement,
    db: number,
    space: number,
    from: Uint8Array,
    skipped: number,
    count: number,
    visit: KeyVisitor,
  ): number {
    statement.bindInteger(1, space);
    statement.bindBlob(2, from, 0, from.length);
    statement.bindInteger(3, count);
    statement.bindInteger(4, skipped);
    let seen = 0;
    try {
      for (; statement.step(); seen++) visit(db, this.#column(statement, 0));
    } finally {
      statement.reset();
    }
    return seen;
  }

  #column(statement: Statement, column: number): Slice {
    const slice = this.#slice;
    const length = statement.columnLength(column);
    if (length > slice.bytes.length) slice.bytes = new Uint8Array(2 * length);
    slice.start = 0;
    slice.end = length;
    statement.columnInto(column, slice.bytes, 0, length);
    return slice;
  }

  /** Draws neighbours in the order of expiry. Visits none if it only came upon flushed keys. */
  drawVolatile(count: number, visit: KeyVisitor): void {
    this.#engine.read();
    this.#engine.settleRows();
    const keys = this.volatileCount;
    if (keys <= SMALL) {
      const rank = Math.floor(this.random() * keys);
      const left = count - this.#visitVolatile(FIRST_EXPIRY, rank, count, visit);
      const before = Math.min(left, rank);
      if (before > 0) this.#visitVolatile(FIRST_EXPIRY, 0, before, visit);
      return;
    }
    const hands = this.#expiryHands;
    const hand = hands.choose(keys, this.random());
    const skipped = this.#skipped();
    const left = count - this.#visitVolatile(hands.at(hand), skipped, count, visit);
    if (left > 0) this.#visitVolatile(FIRST_EXPIRY, skipped, left, visit);
    hands.move(hand, this.#lastPlace());
  }

  /** Visits keys behind a place, and notes the last. @returns How many, flushed ones included. */
  #visitVolatile(
    { expiresAtMs, space, key }: ExpiryPlace,
    skipped: number,
    count: number,
    visit: KeyVisitor,
  ): number {
    const statement = this.#expiries;
    statement.bindInteger(1, expiresAtMs);
    statement.bindInteger(2, space);
    statement.bindBlob(3, key, 0, key.length);
    statement.bindInteger(4, count);
    statement.bindInteger(5, skipped);
    let seen = 0;
    try {
      for (; statement.step(); seen++) {
        this.#lastExpiry = statement.columnNumber(0);
        this.#lastSpace = statement.columnNumber(1);
        const db = this.#databases.dbOfSpace(this.#lastSpace);
        const found = this.#column(statement, 2);
        if (db !== -1) visit(db, found);
      }
    } finally {
      statement.reset();
    }
    return seen;
  }

  #lastPlace(): ExpiryPlace {
    return {
      expiresAtMs: this.#lastExpiry,
      space: this.#lastSpace,
      key: this.#slice.copy(),
    };
  }

  /** The keys that expire first, in that order. @param beforeMs Those that expire before. */
  nearest(count: number, beforeMs: number): { db: number; key: Slice }[] {
    this.#engine.read();
    this.#engine.settleRows();
    const statement = this.#nearest;
    statement.bindInteger(1, Math.min(beforeMs, PAST_EXPIRY));
    statement.bindInteger(2, this.#databases.count);
    statement.bindInteger(3, count);
    const found: { db: number; key: Slice }[] = [];
    while (statement.step()) {
      const db = this.#databases.dbOfSpace(statement.columnNumber(0));
      if (db !== -1) found.push({ db, key: new Slice(statement.columnBlob(1)) });
    }
    statement.reset();
    return found;
  }
}
