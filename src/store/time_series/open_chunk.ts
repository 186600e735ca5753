/** The last chunk of a series in memory, at whose end samples are written. */

import { writePlain } from "./chunks.ts";
import { append, emptyState, type GorillaState, MOST_BYTES } from "./gorilla.ts";

/** The last chunk. */
export class OpenChunk {
  /** What is known at its end. */
  state: GorillaState = emptyState();
  /** Bytes it is counted with. */
  size: number;
  /** How many of its bytes are in its row. */
  offset = 0;
  /** Whether it has a row, by its first time. */
  hasRow = false;
  /** Its bytes from `offset` on; behind them are zeros. */
  bytes: Uint8Array = new Uint8Array(64);

  constructor(size: number) {
    this.size = size;
  }

  /** Bytes that are in no row. */
  get tailLength(): number {
    return Math.ceil(this.state.bits / 8) - this.offset;
  }

  /** What was known before the last sample. */
  readonly #before: GorillaState = emptyState();
  /** Whether that is known. */
  #knowsBefore = false;

  /** Writes a sample after the last. @returns Whether it fits. */
  append(compressed: boolean, time: number, value: number): boolean {
    copyState(this.state, this.#before);
    return this.#knowsBefore = this.#append(compressed, time, value);
  }

  /**
   * Puts a value in place of the last sample's, as if that had not been written.
   *
   * @returns Whether it was; not if what was known before it is not, or is in a row, or if it does not fit.
   */
  replaceLast(compressed: boolean, value: number): boolean {
    const { state, bytes, offset } = this;
    const before = this.#before;
    const from = (before.bits >>> 3) - offset;
    if (!this.#knowsBefore || from < 0 || (before.count === 0 && this.hasRow)) return false;
    const { last: time, value: old } = state;
    const end = this.tailLength;
    bytes[from]! &= (1 << (before.bits & 7)) - 1;
    if (end > from + 1) bytes.fill(0, from + 1, end);
    copyState(before, state);
    if (this.#append(compressed, time, value)) return true;
    // Nothing was written, and what was there fits.
    this.#append(compressed, time, old);
    return false;
  }

  #append(compressed: boolean, time: number, value: number): boolean {
    const { state } = this;
    const used = this.tailLength;
    if (used + MOST_BYTES > this.bytes.length) {
      const longer = new Uint8Array(2 * this.bytes.length);
      longer.set(this.bytes.subarray(0, used));
      this.bytes = longer;
    }
    if (compressed) return append(state, this, this.size, time, value);
    if (state.bits / 8 + 16 > this.size) return false;
    writePlain(this.bytes, used, time, value);
    if (state.count++ === 0) state.first = time;
    state.bits += 128;
    state.last = time;
    state.value = value;
    return true;
  }
}

function copyState(from: GorillaState, to: GorillaState): void {
  to.count = from.count;
  to.bits = from.bits;
  to.first = from.first;
  to.base = from.base;
  to.last = from.last;
  to.delta = from.delta;
  to.value = from.value;
  to.leading = from.leading;
  to.trailing = from.trailing;
}
