/**
 * Protocol Buffers, as far as the messages of KV Connect need them: numbers, bytes and messages within
 * messages. https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

/** A message cannot be read. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

const VARINT = 0, FIXED_64 = 1, BYTES = 2, FIXED_32 = 5;

/** Reads the fields of a message, one after the other. */
export class MessageReader {
  /** The number of the field at hand. */
  field = 0;
  readonly #bytes: Uint8Array;
  #at = 0;
  #type = VARINT;
  #value = 0;
  #content: Uint8Array = NOTHING;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes on to the next field. @returns Whether there is one. @throws {MalformedMessage} */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#type = tag % 8;
    if (this.field === 0) throw new MalformedMessage("a field has no number");
    switch (this.#type) {
      case VARINT:
        this.#value = this.#varint();
        break;
      case FIXED_64:
        this.#take(8);
        break;
      case BYTES:
        this.#content = this.#take(this.#varint());
        break;
      case FIXED_32:
        this.#take(4);
        break;
      default:
        throw new MalformedMessage(`field ${this.field} is of an unknown kind`);
    }
    return true;
  }

  /** The field at hand as a number; one past 2^53 is not exact. @throws {MalformedMessage} If it is none. */
  get number(): number {
    if (this.#type !== VARINT) throw new MalformedMessage(`field ${this.field} is no number`);
    return this.#value;
  }

  /** The field at hand as bytes, those of the message. @throws {MalformedMessage} If it is none. */
  get bytes(): Uint8Array {
    if (this.#type !== BYTES) throw new MalformedMessage(`field ${this.field} is no bytes`);
    return this.#content;
  }

  #take(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new MalformedMessage("the message ends early");
    return this.#bytes.subarray(start, this.#at);
  }

  /** A signed number, of which the negative ones have all ten bytes. */
  #varint(): number {
    let value = 0;
    for (let i = 0, factor = 1; i < 10; i++, factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new MalformedMessage("the message ends early");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value >= 2 ** 63 ? -1 : value;
    }
    throw new MalformedMessage("a number is too long");
  }
}

/** Writes messages into bytes that grow. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  #end = 0;

  /** What was written so far, valid until more is. */
  get message(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Begins anew. */
  clear(): this {
    this.#end = 0;
    return this;
  }

  /** Writes a number of up to 2^53; a zero is left out, as it is the default. */
  number(field: number, value: number): this {
    if (value === 0) return this;
    this.#reserve(20);
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  /** Writes bytes, or a message; without any they are there all the same. */
  bytes(field: number, bytes: Uint8Array): this {
    this.#reserve(20 + bytes.length);
    this.#varint(field * 8 + BYTES);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    return this;
  }

  #varint(value: number): void {
    for (; value >= 0x80; value = Math.floor(value / 128)) {
      this.#bytes[this.#end++] = value % 128 | 0x80;
    }
    this.#bytes[this.#end++] = value;
  }

  #reserve(size: number): void {
    const needed = this.#end + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

const NOTHING = new Uint8Array(0);
