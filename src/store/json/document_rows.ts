/** The rows of documents: reading, writing and deleting pieces. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { StoredPiece } from "./loading.ts";

const SQL = {
  load:
    "SELECT position, text FROM json WHERE key_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
  insert: "INSERT INTO json(key_id, position, text) VALUES (?1, ?2, ?3)",
  update: "UPDATE json SET text = ?3 WHERE key_id = ?1 AND position = ?2",
  delete: "DELETE FROM json WHERE key_id = ?1 AND position = ?2",
  deleteAll: "DELETE FROM json WHERE key_id = ?1",
};

/** Rows read in one go: a driver may keep them all in memory. */
const PAGE = 256;
/** Bytes of room for pieces; few are longer. */
const ROOM = 65536;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Works on the table `json`. */
export class DocumentRows {
  readonly #engine: Engine;
  readonly #load: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #deleteAll: Statement;
  #room = new Uint8Array(ROOM);

  /** Prepares the statements. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#load = engine.prepare(SQL.load);
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#delete = engine.prepare(SQL.delete);
    this.#deleteAll = engine.prepare(SQL.deleteAll);
  }

  /** Visits the rows of an id in order; the text is column 1. */
  each(id: number, visit: (statement: Statement, position: number) => void): void {
    this.#engine.read();
    const statement = this.#load;
    let last = Number.MIN_SAFE_INTEGER;
    for (let rows = PAGE; rows === PAGE;) {
      statement.bindInteger(1, id);
      statement.bindInteger(2, last);
      statement.bindInteger(3, PAGE);
      rows = 0;
      try {
        for (; statement.step(); rows++) {
          last = statement.columnNumber(0);
          visit(statement, last);
        }
      } finally {
        statement.reset();
      }
    }
  }

  /** All pieces of an id. */
  pieces(id: number): StoredPiece[] {
    const pieces: StoredPiece[] = [];
    this.each(id, (statement, position) => {
      const bytes = statement.columnLength(1);
      if (this.#room.length < bytes) this.#room = new Uint8Array(bytes);
      statement.columnInto(1, this.#room, 0, bytes);
      pieces.push({ position, text: decoder.decode(this.#room.subarray(0, bytes)), bytes });
    });
    this.leaveRoom();
    return pieces;
  }

  /** Puts a text into `target`, which is of its size. @returns How much of it there is. */
  copyInto(id: number, target: Uint8Array): number {
    let at = 0;
    this.each(id, (statement) => {
      const bytes = statement.columnLength(1);
      if (at + bytes <= target.length) statement.columnInto(1, target, at, bytes);
      at += bytes;
    });
    return Math.min(at, target.length);
  }

  /** Writes a piece. @param stored Whether it has a row. @returns Its bytes. */
  write(id: number, position: number, text: string, stored: boolean): number {
    const bytes = this.encode(text);
    const statement = stored ? this.#update : this.#insert;
    statement.bindInteger(1, id);
    statement.bindInteger(2, position);
    statement.bindBlob(3, this.#room, 0, bytes);
    statement.run();
    return bytes;
  }

  /** Deletes a piece. */
  delete(id: number, position: number): void {
    this.#delete.bindInteger(1, id);
    this.#delete.bindInteger(2, position);
    this.#delete.run();
  }

  /** Deletes all pieces of an id. */
  deleteAll(id: number): void {
    this.#deleteAll.bindInteger(1, id);
    this.#deleteAll.run();
  }

  /** Writes a text as UTF-8 aside. @returns Its bytes. */
  encode(text: string): number {
    if (3 * text.length <= this.#room.length) return encoder.encodeInto(text, this.#room).written;
    this.#room = encoder.encode(text);
    return this.#room.length;
  }

  /** A copy of what {@linkcode encode} has written. */
  encoded(bytes: number): Uint8Array {
    return this.#room.slice(0, bytes);
  }

  /** Lets go of room that a long piece took. */
  leaveRoom(): void {
    if (this.#room.length !== ROOM) this.#room = new Uint8Array(ROOM);
  }
}
