/**
 * Changed bytes of a value, each with its place, in a form to be stored: an addition to a large filter
 * changes a byte in each of many blocks, and all of them together are less than one block.
 */

/** Bytes of a change: five of its place, and one of what is there now. */
const CHANGE = 6;
/** Bytes up to which changes are kept: blocks are written in their place then. */
export const MOST_CHANGES: number = 512 * 1024;

/** Takes changes, and tells of them. */
export class Journal {
  /** The changes. Only the first {@linkcode end} bytes count. */
  bytes: Uint8Array = new Uint8Array(16 * CHANGE);
  /** Where the next one goes. */
  end = 0;

  /** Notes what is at a place now. @returns Whether there was room. */
  note(at: number, value: number): boolean {
    const { end } = this;
    if (end + CHANGE > this.bytes.length) {
      if (end + CHANGE > MOST_CHANGES) return false;
      const longer = new Uint8Array(Math.min(MOST_CHANGES, 2 * this.bytes.length));
      longer.set(this.bytes);
      this.bytes = longer;
    }
    const { bytes } = this;
    const high = Math.floor(at / 2 ** 32);
    bytes[end] = at;
    bytes[end + 1] = at >>> 8;
    bytes[end + 2] = at >>> 16;
    bytes[end + 3] = at >>> 24;
    bytes[end + 4] = high;
    bytes[end + 5] = value;
    this.end = end + CHANGE;
    return true;
  }
}

/** Tells of changes in the order they were made. */
export function eachChange(
  bytes: Uint8Array,
  visit: (at: number, value: number) => void,
): void {
  for (let i = 0; i + CHANGE <= bytes.length; i += CHANGE) {
    const low = bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    visit((low >>> 0) + bytes[i + 4]! * 2 ** 32, bytes[i + 5]!);
  }
}
