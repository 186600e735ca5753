/** A string where it is: in the row cache, or in chunks. */

import type { Statement } from "../../sqlite/sqlite.ts";
import { CHUNK_SIZE, CHUNKS_PER_STRING } from "../file/schema.ts";
import { copyBytes, Slice } from "../values/slice.ts";

/** A string that can be copied out: bytes in memory, or a range of chunks. */
export class StringValue {
  /** Size in bytes. */
  length = 0;
  /** The bytes, if they are in memory. */
  readonly slice: Slice = new Slice();
  /** Id of the chunks, 0 if the bytes are in memory. */
  id = 0;
  /** First byte of the chunks' string that belongs to the value. */
  offset = 0;
  readonly #chunks: Statement;

  /** @param chunks The statement that reads chunks. */
  constructor(chunks: Statement) {
    this.#chunks = chunks;
  }

  /** Copies the bytes into `target` at `at`. */
  copyInto(target: Uint8Array, at: number): void {
    if (this.id === 0) {
      const { bytes, start, end } = this.slice;
      copyBytes(bytes, start, end, target, at);
      return;
    }
    if (this.length === 0) return;
    const first = this.id * CHUNKS_PER_STRING;
    const end = this.offset + this.length;
    target.fill(0, at, at + this.length);
    const chunks = this.#chunks;
    chunks.bindInteger(1, first + Math.floor(this.offset / CHUNK_SIZE));
    chunks.bindInteger(2, first + Math.floor((end - 1) / CHUNK_SIZE));
    while (chunks.step()) {
      const chunkStart = (chunks.columnNumber(0) - first) * CHUNK_SIZE;
      const chunkEnd = chunkStart + chunks.columnLength(1);
      if (chunkStart >= this.offset && chunkEnd <= end) {
        chunks.columnInto(1, target, at + chunkStart - this.offset);
      } else {
        const from = Math.max(chunkStart, this.offset);
        const to = Math.min(chunkEnd, end);
        if (from >= to) continue;
        target.set(
          chunks.columnBlob(1).subarray(from - chunkStart, to - chunkStart),
          at + from - this.offset,
        );
      }
    }
    chunks.reset();
  }

  /** The bytes in memory: a slice of the row cache, or a copy of the chunks. */
  materialize(): Slice {
    if (this.id === 0) return this.slice;
    const copy = new Uint8Array(this.length);
    this.copyInto(copy, 0);
    return new Slice(copy);
  }

  /** Narrows the value to its bytes `[start, end)`. */
  narrow(start: number, end: number): void {
    this.length = end - start;
    if (this.id === 0) {
      this.slice.end = this.slice.start + end;
      this.slice.start += start;
    } else {
      this.offset += start;
    }
  }
}
