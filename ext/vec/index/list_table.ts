/** The rows of lists: `vec_lists` has the members of each, `vec_centroids` its middle. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { Statement } from "../../../src/sqlite/sqlite.ts";
import { packMembers, unpackMembers } from "./members.ts";

const SQL = {
  lists: `SELECT list, version, members FROM vec_lists WHERE key_id = ?1 ORDER BY list`,
  centroids: "SELECT list, centroid FROM vec_centroids WHERE key_id = ?1",
  save: `INSERT INTO vec_lists(key_id, list, version, members) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET version = ?3, members = ?4`,
  saveCentroid: `INSERT INTO vec_centroids(key_id, list, centroid) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET centroid = ?3`,
  remove: "DELETE FROM vec_lists WHERE key_id = ?1 AND list = ?2",
  removeCentroid: "DELETE FROM vec_centroids WHERE key_id = ?1 AND list = ?2",
  clear: "DELETE FROM vec_lists WHERE key_id = ?1",
  clearCentroids: "DELETE FROM vec_centroids WHERE key_id = ?1",
  // A head stands for its index; rows of a set that waits for its deletion are still there.
  ownerless: `SELECT key_id FROM vec_lists WHERE key_id > ?1 AND list = -1 AND NOT EXISTS (
    SELECT 1 FROM vec_elements e WHERE e.key_id = vec_lists.key_id) LIMIT 1`,
  copy: `INSERT OR REPLACE INTO vec_lists(key_id, list, version, members)
    SELECT ?2, list, version, members FROM vec_lists WHERE key_id = ?1`,
  copyCentroids: `INSERT OR REPLACE INTO vec_centroids(key_id, list, centroid)
    SELECT ?2, list, centroid FROM vec_centroids WHERE key_id = ?1`,
};

/** The list that is none: its version is that of the whole index. */
const HEAD = -1;
/** What stands for its members where those of lists have moved to others that came to be nearer. */
const GATHERED = Uint8Array.of(1);

/** A list as it is stored. */
export interface StoredList {
  /** Its number. */
  readonly list: number;
  /** The version of the index in which it was written. */
  readonly version: number;
  /** Its members as bytes. */
  readonly members: Uint8Array;
}

/** An index as it is stored. */
export interface StoredIndex {
  /** Its version. */
  readonly version: number;
  /** Whether members are in the lists that are nearest to them. */
  readonly gathered: boolean;
  /** Its lists. */
  readonly lists: StoredList[];
}

/** Reads and writes lists. */
export class ListTable {
  readonly #engine: Engine;
  readonly #prepared = new Map<string, Statement>();

  /** Takes the engine whose tables they are in. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #statement(name: keyof typeof SQL, id: number): Statement {
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = this.#engine.prepare(SQL[name]);
      this.#prepared.set(name, statement);
    }
    statement.bindInteger(1, id);
    return statement;
  }

  /** An index, undefined if there is none. */
  load(id: number): StoredIndex | undefined {
    this.#engine.read();
    const statement = this.#statement("lists", id);
    const lists: StoredList[] = [];
    let version: number | undefined, gathered = false;
    while (statement.step()) {
      const list = statement.columnNumber(0);
      if (list === HEAD) {
        version = statement.columnNumber(1);
        gathered = statement.columnLength(2) > 0;
        continue;
      }
      lists.push({
        list,
        version: statement.columnNumber(1),
        members: statement.columnBlob(2),
      });
    }
    statement.reset();
    return version === undefined ? undefined : { version, gathered, lists };
  }

  /** The middles of all lists. */
  centroids(id: number): Map<number, Float32Array> {
    this.#engine.read();
    const statement = this.#statement("centroids", id);
    const centroids = new Map<number, Float32Array>();
    while (statement.step()) {
      const bytes = statement.columnBlob(1);
      centroids.set(
        statement.columnNumber(0),
        new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
      );
    }
    statement.reset();
    return centroids;
  }

  /** Writes the version of an index, and whether it is gathered. */
  saveHead(id: number, version: number, gathered: boolean): void {
    this.#save(id, HEAD, version, gathered ? GATHERED : new Uint8Array(0));
  }

  /** Writes the members of a list. */
  save(id: number, list: number, version: number, numbers: Uint32Array, count: number): void {
    this.#save(id, list, version, packMembers(numbers, count));
  }

  #save(id: number, list: number, version: number, members: Uint8Array): void {
    const statement = this.#statement("save", id);
    statement.bindInteger(2, list);
    statement.bindInteger(3, version);
    statement.bindBlob(4, members, 0, members.length);
    statement.run();
  }

  /** Writes the middle of a list. */
  saveCentroid(id: number, list: number, centroid: Float32Array): void {
    const bytes = new Uint8Array(centroid.buffer, centroid.byteOffset, centroid.byteLength);
    const statement = this.#statement("saveCentroid", id);
    statement.bindInteger(2, list);
    statement.bindBlob(3, bytes, 0, bytes.length);
    statement.run();
  }

  /** Deletes a list. */
  remove(id: number, list: number): void {
    for (const name of ["remove", "removeCentroid"] as const) {
      const statement = this.#statement(name, id);
      statement.bindInteger(2, list);
      statement.run();
    }
  }

  /** Deletes all lists of an index. */
  clear(id: number): void {
    this.#statement("clear", id).run();
    this.#statement("clearCentroids", id).run();
  }

  /** A set of which there is nothing but its index: it was deleted where nobody knew of that. */
  ownerless(): number | undefined {
    this.#engine.read();
    const statement = this.#statement("ownerless", 0);
    const id = statement.step() ? statement.columnNumber(0) : undefined;
    statement.reset();
    return id;
  }

  /** Gives an index the lists of another. */
  copy(id: number, newId: number): void {
    for (const name of ["copy", "copyCentroids"] as const) {
      const statement = this.#statement(name, id);
      statement.bindInteger(2, newId);
      statement.run();
    }
  }
}

export { unpackMembers };
