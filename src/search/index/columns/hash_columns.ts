/**
 * Fields of hashes by the numbers of their documents, for whoever goes through many documents and
 * wants one field of each: aggregations over fields that are not SORTABLE.
 *
 * A document that changes gets another number, so what is known of a number stays true until a turn
 * fails and its numbers are given anew. Where a query goes through documents one after the other, the
 * next ones are read by one statement. What is kept is bounded by a part of `--cache`; beyond it
 * nothing is, and documents are read one by one.
 *
 * @module
 */

import type { Statements } from "../../../history/statements.ts";
import type { Statement } from "../../../sqlite/sqlite.ts";
import type { Store } from "../../../store/store.ts";
import { TYPE } from "../../../store/file/schema.ts";
import { latin1 } from "../../../store/values/slice.ts";

const SQL = `SELECT d.number, h.key_id IS NOT NULL AND
    (h.expires_at IS NULL OR h.expires_at > ?5), h.value
  FROM search_documents d JOIN keys k ON k.space = ?3 AND k.key = d.key AND k.type = ${TYPE.HASH}
    LEFT JOIN hashes h ON h.key_id = k.id AND h.field = ?4
  WHERE d.contents = ?1 AND d.number >= ?2 ORDER BY d.number LIMIT ?6`;

/** The share of the caches that columns may take. */
const CACHE_SHARE = 1 / 4;
/** What a value takes beside its text. */
const VALUE_BYTES = 8;
const TEXT_BYTES = 32;
/** Documents that are read at a time. */
const WINDOW = 1024;
/** Documents within this distance of the last one follow it. */
const NEAR = 16;
/** How many must follow each other before those behind them are read ahead. */
const RUN = 8;

const encoder = new TextEncoder();

/** The columns of an index. */
export class HashColumns {
  readonly #store: Store;
  readonly #statements: Statements;
  readonly #contents: number;
  readonly #columns = new Map<string, HashColumn>();
  #bytes = 0;
  #full = false;

  /** @param contents The id of the index's contents. */
  constructor(store: Store, statements: Statements, contents: number) {
    this.#store = store;
    this.#statements = statements;
    this.#contents = contents;
  }

  /** The column of a field; undefined where there is no room for any. */
  get(field: string): HashColumn | undefined {
    if (this.#full) return undefined;
    let column = this.#columns.get(field);
    if (column === undefined) {
      column = new HashColumn(field, (name, from, take) => this.#read(name, from, take));
      this.#columns.set(field, column);
    }
    return column;
  }

  /** Bytes that they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Forgets everything. */
  clear(): void {
    this.#columns.clear();
    this.#bytes = 0;
    this.#full = false;
  }

  /** Reads a window of documents. @param take Takes a value and returns what it takes to keep it. */
  #read(
    field: Uint8Array,
    from: number,
    take: (number: number, value: string | null) => number,
  ): void {
    const { engine, databases } = this.#store;
    engine.settleRows();
    const statement: Statement = this.#statements.get(SQL);
    statement.bindInteger(1, this.#contents);
    statement.bindInteger(2, from);
    statement.bindInteger(3, databases.space(0));
    statement.bindBlob(4, field, 0, field.length);
    statement.bindInteger(5, engine.nowMs);
    statement.bindInteger(6, WINDOW);
    try {
      while (statement.step()) {
        const number = statement.columnNumber(0);
        const value = statement.columnNumber(1) === 1 ? this.#text(statement) : null;
        this.#bytes += take(number, value);
      }
    } finally {
      statement.reset();
    }
    if (this.#bytes <= this.#store.cacheBytes * CACHE_SHARE) return;
    this.clear();
    this.#full = true;
  }

  #scratch = new Uint8Array(256);

  #text(statement: Statement): string {
    const length = statement.columnLength(2);
    if (length > this.#scratch.length) this.#scratch = new Uint8Array(2 * length);
    statement.columnInto(2, this.#scratch, 0, length);
    return latin1(this.#scratch, 0, length);
  }
}

type Read = (
  field: Uint8Array,
  from: number,
  take: (number: number, value: string | null) => number,
) => void;

/** The values of one field. */
export class HashColumn {
  readonly #field: Uint8Array;
  readonly #read: Read;
  /** By number: undefined where it is not known, `null` for none. */
  readonly #values: (string | null | undefined)[] = [];
  readonly #texts = new Map<string, string>();
  #last = 0;
  #run = 0;

  constructor(field: string, read: Read) {
    this.#field = encoder.encode(field);
    this.#read = read;
  }

  /**
   * A document's value, one character a byte; `null` if it has none.
   *
   * @returns Undefined if the document has to be asked itself.
   */
  at(number: number): string | null | undefined {
    const known = this.#values[number];
    if (known !== undefined) return known;
    this.#run = number >= this.#last && number - this.#last <= NEAR ? this.#run + 1 : 0;
    this.#last = number;
    if (this.#run < RUN) return undefined;
    this.#run = 0;
    this.#read(this.#field, number, (at, value) => this.#keep(at, value));
    return this.#values[number];
  }

  #keep(number: number, value: string | null): number {
    if (value === null) {
      this.#values[number] = null;
      return VALUE_BYTES;
    }
    const same = this.#texts.get(value);
    if (same === undefined) this.#texts.set(value, value);
    this.#values[number] = same ?? value;
    return same === undefined ? VALUE_BYTES + TEXT_BYTES + value.length : VALUE_BYTES;
  }
}
