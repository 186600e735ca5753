/**
 * What a delete leaves behind. A key's row goes at once; its elements, if they are many, and the
 * rows of a flushed database are noted here and deleted in slices, each a turn of its own. The list
 * is a table, so a restart goes on where the last process stopped.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { Elements } from "../collections/elements.ts";
import { isOfExtension, type KeyTypes } from "../extensions/key_types.ts";
import { GARBAGE_OF_STREAM, GARBAGE_SPACE, TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";
import type { KeyRecorder } from "./recorder.ts";

const SQL = {
  count: "SELECT count(*) FROM garbage",
  add: "INSERT OR IGNORE INTO garbage(id, type) VALUES (?1, ?2)",
  next: "SELECT id, type FROM garbage LIMIT 1",
  remove: "DELETE FROM garbage WHERE id = ?1 AND type = ?2",
  // What history refers to under another name stays, and is history's from now on.
  heldOfSpace: `INSERT INTO history_ids(id, type)
    SELECT id, type FROM (SELECT id, type FROM keys WHERE space = ?1 ORDER BY key LIMIT ?2)
    WHERE id IN (SELECT id FROM history_ids)
    ON CONFLICT DO UPDATE SET type = excluded.type`,
  elementsOfSpace: `INSERT OR IGNORE INTO garbage(id, type)
    SELECT id, type FROM (SELECT id, type FROM keys WHERE space = ?1 ORDER BY key LIMIT ?2)
    WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM history_ids)`,
  rowsOfSpace: `DELETE FROM keys WHERE space = ?1 AND key IN (
    SELECT key FROM keys WHERE space = ?1 ORDER BY key LIMIT ?2)`,
};

/** Rows of a flushed database deleted in one slice. */
const ROWS_PER_SLICE = 500;

/** Deletes what no key refers to any more. */
export class Garbage {
  /** The rows of elements. */
  readonly elements: Elements;
  readonly #add: Statement;
  readonly #next: Statement;
  readonly #remove: Statement;
  readonly #heldOfSpace: Statement;
  readonly #elementsOfSpace: Statement;
  readonly #rowsOfSpace: Statement;
  readonly #engine: Engine;
  /** Whether there may be something to sweep. */
  pending = true;
  /** Rows deleted in slices so far. */
  deletedRows = 0;
  /** Keys of which nothing is left any more. */
  freedKeys = 0;
  /** Is told of rows of streams that go by themselves. */
  recorder: Pick<KeyRecorder, "leaving" | "sweeping"> | undefined;
  /** Called when something was added: a sweep is due. */
  onAdded: () => void = () => {};

  /** Takes the engine whose database is to be swept, and the types that extensions have brought. */
  constructor(engine: Engine, types: KeyTypes) {
    this.#engine = engine;
    this.#add = engine.prepare(SQL.add);
    this.#next = engine.prepare(SQL.next);
    this.#remove = engine.prepare(SQL.remove);
    this.#heldOfSpace = engine.prepare(SQL.heldOfSpace);
    this.#elementsOfSpace = engine.prepare(SQL.elementsOfSpace);
    this.#rowsOfSpace = engine.prepare(SQL.rowsOfSpace);
    this.elements = new Elements(engine, types);
  }

  /**
   * Takes over the elements of a key whose row is gone; a few go at once.
   *
   * @param length Bytes of a string, elements of a collection.
   * @param hasRuns Whether the elements are counted in runs.
   * @param hasMore Whether there are rows beside these.
   */
  addElements(id: number, type: number, length: number, hasRuns: boolean, hasMore = false): void {
    if (hasMore) return this.#note(id, type);
    // A series without samples has a name, and may have labels.
    const mayHaveMore = isOfExtension(type) || type === TYPE.TIME_SERIES;
    if (length === 0 && !hasRuns && !mayHaveMore) return;
    if (this.elements.areFew(type, length)) this.elements.deleteAll(type, id, hasRuns);
    else this.#note(id, type);
  }

  /** Takes over what `stream_garbage` says of a stream that lives. */
  addOfStream({ id, space, key }: Collection): void {
    this.recorder?.leaving(space, new Slice(key), id);
    this.#note(id, GARBAGE_OF_STREAM);
  }

  /** Takes over a space no database refers to any more. */
  addSpace(space: number): void {
    this.#note(space, GARBAGE_SPACE);
  }

  /** Takes over elements, however few, whose key is long gone. @param type One of `TYPE`. */
  addLeft(id: number, type: number): void {
    this.#note(id, type);
  }

  #note(id: number, type: number): void {
    this.#add.bindInteger(1, id);
    this.#add.bindInteger(2, type);
    this.#add.run();
    this.pending = true;
    this.onAdded();
  }

  /** Keys and databases whose rows wait to be deleted. */
  count(): number {
    this.#engine.read();
    const count = this.#engine.prepare(SQL.count);
    count.step();
    const entries = count.columnNumber(0);
    count.finalize();
    return entries;
  }

  /**
   * Deletes one slice. Call inside a turn of its own, with the write lock.
   *
   * @returns Whether there is more.
   */
  sweepSlice(): boolean {
    this.#engine.writeTold();
    const next = this.#next;
    if (!next.step()) {
      next.reset();
      this.pending = false;
      return false;
    }
    const id = next.columnNumber(0);
    const type = next.columnNumber(1);
    next.reset();
    if (type === GARBAGE_OF_STREAM) this.recorder?.sweeping(id);
    const before = this.#elementRows();
    const done = type === GARBAGE_SPACE
      ? this.#sweepSpace(id)
      : type === GARBAGE_OF_STREAM
      ? this.elements.streamParts.deleteLeftSlice(id)
      : this.elements.deleteSlice(type, id);
    this.deletedRows += this.#elementRows() - before;
    if (done) {
      if (type !== GARBAGE_SPACE) this.freedKeys++;
      this.#remove.bindInteger(1, id);
      this.#remove.bindInteger(2, type);
      this.#remove.run();
    }
    return true;
  }

  #elementRows(): number {
    return this.elements.deletedRows + this.elements.streamParts.deletedRows;
  }

  #sweepSpace(space: number): boolean {
    const { connection } = this.#engine;
    this.#engine.settleRows();
    let left = 0;
    for (const statement of [this.#heldOfSpace, this.#elementsOfSpace, this.#rowsOfSpace]) {
      statement.bindInteger(1, space);
      statement.bindInteger(2, ROWS_PER_SLICE);
      statement.run();
      if (statement === this.#elementsOfSpace) left = connection.changes();
    }
    const deleted = connection.changes();
    this.deletedRows += deleted;
    // Those whose elements are still there are counted when these are gone.
    this.freedKeys += deleted - left;
    return deleted < ROWS_PER_SLICE;
  }
}
