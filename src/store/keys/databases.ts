/**
 * The numbered databases of SELECT: which space holds each one's keys, and how many there are.
 *
 * Counts are kept in memory as the turn changes them and written once, before its commit; so DBSIZE
 * costs nothing and a write turn pays one row at most.
 *
 * Each database has another in the wings, whose index is {@linkcode Databases.count} higher: what is
 * to take its place is written there, by as many turns as it takes, and put in its place in one. In
 * the file its number is so high that nobody selects it.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  load: "SELECT db, space, keys, expires, bytes FROM databases",
  save: `INSERT INTO databases(db, space, keys, expires, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT(db) DO UPDATE SET space = ?2, keys = ?3, expires = ?4, bytes = ?5`,
  drop: "DELETE FROM databases WHERE db = ?1",
  takeSequence: "UPDATE sequences SET next = next + ?2 WHERE name = ?1 RETURNING next",
};

/** Ids taken from the sequence at a time, so that most new keys need no write for theirs. */
const ID_BLOCK = 1024;
/** What is added to a database's number for the one in the wings, in the file. */
const IN_WINGS = 2 ** 30;

/** Maps databases to spaces and counts their keys. */
export class Databases {
  /** How many databases SELECT knows. */
  readonly count: number;
  /** Is told when a database has been given another space. */
  onSpacesChanged: () => void = () => {};
  readonly #engine: Engine;
  readonly #load: Statement;
  readonly #save: Statement;
  readonly #drop: Statement;
  readonly #takeSequence: Statement;
  readonly #spaces: Int32Array;
  readonly #keys: Float64Array;
  readonly #expires: Float64Array;
  readonly #bytes: Float64Array;
  readonly #dirty: Uint8Array;
  #anyDirty = false;
  #spacesChanged = false;
  #loaded = false;
  #totalBytes = 0;
  #nextId = 0;
  #idsEnd = 0;

