/**
 * Looks single rows up. While another thread writes with the engine's connection whoever uses that waits
 * for it; so that not every look at a row does, there is a second connection. It sees what is committed,
 * which nobody but the open transaction has changed since; of that it must be known that it has not
 * changed the row ({@linkcode Settling.othersSee}).
 *
 * @module
 */

import type { Connection, Statement } from "../sqlite/sqlite.ts";
import type { Engine } from "./engine.ts";

/** The second connection, opened when it is first needed. */
export class Beside {
  readonly #open: () => Connection;
  #connection: Connection | undefined;
  #ended = false;

  /** @param open Opens it; it only reads, and waits for nobody. */
  constructor(open: () => Connection) {
    this.#open = open;
  }

  /** It; undefined if it cannot be opened, or is closed. */
  get connection(): Connection | undefined {
    if (this.#ended) return undefined;
    try {
      return this.#connection ??= this.#open();
    } catch {
      this.#ended = true;
      return undefined;
    }
  }

  /** Closes it; it is used no more. */
  close(): void {
    this.#ended = true;
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** A statement of the second connection, compiled when it is first needed. */
export class StatementBeside {
  readonly #engine: Engine;
  readonly #sql: string;
  #statement: Statement | undefined;

  /** One that does what another does of the engine's connection. */
  constructor(engine: Engine, sql: string) {
    this.#engine = engine;
    this.#sql = sql;
  }

  /** It; undefined if there is no such connection. */
  get(): Statement | undefined {
    const connection = this.#engine.beside?.connection;
    if (connection === undefined) return undefined;
    try {
      return this.#statement ??= connection.prepare(this.#sql);
    } catch {
      this.failed();
      return undefined;
    }
  }

  /** It has failed: the connection is used no more. */
  failed(): void {
    this.#statement = undefined;
    this.#engine.beside?.close();
  }
}

/** A statement that finds a row by an integer and bytes, its first two parameters. */
export class Lookup {
  /** What stands on the row that was found last, until it is reset. */
  row: Statement;
  readonly #own: Statement;
  readonly #beside: StatementBeside;

  /** Compiles it for the engine's connection. */
  constructor(engine: Engine, sql: string) {
    this.row = this.#own = engine.prepare(sql);
    this.#beside = new StatementBeside(engine, sql);
  }

  /**
   * Finds a row. If there is one {@linkcode row} stands on it and is to be reset.
   *
   * @param beside Whether it can be by the second connection.
   */
  find(number: number, bytes: Uint8Array, start: number, end: number, beside: boolean): boolean {
    if (beside) {
      const found = this.#findBeside(number, bytes, start, end);
      if (found !== undefined) return found;
    }
    return this.#find(this.#own, number, bytes, start, end);
  }

  /** Whether the row was found by the second connection. */
  get isBeside(): boolean {
    return this.row !== this.#own;
  }

  #find(row: Statement, number: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.row = row;
    row.bindInteger(1, number);
    row.bindBlob(2, bytes, start, end);
    if (row.step()) return true;
    row.reset();
    return false;
  }

  /** @returns Undefined if the second connection cannot tell. */
  #findBeside(
    number: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean | undefined {
    const beside = this.#beside.get();
    if (beside === undefined) return undefined;
    try {
      return this.#find(beside, number, bytes, start, end);
    } catch {
      this.#beside.failed();
      return undefined;
    }
  }
}
