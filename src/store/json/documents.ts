/**
 * The documents of a store: JSON values of keys, of type `TYPE.JSON`.
 *
 * A short text is in `keys.value`; of a longer one the rows of the table `json`, in the order of
 * `position`, are the pieces (layout.ts). `keys.length` is the text's bytes. The text is the one that JSON.GET
 * replies with, so a whole document is replied to without being read as JSON.
 *
 * A document that a path is followed in is kept as a tree, as long as its key has the version it was read at
 * and the trees take no more than their share of the cache. A change is made in the tree at once; the pieces
 * it touched are written when the collection's row is, before the turn's commit.
 *
 * For whoever reads documents from elsewhere (search indexes, say):
 *
 * ```ts
 * const path = compilePath("$.price");                     // path/compile.ts; throws CommandError
 * const json = store.keyspace.find(db, key) === TYPE.JSON ? store.keyspace.row.collection : undefined;
 * if (json !== undefined) {
 *   const values = valuesAt(path, store.documents.read(json).root); // path/evaluate.ts: JsonValue[]
 *   const text = store.documents.text(json);               // the whole text, bytes of UTF-8
 * }
 * ```
 *
 * What a value is tells values.ts: `null`, booleans and strings are themselves; a number is a number, a bigint
 * or a JsonDouble (`asDouble` makes a number of each, `isInteger` tells what it was written as); arrays and
 * objects are JsonArray and JsonObject with `items` and `keys`, which must not be changed by who reads them. All
 * are valid until the document is changed.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection } from "../collections/collection.ts";
import { INLINE_LIMIT, TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { err } from "../values/errors.ts";
import { Slice } from "../values/slice.ts";
import { Document, type DocumentWriter } from "./document.ts";
import { DocumentRows } from "./document_rows.ts";
import { type Leaf, LONGEST_PIECE, Pieces, SHORTEST_PIECE } from "./layout.ts";
import { type Loaded, loadPieces } from "./loading.ts";
import { MAX_TEXT_BYTES, parseJson } from "./parser.ts";
import { byteLength, jsonText } from "./text.ts";
import { JsonArray, type JsonValue, treeBytes } from "./values.ts";

/** What is between the positions of neighbours in a new document. */
const STEP = 1 << 20;
/** Bytes that a tree takes for each byte of its text, and beside it, about. */
const TREE_FACTOR = 5, TREE_BYTES = 512;
/** Bytes of a text from which on its tree is measured: one of empty containers takes much more. */
const MEASURED = 65536;
/** The share of the cache that trees may take. */
const TREE_SHARE = 1 / 2;

const decoder = new TextDecoder();

