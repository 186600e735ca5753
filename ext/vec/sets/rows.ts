/** The rows of elements and of their vectors. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { Statement } from "../../../src/sqlite/sqlite.ts";
import { latin1, type Slice } from "../../../src/store/values/slice.ts";

const SQL = {
  number: "SELECT number FROM vec_elements WHERE key_id = ?1 AND element = ?2",
  setNumber: `INSERT INTO vec_elements(key_id, element, number) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET number = ?3`,
  deleteElement: "DELETE FROM vec_elements WHERE key_id = ?1 AND element = ?2",
  numbers: "SELECT number FROM vec_elements WHERE key_id = ?1",
  from: `SELECT element, number FROM vec_elements WHERE key_id = ?1 AND element >= ?2
    ORDER BY element LIMIT ?3`,
  after: `SELECT element, number FROM vec_elements WHERE key_id = ?1 AND element > ?2
    ORDER BY element LIMIT ?3`,
  vector: "SELECT vector FROM vec_vectors WHERE key_id = ?1 AND number = ?2",
  element: "SELECT element, attributes FROM vec_vectors WHERE key_id = ?1 AND number = ?2",
  attributes: "SELECT attributes FROM vec_vectors WHERE key_id = ?1 AND number = ?2",
  setAttributes: "UPDATE vec_vectors SET attributes = ?3 WHERE key_id = ?1 AND number = ?2",
  insert: `INSERT INTO vec_vectors(key_id, number, element, attributes, vector)
    VALUES (?1, ?2, ?3, ?4, ?5)`,
  deleteVector: "DELETE FROM vec_vectors WHERE key_id = ?1 AND number = ?2",
  deleteElements: `DELETE FROM vec_elements WHERE key_id = ?1 AND element IN (
    SELECT element FROM vec_elements WHERE key_id = ?1 LIMIT ?2)`,
  deleteVectors: `DELETE FROM vec_vectors WHERE key_id = ?1 AND number IN (
    SELECT number FROM vec_vectors WHERE key_id = ?1 LIMIT ?2)`,
  matrix: "SELECT matrix FROM vec_projections WHERE key_id = ?1",
  setMatrix: "INSERT INTO vec_projections(key_id, matrix) VALUES (?1, ?2)",
};

/** An element and what its row has beside the vector. */
export interface ElementRow {
  /** Its name. */
  readonly element: Uint8Array;
  /** Its attributes, if it has any. */
  readonly attributes: Uint8Array | undefined;
}

/** Reads and writes rows. Everything is of one set, whose id comes first. */
export class VectorTable {
  readonly #engine: Engine;
  readonly #prepared = new Map<string, Statement>();
  #text = new Uint8Array(1024);

  /** Takes the engine whose tables they are in. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #statement(name: keyof typeof SQL, id: number): Statement {
    this.#engine.read();
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = this.#engine.prepare(SQL[name]);
      this.#prepared.set(name, statement);
    }
    statement.bindInteger(1, id);
    return statement;
  }

  #ofNumber(name: keyof typeof SQL, id: number, number: number): Statement {
    const statement = this.#statement(name, id);
    statement.bindInteger(2, number);
    return statement;
  }

  #ofElement(name: keyof typeof SQL, id: number, { bytes, start, end }: Slice): Statement {
    const statement = this.#statement(name, id);
    statement.bindBlob(2, bytes, start, end);
    return statement;
  }

  /** The number of an element, undefined if there is none. */
  number(id: number, element: Slice): number | undefined {
    const statement = this.#ofElement("number", id, element);
    const number = statement.step() ? statement.columnNumber(0) : undefined;
    statement.reset();
    return number;
  }

  /** All numbers. */
  numbers(id: number, length: number): Uint32Array {
    const statement = this.#statement("numbers", id);
    const numbers = new Uint32Array(length);
    let count = 0;
    while (statement.step()) numbers[count++] = statement.columnNumber(0);
    statement.reset();
    return numbers.subarray(0, count).sort();
  }

  /**
   * Visits elements in the order of their bytes.
   *
   * @param visit Returns whether to go on.
   */
  each(
    id: number,
    from: { readonly bytes: Uint8Array; readonly exclusive: boolean },
    limit: number,
    visit: (element: Uint8Array, number: number) => boolean,
  ): void {
    const statement = this.#statement(from.exclusive ? "after" : "from", id);
    statement.bindBlob(2, from.bytes, 0, from.bytes.length);
    statement.bindInteger(3, limit);
    while (statement.step()) {
      if (!visit(statement.columnBlob(0), statement.columnNumber(1))) break;
    }
    statement.reset();
  }

