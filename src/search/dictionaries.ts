/**
 * The dictionaries of FT.DICTADD: sets of words of the whole file, for FT.SPELLCHECK. They belong to
 * the space of database 0, so they go when that is flushed, as indexes do.
 *
 * @module
 */

import type { Statement } from "../sqlite/sqlite.ts";
import type { Store } from "../store/store.ts";

const SQL = {
  add: `INSERT INTO search_dictionaries(name, term, space) VALUES (?1, ?2, ?3)
    ON CONFLICT DO NOTHING`,
  remove: "DELETE FROM search_dictionaries WHERE name = ?1 AND term = ?2 AND space = ?3",
  terms: "SELECT term FROM search_dictionaries WHERE name = ?1 AND space = ?2 ORDER BY term",
  names: "SELECT DISTINCT name FROM search_dictionaries WHERE space = ?1 ORDER BY name",
  sweep: "DELETE FROM search_dictionaries WHERE space <> ?1",
};

/** Most characters of a word; one that is longer is not kept. */
const LONGEST = 255;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const all = new WeakMap<Store, Dictionaries>();

/** The dictionaries of a store. */
export class Dictionaries {
  readonly #store: Store;
  readonly #add: Statement;
  readonly #remove: Statement;
  readonly #terms: Statement;
  readonly #sweep: Statement;

  private constructor(store: Store) {
    const { engine } = store;
    this.#store = store;
    this.#add = engine.prepare(SQL.add);
    this.#remove = engine.prepare(SQL.remove);
    this.#terms = engine.prepare(SQL.terms);
    this.#sweep = engine.prepare(SQL.sweep);
  }

  /** Those of a store. */
  static of(store: Store): Dictionaries {
    let dictionaries = all.get(store);
    if (dictionaries === undefined) all.set(store, dictionaries = new Dictionaries(store));
    return dictionaries;
  }

  /** Adds a word. @returns Whether it is new. */
  add(name: string, word: string): boolean {
    this.#touch(name);
    const { length } = [...word];
    return length > 0 && length <= LONGEST && this.#change(this.#add, name, word);
  }

  /** Deletes a word. @returns Whether it was there. */
  remove(name: string, word: string): boolean {
    this.#touch(name);
    return word !== "" && this.#change(this.#remove, name, word);
  }

  /** An empty word stands for the dictionary itself, which may be empty. */
  #touch(name: string): void {
    if (!this.#change(this.#add, name, "")) return;
    // What a flush has left behind is in nobody's way.
    this.#sweep.bindInteger(1, this.#store.databases.spaceForWrite(0));
    this.#sweep.run();
  }

  #change(statement: Statement, name: string, word: string): boolean {
    const { engine, databases } = this.#store;
    engine.write();
    bind(statement, 1, name);
    bind(statement, 2, word);
    statement.bindInteger(3, databases.spaceForWrite(0));
    statement.run();
    if (engine.connection.changes() === 0) return false;
    engine.changes.addUntold();
    return true;
  }

  /** All dictionaries: their names and words. */
  all(): [name: string, words: string[]][] {
    const { engine, databases } = this.#store;
    engine.read();
    const statement = engine.prepare(SQL.names);
    statement.bindInteger(1, databases.space(0));
    const names: string[] = [];
    while (statement.step()) names.push(decoder.decode(statement.columnBlob(0)));
    statement.finalize();
    return names.map((name) => [name, this.words(name) ?? []]);
  }

  /** Adds a dictionary with its words, though there be none. */
  put(name: string, words: readonly string[]): void {
    this.#touch(name);
    for (const word of words) this.add(name, word);
  }

  /** The words of a dictionary in the order of their bytes; undefined if there is none of that name. */
  words(name: string): string[] | undefined {
    this.#store.engine.read();
    const statement = this.#terms;
    bind(statement, 1, name);
    statement.bindInteger(2, this.#store.databases.space(0));
    const words: string[] = [];
    while (statement.step()) words.push(decoder.decode(statement.columnBlob(0)));
    statement.reset();
    return words[0] === "" ? words.slice(1) : undefined;
  }
}

function bind(statement: Statement, index: number, text: string): void {
  const bytes = encoder.encode(text);
  statement.bindBlob(index, bytes, 0, bytes.length);
}
