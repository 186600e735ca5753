/**
 * Chunks: a run of samples as bytes, compressed or plain.
 *
 * A compressed one begins with its first value; the bits of gorilla.ts follow, and its first time is
 * in the row. A plain one is pairs of a time, a whole number of 64 bits, and a value.
 *
 * @module
 */

import { append, emptyState, GorillaReader, type GorillaState, MOST_BYTES } from "./gorilla.ts";

/** Bytes of the first value before a compressed chunk's bits. */
export const BASE_BYTES = 8;
/** Bytes of a sample of a plain chunk. */
export const PLAIN_BYTES = 16;
/** By how much a compressed chunk grows that something is put into the middle of. */
const GROWTH = 32;
const TWO_32 = 2 ** 32;

/** Samples, in the order of their times. */
export class Samples {
  times: Float64Array = new Float64Array(256);
  values: Float64Array = new Float64Array(256);
  count = 0;

  /** Makes room for so many in all. */
  reserve(count: number): void {
    if (count <= this.times.length) return;
    const size = Math.max(count, 2 * this.times.length);
    const times = new Float64Array(size), values = new Float64Array(size);
    times.set(this.times.subarray(0, this.count));
    values.set(this.values.subarray(0, this.count));
    this.times = times;
    this.values = values;
  }

  /** Adds one at the end. */
  push(time: number, value: number): void {
    if (this.count === this.times.length) this.reserve(this.count + 1);
    this.times[this.count] = time;
    this.values[this.count++] = value;
  }

  /** Puts one in. */
  insert(index: number, time: number, value: number): void {
    this.reserve(this.count + 1);
    this.times.copyWithin(index + 1, index, this.count);
    this.values.copyWithin(index + 1, index, this.count);
    this.times[index] = time;
    this.values[index] = value;
    this.count++;
  }

  /** Takes those of two indexes out. @param to Not in it. */
  remove(from: number, to: number): void {
    this.times.copyWithin(from, to, this.count);
    this.values.copyWithin(from, to, this.count);
    this.count -= to - from;
  }

  /** The index of the first one that is not before a time. */
  at(time: number): number {
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The samples from an index on, which are taken out here. */
  split(at: number): Samples {
    const rest = new Samples();
    rest.times = this.times.slice(at, this.count);
    rest.values = this.values.slice(at, this.count);
    rest.count = this.count - at;
    this.count = at;
    return rest;
  }
}

/** Reads a chunk's samples to the end of others. @returns The state at its end, of a compressed one. */
export function decode(
  compressed: boolean,
  data: Uint8Array,
  first: number,
  count: number,
  samples: Samples,
): GorillaState | undefined {
  const at = samples.count;
  samples.reserve(at + count);
  samples.count = at + count;
  if (count === 0) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (compressed) {
    const reader = new GorillaReader(data.subarray(BASE_BYTES));
    const base = view.getFloat64(0, true);
    reader.read(first, base, count, samples.times, samples.values, at);
    return reader.state;
  }
  for (let i = 0; i < count; i++) {
    const from = i * PLAIN_BYTES;
    samples.times[at + i] = view.getUint32(from, true) + view.getUint32(from + 4, true) * TWO_32;
    samples.values[at + i] = view.getFloat64(from + 8, true);
  }
  return undefined;
}

/** A sample of a plain chunk in its bytes. */
export function writePlain(bytes: Uint8Array, at: number, time: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(at, time % TWO_32, true);
  view.setUint32(at + 4, Math.floor(time / TWO_32), true);
  view.setFloat64(at + 8, value, true);
}

/** A chunk that was written anew. */
export interface Encoded {
  /** What is known at its end. */
  readonly state: GorillaState;
  /** Its bytes, without the first value of a compressed one; behind them are zeros. */
  readonly bytes: Uint8Array;
  /** Bytes it is counted with. */
  readonly size: number;
}

/** Writes samples as a chunk, which grows beyond a size where it has to. */
export function encode(
  compressed: boolean,
  { times, values, count }: Samples,
  least: number,
): Encoded {
  const state = emptyState();
  let size = least;
  if (!compressed) {
    const bytes = new Uint8Array(count * PLAIN_BYTES);
    for (let i = 0; i < count; i++) writePlain(bytes, i * PLAIN_BYTES, times[i]!, values[i]!);
    size = Math.max(size, bytes.length);
    Object.assign(state, {
      count,
      bits: bytes.length * 8,
      first: count === 0 ? 0 : times[0],
      last: count === 0 ? 0 : times[count - 1],
      value: count === 0 ? 0 : values[count - 1],
    });
    return { state, bytes, size };
  }
  const target = { bytes: new Uint8Array(Math.max(size, 64) + MOST_BYTES), offset: 0 };
  for (let i = 0; i < count; i++) {
    while (!append(state, target, size, times[i]!, values[i]!)) {
      size += GROWTH;
      if (target.bytes.length < size + MOST_BYTES) {
        const longer = new Uint8Array(2 * size + MOST_BYTES);
        longer.set(target.bytes);
        target.bytes = longer;
      }
    }
  }
  return { state, bytes: target.bytes, size };
}

/** What half a chunk is counted with: as much as it needs, a compressed one in steps of 8. */
export function trimmedSize(compressed: boolean, { state, bytes }: Encoded): number {
  if (!compressed) return bytes.length;
  // One byte more than what is not excess, and then up to the next step even from a step.
  const used = Math.ceil(state.bits / 8) + 1;
  return used + 8 - used % 8;
}
