/**
 * New elements at the ends of lists whose rows are not written yet, while there is a log: they are in memory until
 * the transaction is committed or there are many, and are written several with a statement. What is popped before
 * that is never written.
 *
 * Invariants:
 *
 * - What a list has here are its first and its last elements; the list is regular, and both its ends are known, so
 *   that the positions of all follow.
 * - A list with elements here is dirty: they are written with its row ({@linkcode Settles}). Whoever reads or changes
 *   its rows by more than what its positions say has them written before ({@linkcode ListTails.write}).
 * - There are no more than a turn can write without being noticed, so that slices of other rows may begin at any time.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection, Settles } from "../collections/collection.ts";
import { MemberList } from "../collections/member_list.ts";
import { ManyRowsOf } from "../keys/held/many_rows.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { LAYOUT, type ListPositions, MAX_POSITION, STEP } from "./positions.ts";

/** Elements of all lists, and their bytes, at most. */
const MOST = 512, MOST_BYTES = 256 * 1024;
/** Bytes of an element that is held back, at most. */
const LARGEST = 1024;
/** Rows of one statement. */
const ROWS = 16;
/** Ends that are kept to be used again: of any size, and of the least. */
const KEPT_ENDS = 16, KEPT_SMALL_ENDS = MOST;
/** Bytes of memory of a small one. */
const SMALL = 4096;
/** Elements gone on the inner side after which the others are moved there. */
const GONE = 64;

const INSERT = "INSERT INTO lists(key_id, pos, value) VALUES ";
const row = (i: number) => `(?1, ?2 + ${i * STEP}, ?${i + 3})`;
const SQL = {
  one: INSERT + row(0),
  many: INSERT + Array.from({ length: ROWS }, (_, i) => row(i)).join(", "),
  /** Many more, by another thread. */
  aside: {
    statement: (rows: string) =>
      `INSERT INTO lists(key_id, pos, value)
        SELECT * FROM (VALUES ${rows}) WHERE column3 IS NOT NULL`,
    row: (i: number) => `(?1, ?2 + ${i * STEP}, ?)`,
    parameters: 1,
    parametersBefore: 2,
  },
};

/** Elements at one end, from the innermost to the outermost. */
class End {
  readonly #elements = new MemberList();
  /** How many of those in the list are gone on the inner side. */
  #gone = 0;

  get count(): number {
    return this.#elements.length - this.#gone;
  }

  /** Bytes of those that there are. */
  get size(): number {
    if (this.#gone === 0) return this.#elements.size;
    let size = 0;
    for (let depth = 0; depth < this.count; depth++) size += this.at(depth).length;
    return size;
  }

  /** Bytes of memory. */
  get room(): number {
    return this.#elements.room;
  }

  push(element: Slice): void {
    this.#elements.push(element);
  }

  /** One of them, valid until the next call. @param depth How many are farther out. */
  at(depth: number): Slice {
    return this.#elements.at(this.#elements.length - 1 - depth);
  }

  /** @returns The bytes of those that are gone. */
  popOuter(count: number): number {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += this.at(i).length;
    this.#elements.pop(count);
    if (this.count === 0) this.clear();
    return bytes;
  }

  /** @returns The bytes of those that are gone. */
  popInner(count: number): number {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += this.#elements.at(this.#gone + i).length;
    this.#gone += count;
    if (this.count === 0) this.clear();
    else if (this.#gone >= GONE && this.#gone >= this.count) {
      this.#elements.shift(this.#gone);
      this.#gone = 0;
    }
    return bytes;
  }

  clear(): void {
    this.#elements.clear();
    this.#gone = 0;
  }
}

/** What one list has that is not written. */
class ListTail implements Settles {
  readonly list: Collection;
  left: End | undefined;
  right: End | undefined;
  readonly #tails: ListTails;

  constructor(list: Collection, tails: ListTails) {
    this.list = list;
    this.#tails = tails;
  }

  settle(): void {
    this.#tails.write(this.list);
  }
}

/** What all lists have that is not written. */
export class ListTails {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #positions: ListPositions;
  /** Those that may have elements. */
  readonly #tails = new Set<ListTail>();
  /** How many there are, and their bytes, or less: of lists that are gone they count until all are written. */
  #count = 0;
  #bytes = 0;
  readonly #free: End[] = [];
  readonly #aside: ManyRowsOf;
  #one: Statement | undefined;
  #many: Statement | undefined;

