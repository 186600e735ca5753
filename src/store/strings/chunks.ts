/** The chunks of long strings (see the schema): an absent one stands for zeros. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { CHUNK_SIZE, CHUNKS_PER_STRING } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";

const SQL = {
  one: "SELECT data FROM strings WHERE id = ?1",
  range: "SELECT id, data FROM strings WHERE id BETWEEN ?1 AND ?2",
  put: "INSERT INTO strings(id, data) VALUES (?1, ?2) ON CONFLICT(id) DO UPDATE SET data = ?2",
};

/** Reads and writes chunks. */
export class Chunks {
  /** The statement that reads the chunks between two rowids, in their order. */
  readonly range: Statement;
  readonly #one: Statement;
  readonly #putOne: Statement;

  /** Takes the engine whose strings they are. */
  constructor(engine: Engine) {
    this.range = engine.prepare(SQL.range);
    this.#one = engine.prepare(SQL.one);
    this.#putOne = engine.prepare(SQL.put);
  }

  /**
   * Writes bytes into a string of chunks, from `offset` on.
   *
   * @param length The string's length before.
   */
  write(id: number, length: number, offset: number, value: Slice): void {
    const first = id * CHUNKS_PER_STRING;
    const end = offset + value.length;
    const lastBefore = Math.floor((length - 1) / CHUNK_SIZE);
    const firstTouched = Math.floor(offset / CHUNK_SIZE);
    // A short last chunk that is not the last any more must be full.
    if (length > 0 && lastBefore < firstTouched && length % CHUNK_SIZE !== 0) {
      const padded = new Uint8Array(CHUNK_SIZE);
      this.#read(first + lastBefore, padded);
      this.#put(first + lastBefore, padded, 0, CHUNK_SIZE);
    }
    const total = Math.max(length, end);
    for (let chunk = firstTouched; chunk * CHUNK_SIZE < end; chunk++) {
      const chunkStart = chunk * CHUNK_SIZE;
      const size = Math.min(CHUNK_SIZE, total - chunkStart);
      const from = Math.max(offset, chunkStart);
      const to = Math.min(end, chunkStart + CHUNK_SIZE);
      const source = value.start + from - offset;
      if (to - from === size) {
        this.#put(first + chunk, value.bytes, source, source + size);
      } else {
        const merged = new Uint8Array(size);
        this.#read(first + chunk, merged);
        merged.set(value.bytes.subarray(source, source + to - from), from - chunkStart);
        this.#put(first + chunk, merged, 0, size);
      }
    }
  }

  #read(id: number, target: Uint8Array): void {
    this.#one.bindInteger(1, id);
    if (this.#one.step()) this.#one.columnInto(0, target, 0);
    this.#one.reset();
  }

  #put(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#putOne.bindInteger(1, id);
    this.#putOne.bindBlob(2, bytes, start, end);
    this.#putOne.run();
  }
}
