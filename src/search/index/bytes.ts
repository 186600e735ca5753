/** A growing array of bytes with numbers of variable length in it: seven bits a byte, the lowest first. */

/** Bytes at the start. */
const SIZE = 256;

const encoder = new TextEncoder();

/** Writes bytes. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(size: number = SIZE) {
    this.bytes = new Uint8Array(size);
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  /** Writes an integer from 0 to 2^53. */
  varint(value: number): void {
    this.reserve(8);
    const { bytes } = this;
    while (value > 0x7fffffff) {
      bytes[this.length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value > 0x7f) {
      bytes[this.length++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    bytes[this.length++] = value;
  }

  /** Writes `source[start, end)`. */
  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    if (end - start > 32) {
      bytes.set(source.subarray(start, end), this.length);
      this.length += end - start;
    } else {
      for (let i = start; i < end; i++) bytes[this.length++] = source[i]!;
    }
  }

  /** Writes a double. */
  double(value: number): void {
    this.reserve(8);
    DOUBLE[0] = value;
    for (let i = 0; i < 8; i++) this.bytes[this.length++] = DOUBLE_BYTES[i]!;
  }

  /** Writes a text as UTF-8. */
  text(value: string): void {
    const { length } = value;
    this.reserve(3 * length);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.length = start + encoder.encodeInto(value, bytes.subarray(start)).written;
        return;
      }
      bytes[start + i] = unit;
    }
    this.length = start + length;
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

const DOUBLE = new Float64Array(1);
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer);

/** The double in `bytes` at `at`. */
export function doubleAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) DOUBLE_BYTES[i] = bytes[at + i]!;
  return DOUBLE[0]!;
}

/** Reads bytes that a {@linkcode ByteWriter} wrote. */
export class ByteReader {
  bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Reads an integer. */
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 128;
    do {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return value;
  }
}