/** The documents of a store. */
export class Documents implements DocumentWriter {
  readonly #keyspace: Keyspace;
  readonly #cacheBytes: () => number;
  readonly #rows: DocumentRows;
  /** Trees, those used last at the end. */
  readonly #kept = new Map<number, Document>();
  #keptBytes = 0;

  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    this.#keyspace = keyspace;
    this.#cacheBytes = cacheBytes;
    this.#rows = new DocumentRows(engine);
    engine.addListener({
      // What was rolled back may be told by the same version as what comes next.
      forget: (rolledBack) => rolledBack && this.#forgetAll(),
      letGo: () => this.#forgetAll(),
      beforeCommit: () => {},
    });
  }

  #forgetAll(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  /** The document of a key, as a tree. */
  read(collection: Collection): Document {
    const { rest } = collection;
    let document = rest instanceof Document ? rest : this.#kept.get(collection.id);
    if (document !== rest && document?.version !== collection.version) document = undefined;
    if (document === undefined) {
      const { holder, pieces } = this.#loaded(collection);
      document = new Document(collection, holder, pieces, this);
      document.version = collection.version;
      document.bytes = collection.length;
    }
    this.#use(document, collection);
    return document;
  }

  #use(document: Document, collection: Collection): void {
    document.collection = collection;
    collection.rest = document;
    const { id } = collection;
    const before = this.#kept.get(id);
    if (before !== undefined) this.#forget(id, before);
    document.keptBytes = before === document && document.bytes < 2 * document.measuredBytes
      ? document.keptBytes
      : this.#treeBytes(document);
    this.#kept.set(id, document);
    this.#keptBytes += document.keptBytes;
    const most = this.#cacheBytes() * TREE_SHARE;
    if (this.#keptBytes > most) this.#evict(most, document);
  }

  #treeBytes(document: Document): number {
    document.measuredBytes = document.bytes;
    return TREE_BYTES +
      (document.bytes < MEASURED ? TREE_FACTOR * document.bytes : treeBytes(document.root));
  }

  #forget(id: number, document: Document): void {
    this.#kept.delete(id);
    this.#keptBytes -= document.keptBytes;
  }

  /** Makes room. What is not written yet is, and the one document that a handler holds stays. */
  #evict(most: number, held: Document): void {
    for (const [id, document] of this.#kept) {
      if (this.#keptBytes <= most) return;
      if (document === held) continue;
      const { collection } = document;
      this.#keyspace.collections.settle(collection);
      this.#forget(id, document);
      if (collection.rest === document) collection.rest = undefined;
    }
  }

  #loaded(collection: Collection): Loaded {
    if (collection.metadata.length > 0) {
      const holder = new JsonArray([parseJson(decoder.decode(collection.metadata), true)]);
      const pieces = Pieces.of(holder);
      for (const leaf of pieces.dirty) leaf.bytes = collection.metadata.length;
      pieces.dirty.clear();
      return { holder, pieces };
    }
    return loadPieces(this.#rows.pieces(collection.id));
  }

  /** The text of a document, valid until the next call. */
  text(collection: Collection): Slice {
    const { rest } = collection;
    if (rest instanceof Document && rest.unwritten) rest.settle();
    const { metadata, length } = collection;
    if (metadata.length > 0) return new Slice(metadata);
    const text = new Uint8Array(length);
    return new Slice(text, 0, this.#rows.copyInto(collection.id, text));
  }

  /**
   * Makes a key hold a new document, over whatever it holds. A document that is there is written over, and
   * keeps its expiry.
   */
  set(db: number, key: Slice, value: JsonValue, bytes: number): void {
    assertFits(bytes);
    const found = this.#keyspace.find(db, key, true);
    const { collection } = this.#keyspace.row;
    if (found === TYPE.JSON && collection !== undefined) {
      if (this.#setShort(collection, value, bytes)) return;
      const document = collection.rest instanceof Document
        ? collection.rest
        : this.#overwriting(collection);
      document.bytes = collection.length = bytes;
      document.replace([], value);
      return;
    }
    this.create(db, key, value, bytes);
  }

  /**
   * Sets a whole document that stays in its key's row: as its text, for many are set that no path is ever
   * followed in.
   *
   * @returns Whether it is so short.
   */
  #setShort(collection: Collection, value: JsonValue, bytes: number): boolean {
    // White space is not kept.
    if (bytes > 2 * INLINE_LIMIT) return false;
    const size = this.#rows.encode(jsonText(value));
    if (size > INLINE_LIMIT) return false;
    const { id, rest } = collection;
    const kept = this.#kept.get(id);
    if (kept !== undefined) this.#forget(id, kept);
    if (collection.metadata.length === 0 && (rest !== undefined || collection.length > 0)) {
      this.#rows.deleteAll(collection.id);
    }
    collection.rest = undefined;
    collection.metadata = this.#rows.encoded(size);
    collection.length = size;
    this.#keyspace.collections.changed(collection);
    return true;
  }

  /** A document whose tree nobody needs, for all of it is about to be replaced. */
  #overwriting(collection: Collection): Document {
    const holder = new JsonArray([null]);
    const pieces = Pieces.of(holder);
    if (collection.metadata.length === 0) this.#rows.deleteAll(collection.id);
    const document = new Document(collection, holder, pieces, this);
    this.#use(document, collection);
    return document;
  }

  /** Makes a key hold a new document, and another key of this name be gone. */
  create(db: number, key: Slice, value: JsonValue, bytes: number): Collection {
    assertFits(bytes);
    const collection = this.#keyspace.createCollection(db, key, TYPE.JSON);
    if (this.#setShort(collection, value, bytes)) return collection;
    const holder = new JsonArray([value]);
    const document = new Document(collection, holder, Pieces.of(holder), this);
    document.bytes = collection.length = bytes;
    this.#use(document, collection);
    return collection;
  }

  changed(document: Document): void {
    this.#keyspace.collections.changed(document.collection);
  }

  /**
   * Makes sure that a document may become so much longer.
   *
   * @throws {CommandError}
   */
  assertRoom(document: Document, bytes: number): void {
    assertFits(document.bytes + bytes);
  }

  /** Counts what is about to be added to a document, until it is known for certain when it is written. */
  grow(document: Document, bytes: number): void {
    document.bytes += bytes;
    document.collection.length = document.bytes;
  }

  /** Writes all changes at once where each change shall be seen by itself, as by history. */
  written(collection: Collection): void {
    if (this.#keyspace.recorder !== undefined) collection.rest?.settle();
  }

  save(document: Document): void {
    const { collection, pieces } = document;
    if (document.unwritten) this.#save(document, pieces);
    document.version = collection.version;
    document.bytes = collection.length;
  }

  #save(document: Document, pieces: Pieces): void {
    const { collection } = document;
    const texts = this.#render(pieces);
    const leaves = pieces.leaves();
    const [only] = leaves;
    const text = leaves.length === 1 && only !== undefined ? texts.get(only) : undefined;
    if (only !== undefined && text !== undefined && only.bytes <= INLINE_LIMIT) {
      this.#deleteRows(collection, pieces, only);
      const bytes = this.#rows.encode(text);
      collection.metadata = this.#rows.encoded(bytes);
    } else {
      collection.metadata = NOTHING;
      this.#place(collection, leaves, pieces);
      for (const position of pieces.dropped) this.#rows.delete(collection.id, position);
      for (const leaf of pieces.dirty) {
        const text = texts.get(leaf) ?? pieces.render(leaf);
        leaf.bytes = this.#rows.write(collection.id, leaf.position ?? 0, text, leaf.stored);
        leaf.stored = true;
      }
    }
    this.#rows.leaveRoom();
    pieces.dirty.clear();
    pieces.dropped.length = 0;
    collection.length = 0;
    for (const leaf of leaves) collection.length += leaf.bytes;
  }

  /** The texts of the pieces to be written, of which long ones are cut first, and short ones joined. */
  #render(pieces: Pieces): Map<Leaf, string> {
    const texts = new Map<Leaf, string>();
    let same = true;
    // Cutting and joining makes others be written, too, which come at the end.
    for (const leaf of pieces.dirty) {
      const text = pieces.render(leaf);
      const before = leaf.bytes;
      leaf.bytes = byteLength(text);
      texts.set(leaf, text);
      if (leaf.bytes > LONGEST_PIECE) same = !pieces.cut(leaf) && same;
      else if (leaf.bytes < SHORTEST_PIECE && before >= SHORTEST_PIECE) {
        same = !pieces.join(leaf) && same;
      }
    }
    if (same) return texts;
    texts.clear();
    for (const leaf of pieces.dirty) {
      const text = pieces.render(leaf);
      leaf.bytes = byteLength(text);
      texts.set(leaf, text);
    }
    return texts;
  }

  /** Gives new leaves positions between those of their neighbours; new ones to all where there is no room. */
  #place(collection: Collection, leaves: readonly Leaf[], pieces: Pieces): void {
    for (let i = 0; i < leaves.length; i++) {
      if (leaves[i]!.position !== undefined) continue;
      let end = i;
      while (end < leaves.length && leaves[end]!.position === undefined) end++;
      const count = end - i;
      const before = leaves[i - 1]?.position;
      const after = leaves[end]?.position;
      const from = before ?? (after ?? 0) - STEP * (count + 1);
      const step = after === undefined ? STEP : Math.floor((after - from) / (count + 1));
      if (step < 1) return this.#placeAnew(collection, leaves, pieces);
      for (let n = 1; n <= count; n++) leaves[i + n - 1]!.position = from + step * n;
      i = end - 1;
    }
  }

  #placeAnew(collection: Collection, leaves: readonly Leaf[], pieces: Pieces): void {
    this.#rows.deleteAll(collection.id);
    pieces.dropped.length = 0;
    for (const [i, leaf] of leaves.entries()) {
      leaf.position = STEP * (i + 1);
      leaf.stored = false;
      pieces.dirty.add(leaf);
    }
  }

  #deleteRows(collection: Collection, pieces: Pieces, only: Leaf): void {
    for (const position of pieces.dropped) this.#rows.delete(collection.id, position);
    if (only.stored && only.position !== undefined) this.#rows.delete(collection.id, only.position);
    only.stored = false;
    only.position = undefined;
  }
}

const NOTHING = new Uint8Array(0);

/** Makes sure that a text is not too long for a document. @throws {CommandError} */
export function assertFits(bytes: number): void {
  if (bytes > MAX_TEXT_BYTES) {
    throw err(`a JSON document has at most ${MAX_TEXT_BYTES} bytes`);
  }
}
