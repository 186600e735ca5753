/**
 * The rows that hold keys' elements, of whatever type: deleting and copying them all without knowing
 * what they mean.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { CHUNK_SIZE, CHUNKS_PER_STRING, TYPE } from "../file/schema.ts";
import { isCountedInBytes, SKETCH_TYPES } from "../file/sketch_tables.ts";
import { ExtensionElements } from "../extensions/elements.ts";
import { isOfExtension, type KeyTypes } from "../extensions/key_types.ts";
import { LIVE_ENTRIES, StreamParts } from "../streams/parts.ts";
import { SeriesParts } from "../time_series/parts.ts";
import { payloadOf, payloadSql } from "./payload.ts";

interface TableFacts {
  readonly type: number;
  readonly table: string;
  /** The column that is its key together with `key_id`. */
  readonly column: string;
  /** The other columns. */
  readonly others: string;
  /** Bytes of a row, as SQL: what it holds, and what the B-tree adds. */
  readonly size: string;
  /** Bytes of what it holds alone, as SQL; a score is 8. */
  readonly payload: string;
  /** Which of a key's rows are elements, as SQL; without it all are. */
  readonly live?: string;
}

const TABLES: readonly TableFacts[] = [
  {
    type: TYPE.LIST,
    table: "lists",
    column: "pos",
    others: "value",
    size: "length(value) + 16",
    payload: "length(value)",
  },
  {
    type: TYPE.SET,
    table: "sets",
    column: "member",
    others: "ordinal",
    size: "length(member) + 12",
    payload: "length(member)",
  },
  {
    type: TYPE.ZSET,
    table: "zsets",
    column: "member",
    others: "score, negative_zero",
    // The index by score has everything once more.
    size: "2 * (length(member) + 20)",
    payload: "length(member) + 8",
  },
  {
    type: TYPE.HASH,
    table: "hashes",
    column: "field",
    others: "value, expires_at, ordinal",
    size: "length(field) + length(value) + 16",
    payload: "length(field) + length(value)",
  },
  {
    type: TYPE.ARRAY,
    table: "arrays",
    column: "idx",
    others: "value",
    size: "length(value) + 16",
    payload: "length(value)",
  },
  {
    type: TYPE.SUGGESTIONS,
    table: "suggestions",
    column: "term",
    others: "folded, score, payload",
    // The index has the bytes twice more.
    size: "3 * length(term) + ifnull(length(payload), 0) + 40",
    payload: "length(term) + ifnull(length(payload), 0) + 8",
  },
  {
    type: TYPE.STREAM,
    table: "streams",
    column: "id",
    others: "fields",
    size: "length(id) + length(fields) + 8",
    payload: "length(id) + length(fields)",
    live: LIVE_ENTRIES,
  },
  {
    type: TYPE.JSON,
    table: "json",
    column: "position",
    others: "text",
    size: "length(text)",
    payload: "length(text)",
  },
  {
    type: TYPE.TIME_SERIES,
    table: "ts_chunks",
    column: "first",
    others: "last, count, size, data",
    // Of a sample.
    size: "max(1, length(data) / max(1, count))",
    payload: "length(data)",
  },
  ...SKETCH_TYPES.map(({ type, table }): TableFacts => ({
    type,
    table,
    column: "number",
    others: "bytes",
    size: "length(bytes)",
    payload: "length(bytes)",
  })),
];

const SQL = {
  lastChunk: "SELECT max(id) FROM strings WHERE id < ?1",
  chunks: "DELETE FROM strings WHERE id BETWEEN ?1 AND ?2",
  copyChunks: `INSERT INTO strings
    SELECT id + (?2 - ?1) * ${CHUNKS_PER_STRING}, data FROM strings
    WHERE id BETWEEN ?1 * ${CHUNKS_PER_STRING} AND (?1 + 1) * ${CHUNKS_PER_STRING} - 1`,
  runs: "DELETE FROM runs WHERE key_id = ?1",
  copyRuns: `INSERT INTO runs(key_id, number, bytes, count)
    SELECT ?2, number, bytes, count FROM runs WHERE key_id = ?1`,
};

/** Chunks deleted in one slice: 4 MB. */
const CHUNKS_PER_SLICE = 128;
/** Elements deleted in one slice: a millisecond or two. */
const ELEMENTS_PER_SLICE = 250;
/** The same of a sorted set, whose index has each one on a page of its own. */
const SCORED_PER_SLICE = 120;
/** Chunks deleted with their key at once: 256 KB. */
const IMMEDIATE_CHUNKS = 8;
/** Elements deleted with their key at once. */
const IMMEDIATE_ELEMENTS = 64;

