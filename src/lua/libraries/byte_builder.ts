/** Bytes that are put together piece by piece. */

const encoder = new TextEncoder();

/** Grows as it is added to. */
export class ByteBuilder {
  /** The bytes; what is beyond {@linkcode length} means nothing. */
  bytes = new Uint8Array(256);
  /** How many there are. */
  length = 0;
  #view = new DataView(this.bytes.buffer);

  /** Adds room, filled with zeros. @returns Where it begins. */
  extend(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
      this.#view = new DataView(grown.buffer);
    } else {
      this.bytes.fill(0, at, this.length);
    }
    return at;
  }

  /** Adds bytes. */
  add(bytes: Uint8Array): void {
    const at = this.extend(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Adds a text in ASCII. */
  text(text: string): void {
    const at = this.extend(text.length);
    encoder.encodeInto(text, this.bytes.subarray(at));
  }

  /** Adds a text in ASCII so many times. */
  repeat(text: string, count: number): void {
    if (count <= 0) return;
    const start = this.extend(text.length * count);
    encoder.encodeInto(text, this.bytes.subarray(start));
    for (let size = text.length; start + size < this.length; size *= 2) {
      this.bytes.copyWithin(start + size, start, Math.min(start + size, this.length - size));
    }
  }

  /** Adds a byte. */
  byte(value: number): void {
    const at = this.extend(1);
    this.bytes[at] = value;
  }

  /** Adds an integer of 2 bytes, the highest first. */
  uint16(value: number): void {
    const at = this.extend(2);
    this.#view.setUint16(at, value);
  }

  /** Adds an integer of 4 bytes, the highest first. */
  uint32(value: number): void {
    const at = this.extend(4);
    this.#view.setUint32(at, value);
  }

  /** Adds an integer of 8 bytes, the highest first. */
  int64(value: bigint): void {
    const at = this.extend(8);
    this.#view.setBigInt64(at, value);
  }

  /** Adds a float of 4 bytes. */
  float32(value: number, littleEndian = false): void {
    const at = this.extend(4);
    this.#view.setFloat32(at, value, littleEndian);
  }

  /** Adds a float of 8 bytes. */
  float64(value: number, littleEndian = false): void {
    const at = this.extend(8);
    this.#view.setFloat64(at, value, littleEndian);
  }
}
