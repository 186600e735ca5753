/**
 * Pending entries: what was delivered to a consumer of a group, and not yet acknowledged. Each is a
 * row, found by its id, in the order of ids of its group or of its consumer, and by how long it is
 * idle. Their numbers are kept with groups and consumers.
 *
 * Of a deleted consumer with many the rows stay for the background (parts.ts): a row whose consumer is
 * not there is garbage, which everything here passes over.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { narrow } from "../values/integers.ts";
import { FLOOR_AT } from "./facts.ts";
import type { Consumer, Group, Groups } from "./groups.ts";
import { copyId, ID_SIZE, increment } from "./ids.ts";

const ROW = "key_id = ?1 AND grp = ?2 AND id = ?3";
const COLUMNS = "id, consumer, delivered_at, deliveries";

/** The entry itself, as long as it is above the stream's floor. */
const ENTRY = `(SELECT 1 FROM streams s WHERE s.key_id = p.key_id AND s.id = p.id AND s.id >= ?4)`;

const SQL = {
  find: `SELECT ${COLUMNS} FROM stream_pending WHERE ${ROW}`,
  insert: `INSERT INTO stream_pending(key_id, grp, id, consumer, delivered_at, deliveries)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`,
  update:
    `UPDATE stream_pending SET consumer = ?4, delivered_at = ?5, deliveries = ?6 WHERE ${ROW}`,
  delete: `DELETE FROM stream_pending WHERE ${ROW} RETURNING consumer`,
  deleteConsumer: "DELETE FROM stream_pending WHERE key_id = ?1 AND grp = ?2 AND consumer = ?3",
  countEntries: `SELECT consumer, count(*) FROM stream_pending p WHERE key_id = ?1 AND grp = ?2
    AND id < ?3 AND EXISTS ${ENTRY} GROUP BY consumer`,
  deleteEntries: `DELETE FROM stream_pending AS p WHERE key_id = ?1 AND grp = ?2
    AND id < ?3 AND EXISTS ${ENTRY}`,
  deleteGroup: "DELETE FROM stream_pending WHERE key_id = ?1 AND grp = ?2",
  deleteConsumers: "DELETE FROM stream_consumers WHERE key_id = ?1 AND grp = ?2",
  range: `SELECT ${COLUMNS} FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    AND id BETWEEN ?3 AND ?4 ORDER BY id LIMIT ?5`,
  // Told that few belong to one consumer SQLite takes the index by consumer, and walks through no other's.
  rangeOfConsumer: `SELECT ${COLUMNS} FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    AND unlikely(consumer = ?6) AND id BETWEEN ?3 AND ?4 ORDER BY id LIMIT ?5`,
  last: `SELECT ${COLUMNS} FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    ORDER BY id DESC LIMIT ?3`,
  lastGivenBack: `SELECT delivered_at FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    AND delivered_at < 0 ORDER BY delivered_at DESC LIMIT 1`,
  idle: `SELECT ${COLUMNS} FROM stream_pending WHERE key_id = ?1 AND grp = ?2
    AND delivered_at <= ?3 ORDER BY delivered_at, id LIMIT ?4`,
};

/**
 * `delivered_at` of the first entry of a group that was given back; the next ones' are one more each.
 * So those come before all others in the order of times, first come first.
 */
const GIVEN_BACK = -(2 ** 52);

/** Pending entries that are deleted with their consumer at once. */
const IMMEDIATE = 64;
/** Rows read in one go, at first and at most: who visits them may soon have enough. */
const FIRST_PAGE = 16, MOST_PAGE = 256;

/** One pending entry. */
export interface PendingEntry {
  /** The entry's id. */
  readonly id: Uint8Array;
  /** The number of the consumer that has it, 0 if nobody has. */
  readonly consumer: number;
  /** When it was last delivered, Unix time in milliseconds; 0 if it was given back. */
  readonly deliveredAtMs: number;
  /** How often it was delivered. */
  readonly deliveries: number | bigint;
}

/** The pending entries of all groups. */
export class PendingEntries {
  readonly #engine: Engine;
  readonly #groups: Groups;
  readonly #statements: Record<keyof typeof SQL, Statement>;

  /** @param groups Counts them. */
  constructor(engine: Engine, groups: Groups) {
    this.#engine = engine;
    this.#groups = groups;
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, engine.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
  }

  /** A pending entry, undefined if there is none of the id. */
  find(stream: Collection, group: Group, id: Uint8Array): PendingEntry | undefined {
    if (group.pending === 0) return undefined;
    this.#engine.read();
    const find = at(this.#statements.find, stream, group, id);
    const found = find.step() ? entryOf(find) : undefined;
    find.reset();
    return found !== undefined && this.#isThere(stream, group, found) ? found : undefined;
  }

  /** Whether a row is a pending entry, and not what a deleted consumer has left behind. */
  #isThere(stream: Collection, group: Group, { consumer }: PendingEntry): boolean {
    return consumer === 0 || this.#groups.consumerOf(stream, group, consumer) !== undefined;
  }

