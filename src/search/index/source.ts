/**
 * A document as its key holds it, for whoever indexes it or shows it.
 *
 * @module
 */

import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";
import { Slice } from "../../store/values/slice.ts";
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

/** Hashes of database 0 as documents. */
export class HashSource implements DocumentSource {
  readonly #store: Store;
  #collection: Collection | undefined;
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
    this.expiresAtMs = collection?.expiresAtMs ?? 0;
    return collection !== undefined;
  }

  value(field: Field): FieldValue | undefined {
    const bytes = this.bytes(field.path);
    if (bytes === undefined) return undefined;
    return new BytesValue(bytes);
  }

  bytes(path: string): Uint8Array | undefined {
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