/** Samples of a series deleted with their key at once: at most as many chunks. */
const IMMEDIATE_SAMPLES = 8192;

interface Table {
  readonly deleteAll: Statement;
  readonly sliceEnd: Statement;
  readonly deleteSlice: Statement;
  readonly copy: Statement;
  readonly meanSize: Statement;
  readonly payload: Statement;
}

/** Is told of elements by their ids. */
export interface ElementsWatcher {
  /** The elements of an id were copied to a new one. */
  copied?(type: number, id: number, newId: number): void;
  /** The last elements of an id have been deleted. */
  gone?(type: number, id: number): void;
}

/** Deletes and copies elements. */
export class Elements {
  /** Whoever wants to know of elements as a whole. */
  readonly watchers: ElementsWatcher[] = [];
  readonly #ofExtensions: ExtensionElements;
  #deletedRows = 0;
  readonly #engine: Engine;
  readonly #lastChunk: Statement;
  readonly #chunks: Statement;
  readonly #copyChunks: Statement;
  readonly #runs: Statement;
  readonly #copyRuns: Statement;
  readonly #tables: (Table | undefined)[] = [];
  #streamParts: StreamParts | undefined;
  #seriesParts: SeriesParts | undefined;

  /** Takes the engine whose tables they are in, and the types that extensions have brought. */
  constructor(engine: Engine, types: KeyTypes) {
    this.#engine = engine;
    this.#ofExtensions = new ExtensionElements(engine, types);
    this.#lastChunk = engine.prepare(SQL.lastChunk);
    this.#chunks = engine.prepare(SQL.chunks);
    this.#copyChunks = engine.prepare(SQL.copyChunks);
    this.#runs = engine.prepare(SQL.runs);
    this.#copyRuns = engine.prepare(SQL.copyRuns);
  }

  /** Rows deleted so far. */
  get deletedRows(): number {
    return this.#deletedRows + this.#ofExtensions.deletedRows;
  }

  /** What streams have beside their entries. */
  get streamParts(): StreamParts {
    return this.#streamParts ??= new StreamParts(this.#engine);
  }