  /** Takes the engine in whose transactions they are written, and where the elements of lists are. */
  constructor(engine: Engine, keyspace: Keyspace, positions: ListPositions) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#positions = positions;
    this.#aside = new ManyRowsOf(engine, SQL.aside);
    engine.addListener({ forget: () => this.#forget(), beforeCommit: () => this.#writeAll() });
  }

  /** Whether an element may be held back that is pushed to an end of a list now. */
  takes(list: Collection, value: Slice, left: boolean): boolean {
    if (!this.#engine.effects.kept || list.encoding !== LAYOUT.REGULAR || list.hasRuns) {
      return false;
    }
    const { recorder, collections } = this.#keyspace;
    if (recorder !== undefined || collections.counting || value.length > LARGEST) return false;
    if (list.length === 0) return true;
    const first = this.#positions.first(list), last = this.#positions.last(list);
    return left ? first - STEP >= -MAX_POSITION : last + STEP <= MAX_POSITION;
  }

  /** Takes an element that is pushed to an end of a list. */
  push(list: Collection, value: Slice, left: boolean): void {
    if (this.#count >= MOST || this.#bytes >= MOST_BYTES) this.#writeAll();
    let tail = tailOf(list);
    if (tail === undefined) list.rest = tail = new ListTail(list, this);
    if (tail.left === undefined && tail.right === undefined) this.#tails.add(tail);
    const end = left
      ? tail.left ??= this.#free.pop() ?? new End()
      : tail.right ??= this.#free.pop() ?? new End();
    end.push(value);
    this.#count++;
    this.#bytes += value.length;
  }

  /** How many of a list's elements at an end are not written. */
  count(list: Collection, left: boolean): number {
    const tail = tailOf(list);
    if (tail === undefined) return 0;
    return (left ? tail.left : tail.right)?.count ?? 0;
  }

  /** The element of an index if it is not written, valid until the next call. */
  element(list: Collection, index: number): Slice | undefined {
    const tail = tailOf(list);
    if (tail === undefined) return undefined;
    const { left, right } = tail;
    if (left !== undefined && index < left.count) return left.at(index);
    const fromEnd = list.length - 1 - index;
    return right !== undefined && fromEnd < right.count ? right.at(fromEnd) : undefined;
  }

  /** Takes elements away that are at an end of a list: so many, which are not written. */
  popOuter(list: Collection, left: boolean, count: number): void {
    const tail = tailOf(list);
    this.#bytes -= (left ? tail?.left : tail?.right)?.popOuter(count) ?? 0;
    this.#count -= count;
  }

  /** Takes the innermost ones at the other end away: from `left` on the list has nothing before them any more. */
  popInner(list: Collection, left: boolean, count: number): void {
    const tail = tailOf(list);
    this.#bytes -= (left ? tail?.right : tail?.left)?.popInner(count) ?? 0;
    this.#count -= count;
  }

  /** A list is about to go: what it has here need not be written. */
  drop(list: Collection): void {
    const tail = tailOf(list);
    if (tail === undefined) return;
    this.#release(tail.left);
    this.#release(tail.right);
    tail.left = tail.right = undefined;
    this.#tails.delete(tail);
  }

  /** Writes what a list has here. @throws {SqliteError} */
  write(list: Collection): void {
    const tail = tailOf(list);
    if (tail === undefined) return;
    const { left, right } = tail;
    if (left === undefined && right === undefined) return;
    tail.left = tail.right = undefined;
    this.#tails.delete(tail);
    if (!list.deleted) {
      try {
        if (left !== undefined) {
          if (left.count > 0) this.#writeEnd(list, left, this.#positions.first(list), true);
        }
        if (right !== undefined) {
          const { count } = right;
          const from = count > 0 ? this.#positions.last(list) - (count - 1) * STEP : 0;
          if (count > 0) this.#writeEnd(list, right, from, false);
        }
      } catch (error) {
        this.#engine.spoiled = true;
        throw error;
      }
    }
    this.#release(left);
    this.#release(right);
  }

  /** Writes the elements of an end in the order of their positions. */
  #writeEnd({ id }: Collection, end: End, position: number, left: boolean): void {
    const { count } = end;
    const { aside } = this.#engine.connection;
    for (let i = 0; i < count;) {
      const many = aside && this.#aside.of(count - i);
      if (aside !== undefined && many !== undefined) {
        many.statement.bindInteger(1, id);
        many.statement.bindInteger(2, position + i * STEP);
        for (; i < count && !many.full; i++) {
          many.bind(end.at(left ? i : count - 1 - i), 1, undefined, -1);
          many.count++;
        }
        many.end();
        aside.run(many.statement);
        continue;
      }
      const rows = count - i < ROWS ? 1 : ROWS;
      const statement = rows === 1
        ? this.#one ??= this.#engine.prepare(SQL.one)
        : this.#many ??= this.#engine.prepare(SQL.many);
      statement.bindInteger(1, id);
      statement.bindInteger(2, position + i * STEP);
      for (let j = 0; j < rows; j++, i++) {
        const { bytes, start, end: to } = end.at(left ? i : count - 1 - i);
        statement.bindBlob(j + 3, bytes, start, to);
      }
      statement.run();
    }
  }

  #release(end: End | undefined): void {
    if (end === undefined) return;
    this.#count -= end.count;
    this.#bytes -= end.size;
    end.clear();
    if (this.#free.length < (end.room > SMALL ? KEPT_ENDS : KEPT_SMALL_ENDS)) this.#free.push(end);
  }

  #writeAll(): void {
    if (this.#tails.size > 0) { for (const { list } of this.#tails) this.write(list); }
    this.#count = this.#bytes = 0;
  }

  /** Nothing in memory is what the database has any more. */
  #forget(): void {
    this.#tails.clear();
    this.#count = this.#bytes = 0;
  }
}

function tailOf({ rest }: Collection): ListTail | undefined {
  return rest instanceof ListTail ? rest : undefined;
}
