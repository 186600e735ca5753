/**
 * One document: its tree, its pieces, and the changes that commands make to it.
 *
 * @module
 */

import type { Collection, Settles } from "../collections/collection.ts";
import type { Pieces } from "./layout.ts";
import type { Place } from "./path/evaluate.ts";
import {
  isContainer,
  JsonArray,
  type JsonContainer,
  JsonObject,
  type JsonValue,
} from "./values.ts";

/** Writes what of a document was changed. */
export interface DocumentWriter {
  /** Is told before the first change of a turn, and each later one. */
  changed(document: Document): void;
  /** Writes the changed pieces. */
  save(document: Document): void;
}

/** A document in memory. */
export class Document implements Settles {
  /** Whose it is; another object for the same key after another process's commit. */
  collection: Collection;
  /** The collection's version that the tree belongs to, when nothing is unwritten. */
  version = 0;
  /** Bytes that its tree is counted with among those that are kept. */
  keptBytes = 0;
  /** How long its text was when that was found out. */
  measuredBytes = 0;
  /** Its pieces. */
  pieces: Pieces;
  /** Bytes of its text: exact when written, before with what was added. */
  bytes = 0;
  readonly #holder: JsonArray;
  readonly #writer: DocumentWriter;

  /** @param holder Has the root as its one element. @param pieces Those that `holder` is stored in. */
  constructor(
    collection: Collection,
    holder: JsonArray,
    pieces: Pieces,
    writer: DocumentWriter,
  ) {
    this.collection = collection;
    this.#holder = holder;
    this.pieces = pieces;
    this.#writer = writer;
  }

  /** The whole document. */
  get root(): JsonValue {
    return this.#holder.items[0]!;
  }

  /** Whether something is not written yet. */
  get unwritten(): boolean {
    return this.pieces.dirty.size > 0 || this.pieces.dropped.length > 0;
  }

  /** Writes what was changed. */
  settle(): void {
    this.#writer.save(this);
  }

  #container(place: Place): JsonContainer {
    let value: JsonValue = this.#holder;
    for (const index of [0, ...place]) {
      if (!isContainer(value)) break;
      value = value.items[index]!;
    }
    if (!isContainer(value)) throw new TypeError("no container is at this place");
    return value;
  }

  /** Puts a value in place of another. @param place There is a value. */
  replace(place: Place, value: JsonValue): void {
    this.pieces.replaced(place);
    const parent = place.length === 0 ? this.#holder : this.#container(place.slice(0, -1));
    parent.items[place.at(-1) ?? 0] = value;
    this.#writer.changed(this);
  }

  /** Adds a member to the object at a place, which has none of this name. */
  add(place: Place, key: string, value: JsonValue): void {
    const object = this.#container(place);
    if (!(object instanceof JsonObject)) throw new TypeError("no object is at this place");
    object.set(key, value);
    this.pieces.inserted(place, object.items.length - 1, 1);
    this.#writer.changed(this);
  }

  /** Puts values into the array at a place, before the element at an index. */
  insert(place: Place, index: number, values: readonly JsonValue[]): void {
    const array = this.#container(place);
    const { items } = array;
    if (index === items.length) {
      for (const value of values) items.push(value);
    } else {
      // There may be more values than a call takes arguments.
      array.items = [...items.slice(0, index), ...values, ...items.slice(index)];
    }
    this.pieces.inserted(place, index, values.length);
    this.#writer.changed(this);
  }

  /** Takes elements out of the array at a place. */
  remove(place: Place, index: number, count: number): void {
    const array = this.#container(place);
    this.pieces.removed(place, index, count);
    array.items.splice(index, count);
    this.#writer.changed(this);
  }

  /** Takes out the value at a place, which is not the root's. */
  delete(place: Place): void {
    const index = place.at(-1) ?? 0;
    const around = place.slice(0, -1);
    const container = this.#container(around);
    if (container instanceof JsonArray) return this.remove(around, index, 1);
    // The last member takes its place.
    const last = container.items.length - 1;
    if (index !== last) this.pieces.replaced(place);
    this.pieces.removed(around, last, 1);
    container.removeAt(index);
    this.#writer.changed(this);
  }

  /** Empties the container at a place. */
  clear(place: Place): void {
    this.replace(
      place,
      this.#container(place) instanceof JsonArray ? new JsonArray() : new JsonObject(),
    );
  }
}