  get #ofSeries(): SeriesParts {
    return this.#seriesParts ??= new SeriesParts(this.#engine);
  }

  #table(type: number): Table {
    let statements = this.#tables[type];
    if (statements === undefined) {
      const found = TABLES.find((table) => table.type === type);
      if (found === undefined) throw new TypeError(`type ${type} has no elements`);
      const { table, column, others, size, payload } = found;
      const where = found.live === undefined ? "key_id = ?1" : `key_id = ?1 AND ${found.live}`;
      const slice = type === TYPE.ZSET ? SCORED_PER_SLICE : ELEMENTS_PER_SLICE;
      const prepare = (sql: string) => this.#engine.prepare(sql);
      statements = {
        deleteAll: prepare(`DELETE FROM ${table} WHERE key_id = ?1`),
        sliceEnd: prepare(`SELECT ${column} FROM ${table} WHERE key_id = ?1
          ORDER BY ${column} LIMIT 1 OFFSET ${slice}`),
        deleteSlice: prepare(`DELETE FROM ${table} WHERE key_id = ?1 AND ${column} < (
          SELECT ${column} FROM ${table} WHERE key_id = ?1
          ORDER BY ${column} LIMIT 1 OFFSET ${slice})`),
        copy: prepare(`INSERT INTO ${table}(key_id, ${column}, ${others})
          SELECT ?2, ${column}, ${others} FROM ${table} WHERE key_id = ?1`),
        meanSize: prepare(`SELECT avg(size) FROM (
          SELECT ${size} AS size FROM ${table} WHERE ${where} LIMIT ?2)`),
        payload: prepare(payloadSql(payload, `${table} WHERE ${where}`, [
          `ORDER BY ${column}`,
          `ORDER BY ${column} DESC`,
        ])),
      };
      this.#tables[type] = statements;
    }
    return statements;
  }

  /** Whether so few elements are deleted with their key, without a slice of their own. */
  areFew(type: number, length: number): boolean {
    // There may be any number of rows in other tables than the one that is counted.
    if (isOfExtension(type) && this.#ofExtensions.tables(type) > 1) return false;
    if (type === TYPE.TIME_SERIES) return length <= IMMEDIATE_SAMPLES;
    return isCountedInBytes(type)
      ? length <= IMMEDIATE_CHUNKS * CHUNK_SIZE
      : length <= IMMEDIATE_ELEMENTS;
  }

  /** Deletes all elements at once. */
  deleteAll(type: number, id: number, hasRuns: boolean): void {
    this.#deleteAll(type, id, hasRuns);
    for (const watcher of this.watchers) watcher.gone?.(type, id);
  }

  #deleteAll(type: number, id: number, hasRuns: boolean): void {
    if (type === TYPE.STRING) {
      this.#chunks.bindInteger(1, id * CHUNKS_PER_STRING);
      this.#chunks.bindInteger(2, (id + 1) * CHUNKS_PER_STRING - 1);
      this.#delete(this.#chunks);
      return;
    }
    if (isOfExtension(type)) {
      this.#ofExtensions.deleteAll(type, id);
    } else {
      const { deleteAll } = this.#table(type);
      deleteAll.bindInteger(1, id);
      this.#delete(deleteAll);
    }
    if (type === TYPE.TIME_SERIES) this.#ofSeries.delete(id);
    if (hasRuns) this.#deleteRuns(id);
  }

  #deleteRuns(id: number): void {
    this.#runs.bindInteger(1, id);
    this.#delete(this.#runs);
  }

  #delete(statement: Statement): void {
    statement.run();
    this.#deletedRows += this.#engine.connection.changes();
  }

  /** Deletes some elements. @returns Whether these were the last. */
  deleteSlice(type: number, id: number): boolean {
    const last = this.#deleteSlice(type, id);
    if (last) { for (const watcher of this.watchers) watcher.gone?.(type, id); }
    return last;
  }

  #deleteSlice(type: number, id: number): boolean {
    if (isOfExtension(type)) {
      const last = this.#ofExtensions.deleteSlice(type, id);
      if (last) this.#deleteRuns(id);
      return last;
    }
    if (type === TYPE.STRING) return this.#deleteSliceOfChunks(id);
    const { sliceEnd, deleteSlice } = this.#table(type);
    sliceEnd.bindInteger(1, id);
    const more = sliceEnd.step();
    sliceEnd.reset();
    if (!more) {
      this.#deleteAll(type, id, true);
      return type !== TYPE.STREAM || this.streamParts.deleteSlice(id);
    }
    deleteSlice.bindInteger(1, id);
    this.#delete(deleteSlice);
    return false;
  }

  #deleteSliceOfChunks(id: number): boolean {
    const first = id * CHUNKS_PER_STRING;
    this.#lastChunk.bindInteger(1, first + CHUNKS_PER_STRING);
    const found = this.#lastChunk.step() && !this.#lastChunk.columnIsNull(0);
    const last = found ? this.#lastChunk.columnNumber(0) : -1;
    this.#lastChunk.reset();
    if (last < first) return true;
    const from = Math.max(first, last - CHUNKS_PER_SLICE + 1);
    this.#chunks.bindInteger(1, from);
    this.#chunks.bindInteger(2, last);
    this.#delete(this.#chunks);
    return from === first;
  }

  /**
   * Mean size of an element of a collection in the file, in bytes.
   *
   * @param samples How many to look at; -1 for all.
   */
  meanSize(type: number, id: number, samples: number): number {
    if (isOfExtension(type)) return this.#ofExtensions.meanSize(type, id, samples);
    const { meanSize } = this.#table(type);
    meanSize.bindInteger(1, id);
    meanSize.bindInteger(2, samples);
    meanSize.step();
    const mean = meanSize.columnNumber(0);
    meanSize.reset();
    return mean;
  }

  /** Bytes that the elements of a collection in the file hold, in large ones an estimate. */
  payloadBytes(type: number, id: number, length: number): number {
    if (isOfExtension(type)) {
      return this.#ofExtensions.payloadBytes(type, id, length);
    }
    return payloadOf(this.#table(type).payload, id, length);
  }

  /** Copies all elements of an id to a new one, which has none. */
  copy(type: number, id: number, newId: number): void {
    this.#copy(type, id, newId);
    for (const watcher of this.watchers) watcher.copied?.(type, id, newId);
  }

  #copy(type: number, id: number, newId: number): void {
    if (type === TYPE.STREAM) this.streamParts.copy(id, newId);
    if (type === TYPE.TIME_SERIES) this.#ofSeries.copy(id, newId);
    if (isOfExtension(type)) this.#ofExtensions.copy(type, id, newId);
    const statements = type === TYPE.STRING
      ? [this.#copyChunks]
      : type === TYPE.STREAM || isOfExtension(type)
      ? [this.#copyRuns]
      : [this.#table(type).copy, this.#copyRuns];
    for (const statement of statements) {
      statement.bindInteger(1, id);
      statement.bindInteger(2, newId);
      statement.run();
    }
  }
}
