/** The pages of the database file that nothing uses any more, and giving them back. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  pageSize: "PRAGMA page_size",
  pages: "PRAGMA page_count",
  freePages: "PRAGMA freelist_count",
  mode: "PRAGMA auto_vacuum",
};

/**
 * Whether a file can give pages back without being rewritten: `incremental` in files that Redlite
 * made, and in any file after a full VACUUM.
 */
export type VacuumMode = "none" | "full" | "incremental";

const MODES: readonly VacuumMode[] = ["none", "full", "incremental"];

/** Pages given back in one slice: two to three milliseconds, for each must be filled by another. */
export const PAGES_PER_SLICE = 64;

/** Knows the pages of one file. */
export class FreePages {
  readonly #engine: Engine;
  readonly #pages: Statement;
  readonly #freePages: Statement;
  readonly #mode: Statement;
  #pageSize = 0;

  /** Takes the engine of the file. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#pages = engine.prepare(SQL.pages);
    this.#freePages = engine.prepare(SQL.freePages);
    this.#mode = engine.prepare(SQL.mode);
  }

  /** Bytes of a page. */
  get pageSize(): number {
    if (this.#pageSize === 0) {
      const statement = this.#engine.prepare(SQL.pageSize);
      this.#pageSize = numberOf(statement);
      statement.finalize();
    }
    return this.#pageSize;
  }

  /** The file's pages, and how many of them are free, as the turn sees them. */
  count(): { total: number; free: number } {
    this.#engine.read();
    return { total: numberOf(this.#pages), free: numberOf(this.#freePages) };
  }

  /** What the file can do. */
  get mode(): VacuumMode {
    // SQLite looks it up when a transaction begins, and tells what it knew before otherwise.
    this.#engine.read();
    return MODES[numberOf(this.#mode)] ?? "none";
  }

  /** Gives up to so many pages back, in a turn that writes. @returns How many. */
  release(pages: number): number {
    this.#engine.write();
    const before = numberOf(this.#freePages);
    this.#engine.connection.releasePages(pages);
    return before - numberOf(this.#freePages);
  }
}

function numberOf(statement: Statement): number {
  statement.step();
  const value = statement.columnNumber(0);
  statement.reset();
  return value;
}
