/** Reads names and values that are kept as MessagePack: https://github.com/msgpack/msgpack/blob/master/spec.md */

import { NotUnderstood } from "./source.ts";

/**
 * The names and values of an entry, which alternate.
 *
 * @param bytes An array of pairs, each of two byte strings, texts or arrays of bytes.
 * @throws {NotUnderstood} If it is anything else.
 */
export function pairsOf(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const pairs = reader.count();
  const parts: Uint8Array[] = [];
  for (let i = 0; i < pairs; i++) {
    if (reader.count() !== 2) throw strange();
    parts.push(reader.bytes(), reader.bytes());
  }
  if (!reader.atEnd) throw strange();
  return parts;
}

const strange = () => new NotUnderstood("its fields are not kept as they should be");

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How many elements the array has that begins here. */
  count(): number {
    const tag = this.#unsigned(1);
    if ((tag & 0xf0) === 0x90) return tag & 0x0f;
    if (tag === 0xdc) return this.#unsigned(2);
    if (tag === 0xdd) return this.#unsigned(4);
    throw strange();
  }

  /** A byte string, a text, or an array of bytes. */
  bytes(): Uint8Array {
    const tag = this.#bytes[this.#at] ?? 0;
    if ((tag & 0xe0) === 0xa0) {
      this.#at++;
      return this.#take(tag & 0x1f);
    }
    const size = { 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xd9: 1, 0xda: 2, 0xdb: 4 }[tag];
    if (size !== undefined) {
      this.#at++;
      return this.#take(this.#unsigned(size));
    }
    const array = new Uint8Array(this.#bounded(this.count()));
    for (let i = 0; i < array.length; i++) array[i] = this.#byte();
    return array;
  }

  #byte(): number {
    const tag = this.#unsigned(1);
    if (tag < 0x80) return tag;
    if (tag === 0xcc) return this.#unsigned(1);
    throw strange();
  }

  #take(length: number): Uint8Array {
    const end = this.#at + this.#bounded(length);
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Keeps a length to what there is. */
  #bounded(length: number): number {
    if (length > this.#bytes.length - this.#at) throw strange();
    return length;
  }

  #unsigned(size: number): number {
    this.#bounded(size);
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }
}
