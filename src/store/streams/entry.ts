/**
 * The fields of an entry as the bytes in `streams.fields`.
 *
 * Most entries of a stream have the same names, so the names of the first few kinds of entries, the
 * stream's shapes, stand in its facts, and an entry says which shape it has: of `temperature 21.5` it
 * keeps six bytes in place of eighteen. Shapes are only ever added, so that entries of any age, in the
 * history too, find theirs.
 *
 * Numbers are varints: seven bits a byte, the least significant first, the highest bit set on all but
 * the last. An entry is a number below {@linkcode MOST_SHAPES} for its shape, and then the length and
 * the bytes of each value; or MOST_SHAPES plus the number of its fields, and then length and bytes of
 * each name and value. A shape is the number of its names, and the length and bytes of each.
 *
 * @module
 */

import { keepAddress } from "../../runtime/memory.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { corrupt } from "../values/errors.ts";
import { Slice } from "../values/slice.ts";
import { SHAPES_AT } from "./facts.ts";
import { ID_SIZE } from "./ids.ts";

/** Most shapes of a stream. */
export const MOST_SHAPES = 8;
/** Bytes that all shapes of a stream may take: they are written with its key's row. */
const SHAPES_SIZE = 160;

/** Names and values by index, as a command's arguments are. */
export interface Slices {
  /** The slice at an index; valid until the command returns. */
  at(index: number): Slice;
}

/** Takes a name or a value: `bytes[start, end)`, valid until it returns. */
export type FieldVisitor = (bytes: Uint8Array, start: number, end: number) => void;

function varintSize(value: number): number {
  let size = 1;
  for (; value >= 0x80; value = Math.floor(value / 0x80)) size++;
  return size;
}

/** Reads numbers and runs of bytes one after the other. */
class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  number(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * unit;
    }
    return value;
  }
}

/** One shape: names in their order. */
interface Shape {
  readonly names: readonly Slice[];
}

/** Reads and writes the fields of entries. */
export class EntryFields {
  /** What {@linkcode encode} wrote. */
  bytes: Uint8Array = room(512);
  /** How many bytes that is. */
  length = 0;
  readonly #cursor = new Cursor();
  readonly #shapes = new WeakMap<Uint8Array, readonly Shape[]>();

  /** The shapes that a stream's facts end with, taken apart once for each array of facts. */
  #shapesOf({ metadata }: Collection): readonly Shape[] {
    let shapes = this.#shapes.get(metadata);
    if (shapes === undefined) {
      shapes = parseShapes(metadata);
      this.#shapes.set(metadata, shapes);
    }
    return shapes;
  }

  /**
   * Writes the fields of a new entry into {@linkcode bytes}; gives the stream a shape if this entry
   * is of a new one and there is room. The stream must be changed in this turn.
   *
   * @param from The index of the first name; names and values alternate.
   * @param count How many fields.
   */
  encode(stream: Collection, source: Slices, from: number, count: number): void {
    this.length = 0;
    let shape = this.#find(stream, source, from, count);
    if (shape === -1) shape = this.#learn(stream, source, from, count);
    this.#putNumber(shape === -1 ? MOST_SHAPES + count : shape);
    const end = from + 2 * count;
    for (let i = shape === -1 ? from : from + 1; i < end; i += shape === -1 ? 1 : 2) {
      this.#put(source.at(i));
    }
  }

  #find(stream: Collection, source: Slices, from: number, count: number): number {
    const shapes = this.#shapesOf(stream);
    search: for (let i = 0; i < shapes.length; i++) {
      const { names } = shapes[i]!;
      if (names.length !== count) continue;
      for (let j = 0; j < count; j++) {
        if (!names[j]!.equals(source.at(from + 2 * j))) continue search;
      }
      return i;
    }
    return -1;
  }

  #learn(stream: Collection, source: Slices, from: number, count: number): number {
    const { metadata } = stream;
    const known = this.#shapesOf(stream).length;
    if (known === MOST_SHAPES || count > SHAPES_SIZE) return -1;
    let size = varintSize(count);
    for (let i = 0; i < count; i++) {
      const { length } = source.at(from + 2 * i);
      size += varintSize(length) + length;
    }
    if (metadata.length - SHAPES_AT + size > SHAPES_SIZE) return -1;
    this.#putNumber(count);
    for (let i = 0; i < count; i++) this.#put(source.at(from + 2 * i));
    const grown = new Uint8Array(metadata.length + size);
    grown.set(metadata);
    grown.set(this.bytes.subarray(0, size), metadata.length);
    stream.metadata = grown;
    this.length = 0;
    return known;
  }

  #reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const larger = room(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  #putNumber(value: number): void {
    this.#reserve(8);
    for (; value >= 0x80; value = Math.floor(value / 0x80)) {
      this.bytes[this.length++] = value & 0x7f | 0x80;
    }
    this.bytes[this.length++] = value;
  }

  #put(slice: Slice): void {
    const { length } = slice;
    this.#putNumber(length);
    this.#reserve(length);
    slice.copyInto(this.bytes, this.length);
    this.length += length;
  }

  /** How many fields an entry has. */
  count(stream: Collection, bytes: Uint8Array): number {
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.at = 0;
    const head = cursor.number();
    return this.#names(stream, head)?.length ?? head - MOST_SHAPES;
  }

  /** The names of an entry that begins with a number; undefined if it has them itself. */
  #names(stream: Collection, head: number): readonly Slice[] | undefined {
    if (head >= MOST_SHAPES) return undefined;
    const shape = this.#shapesOf(stream)[head];
    if (shape === undefined) throw corrupt("a stream lacks the names of an entry's fields");
    return shape.names;
  }

  /** Visits names and values, one after the other. */
  visit(stream: Collection, bytes: Uint8Array, visit: FieldVisitor): void {
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.at = 0;
    const head = cursor.number();
    const names = this.#names(stream, head);
    const parts = names?.length ?? 2 * (head - MOST_SHAPES);
    let { at } = cursor;
    for (let i = 0; i < parts; i++) {
      if (names !== undefined) {
        const name = names[i]!;
        visit(name.bytes, name.start, name.end);
      }
      cursor.at = at;
      const length = cursor.number();
      const start = cursor.at;
      at = start + length;
      visit(bytes, start, at);
    }
  }

  /** Lets go of room that a large entry took. */
  release(): void {
    if (this.bytes.length > 65536) this.bytes = room(512);
  }
}

