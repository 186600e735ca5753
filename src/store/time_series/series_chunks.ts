/**
 * What becomes of a series' chunks in their rows: the last one grows there, others are written anew,
 * cut in two and deleted. What is known of a series as a whole is kept right.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { BASE_BYTES, decode, encode, type Encoded, Samples } from "./chunks.ts";
import { OpenChunk } from "./open_chunk.ts";
import { type ChunkFacts, ChunkRows } from "./rows.ts";
import type { ChunkKeeper, Series } from "./series.ts";

/** Samples that become a chunk of a size, if they fit. */
export interface Part {
  readonly samples: Samples;
  readonly size: number;
}

/** Bytes of the last chunk that stay in its key's row. */
export const TAIL = 96;

/** The chunks of all series. */
export class SeriesChunks implements ChunkKeeper {
  /** Their rows. */
  readonly rows: ChunkRows;

  /** Takes the engine of the rows. */
  constructor(engine: Engine) {
    this.rows = new ChunkRows(engine);
  }

  /** Deletes the chunks whose samples are all too old. */
  trim(series: Series): void {
    if (series.retentionMs === 0) return;
    const { id } = series.collection;
    for (const chunk of this.rows.facts(id)) {
      if (chunk.last >= series.earliest) return;
      if (this.isOpen(series, chunk)) return;
      this.forget(series, chunk);
    }
  }

  /** Deletes a chunk's row. */
  forget(series: Series, { first, count, size }: ChunkFacts): void {
    this.rows.delete(series.collection.id, first);
    series.collection.length -= count;
    series.closedBytes -= size;
    series.chunks--;
  }

  /** Whether a row is that of the last chunk. */
  isOpen({ open }: Series, { first }: ChunkFacts): boolean {
    return open.hasRow && first === open.state.first;
  }

  /** Ends the last chunk, which has samples, and begins another. */
  close(series: Series): void {
    const { open } = series;
    this.spill(series, true);
    series.closedBytes += open.size;
    series.chunks++;
    series.open = new OpenChunk(series.chunkSize);
  }

  settle(series: Series): void {
    if (series.open.tailLength > TAIL) this.spill(series);
  }

  /** Writes what is in no row to that of the last chunk: whole bytes, or at its end all. */
  spill(series: Series, whole = false): void {
    const { open, collection, compressed } = series;
    const { state } = open;
    const bytes = (whole ? Math.ceil : Math.floor)(state.bits / 8) - open.offset;
    const chunk = factsOf(open);
    const data = open.bytes.subarray(0, bytes);
    if (open.hasRow) this.rows.extend(collection.id, chunk, data);
    else this.rows.insert(collection.id, chunk, withBase(compressed, state.base, data));
    open.hasRow = true;
    open.offset += bytes;
    const rest = open.tailLength;
    const left = open.bytes.slice(bytes, bytes + Math.max(rest, 0));
    open.bytes = new Uint8Array(64);
    open.bytes.set(left);
  }

  /** All bytes of the last chunk. */
  openData({ open, compressed, collection }: Series): Uint8Array {
    const { state, offset, bytes } = open;
    const prefix = compressed ? BASE_BYTES : 0;
    const used = Math.ceil(state.bits / 8);
    // Reading a number's bits looks a few bytes further.
    const data = new Uint8Array(prefix + used + 8);
    if (open.hasRow) {
      data.set(this.rows.data(collection.id, state.first).subarray(0, prefix + offset));
    } else if (compressed) {
      new DataView(data.buffer).setFloat64(0, state.base, true);
    }
    data.set(bytes.subarray(0, used - offset), prefix + offset);
    return data;
  }

  /** The samples of the last chunk, in an object of their own or at the end of others. */
  openSamples(series: Series, samples = new Samples()): Samples {
    const { state } = series.open;
    if (state.count > 0) {
      decode(series.compressed, this.openData(series), state.first, state.count, samples);
    }
    return samples;
  }

  /** Writes a chunk anew, and what was cut off behind it. @param before The row that it had. */
  writeParts(
    series: Series,
    chunk: ChunkFacts | undefined,
    before: ChunkFacts | undefined,
    parts: readonly Part[],
  ): void {
    const encoded = parts.map(({ samples, size }) => encode(series.compressed, samples, size));
    series.chunks += parts.length - 1;
    if (chunk !== undefined) series.closedBytes -= chunk.size;
    const last = chunk === undefined ? encoded.pop() : undefined;
    let row = before;
    for (const part of encoded) {
      this.writeClosed(series, part, row);
      series.closedBytes += part.size;
      row = undefined;
    }
    if (last !== undefined) {
      if (row !== undefined && row.first !== last.state.first) {
        this.rows.delete(series.collection.id, row.first);
        row = undefined;
      }
      series.reopen(last, row !== undefined);
      this.rewrite(series);
    }
  }

  /** Writes a chunk that is not the last. @param before The row that it had. */
  writeClosed(series: Series, { state, bytes, size }: Encoded, before?: ChunkFacts): void {
    const { collection: { id }, compressed } = series;
    const { first, last, count, base, bits } = state;
    const data = withBase(compressed, base, bytes.subarray(0, Math.ceil(bits / 8)));
    const chunk = { first, last, count, size };
    if (before?.first === first) return this.rows.update(id, chunk, data);
    if (before !== undefined) this.rows.delete(id, before.first);
    this.rows.insert(id, chunk, data);
  }

  /** Writes the last chunk's row after it was written anew, if it is long. */
  rewrite(series: Series): void {
    const { open, collection: { id }, compressed } = series;
    const { state } = open;
    if (!open.hasRow && open.tailLength <= TAIL) return;
    const whole = Math.floor(state.bits / 8);
    const data = withBase(compressed, state.base, open.bytes.subarray(0, whole));
    if (open.hasRow) this.rows.update(id, factsOf(open), data);
    else this.rows.insert(id, factsOf(open), data);
    open.hasRow = true;
    const left = open.bytes.slice(whole, whole + 1);
    open.offset = whole;
    open.bytes = new Uint8Array(64);
    open.bytes.set(left);
  }

  /** Makes the chunk before the last one, of which nothing is left, the last; without one it stays, empty. */
  reopenLast(series: Series): void {
    const { collection: { id }, compressed, open } = series;
    series.open = new OpenChunk(open.size);
    for (const chunk of this.rows.downFrom(id, Number.MAX_SAFE_INTEGER, 0)) {
      const samples = new Samples();
      decode(compressed, chunk.data, chunk.first, chunk.count, samples);
      series.chunks--;
      series.closedBytes -= chunk.size;
      series.reopen(encode(compressed, samples, chunk.size), true);
      return this.rewrite(series);
    }
  }
}

/** What the row of the last chunk has of it. */
export function factsOf({ state, size }: OpenChunk): ChunkFacts {
  return { first: state.first, last: state.last, count: state.count, size };
}

function withBase(compressed: boolean, base: number, bytes: Uint8Array): Uint8Array {
  if (!compressed) return bytes.slice();
  const data = new Uint8Array(BASE_BYTES + bytes.length);
  new DataView(data.buffer).setFloat64(0, base, true);
  data.set(bytes, BASE_BYTES);
  return data;
}
