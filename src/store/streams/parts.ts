/**
 * The rows that a stream has beside its entries, and those it has left behind.
 *
 * A trim of many entries only moves the stream's floor, and destroying a group only deletes the
 * group's row. What is left of them is noted in `stream_garbage`: of group 0 the entries below an id,
 * of another number everything of that group, or with an empty `below` what its deleted consumers had
 * pending; and it is deleted in slices, as the rest of a stream is whose key is gone.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { ID_SIZE } from "./ids.ts";

/** Rows deleted in a slice of a table that has no index. */
const ROWS_PER_SLICE = 250;
/** The same of pending entries, each of which is in three trees. */
const PENDING_PER_SLICE = 100;

const SQL = {
  note: `INSERT INTO stream_garbage(key_id, grp, below) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET below = excluded.below`,
  forget: "DELETE FROM stream_garbage WHERE key_id = ?1 AND grp = ?2",
  next: "SELECT grp, below FROM stream_garbage WHERE key_id = ?1 LIMIT 1",
  entries: `DELETE FROM streams WHERE key_id = ?1 AND id IN (
    SELECT id FROM streams WHERE key_id = ?1 AND id < ?2 ORDER BY id LIMIT ${ROWS_PER_SLICE})`,
  pendingOfGroup: `DELETE FROM stream_pending WHERE key_id = ?1 AND grp = ?2 AND id IN (
    SELECT id FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    ORDER BY id LIMIT ${PENDING_PER_SLICE})`,
  nextConsumer: `SELECT consumer FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    AND consumer > ?3 ORDER BY consumer LIMIT 1`,
  consumer: "SELECT 1 FROM stream_consumers WHERE key_id = ?1 AND grp = ?2 AND number = ?3",
  pendingOfConsumer: `DELETE FROM stream_pending WHERE key_id = ?1 AND grp = ?2 AND id IN (
    SELECT id FROM stream_pending WHERE key_id = ?1 AND grp = ?2 AND unlikely(consumer = ?3)
    ORDER BY id LIMIT ${PENDING_PER_SLICE})`,
  noteConsumers: `INSERT OR IGNORE INTO stream_garbage(key_id, grp, below) VALUES (?1, ?2, x'')`,
  consumersOfGroup: `DELETE FROM stream_consumers WHERE key_id = ?1 AND grp = ?2 AND name IN (
    SELECT name FROM stream_consumers WHERE key_id = ?1 AND grp = ?2
    ORDER BY name LIMIT ${ROWS_PER_SLICE})`,
  pending: "SELECT grp FROM stream_pending WHERE key_id = ?1 ORDER BY grp LIMIT 1",
  consumers: "SELECT grp FROM stream_consumers WHERE key_id = ?1 ORDER BY grp LIMIT 1",
  groups: "DELETE FROM stream_groups WHERE key_id = ?1",
  producers: `DELETE FROM stream_idempotent WHERE key_id = ?1 AND producer IN (
    SELECT producer FROM stream_idempotent WHERE key_id = ?1 ORDER BY producer LIMIT 1)`,
  garbage: "DELETE FROM stream_garbage WHERE key_id = ?1",
};

/** Which rows of the stream ?1 are entries, and not garbage, as SQL. */
export const LIVE_ENTRIES: string =
  "id >= coalesce((SELECT below FROM stream_garbage WHERE key_id = ?1 AND grp = 0), x'')";

/** What of a stream is copied. */
const COPIES = [
  `INSERT INTO streams(key_id, id, fields) SELECT ?2, id, fields FROM streams
    WHERE key_id = ?1 AND ${LIVE_ENTRIES}`,
  `INSERT INTO stream_groups(key_id, name, number, last_id, entries_read, pending, consumers,
      last_consumer)
    SELECT ?2, name, number, last_id, entries_read, pending, consumers, last_consumer
    FROM stream_groups WHERE key_id = ?1`,
  `INSERT INTO stream_consumers(key_id, grp, name, number, seen_at, active_at, pending)
    SELECT ?2, grp, name, number, seen_at, active_at, pending FROM stream_consumers
    WHERE key_id = ?1 AND grp IN (SELECT number FROM stream_groups WHERE key_id = ?1)`,
  `INSERT INTO stream_pending(key_id, grp, id, consumer, delivered_at, deliveries)
    SELECT ?2, grp, id, consumer, delivered_at, deliveries FROM stream_pending
    WHERE key_id = ?1 AND grp IN (SELECT number FROM stream_groups WHERE key_id = ?1)
      AND (consumer = 0 OR (grp, consumer) IN (
        SELECT grp, number FROM stream_consumers WHERE key_id = ?1))`,
  `INSERT INTO stream_idempotent(key_id, producer, token, id, added_at, n)
    SELECT ?2, producer, token, id, added_at, n FROM stream_idempotent WHERE key_id = ?1`,
];

