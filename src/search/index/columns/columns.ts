/**
 * What queries want of all documents: facts, and the values of fields that results are sorted by or
 * asked for ranges of. They are filled when they are first used and then follow what comes: by the
 * numbers that are new and the deletions that were noted, whichever process made them.
 *
 * @module
 */

import type { Engine } from "../../../engine/engine.ts";
import type { Statements } from "../../../history/statements.ts";
import type { StoredCounts } from "../counts.ts";
import type { Field, GeoShapeField } from "../definition.ts";
import { KIND, kindOf } from "../kinds.ts";
import { END, type ListCursor } from "../list_cursor.ts";
import { Facts, NumberColumn } from "./paged.ts";
import { textOf } from "../pending.ts";
import { Shapes } from "../shapes.ts";
import { SortTexts } from "./sort_texts.ts";
import type { Terms } from "../terms.ts";

const SQL = {
  facts: `SELECT number, length, most, score FROM search_documents
    WHERE contents = ?1 AND number > ?2 ORDER BY number LIMIT 4096`,
  deleted: `SELECT n, number FROM search_deleted WHERE contents = ?1 AND n > ?2
    ORDER BY n LIMIT 4096`,
};

/** Entries between two pauses. */
const PAUSE = 64;

/** What is known of all documents up to one. */
interface Column {
  to: number;
  readonly bytes: number;
}

/** The columns of one index. */
export class Columns {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #id: number;
  readonly #counts: StoredCounts;
  readonly #terms: Terms;
  #facts: Facts | undefined;
  readonly #numbers = new Map<number, NumberColumn>();
  readonly #texts = new Map<number, SortTexts>();
  readonly #shapes = new Map<number, Shapes>();

  constructor(
    engine: Engine,
    statements: Statements,
    id: number,
    counts: StoredCounts,
    terms: Terms,
  ) {
    this.#engine = engine;
    this.#statements = statements;
    this.#id = id;
    this.#counts = counts;
    this.#terms = terms;
  }

  /** Lets go of what can be made again. */
  release(): void {
    this.#facts = undefined;
    this.#numbers.clear();
    this.#texts.clear();
    this.#shapes.clear();
  }

  /** Which documents there are. */
  get facts(): Facts {
    this.#engine.read();
    const { nextNumber, deletions } = this.#counts.now;
    let facts = this.#facts;
    if (facts === undefined) {
      facts = this.#facts = new Facts();
      // What is deleted by now is not met when the documents are read.
      facts.deletions = deletions;
    }
    if (facts.to < nextNumber - 1) this.#addNew(facts, nextNumber - 1);
    if (facts.deletions === deletions || this.#removeDeleted(facts, deletions)) return facts;
    this.#facts = undefined;
    return this.facts;
  }

  #addNew(facts: Facts, last: number): void {
    while (facts.to < last) {
      const statement = this.#statements.get(SQL.facts);
      statement.bindInteger(1, this.#id);
      statement.bindInteger(2, facts.to);
      let rows = 0;
      while (statement.step()) {
        facts.to = statement.columnNumber(0);
        facts.add(
          facts.to,
          statement.columnNumber(1),
          statement.columnNumber(2),
          statement.columnNumber(3),
        );
        rows++;
      }
      statement.reset();
      if (rows < 4096) facts.to = last;
    }
  }

  /** @returns False if another process has purged the lists, and not all deletions are told any more. */
  #removeDeleted(facts: Facts, deletions: number): boolean {
    while (facts.deletions < deletions) {
      const statement = this.#statements.get(SQL.deleted);
      statement.bindInteger(1, this.#id);
      statement.bindInteger(2, facts.deletions);
      const before = facts.deletions;
      let lost = false;
      while (statement.step()) {
        const n = statement.columnNumber(0);
        if (n !== facts.deletions + 1) lost = true;
        facts.deletions = n;
        facts.remove(statement.columnNumber(1));
      }
      statement.reset();
      if (lost || facts.deletions === before) return false;
    }
    return true;
  }

  /** The numbers of a field, of all documents. */
  numbers(field: Field): NumberColumn {
    const kind = kindOf(field, KIND.NUMBERS);
    let column = this.#numbers.get(kind);
    if (column === undefined) this.#numbers.set(kind, column = new NumberColumn());
    const found = column;
    this.#follow(kind, column, (number, cursor) => found.add(number, cursor.value));
    return column;
  }

  /**
   * The shapes of a field, of all documents.
   *
   * @param pause Called while they are read, which takes long; if it throws, the next query reads on.
   */
  shapes(field: GeoShapeField, pause: () => void): Shapes {
    const kind = kindOf(field, KIND.SHAPES);
    let shapes = this.#shapes.get(kind);
    if (shapes === undefined) this.#shapes.set(kind, shapes = new Shapes(field));
    const found = shapes;
    this.#follow(kind, shapes, (number, { bytes, start, end }) => {
      found.add(number, textOf(bytes, start, end));
    }, pause);
    return shapes;
  }

  /** The sort values of a field of text, of all documents. */
  sortTexts(field: Field): SortTexts {
    const kind = kindOf(field, KIND.SORT_TEXTS);
    let texts = this.#texts.get(kind);
    if (texts === undefined) this.#texts.set(kind, texts = new SortTexts());
    const found = texts;
    this.#follow(kind, texts, (number, { bytes, start, end }) => {
      found.add(number, textOf(bytes, start, end));
    });
    return texts;
  }

  /** Adds to a column what it lacks of the documents of its kind. */
  #follow(
    kind: number,
    column: Column,
    add: (number: number, cursor: ListCursor) => void,
    pause?: () => void,
  ): void {
    const last = this.#counts.now.nextNumber - 1;
    if (column.to >= last) return;
    const cursor = this.#terms.cursor(kind, "");
    let number = cursor.skipTo(column.to + 1);
    for (let before = column.to, added = 0; number !== END; number = cursor.next()) {
      // A document may have several entries, of which none is read twice.
      if (pause !== undefined && number !== before && ++added % PAUSE === 0) {
        column.to = number - 1;
        pause();
      }
      add(before = number, cursor);
    }
    column.to = last;
  }

  // What FT.INFO tells.

  /** Bytes of memory of what is known of each document. */
  get factBytes(): number {
    return this.#facts?.bytes ?? 0;
  }

  /** Bytes of memory of what results are sorted by. */
  get bytes(): number {
    return sum(this.#numbers) + sum(this.#texts) + this.shapeBytes;
  }

  /** Bytes of memory of shapes. */
  get shapeBytes(): number {
    return sum(this.#shapes);
  }
}

function sum(columns: ReadonlyMap<number, Column>): number {
  let bytes = 0;
  for (const column of columns.values()) bytes += column.bytes;
  return bytes;
}