function room(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  keepAddress(bytes);
  return bytes;
}

function parseShapes(facts: Uint8Array): Shape[] {
  const cursor = new Cursor();
  cursor.bytes = facts;
  cursor.at = SHAPES_AT;
  const shapes: Shape[] = [];
  while (cursor.at < facts.length) {
    const names: Slice[] = [];
    for (let count = cursor.number(); count > 0; count--) {
      const length = cursor.number();
      // A copy: facts are changed in place.
      names.push(new Slice(facts.slice(cursor.at, cursor.at + length)));
      cursor.at += length;
    }
    shapes.push({ names });
  }
  return shapes;
}

/** Makes shapes for entries whose stream has lost its own. */
export const orphanShapes = {
  /** Notes how many fields an entry has, in the place of its shape. */
  note(bytes: Uint8Array, counts: number[]): void {
    const cursor = new Cursor();
    cursor.bytes = bytes;
    const shape = cursor.number();
    if (shape >= MOST_SHAPES) return;
    let fields = 0;
    for (; cursor.at < bytes.length; fields++) {
      const length = cursor.number();
      cursor.at += length;
    }
    counts[shape] = fields;
  },

  /** Shapes of so many fields each, whose names are numbers, as facts end with them. */
  write(counts: readonly number[]): Uint8Array {
    const bytes: number[] = [];
    const put = (value: number) => {
      for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(value & 0x7f | 0x80);
      bytes.push(value);
    };
    for (const count of counts) {
      put(count);
      for (let i = 1; i <= count; i++) {
        const name = String(i);
        put(name.length);
        for (let j = 0; j < name.length; j++) bytes.push(name.charCodeAt(j));
      }
    }
    return Uint8Array.from(bytes);
  },
};

/** The entry of the row that a statement is at; one object for all rows. */
export class Entry {
  /** Its id; valid, like all of it, until the visit ends. */
  readonly id: Uint8Array = new Uint8Array(ID_SIZE);
  #bytes: Uint8Array = new Uint8Array(512);
  #stream: Collection | undefined;
  readonly #fields: EntryFields;

  /** @param fields Takes the bytes apart. */
  constructor(fields: EntryFields) {
    this.#fields = fields;
  }

  /** Takes over the row: its id in the first column, its fields in the second. */
  load(stream: Collection, statement: Statement): this {
    this.#stream = stream;
    statement.columnInto(0, this.id, 0, ID_SIZE);
    const length = statement.columnLength(1);
    if (length > this.#bytes.length || this.#bytes.length > 65536 && length < 4096) {
      this.#bytes = new Uint8Array(Math.max(512, 2 * length));
    }
    statement.columnInto(1, this.#bytes, 0, length);
    return this;
  }

  /** How many fields it has. */
  get count(): number {
    return this.#stream === undefined ? 0 : this.#fields.count(this.#stream, this.#bytes);
  }

  /** Visits names and values, one after the other. */
  visit(visit: FieldVisitor): void {
    if (this.#stream !== undefined) this.#fields.visit(this.#stream, this.#bytes, visit);
  }
}