/** Deletes and copies the rows of streams. */
export class StreamParts {
  /** Rows deleted so far. */
  deletedRows = 0;
  readonly #engine: Engine;
  readonly #prepared = new Map<string, Statement>();

  /** Takes the engine whose tables they are in. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #statement(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#engine.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** Notes that the entries below an id, or everything of a group, is garbage. */
  note(id: number, group: number, below?: Uint8Array): void {
    const note = this.#statement(SQL.note);
    note.bindInteger(1, id);
    note.bindInteger(2, group);
    if (below === undefined) note.bindNull(3);
    else note.bindBlob(3, below, 0, ID_SIZE);
    note.run();
  }

  /** Notes that what deleted consumers of a group had pending is garbage. */
  noteConsumers(id: number, group: number): void {
    const note = this.#statement(SQL.noteConsumers);
    note.bindInteger(1, id);
    note.bindInteger(2, group);
    note.run();
  }

  /** Takes back what {@linkcode note} said. */
  forget(id: number, group: number): void {
    const forget = this.#statement(SQL.forget);
    forget.bindInteger(1, id);
    forget.bindInteger(2, group);
    forget.run();
  }

  #deleted(sql: string, id: number): number {
    const statement = this.#statement(sql);
    statement.bindInteger(1, id);
    statement.run();
    const rows = this.#engine.connection.changes();
    this.deletedRows += rows;
    return rows;
  }

  /** The number of a deleted consumer that a group has pending entries of. */
  #deletedConsumer(id: number, group: number): number | undefined {
    const next = this.#statement(SQL.nextConsumer), known = this.#statement(SQL.consumer);
    for (const statement of [next, known]) {
      statement.bindInteger(1, id);
      statement.bindInteger(2, group);
    }
    for (let number = 0;;) {
      next.bindInteger(3, number);
      const found = next.step();
      number = found ? next.columnNumber(0) : 0;
      next.reset();
      if (!found) return undefined;
      known.bindInteger(3, number);
      const isThere = known.step();
      known.reset();
      if (!isThere) return number;
    }
  }

  #deletedOfGroup(sql: string, id: number, group: number): number {
    this.#statement(sql).bindInteger(2, group);
    return this.#deleted(sql, id);
  }

  /** A group that has rows in a table. */
  #firstGroup(sql: string, id: number): number | undefined {
    const first = this.#statement(sql);
    first.bindInteger(1, id);
    const group = first.step() ? first.columnNumber(0) : undefined;
    first.reset();
    return group;
  }

  /** Deletes some of what a stream that lives has left behind. @returns Whether that was the last. */
  deleteLeftSlice(id: number): boolean {
    const next = this.#statement(SQL.next);
    next.bindInteger(1, id);
    if (!next.step()) {
      next.reset();
      return true;
    }
    const group = next.columnNumber(0);
    const below = next.columnIsNull(1) ? undefined : next.columnBlob(1);
    next.reset();
    if (group !== 0 && below !== undefined) {
      const consumer = this.#deletedConsumer(id, group);
      if (consumer !== undefined) {
        this.#statement(SQL.pendingOfConsumer).bindInteger(3, consumer);
        this.#deletedOfGroup(SQL.pendingOfConsumer, id, group);
        return false;
      }
    } else if (below !== undefined) {
      const entries = this.#statement(SQL.entries);
      entries.bindBlob(2, below, 0, below.length);
      if (this.#deleted(SQL.entries, id) === ROWS_PER_SLICE) return false;
    } else {
      for (const sql of [SQL.pendingOfGroup, SQL.consumersOfGroup]) {
        if (this.#deletedOfGroup(sql, id, group) > 0) return false;
      }
    }
    this.forget(id, group);
    return false;
  }

  /** Deletes some of what a stream without a key has beside its entries. @returns Whether that was the last. */
  deleteSlice(id: number): boolean {
    for (
      const [first, sql] of [
        [SQL.pending, SQL.pendingOfGroup],
        [SQL.consumers, SQL.consumersOfGroup],
      ] as const
    ) {
      const group = this.#firstGroup(first, id);
      if (group !== undefined && this.#deletedOfGroup(sql, id, group) > 0) return false;
    }
    if (this.#deleted(SQL.producers, id) > 0) return false;
    this.#deleted(SQL.groups, id);
    this.#deleted(SQL.garbage, id);
    return true;
  }

  /** Copies all entries, groups and what belongs to them to a new id, which has none. */
  copy(id: number, newId: number): void {
    for (const sql of COPIES) {
      const statement = this.#statement(sql);
      statement.bindInteger(1, id);
      statement.bindInteger(2, newId);
      statement.run();
    }
  }
}