  /** Puts an element's vector under a new number. */
  insert(
    id: number,
    number: number,
    element: Slice,
    attributes: Uint8Array | undefined,
    vector: Uint8Array,
  ): void {
    const setNumber = this.#ofElement("setNumber", id, element);
    setNumber.bindInteger(3, number);
    setNumber.run();
    const insert = this.#ofNumber("insert", id, number);
    insert.bindBlob(3, element.bytes, element.start, element.end);
    if (attributes === undefined) insert.bindNull(4);
    else insert.bindBlob(4, attributes, 0, attributes.length);
    insert.bindBlob(5, vector, 0, vector.length);
    insert.run();
  }

  /** Deletes the vector of a number. */
  deleteVector(id: number, number: number): void {
    this.#ofNumber("deleteVector", id, number).run();
  }

  /** Deletes an element, but not its vector. */
  deleteElement(id: number, element: Slice): void {
    this.#ofElement("deleteElement", id, element).run();
  }

  /**
   * Copies the vector of a number.
   *
   * @param into Large enough, or undefined for new bytes.
   * @returns The bytes, undefined if there is no vector.
   */
  vector(id: number, number: number, into?: Uint8Array): Uint8Array | undefined {
    const statement = this.#ofNumber("vector", id, number);
    let vector: Uint8Array | undefined;
    if (statement.step()) {
      if (into === undefined || statement.columnLength(0) !== into.length) {
        vector = statement.columnBlob(0);
      } else {
        statement.columnInto(0, into, 0);
        vector = into;
      }
    }
    statement.reset();
    return vector;
  }

  /** The element of a number, undefined if there is none. */
  element(id: number, number: number): ElementRow | undefined {
    const statement = this.#ofNumber("element", id, number);
    const row = statement.step()
      ? {
        element: statement.columnBlob(0),
        attributes: statement.columnIsNull(1) ? undefined : statement.columnBlob(1),
      }
      : undefined;
    statement.reset();
    return row;
  }

  /** The attributes of a number, undefined if it has none. */
  attributes(id: number, number: number): Uint8Array | undefined {
    const statement = this.#ofNumber("attributes", id, number);
    const found = statement.step() && !statement.columnIsNull(0)
      ? statement.columnBlob(0)
      : undefined;
    statement.reset();
    return found;
  }

  /** The same as text, a character for each byte. */
  attributesText(id: number, number: number): string | undefined {
    const statement = this.#ofNumber("attributes", id, number);
    let text: string | undefined;
    if (statement.step() && !statement.columnIsNull(0)) {
      const length = statement.columnLength(0);
      if (length > this.#text.length) this.#text = new Uint8Array(2 * length);
      statement.columnInto(0, this.#text, 0, length);
      text = latin1(this.#text, 0, length);
    }
    statement.reset();
    return text;
  }

  /** Sets the attributes of a number. */
  setAttributes(id: number, number: number, attributes: Uint8Array | undefined): void {
    const statement = this.#ofNumber("setAttributes", id, number);
    if (attributes === undefined) statement.bindNull(3);
    else statement.bindBlob(3, attributes, 0, attributes.length);
    statement.run();
  }

  /** Deletes some rows. @returns Whether these were the last. */
  deleteSome(id: number, limit: number): boolean {
    let deleted = 0;
    for (const name of ["deleteElements", "deleteVectors"] as const) {
      const statement = this.#ofNumber(name, id, limit);
      statement.run();
      deleted += this.#engine.connection.changes();
    }
    return deleted === 0;
  }

  /** The matrix that is kept for a set, if there is one. */
  matrix(id: number): Float32Array | undefined {
    const statement = this.#statement("matrix", id);
    const bytes = statement.step() ? statement.columnBlob(0) : undefined;
    statement.reset();
    return bytes && new Float32Array(bytes.slice().buffer);
  }

  /** Keeps a matrix for a set. */
  setMatrix(id: number, matrix: Float32Array): void {
    const bytes = new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength);
    const statement = this.#statement("setMatrix", id);
    statement.bindBlob(2, bytes, 0, bytes.length);
    statement.run();
  }
}