  /** @param count How many databases there shall be, 16 in Redis. */
  constructor(engine: Engine, count: number) {
    this.count = count;
    this.#engine = engine;
    this.#load = engine.prepare(SQL.load);
    this.#save = engine.prepare(SQL.save);
    this.#drop = engine.prepare(SQL.drop);
    this.#takeSequence = engine.prepare(SQL.takeSequence);
    this.#spaces = new Int32Array(2 * count);
    this.#keys = new Float64Array(2 * count);
    this.#expires = new Float64Array(2 * count);
    this.#bytes = new Float64Array(2 * count);
    this.#dirty = new Uint8Array(2 * count);
    engine.addListener({ forget: () => this.#forget(), beforeCommit: () => {} });
  }

  /** The space of a database; 0 if nothing was ever written to it. */
  space(db: number): number {
    if (!this.#loaded) this.#reload();
    return this.#spaces[db]!;
  }

  /** The space of a database, made if it has none. Call in a write turn. */
  spaceForWrite(db: number): number {
    if (!this.#loaded) this.#reload();
    if (this.#spaces[db] === 0) this.#replaceSpace(db);
    return this.#spaces[db]!;
  }

  /** Keys of a database, the expired ones not yet swept included. */
  keys(db: number): number {
    if (!this.#loaded) this.#reload();
    return this.#keys[db]!;
  }

  /** Keys of a database that have an expiry, expired ones included. */
  expires(db: number): number {
    if (!this.#loaded) this.#reload();
    return this.#expires[db]!;
  }

  /** Bytes that a database's keys count (see live_bytes.ts), expired ones included. */
  bytes(db: number): number {
    if (!this.#loaded) this.#reload();
    return this.#bytes[db]!;
  }

  /** Bytes that the keys of all databases count. */
  get totalBytes(): number {
    if (!this.#loaded) this.#reload();
    return this.#totalBytes;
  }

  /** The database of a space, or -1 if it belongs to none. */
  dbOfSpace(space: number): number {
    if (!this.#loaded) this.#reload();
    return this.#spaces.indexOf(space);
  }

  /** Notes rows come or gone, and expiries. Call in a write turn. */
  add(db: number, keys: number, expires: number): void {
    if (keys === 0 && expires === 0) return;
    this.#keys[db]! += keys;
    this.#expires[db]! += expires;
    this.#touch(db);
  }

  /** Notes bytes come or gone. Call in a write turn. */
  addBytes(db: number, bytes: number): void {
    if (bytes === 0) return;
    this.#bytes[db]! += bytes;
    this.#totalBytes += bytes;
    this.#touch(db);
  }

  /** Exchanges two databases. */
  swap(a: number, b: number): void {
    if (!this.#loaded) this.#reload();
    for (const array of [this.#spaces, this.#keys, this.#expires, this.#bytes]) {
      [array[a], array[b]] = [array[b]!, array[a]!];
    }
    this.#touch(a);
    this.#touch(b);
    this.#spacesChanged = true;
    this.onSpacesChanged();
  }

  /**
   * Puts what is in the wings of a database in its place.
   *
   * @returns The space it had, 0 if it had none; it is nobody's now.
   */
  takeWings(db: number): number {
    const old = this.space(db);
    const wings = this.count + db;
    this.#totalBytes -= this.#bytes[db]!;
    for (const array of [this.#spaces, this.#keys, this.#expires, this.#bytes]) {
      array[db] = array[wings]!;
      array[wings] = 0;
    }
    this.#touch(db);
    this.#touch(wings);
    this.#spacesChanged = true;
    this.onSpacesChanged();
    return old;
  }

  /** Whether there is something in the wings of any. */
  get anyWings(): boolean {
    if (!this.#loaded) this.#reload();
    return this.#spaces.subarray(this.count).some((space) => space !== 0);
  }

  /**
   * Empties the wings of a database.
   *
   * @returns The space that was there, 0 if there was none; it is nobody's now.
   */
  clearWings(db: number): number {
    const wings = this.count + db;
    const old = this.space(wings);
    if (old === 0) return 0;
    this.#totalBytes -= this.#bytes[wings]!;
    for (const array of [this.#spaces, this.#keys, this.#expires, this.#bytes]) array[wings] = 0;
    this.#touch(wings);
    this.#spacesChanged = true;
    return old;
  }

  /**
   * Gives a database a new, empty space.
   *
   * @returns The space it had.
   */
  replace(db: number): number {
    const old = this.space(db);
    this.#replaceSpace(db);
    return old;
  }

  #replaceSpace(db: number): void {
    this.#spaces[db] = this.#take("space", 1);
    this.#keys[db] = 0;
    this.#expires[db] = 0;
    this.#totalBytes -= this.#bytes[db]!;
    this.#bytes[db] = 0;
    this.#touch(db);
    this.#spacesChanged = true;
    this.onSpacesChanged();
  }

  /** A new id for a key's elements. Call in a write turn. */
  newId(): number {
    if (this.#nextId === this.#idsEnd) {
      this.#nextId = this.#take("id", ID_BLOCK);
      this.#idsEnd = this.#nextId + ID_BLOCK;
    }
    return this.#nextId++;
  }

  #take(name: "id" | "space", count: number): number {
    const statement = this.#takeSequence;
    statement.bindText(1, name);
    statement.bindInteger(2, count);
    statement.step();
    const next = statement.columnNumber(0);
    while (statement.step());
    statement.reset();
    return next - count;
  }

  #touch(db: number): void {
    this.#dirty[db] = 1;
    this.#anyDirty = true;
  }

  #reload(): void {
    this.#engine.read();
    this.#spaces.fill(0);
    this.#keys.fill(0);
    this.#expires.fill(0);
    this.#bytes.fill(0);
    this.#totalBytes = 0;
    while (this.#load.step()) {
      const number = this.#load.columnNumber(0);
      const ofWings = number >= IN_WINGS;
      const place = ofWings ? number - IN_WINGS : number;
      // A file made with more databases keeps the others for a start that asks for them.
      if (place >= this.count) continue;
      const db = ofWings ? this.count + place : place;
      this.#spaces[db] = this.#load.columnNumber(1);
      this.#keys[db] = this.#load.columnNumber(2);
      this.#expires[db] = this.#load.columnNumber(3);
      this.#bytes[db] = this.#load.columnNumber(4);
      this.#totalBytes += this.#bytes[db];
    }
    this.#load.reset();
    this.#loaded = true;
  }

  #forget(): void {
    this.#loaded = false;
    this.#anyDirty = this.#spacesChanged = false;
    this.#dirty.fill(0);
    // Ids taken in a turn that was rolled back are another's now.
    this.#nextId = this.#idsEnd = 0;
  }

  #numberOf(db: number): number {
    return db < this.count ? db : IN_WINGS + db - this.count;
  }

  /** Writes what the turn has changed. Call before its commit, when all rows are written. */
  save(): void {
    if (!this.#anyDirty) return;
    // Spaces are unique: two that changed places must not meet on the way.
    const { length } = this.#spaces;
    for (let db = 0; db < length; db++) {
      if (this.#dirty[db] === 0 || !this.#spacesChanged) continue;
      this.#drop.bindInteger(1, this.#numberOf(db));
      this.#drop.run();
    }
    for (let db = 0; db < length; db++) {
      if (this.#dirty[db] === 0) continue;
      this.#dirty[db] = 0;
      if (this.#spaces[db] === 0) continue;
      this.#save.bindInteger(1, this.#numberOf(db));
      this.#save.bindInteger(2, this.#spaces[db]!);
      this.#save.bindInteger(3, this.#keys[db]!);
      this.#save.bindInteger(4, this.#expires[db]!);
      this.#save.bindInteger(5, this.#bytes[db]!);
      this.#save.run();
    }
    this.#anyDirty = this.#spacesChanged = false;
  }
}
