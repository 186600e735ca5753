/**
 * CRC-64 with Jones's polynomial, reflected, as in the footer of a DUMP payload.
 *
 * A checksum is kept as two 32-bit halves, and eight bytes are taken at a time with a table for each
 * place: 0.6 GB/s on the build machine, where one byte at a time with bigints does 8 MB/s.
 *
 * @module
 */

/** The polynomial 0xad93d23594c935a9 with its bits reversed. */
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;

/** Checksum halves of byte `n` followed by `k` zero bytes, at `256 * k + n`. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);

for (let n = 0; n < 256; n++) {
  let low = n, high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = (low & 1) !== 0;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  LOW[n] = low;
  HIGH[n] = high;
}
for (let n = 256; n < LOW.length; n++) {
  const low = LOW[n - 256]!, high = HIGH[n - 256]!;
  LOW[n] = LOW[low & 0xff]! ^ ((low >>> 8) | (high << 24));
  HIGH[n] = HIGH[low & 0xff]! ^ (high >>> 8);
}

/** A checksum that grows with the bytes it is shown. */
export class Crc64 {
  #low = 0;
  #high = 0;

  /** Takes in `bytes[start, end)`. */
  update(bytes: Uint8Array, start: number, end: number): this {
    let low = this.#low, high = this.#high, i = start;
    for (const last = end - 8; i <= last; i += 8) {
      low ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      high ^= bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24);
      const a = 0x700 | (low & 0xff), b = 0x600 | ((low >>> 8) & 0xff);
      const c = 0x500 | ((low >>> 16) & 0xff), d = 0x400 | (low >>> 24);
      const e = 0x300 | (high & 0xff), f = 0x200 | ((high >>> 8) & 0xff);
      const g = 0x100 | ((high >>> 16) & 0xff), h = high >>> 24;
      low = LOW[a]! ^ LOW[b]! ^ LOW[c]! ^ LOW[d]! ^ LOW[e]! ^ LOW[f]! ^ LOW[g]! ^ LOW[h]!;
      high = HIGH[a]! ^ HIGH[b]! ^ HIGH[c]! ^ HIGH[d]! ^ HIGH[e]! ^ HIGH[f]! ^ HIGH[g]! ^ HIGH[h]!;
    }
    for (; i < end; i++) {
      const n = (low ^ bytes[i]!) & 0xff;
      low = LOW[n]! ^ ((low >>> 8) | (high << 24));
      high = HIGH[n]! ^ (high >>> 8);
    }
    this.#low = low;
    this.#high = high;
    return this;
  }

  /** Starts over. */
  reset(): this {
    this.#low = this.#high = 0;
    return this;
  }

  /** Writes the checksum into `target` at `at`: eight bytes, little endian. */
  writeTo(target: Uint8Array, at: number): void {
    for (let i = 0; i < 4; i++) {
      target[at + i] = this.#low >>> (8 * i);
      target[at + 4 + i] = this.#high >>> (8 * i);
    }
  }

  /** Whether the eight bytes of `bytes` at `at` are the checksum. */
  matches(bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (bytes[at + i] !== ((this.#low >>> (8 * i)) & 0xff)) return false;
      if (bytes[at + 4 + i] !== ((this.#high >>> (8 * i)) & 0xff)) return false;
    }
    return true;
  }
}
