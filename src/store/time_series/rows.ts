/** The rows of chunks. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  get: "SELECT data FROM ts_chunks WHERE key_id = ?1 AND first = ?2",
  start: "SELECT max(first) FROM ts_chunks WHERE key_id = ?1 AND first <= ?2",
  from: `SELECT first, last, count, size, data FROM ts_chunks
    WHERE key_id = ?1 AND first >= ?2 AND first <= ?3 ORDER BY first LIMIT ?4`,
  downFrom: `SELECT first, last, count, size, data FROM ts_chunks
    WHERE key_id = ?1 AND first <= ?2 AND last >= ?3 ORDER BY first DESC LIMIT ?4`,
  facts: `SELECT first, last, count, size FROM ts_chunks WHERE key_id = ?1 ORDER BY first`,
  insert: `INSERT INTO ts_chunks(key_id, first, last, count, size, data)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
  update: `UPDATE ts_chunks SET last = ?3, count = ?4, size = ?5, data = ?6
    WHERE key_id = ?1 AND first = ?2`,
  extend: `UPDATE ts_chunks SET last = ?3, count = ?4, size = ?5, data = CAST(data || ?6 AS BLOB)
    WHERE key_id = ?1 AND first = ?2`,
  delete: "DELETE FROM ts_chunks WHERE key_id = ?1 AND first = ?2",
};

/** Rows read in one go: a driver may keep them all in memory. */
const PAGE = 32;

/** A chunk that has a row. */
export interface ChunkFacts {
  /** Its first time. */
  readonly first: number;
  /** Its last time. */
  readonly last: number;
  /** Its samples. */
  readonly count: number;
  /** Bytes it is counted with. */
  readonly size: number;
}

/** One with its bytes. */
export interface StoredChunk extends ChunkFacts {
  /** Its bytes, its own. */
  readonly data: Uint8Array;
}

/** Works on the table `ts_chunks`. */
export class ChunkRows {
  readonly #engine: Engine;
  readonly #get: Statement;
  readonly #start: Statement;
  readonly #from: Statement;
  readonly #downFrom: Statement;
  readonly #facts: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #extend: Statement;
  readonly #delete: Statement;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#get = engine.prepare(SQL.get);
    this.#start = engine.prepare(SQL.start);
    this.#from = engine.prepare(SQL.from);
    this.#downFrom = engine.prepare(SQL.downFrom);
    this.#facts = engine.prepare(SQL.facts);
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#extend = engine.prepare(SQL.extend);
    this.#delete = engine.prepare(SQL.delete);
  }

  /** The bytes of a chunk's row. */
  data(id: number, first: number): Uint8Array {
    this.#engine.read();
    const statement = this.#get;
    statement.bindInteger(1, id);
    statement.bindInteger(2, first);
    try {
      if (!statement.step()) throw new RangeError(`a chunk of series ${id} has no row`);
      return statement.columnBlob(0);
    } finally {
      statement.reset();
    }
  }

  /** The chunks that may have samples of a time or later, up to one that begins after `to`. */
  *from(id: number, time: number, to: number): Iterable<StoredChunk> {
    let least = this.start(id, time) ?? time;
    for (let rows = PAGE; rows === PAGE;) {
      const page = this.#page(this.#from, id, least, to);
      rows = page.length;
      yield* page;
      least = (page.at(-1)?.first ?? to) + 1;
    }
  }

  /** The first time of the last chunk that does not begin after a time; undefined if all do. */
  start(id: number, time: number): number | undefined {
    this.#engine.read();
    const statement = this.#start;
    statement.bindInteger(1, id);
    statement.bindInteger(2, time);
    try {
      if (!statement.step() || statement.columnIsNull(0)) return undefined;
      return statement.columnNumber(0);
    } finally {
      statement.reset();
    }
  }

  /** The chunks that may have samples between two times, from the last to the first. */
  *downFrom(id: number, time: number, to: number): Iterable<StoredChunk> {
    let most = time;
    for (let rows = PAGE; rows === PAGE;) {
      const page = this.#page(this.#downFrom, id, most, to);
      rows = page.length;
      yield* page;
      most = (page.at(-1)?.first ?? 0) - 1;
    }
  }

  #page(statement: Statement, id: number, a: number, b: number): StoredChunk[] {
    this.#engine.read();
    statement.bindInteger(1, id);
    statement.bindInteger(2, a);
    statement.bindInteger(3, b);
    statement.bindInteger(4, PAGE);
    const page: StoredChunk[] = [];
    try {
      while (statement.step()) {
        page.push({ ...factsOf(statement), data: statement.columnBlob(4) });
      }
    } finally {
      statement.reset();
    }
    return page;
  }

  /** The chunk that a sample of a time belongs into: the last one not after it, else the first. */
  at(id: number, time: number): StoredChunk | undefined {
    const first = this.start(id, time);
    for (const chunk of this.from(id, first ?? 0, Number.MAX_SAFE_INTEGER)) return chunk;
    return undefined;
  }

  /** What is known of all rows of an id. */
  facts(id: number): ChunkFacts[] {
    this.#engine.read();
    const statement = this.#facts;
    statement.bindInteger(1, id);
    const found: ChunkFacts[] = [];
    try {
      while (statement.step()) found.push(factsOf(statement));
    } finally {
      statement.reset();
    }
    return found;
  }

  /** Adds a row. */
  insert(id: number, chunk: ChunkFacts, data: Uint8Array): void {
    this.#write(this.#insert, id, chunk, data);
  }

  /** Writes a row over. */
  update(id: number, chunk: ChunkFacts, data: Uint8Array): void {
    this.#write(this.#update, id, chunk, data);
  }

  /** Writes more bytes behind those of a row. */
  extend(id: number, chunk: ChunkFacts, data: Uint8Array): void {
    this.#write(this.#extend, id, chunk, data);
  }

  #write(statement: Statement, id: number, chunk: ChunkFacts, data: Uint8Array): void {
    statement.bindInteger(1, id);
    statement.bindInteger(2, chunk.first);
    statement.bindInteger(3, chunk.last);
    statement.bindInteger(4, chunk.count);
    statement.bindInteger(5, chunk.size);
    statement.bindBlob(6, data, 0, data.length);
    statement.run();
  }

  /** Deletes a row. */
  delete(id: number, first: number): void {
    this.#delete.bindInteger(1, id);
    this.#delete.bindInteger(2, first);
    this.#delete.run();
  }
}

function factsOf(statement: Statement): ChunkFacts {
  return {
    first: statement.columnNumber(0),
    last: statement.columnNumber(1),
    count: statement.columnNumber(2),
    size: statement.columnNumber(3),
  };
}
