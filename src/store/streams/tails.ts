/**
 * New entries of streams whose rows are not written yet, while there is a log: they are in memory until the
 * transaction is committed or there are many, and are written many with a statement.
 *
 * Invariants:
 *
 * - What a stream has here are its last entries, all of which have rows otherwise.
 * - A stream with entries here is dirty: they are written with its row ({@linkcode Settles}). Whoever reads or
 *   deletes entries from the first one here on has them written before ({@linkcode StreamTails.writeFrom}).
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
import { Slice } from "../values/slice.ts";
import { compareIds, copyId, ID_SIZE } from "./ids.ts";

/** Entries of all streams, and their bytes, at most. */
const MOST = 512, MOST_BYTES = 256 * 1024;
/** Bytes of an entry that is held back, at most: so that it fits into its place beside its id. */
const LARGEST = 1000;
/** Lists of entries that are kept to be used again: of any size, and of the least. */
const KEPT = 16, KEPT_SMALL = MOST;
/** Bytes of memory of a small one. */
const SMALL = 4096;

const SQL = {
  one: "INSERT INTO streams(key_id, id, fields) VALUES (?1, ?2, ?3)",
  /** Many, by another thread. */
  aside: {
    statement: (rows: string) =>
      `INSERT INTO streams(key_id, id, fields)
        SELECT ?1, column1, column2 FROM (VALUES ${rows}) WHERE column1 IS NOT NULL`,
    row: () => "(?, ?)",
    parameters: 2,
    parametersBefore: 1,
  },
};

/** What one stream has that is not written. */
class StreamTail implements Settles {
  readonly stream: Collection;
  /** Ids and fields by turns. */
  entries: MemberList | undefined;
  /** The first one's id. */
  readonly first = new Uint8Array(ID_SIZE);
  /** What else of the stream is in memory beside its row. */
  beside: Settles | undefined;
  readonly #tails: StreamTails;

  constructor(stream: Collection, tails: StreamTails) {
    this.stream = stream;
    this.#tails = tails;
  }

  settle(): void {
    this.#tails.write(this.stream);
    this.beside?.settle();
  }
}

/** What all streams have that is not written. */
export class StreamTails {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  /** Those that have entries. */
  readonly #tails = new Set<StreamTail>();
  /** How many there are, and their bytes. */
  #count = 0;
  #bytes = 0;
  readonly #free: MemberList[] = [];
  readonly #aside: ManyRowsOf;
  readonly #one: Statement;
  readonly #id = new Slice();
  readonly #entryId = new Slice();

  /** Takes the engine in whose transactions they are written, and the keys. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#aside = new ManyRowsOf(engine, SQL.aside);
    this.#one = engine.prepare(SQL.one);
    engine.addListener({ forget: () => this.#forget(), beforeCommit: () => this.#writeAll() });
  }

  /**
   * Adds an entry behind all others of its stream, which must be changed in this turn: its row follows.
   *
   * @param length Bytes of its fields.
   */
  add(stream: Collection, id: Uint8Array, fields: Slice): void {
    if (!this.#takes(fields.length)) {
      this.write(stream);
      return this.#insert(stream, this.#id.set(id, 0, ID_SIZE), fields);
    }
    if (this.#count >= MOST || this.#bytes >= MOST_BYTES) this.#writeAll();
    let tail = tailOf(stream);
    if (tail === undefined) {
      tail = new StreamTail(stream, this);
      tail.beside = stream.rest;
      stream.rest = tail;
    }
    let { entries } = tail;
    if (entries === undefined) {
      entries = tail.entries = this.#free.pop() ?? new MemberList();
      copyId(id, 0, tail.first, 0);
      this.#tails.add(tail);
    }
    entries.push(this.#id.set(id, 0, ID_SIZE));
    entries.push(fields);
    this.#count++;
    this.#bytes += fields.length;
  }

  #takes(length: number): boolean {
    const { recorder, collections } = this.#keyspace;
    return this.#engine.effects.kept && recorder === undefined && !collections.counting &&
      length <= LARGEST;
  }

  #insert({ id }: Collection, entryId: Slice, fields: Slice): void {
    const one = this.#one;
    one.bindInteger(1, id);
    one.bindBlob(2, entryId.bytes, entryId.start, entryId.end);
    one.bindBlob(3, fields.bytes, fields.start, fields.end);
    one.run();
  }

  /** How many of a stream's entries are not written. */
  count(stream: Collection): number {
    const entries = tailOf(stream)?.entries;
    return entries === undefined ? 0 : entries.length / 2;
  }

  /** Copies the id of one of those into `target`. @param index Which one, from 0. */
  idAt(stream: Collection, index: number, target: Uint8Array): void {
    tailOf(stream)?.entries?.at(2 * index).copyInto(target, 0);
  }

  /** Writes what a stream has here if that is of an id or after. @throws {SqliteError} */
  writeFrom(stream: Collection, id: Uint8Array): void {
    const tail = tailOf(stream);
    if (tail?.entries !== undefined && compareIds(id, 0, tail.first, 0) >= 0) this.write(stream);
  }

  /** Writes what a stream has here. @throws {SqliteError} */
  write(stream: Collection): void {
    const tail = tailOf(stream);
    const entries = tail?.entries;
    if (tail === undefined || entries === undefined) return;
    tail.entries = undefined;
    this.#tails.delete(tail);
    if (!stream.deleted) {
      try {
        this.#writeRows(stream, entries);
      } catch (error) {
        this.#engine.spoiled = true;
        throw error;
      }
    }
    const count = entries.length / 2;
    this.#count -= count;
    this.#bytes -= entries.size - count * ID_SIZE;
    entries.clear();
    if (this.#free.length < (entries.room > SMALL ? KEPT : KEPT_SMALL)) this.#free.push(entries);
  }

  #writeRows(stream: Collection, entries: MemberList): void {
    const { aside } = this.#engine.connection;
    for (let i = 0, end = entries.length; i < end;) {
      const many = aside && this.#aside.of((end - i) / 2);
      if (aside === undefined || many === undefined) {
        this.#insert(stream, this.#idOf(entries, i), entries.at(i + 1));
        i += 2;
        continue;
      }
      // Another thread may not be done with those before, whose places these take.
      many.statement.reset();
      many.statement.bindInteger(1, stream.id);
      for (; i < end && !many.full; i += 2) {
        many.bind(this.#idOf(entries, i), 1, entries.at(i + 1), 2);
        many.count++;
      }
      many.end();
      aside.run(many.statement);
    }
  }

  /** An id that outlasts the next look into the list. */
  #idOf(entries: MemberList, index: number): Slice {
    const { bytes, start, end } = entries.at(index);
    return this.#entryId.set(bytes, start, end);
  }

  #writeAll(): void {
    if (this.#tails.size > 0) { for (const { stream } of this.#tails) this.write(stream); }
    this.#count = this.#bytes = 0;
  }

  /** Nothing in memory is what the database has any more. */
  #forget(): void {
    this.#tails.clear();
    this.#count = this.#bytes = 0;
  }
}

function tailOf({ rest }: Collection): StreamTail | undefined {
  return rest instanceof StreamTail ? rest : undefined;
}

/** What else than its last entries a stream has in memory beside its row. */
export function setBeside(stream: Collection, beside: Settles): void {
  const tail = tailOf(stream);
  if (tail === undefined) stream.rest = beside;
  else tail.beside = beside;
}
