/** Finds where replies end in RESP2 bytes that come piece by piece. */

const LF = 0x0a, DOLLAR = 0x24, STAR = 0x2a, MINUS = 0x2d;

/** Scans the replies of one client. */
export class ReplyScanner {
  /** Index past the last complete reply. */
  end = 0;
  /** Complete replies so far. */
  count = 0;
  /** Index of the item that is looked at next. */
  #at = 0;
  /** Items that the reply at hand still lacks. */
  #lacking = 0;

  /** Goes on with what is there now: `bytes[0, size)`. */
  scan(bytes: Uint8Array, size: number): void {
    while (this.#at < size) {
      const lineEnd = bytes.indexOf(LF, this.#at);
      if (lineEnd < 0 || lineEnd >= size) return;
      const type = bytes[this.#at]!;
      let next = lineEnd + 1, within = 0;
      if (type === DOLLAR || type === STAR) {
        const length = lengthAt(bytes, this.#at + 1);
        if (type === STAR) within = Math.max(0, length);
        else if (length >= 0) next += length + 2;
      }
      if (next > size) return;
      this.#at = next;
      this.#lacking += this.#lacking === 0 ? within : within - 1;
      if (this.#lacking > 0) continue;
      this.end = next;
      this.count++;
    }
  }

  /** The bytes begin at another index: what was scanned is taken away from the front. */
  moved(by: number): void {
    this.#at -= by;
    this.end -= by;
  }
}

/** The number in a header, from an index on to the line's end; -1 stands for null. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] === MINUS) return -1;
  let length = 0;
  for (let i = at; bytes[i]! >= 0x30; i++) length = length * 10 + bytes[i]! - 0x30;
  return length;
}