  /**
   * Notes that an entry was delivered for the first time, or again where a group began anew.
   *
   * @param consumer Who has it; undefined, with 0 for the time, if it waits for whoever comes.
   * @param deliveries How often it was delivered.
   */
  deliver(
    stream: Collection,
    group: Group,
    id: Uint8Array,
    consumer: Consumer | undefined,
    deliveredAtMs: number,
    deliveries: number | bigint,
  ): void {
    const time = this.#time(stream, group, consumer, deliveredAtMs);
    const insert = at(this.#statements.insert, stream, group, id);
    bindState(insert, consumer, time, deliveries);
    insert.run();
    if (this.#engine.connection.changes() === 0) {
      const known = this.find(stream, group, id);
      if (known !== undefined) {
        return this.update(stream, group, known, consumer, deliveredAtMs, deliveries);
      }
      const update = at(this.#statements.update, stream, group, id);
      bindState(update, consumer, time, deliveries);
      update.run();
    }
    group.pending++;
    this.#groups.changed(stream, group);
    this.#count(stream, group, consumer, 1);
  }

  /** Changes who has a pending entry, since when, and for the how manyth time. */
  update(
    stream: Collection,
    group: Group,
    entry: PendingEntry,
    consumer: Consumer | undefined,
    deliveredAtMs: number,
    deliveries: number | bigint,
  ): void {
    const time = this.#time(stream, group, consumer, deliveredAtMs);
    const update = at(this.#statements.update, stream, group, entry.id);
    bindState(update, consumer, time, deliveries);
    update.run();
    this.#groups.changed(stream, group);
    const number = consumer?.number ?? 0;
    if (number === entry.consumer) return;
    this.#count(stream, group, this.#groups.consumerOf(stream, group, entry.consumer), -1);
    this.#count(stream, group, consumer, 1);
  }

  /** What `delivered_at` holds of an entry: of one that was given back, its place among those. */
  #time(
    stream: Collection,
    group: Group,
    consumer: Consumer | undefined,
    deliveredAtMs: number,
  ): number {
    if (consumer !== undefined || deliveredAtMs !== 0) return deliveredAtMs;
    const last = of(this.#statements.lastGivenBack, stream, group);
    const time = last.step() ? last.columnNumber(0) + 1 : GIVEN_BACK;
    last.reset();
    return time;
  }

  #count(stream: Collection, group: Group, consumer: Consumer | undefined, by: number): void {
    if (consumer === undefined) return;
    consumer.pending += by;
    this.#groups.consumerChanged(stream, group, consumer);
  }

  /** Takes an entry off. @returns Whether it was pending. */
  remove(stream: Collection, group: Group, id: Uint8Array): boolean {
    if (group.pending === 0) return false;
    const statement = at(this.#statements.delete, stream, group, id);
    const number = statement.step() ? statement.columnNumber(0) : undefined;
    statement.reset();
    if (number === undefined) return false;
    const owner = this.#groups.consumerOf(stream, group, number);
    if (number !== 0 && owner === undefined) return false;
    group.pending--;
    this.#groups.changed(stream, group);
    this.#count(stream, group, owner, -1);
    return true;
  }

  /**
   * Takes all entries of a consumer off, which is about to be deleted.
   *
   * @returns Whether their rows are left: too many to be deleted at once.
   */
  removeConsumer(stream: Collection, group: Group, consumer: Consumer): boolean {
    const { pending } = consumer;
    if (pending === 0) return false;
    group.pending -= pending;
    consumer.pending = 0;
    this.#groups.changed(stream, group);
    if (pending > IMMEDIATE) return true;
    const statement = of(this.#statements.deleteConsumer, stream, group);
    statement.bindInteger(3, consumer.number);
    statement.run();
    return false;
  }

  /** Takes the entries off that are before an id and in the stream. */
  removeEntries(stream: Collection, group: Group, below: Uint8Array): void {
    if (group.pending === 0) return;
    this.#engine.read();
    const { countEntries, deleteEntries } = this.#statements;
    for (const statement of [countEntries, deleteEntries]) {
      at(statement, stream, group, below);
      statement.bindBlob(4, stream.metadata, FLOOR_AT, FLOOR_AT + ID_SIZE);
    }
    const counts: [consumer: number, count: number][] = [];
    while (countEntries.step()) {
      counts.push([countEntries.columnNumber(0), countEntries.columnNumber(1)]);
    }
    countEntries.reset();
    if (counts.length === 0) return;
    deleteEntries.run();
    for (const [number, count] of counts) {
      const owner = this.#groups.consumerOf(stream, group, number);
      if (number !== 0 && owner === undefined) continue;
      group.pending -= count;
      this.#count(stream, group, owner, -count);
    }
    this.#groups.changed(stream, group);
  }

  /** Deletes everything of a group that was taken away. */
  removeGroup(stream: Collection, group: Group): void {
    of(this.#statements.deleteGroup, stream, group).run();
    of(this.#statements.deleteConsumers, stream, group).run();
  }

  /**
   * Visits the pending entries between two ids, both included; they may be changed meanwhile.
   *
   * @param consumer Whose; undefined for everybody's.
   * @param visit Returns false to end.
   */
  range(
    stream: Collection,
    group: Group,
    consumer: Consumer | undefined,
    from: Uint8Array,
    to: Uint8Array,
    limit: number,
    visit: (entry: PendingEntry) => boolean | void,
  ): void {
    if ((consumer ?? group).pending === 0) return;
    this.#engine.read();
    const first = new Uint8Array(ID_SIZE), last = new Uint8Array(ID_SIZE);
    copyId(from, 0, first, 0);
    copyId(to, 0, last, 0);
    const { range, rangeOfConsumer } = this.#statements;
    let size = FIRST_PAGE;
    for (let left = limit; left > 0; size = Math.min(2 * size, MOST_PAGE)) {
      const page = Math.min(left, size);
      const statement = of(consumer === undefined ? range : rangeOfConsumer, stream, group);
      statement.bindBlob(3, first, 0, ID_SIZE);
      statement.bindBlob(4, last, 0, ID_SIZE);
      statement.bindInteger(5, page);
      if (consumer !== undefined) statement.bindInteger(6, consumer.number);
      const entries = collect(statement);
      for (const entry of entries) {
        if (!this.#isThere(stream, group, entry)) continue;
        if (visit(entry) === false) return;
        left--;
      }
      const end = entries.at(-1);
      if (end === undefined || entries.length < page) return;
      copyId(end.id, 0, first, 0);
      if (!increment(first)) return;
    }
  }

  /** The last pending entry's id, undefined if there is none. */
  lastId(stream: Collection, group: Group): Uint8Array | undefined {
    if (group.pending === 0) return undefined;
    const [last] = this.#first(stream, group, 1, (limit) => {
      const statement = of(this.#statements.last, stream, group);
      statement.bindInteger(3, limit);
      return collect(statement);
    });
    return last?.id;
  }

  /** So many pending entries of a list that may have garbage in between. */
  #first(
    stream: Collection,
    group: Group,
    count: number,
    list: (limit: number) => PendingEntry[],
  ): PendingEntry[] {
    this.#engine.read();
    for (let limit = count;; limit = Math.min(4 * limit + MOST_PAGE, Number.MAX_SAFE_INTEGER)) {
      const rows = list(limit);
      const entries = rows.filter((entry) => this.#isThere(stream, group, entry));
      if (entries.length >= count || rows.length < limit) return entries.slice(0, count);
    }
  }

  /**
   * The pending entries that were not delivered since a time: those that were given back, and then
   * those that wait for longest first.
   *
   * @param deliveredBeforeMs The last time that counts, Unix time in milliseconds.
   */
  idle(
    stream: Collection,
    group: Group,
    deliveredBeforeMs: number,
    limit: number,
  ): readonly PendingEntry[] {
    if (group.pending === 0) return [];
    return this.#first(stream, group, Math.min(limit, Number.MAX_SAFE_INTEGER), (rows) => {
      const idle = of(this.#statements.idle, stream, group);
      idle.bindInteger(3, Math.max(0, deliveredBeforeMs));
      idle.bindInteger(4, rows);
      return collect(idle);
    });
  }
}

function of(statement: Statement, stream: Collection, group: Group): Statement {
  statement.bindInteger(1, stream.id);
  statement.bindInteger(2, group.number);
  return statement;
}

function at(statement: Statement, stream: Collection, group: Group, id: Uint8Array): Statement {
  of(statement, stream, group).bindBlob(3, id, 0, ID_SIZE);
  return statement;
}

function bindState(
  statement: Statement,
  consumer: Consumer | undefined,
  deliveredAtMs: number,
  deliveries: number | bigint,
): void {
  statement.bindInteger(4, consumer?.number ?? 0);
  statement.bindInteger(5, deliveredAtMs);
  if (typeof deliveries === "number") statement.bindInteger(6, deliveries);
  else statement.bindBigint(6, deliveries);
}

function entryOf(statement: Statement): PendingEntry {
  return {
    id: statement.columnBlob(0),
    consumer: statement.columnNumber(1),
    deliveredAtMs: Math.max(0, statement.columnNumber(2)),
    deliveries: narrow(statement.columnBigint(3)),
  };
}

function collect(statement: Statement): PendingEntry[] {
  const entries: PendingEntry[] = [];
  while (statement.step()) entries.push(entryOf(statement));
  statement.reset();
  return entries;
}
