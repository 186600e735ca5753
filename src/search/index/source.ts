/**
 * A document as its key holds it, for whoever indexes it or shows it.
 *
 * @module
 */

import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Column } from "../../store/values/column.ts";
import type { FieldVisitor } from "../../store/hashes/hashes.ts";
import type { Store } from "../../store/store.ts";
import { Slice } from "../../store/values/slice.ts";
import { ABSENT, ByteTable, hashOf } from "../text/byte_table.ts";
import type { Field, VectorField } from "./definition.ts";
import { parseDouble } from "./values.ts";

/** Why a document cannot be indexed. */
export class Unindexable extends Error {
  override readonly name = "Unindexable";
  /** The id of the field it is told of, undefined for none. */
  readonly field: number | undefined;

  constructor(message: string, field: Field | undefined) {
    super(message);
    this.field = field?.id;
  }
}

/** The value of a field, as what an index may take it for. */
export interface FieldValue {
  /** The texts in it. @throws {Unindexable} If something else is in it. */
  texts(field: Field): readonly Uint8Array[];
  /** The numbers in it. @throws {Unindexable} If something else is in it. */
  numbers(field: Field): readonly number[];
  /** The bytes of the vector in it. @throws {Unindexable} If something else is in it. */
  vector(field: VectorField): Uint8Array;
}

/** What a key holds. */
export interface DocumentSource {
  /** The value of a field of the index; undefined without one. */
  value(field: Field): FieldValue | undefined;
  /** The bytes of a field of a hash, or of a text in JSON at a path; undefined without one. */
  bytes(path: string): Uint8Array | undefined;
  /** When the key expires, Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
  /** Is told which fields are about to be asked for. */
  expect?(paths: readonly string[]): void;
}

const encoder = new TextEncoder();

/** Bytes of names in UTF-8. */
const names = new Map<string, Slice>();

function nameOf(path: string): Slice {
  let name = names.get(path);
  if (name === undefined) {
    if (names.size > 1024) names.clear();
    names.set(path, name = new Slice(encoder.encode(path)));
  }
  return name;
}

/** How many fields a hash may have beside those that are asked for, for all to be read together. */
const OTHER_FIELDS = 8;
/** Bytes of values that are copied by way of one array. */
const COPIED_BYTES = 4096;

/** Fields of a hash that are read together. */
class ExpectedFields {
  readonly values: (Uint8Array | undefined)[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #names = new ByteTable();
  readonly #name: Uint8Array;
  readonly #copied = new Uint8Array(COPIED_BYTES);

  constructor(readonly paths: readonly string[]) {
    let longest = 0;
    for (const path of new Set(paths)) {
      const name = encoder.encode(path);
      longest = Math.max(longest, name.length);
      this.#names.add(name, 0, name.length, hashOf(name, 0, name.length), this.#indexes.size);
      this.#indexes.set(path, this.#indexes.size);
    }
    this.#name = new Uint8Array(longest);
  }

  /** The index of a field's value, undefined if it is not read. */
  indexOf(path: string): number | undefined {
    return this.#indexes.get(path);
  }

  clear(): void {
    this.values.fill(undefined);
  }

  readonly take: FieldVisitor = (field, value) => {
    const { length } = field, name = this.#name;
    if (length > name.length) return;
    field.copyInto(name, 0);
    const index = this.#names.find(name, 0, length, hashOf(name, 0, length));
    if (index !== ABSENT) this.values[index] = this.#copy(value);
  };

  #copy(value: Column): Uint8Array {
    const { length } = value;
    const target = length > COPIED_BYTES ? new Uint8Array(length) : this.#copied;
    if (length > 0) value.copyInto(target, 0);
    return length > COPIED_BYTES ? target : target.slice(0, length);
  }
}

/** Hashes of database 0 as documents. */
export class HashSource implements DocumentSource {
  readonly #store: Store;
  #collection: Collection | undefined;
  #expected: ExpectedFields | undefined;
  #isRead = false;
  expiresAtMs = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Goes to the hash of a key. @returns Whether there is one. */
  open(key: Slice): boolean {
    const { keyspace } = this.#store;
    if (keyspace.find(0, key) !== TYPE.HASH) return false;
    const { collection } = keyspace.row;
    this.#collection = collection;
    this.#isRead = false;
    this.expiresAtMs = collection?.expiresAtMs ?? 0;
    return collection !== undefined;
  }

  /** See {@linkcode DocumentSource}: a hash of few fields is read by one statement. */
  expect(paths: readonly string[]): void {
    const c = this.#collection!;
    if (c.length > paths.length + OTHER_FIELDS) return;
    if (this.#expected?.paths !== paths) this.#expected = new ExpectedFields(paths);
    this.#expected.clear();
    this.#store.hashes.eachUnordered(c, this.#expected.take);
    this.#isRead = true;
  }

  value(field: Field): FieldValue | undefined {
    const bytes = this.bytes(field.path);
    if (bytes === undefined) return undefined;
    return new BytesValue(bytes);
  }

  bytes(path: string): Uint8Array | undefined {
    const index = this.#isRead ? this.#expected?.indexOf(path) : undefined;
    if (index !== undefined) return this.#expected?.values[index];
    const { hashes } = this.#store;
    const found = hashes.get(this.#collection!, nameOf(path));
    return found?.copy();
  }

  /** All fields, in the order that clients see them in. */
  all(): [Uint8Array, Uint8Array][] {
    const fields: [Uint8Array, Uint8Array][] = [];
    this.#store.hashes.each(this.#collection!, (field, value) => {
      const pair: [Uint8Array, Uint8Array] = [
        new Uint8Array(field.length),
        new Uint8Array(value.length),
      ];
      field.copyInto(pair[0], 0);
      value.copyInto(pair[1], 0);
      fields.push(pair);
    });
    return fields;
  }
}

/** The value of a field that is bytes. */
export class BytesValue implements FieldValue {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  texts(): readonly Uint8Array[] {
    return [this.#bytes];
  }

  vector(): Uint8Array {
    return this.#bytes;
  }

  numbers(field: Field): readonly number[] {
    const text = decoder.decode(this.#bytes);
    const number = parseDouble(text);
    if (number === undefined) {
      throw new Unindexable(`Invalid numeric value: '${text}'`, field);
    }
    return [number];
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
