/** What the tests of the suite have in common: databases of one driver, and looks into them. */

import assert from "node:assert/strict";
import {
  type Connection,
  type Driver,
  type OpenOptions,
  SQLITE,
  SqliteError,
  type Statement,
} from "../../../src/sqlite/sqlite.ts";

/** Where a driver's library does not let it do what the others do. */
export interface Deviations {
  /** A text column is read up to its first NUL only. */
  readonly textEndsAtNul?: boolean;
  /** A PRIMARY KEY violation has the extended code of a UNIQUE one. */
  readonly primaryKeyIsUnique?: boolean;
  /** A file takes one connection at a time, and is none that the runtime knows. */
  readonly sole?: boolean;
}

/** A driver and a directory of its own for one test; closes and removes everything afterwards. */
export class Scene implements AsyncDisposable {
  readonly driver: Driver;
  readonly directory: string;
  readonly #connections: Connection[] = [];

  private constructor(driver: Driver, directory: string) {
    this.driver = driver;
    this.directory = directory;
  }

  static async create(driver: Driver): Promise<Scene> {
    if (driver.sole) return new Scene(driver, `/${crypto.randomUUID()}`);
    return new Scene(driver, await Deno.makeTempDir({ prefix: "redlite-" }));
  }

  /** The path of the file `name` in this test's directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Opens a database in memory, or the file `name` of this test's directory. */
  open(name?: string, options: OpenOptions = { create: true }): Connection {
    const path = name === undefined ? ":memory:" : this.path(name);
    const connection = this.driver.open(path, options);
    this.#connections.push(connection);
    return connection;
  }

  /** Two connections to one new file with a table `t(a)`; neither waits for locks. */
  pair(journalMode: "wal" | "delete"): [Connection, Connection] {
    const first = this.open("pair.db");
    first.exec(`PRAGMA journal_mode = ${journalMode}; CREATE TABLE t (a)`);
    const second = this.open("pair.db");
    first.setBusyTimeout(0);
    second.setBusyTimeout(0);
    return [first, second];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    if (!this.driver.sole) await Deno.remove(this.directory, { recursive: true });
  }
}

/** Registers a test of what a driver does. */
export type Register = (behaviour: string, body: (scene: Scene) => void | Promise<void>) => void;

/** A table `n` of the integers from 1 to `count`. */
export function numbered(db: Connection, count: number): Connection {
  db.exec("CREATE TABLE n (a INTEGER PRIMARY KEY)");
  const insert = db.prepare("INSERT INTO n VALUES (?)");
  db.begin(true);
  for (let i = 1; i <= count; i++) {
    insert.bindInteger(1, i);
    insert.run();
    insert.reset();
  }
  db.commit();
  insert.finalize();
  return db;
}

/** One committed transaction that writes. */
export function write(db: Connection): void {
  db.begin(true);
  db.exec("INSERT INTO t VALUES (1)");
  db.commit();
}

export type Reader<T> = (statement: Statement, column: number) => T;
export const number: Reader<number> = (statement, column) => statement.columnNumber(column);
export const text: Reader<string> = (statement, column) => statement.columnText(column);

/** The first row of a query, each column read as its reader does. */
export function firstRow<T extends readonly unknown[]>(
  db: Connection,
  sql: string,
  readers: readonly [...{ [K in keyof T]: Reader<T[K]> }],
): T {
  const statement = db.prepare(sql);
  try {
    assert.equal(statement.step(), true, `no row: ${sql}`);
    return readers.map((reader, column) => reader(statement, column)) as unknown as T;
  } finally {
    statement.finalize();
  }
}

export function firstNumber(db: Connection, sql: string): number {
  return firstRow(db, sql, [number])[0];
}

/** Bytes of every value, in an order that a shifted copy does not have. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

export function isError(primary: number): (error: unknown) => boolean {
  return (error) => error instanceof SqliteError && error.primary === primary;
}

export function isCode(code: number): (error: unknown) => boolean {
  return (error) => error instanceof SqliteError && error.code === code;
}

export function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && error.busy && error.primary === SQLITE.BUSY;
}
