/**
 * Statements that write many rows, so that another thread can be given them in one. What is bound is
 * copied, each row into a place of its own, and where SQLite reads it from there it is bound anew only
 * if its length has changed.
 *
 * @module
 */

import type { Engine } from "../../../engine/engine.ts";
import type { Statement } from "../../../sqlite/sqlite.ts";
import { copyBytes, type Slice } from "../../values/slice.ts";

/** Rows of a statement. */
const FEW = 64, MANY = 512;
/** Bytes of a row's place. */
const PLACE = 1024;

/** How the rows of a table are written. */
export interface RowsSql {
  /** The statement of rows, each of which is {@linkcode row}; those whose first value is NULL are none. */
  statement(rows: string): string;
  /** What is bound for a row: parameters. @param i Which row it is, from 0. */
  row(i: number): string;
  /** How many parameters a row has. */
  readonly parameters: number;
  /** How many parameters there are before those of rows; none unless it is said. */
  readonly parametersBefore?: number;
}

/** A statement that writes so many rows of one table. */
export class ManyRows {
  /** Binds the integers and so on of the rows. */
  readonly statement: Statement;
  /** How many rows it writes. */
  readonly size: number;
  /** How many there are so far. */
  count = 0;
  readonly #parameters: number;
  readonly #parametersBefore: number;
  readonly #bytes: Uint8Array;
  /** Whether what is bound is read from there, rather than as it was. */
  readonly #isShared: boolean;
  /** The lengths of what was bound last for each row: of the key, and of the value. */
  readonly #lengths: Int32Array;

  /** Compiles it. */
  constructor(engine: Engine, sql: RowsSql, size: number) {
    const rows = Array.from({ length: size }, (_, i) => sql.row(i)).join(", ");
    this.statement = engine.prepare(sql.statement(rows));
    this.size = size;
    this.#parameters = sql.parameters;
    this.#parametersBefore = sql.parametersBefore ?? 0;
    const { aside } = engine.connection;
    this.#isShared = aside !== undefined;
    this.#bytes = aside?.memory(size * PLACE) ?? new Uint8Array(size * PLACE);
    this.#lengths = new Int32Array(2 * size).fill(-1);
  }

  /** Whether there is room for another row. */
  get full(): boolean {
    return this.count === this.size;
  }

  /** The number before that of the first parameter of the row that is to be the next. */
  get before(): number {
    return this.#parametersBefore + this.count * this.#parameters;
  }

  /**
   * Binds the key of the next row, and its value if that is bytes, too.
   *
   * @param keyAt Which of the row's parameters it is, from 1.
   * @param valueAt The same of the value, -1 if there is none.
   */
  bind(key: Slice, keyAt: number, value: Slice | undefined, valueAt: number): void {
    const { count } = this, { start: keyStart, end: keyEnd } = key;
    const at = count * PLACE, keyLength = keyEnd - keyStart;
    const valueLength = value === undefined ? 0 : value.end - value.start;
    const bytes = this.#bytes, lengths = this.#lengths, before = this.before;
    copyBytes(key.bytes, keyStart, keyEnd, bytes, at);
    const middle = at + keyLength;
    if (value !== undefined) copyBytes(value.bytes, value.start, value.end, bytes, middle);
    const sameKey = this.#isShared && lengths[2 * count] === keyLength;
    if (!sameKey) this.statement.bindBlob(before + keyAt, bytes, at, middle);
    if (value !== undefined && !(sameKey && lengths[2 * count + 1] === valueLength)) {
      this.statement.bindBlob(before + valueAt, bytes, middle, middle + valueLength);
    }
    lengths[2 * count] = keyLength;
    lengths[2 * count + 1] = valueLength;
  }

  /** No more rows come. */
  end(): void {
    while (!this.full) {
      this.statement.bindNull(this.before + 1);
      this.#lengths[2 * this.count] = -1;
      this.count++;
    }
  }

  /** Whether a row's place has room for its key and value. */
  fits(key: Slice, value: Slice): boolean {
    return key.end - key.start + value.end - value.start <= PLACE;
  }
}

/** The statements for one table. */
export class ManyRowsOf {
  readonly #engine: Engine;
  readonly #sql: RowsSql;
  #few: ManyRows | undefined;
  #many: ManyRows | undefined;

  /** @param sql How its rows are written. */
  constructor(engine: Engine, sql: RowsSql) {
    this.#engine = engine;
    this.#sql = sql;
  }

  /** The one that suits so many rows, empty; undefined if they are too few. */
  of(rows: number): ManyRows | undefined {
    if (rows < FEW) return undefined;
    const many = rows < MANY
      ? this.#few ??= new ManyRows(this.#engine, this.#sql, FEW)
      : this.#many ??= new ManyRows(this.#engine, this.#sql, MANY);
    many.count = 0;
    return many;
  }
}
