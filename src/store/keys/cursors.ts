/**
 * The cursors of SCAN and its kin: a cursor is a number, a position in a walk is a key, field or
 * member to go on from. The recent positions are remembered here. A cursor that is remembered no
 * more (of before a restart, of another process) starts over, so a walk may tell an element twice
 * but never misses one that was there all the time.
 *
 * @module
 */

/** Positions remembered. */
const REMEMBERED = 16384;
/** Bytes of them, though the last one is remembered in any case. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Gives out cursors. */
export class Cursors {
  readonly #positions = new Map<bigint, Uint8Array>();
  #last = 0n;
  #bytes = 0;

  /** The position a cursor goes on from, undefined for the beginning. */
  position(cursor: bigint): Uint8Array | undefined {
    return this.#positions.get(cursor);
  }

  /** The cursor of a position; 0 for the end. */
  cursor(next: Uint8Array | undefined): bigint {
    if (next === undefined) return 0n;
    const cursor = ++this.#last;
    this.#positions.set(cursor, next);
    this.#bytes += next.length;
    for (const [oldest, { length }] of this.#positions) {
      const { size } = this.#positions;
      if (size <= REMEMBERED && this.#bytes <= MAX_BYTES || size === 1) break;
      this.#positions.delete(oldest);
      this.#bytes -= length;
    }
    return cursor;
  }
}
