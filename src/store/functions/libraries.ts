/** Libraries of functions kept in the database file, for every process that opens it. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  version: "SELECT value FROM settings WHERE name = 'file:libraries'",
  load: "SELECT name, CAST(code AS BLOB) FROM libraries ORDER BY name",
  facts:
    "SELECT count(*), coalesce(sum(functions), 0), coalesce(sum(length(CAST(code AS BLOB))), 0) " +
    "FROM libraries",
  clear: "DELETE FROM libraries",
  remove: "DELETE FROM libraries WHERE name = ?1",
  // As text, so that people with sqlite3 in hand can read it.
  put: `INSERT INTO libraries(name, functions, code) VALUES (?1, ?2, CAST(?3 AS TEXT))
    ON CONFLICT(name) DO UPDATE SET functions = excluded.functions, code = excluded.code`,
};

/** A library as the database has it. */
export interface StoredLibrary {
  /** Its name. */
  readonly name: string;
  /** Its code, the first line included. */
  readonly code: Uint8Array;
}

/** Reads and writes the libraries of one file. */
export class Libraries {
  readonly #engine: Engine;
  readonly #setOwn: (name: string, value: string) => void;
  #version: Statement | undefined;

  /**
   * Takes the engine of the file.
   *
   * @param setOwn Sets one of the file's own settings.
   */
  constructor(engine: Engine, setOwn: (name: string, value: string) => void) {
    this.#engine = engine;
    this.#setOwn = setOwn;
  }

  /**
   * What is another after each change, whoever made it. A text at random: a number that is counted
   * up would come again after a turn that failed.
   */
  version(): string {
    this.#engine.read();
    const statement = this.#version ??= this.#engine.prepare(SQL.version);
    const version = statement.step() ? statement.columnText(0) : "";
    statement.reset();
    return version;
  }

  #changed(): void {
    this.#setOwn("libraries", crypto.randomUUID());
  }

  /** All libraries, in the order of their names. */
  load(): StoredLibrary[] {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.load);
    const libraries: StoredLibrary[] = [];
    while (statement.step()) {
      libraries.push({ name: statement.columnText(0), code: statement.columnBlob(1) });
    }
    statement.finalize();
    return libraries;
  }

  /** How many libraries and functions there are, and the bytes of their code. */
  get facts(): { readonly libraries: number; readonly functions: number; readonly bytes: number } {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.facts);
    statement.step();
    const facts = {
      libraries: statement.columnNumber(0),
      functions: statement.columnNumber(1),
      bytes: statement.columnNumber(2),
    };
    statement.finalize();
    return facts;
  }

  /** Keeps a library, in place of one of the same name. Part of the turn that runs. */
  put({ name, code }: StoredLibrary, functions: number): void {
    this.#engine.write();
    const statement = this.#engine.prepare(SQL.put);
    statement.bindText(1, name);
    statement.bindInteger(2, functions);
    statement.bindBlob(3, code, 0, code.length);
    statement.run();
    statement.finalize();
    this.#changed();
  }

  /** Removes a library. Part of the turn that runs. */
  remove(name: string): void {
    this.#engine.write();
    const statement = this.#engine.prepare(SQL.remove);
    statement.bindText(1, name);
    statement.run();
    statement.finalize();
    this.#changed();
  }

  /** Removes all. Part of the turn that runs. */
  clear(): void {
    this.#engine.write();
    const statement = this.#engine.prepare(SQL.clear);
    statement.run();
    statement.finalize();
    this.#changed();
  }
}
