/**
 * Entries: which events changed a key, and when. They belong to the space their key was in; what a
 * database's key went through is told by the spaces it had, one after the other.
 *
 * @module
 */

import type { Statement } from "../sqlite/sqlite.ts";
import { TYPE } from "../store/file/schema.ts";
import { mapKey } from "../store/values/map_key.ts";
import { compareBytes, Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import type { Present } from "./present.ts";
import { bindName, Statements } from "./statements.ts";

const SQL = {
  add: `INSERT INTO history_entries(space, key, version, at, n, operation, type, id, value)
    VALUES (?1, ?2, coalesce((SELECT version FROM history_entries
        WHERE space = ?1 AND key = ?2 ORDER BY version DESC LIMIT 1), 0) + 1,
      ?3, ?4, ?5, ?6, ?7, ?8)`,
  now: "SELECT type, id, value FROM keys WHERE space = ?1 AND key = ?2",
  // Entries of a key are in the order of their times too.
  latest: `SELECT version, at, n, operation, type, id, value FROM history_entries
    WHERE space = ?1 AND key = ?2 AND version < ?3 ORDER BY version DESC LIMIT ?4`,
  next: `SELECT key FROM history_entries WHERE space = ?1 AND key > ?2 ORDER BY key LIMIT 1`,
  first: "SELECT key FROM history_entries WHERE space = ?1 ORDER BY key LIMIT 1",
  imageAt: `SELECT type FROM history_keys WHERE space = ?1 AND key = ?2 AND at > ?3
    ORDER BY at LIMIT 1`,
  typeNow: "SELECT type FROM keys WHERE space = ?1 AND key = ?2",
  keptSpaces: "SELECT space FROM history_spaces WHERE db = ?1 ORDER BY at",
  between: "SELECT count(*) FROM history_entries WHERE at >= ?1 AND at < ?2",
  bytesOfEntries: `SELECT count(*), min(at), max(at),
      sum(length(key) + length(operation) + coalesce(length(value), 0) + 28) FROM history_entries`,
  bytesOfKeys: `SELECT sum(2 * length(key) + coalesce(length(value), 0) + 48) FROM history_keys`,
  bytesOfElements: `SELECT sum(length(a) + length(b) + length(c) + coalesce(length(v1), 0)
      + coalesce(length(v2), 0) + coalesce(length(v3), 0) + 24) FROM history_elements`,
};

/** Entries read at a time. */
const PAGE = 256;

/** One change of a key. */
export interface Entry {
  /** Counts the changes of a key since its database was last emptied; 0 for that itself. */
  readonly version: number;
  /** The event, named as in keyspace notifications. */
  readonly operation: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** Tells entries of the same millisecond apart. */
  readonly n: number;
  /** What the key was afterwards, one of `TYPE`. */
  readonly type: number;
  /** The id of its elements, if it was a collection or a long string. */
  readonly id: number | undefined;
  /** The value of a short string. */
  readonly value: Uint8Array | undefined;
  /** The space the key was in. */
  readonly space: number;
}

/** What {@linkcode Entries.statistics} tells. */
export interface HistoryStatistics {
  /** Entries. */
  readonly entries: number;
  /** The time of the first, undefined without one. */
  readonly oldestAt: number | undefined;
  /** The time of the last, undefined without one. */
  readonly newestAt: number | undefined;
  /** Bytes of what is recorded, without what the values of deleted keys still take. */
  readonly bytes: number;
}

/** Which entries {@linkcode Entries.list} gives. */
export interface EntryRange {
  /** Not before, Unix time in milliseconds. */
  readonly sinceMs: number;
  /** Not after. */
  readonly untilMs: number;
  /** At most so many. */
  readonly limit: number;
}

/** A stretch of time in which a database had one space. */
interface Segment {
  readonly space: number;
  readonly from: number;
  readonly until: number;
  /** What ended the stretch before it. */
  readonly operation: string;
}

/** The entries of all keys. */
export class Entries {
  readonly #store: Store;
  readonly #history: Present;
  readonly #statements: Statements;
  #add: Statement | undefined;
  #now: Statement | undefined;

  /** Takes the store, and the history they are a part of. */
  constructor(store: Store, history: Present) {
    this.#store = store;
    this.#history = history;
    this.#statements = new Statements(store.engine);
  }

  /** Adds the entry of an event of a key. @param going Whether the key is about to be deleted. */
  add(space: number, key: Slice, at: number, n: number, operation: string, going: boolean): void {
    const now = this.#now ??= this.#statements.get(SQL.now);
    const add = this.#add ??= this.#statements.get(SQL.add);
    bindName(add, space, key);
    add.bindInteger(3, at);
    add.bindInteger(4, n);
    add.bindText(5, operation);
    bindName(now, space, key);
    const found = !going && now.step();
    const type = found ? now.columnNumber(0) : TYPE.NONE;
    add.bindInteger(6, type);
    if (found && !now.columnIsNull(1)) add.bindInteger(7, now.columnNumber(1));
    else add.bindNull(7);
    const value = type === TYPE.STRING && !now.columnIsNull(2) ? now.columnBlob(2) : undefined;
    if (value === undefined) add.bindNull(8);
    else add.bindBlob(8, value, 0, value.length);
    now.reset();
    add.run();
  }

  /** How many entries there are of all keys from one moment until before another. */
  countBetween(fromMs: number, untilMs: number): number {
    return this.#statements.number(SQL.between, fromMs, untilMs) ?? 0;
  }

  /** The moment before which nothing of a key is told: what is over, or too many. */
  #toldFrom(db: number, space: number, key: Slice): { atMs: number; version: number } {
    const { keepMs, keepCount } = this.#history.rule(db, key);
    const { nowMs, prunedBeforeMs } = this.#history;
    const atMs = keepMs === undefined ? prunedBeforeMs : Math.max(prunedBeforeMs, nowMs - keepMs);
    if (keepCount === undefined) return { atMs, version: 0 };
    const [newest] = this.#page(space, key, Infinity, 1);
    return { atMs, version: newest === undefined ? 0 : newest.version - keepCount + 1 };
  }

  /** The entries of a key of a database, the latest first. */
  list(db: number, key: Slice, { sinceMs, untilMs, limit }: EntryRange): Entry[] {
    const entries: Entry[] = [];
    for (const segment of this.#segments(db)) {
      if (entries.length >= limit || segment.until < sinceMs) break;
      const { atMs, version } = this.#toldFrom(db, segment.space, key);
      const from = Math.max(segment.from, sinceMs, atMs);
      const until = Math.min(segment.until, untilMs);
      this.each(segment.space, key, (entry) => {
        if (entry.version < version || entry.at < from || entries.length >= limit) return false;
        if (entry.at <= until) entries.push(entry);
        return true;
      });
      if (entries.length >= limit || segment.from < from || segment.from > until) continue;
      const switched = this.#switchOf(segment, db, key);
      if (switched !== undefined) entries.push(switched);
    }
    return entries;
  }

  /** The stretches of a database, the latest first. */
  #segments(db: number): Segment[] {
    const segments: Segment[] = [];
    let space = this.#store.databases.space(db);
    let until = Infinity;
    for (const { at, operation, space: before } of this.#history.spaces.switches(db)) {
      segments.push({ space, from: at, until, operation });
      space = before;
      until = at;
    }
    segments.push({ space, from: -Infinity, until, operation: "" });
    return segments;
  }

  /** The entry of the change of spaces that a stretch began with, if it was one for the key. */
  #switchOf(segment: Segment, db: number, key: Slice): Entry | undefined {
    const { from, operation, space } = segment;
    if (from === -Infinity) return undefined;
    const before = this.typeAt(this.#history.spaces.at(db, from - 1), key, from - 1);
    const type = this.typeAt(space, key, from - 1);
    if (before === TYPE.NONE && type === TYPE.NONE) return undefined;
    return { version: 0, operation, at: from, n: 0, type, id: undefined, value: undefined, space };
  }

  /** The type that a key of a space had at the end of a moment, whether expired or not. */
  typeAt(space: number, key: Slice, atMs: number): number {
    const image = this.#statements.get(SQL.imageAt);
    bindName(image, space, key);
    image.bindInteger(3, atMs);
    const found = image.step();
    const type = found ? image.columnNumber(0) : 0;
    image.reset();
    if (found) return type;
    const row = this.#statements.get(SQL.typeNow);
    bindName(row, space, key);
    const now = row.step() ? row.columnNumber(0) : TYPE.NONE;
    row.reset();
    return now;
  }

  /** Visits the entries of a key of a space, the latest first, as long as `visit` wants more. */
  each(space: number, key: Slice, visit: (entry: Entry) => boolean): void {
    let before = Infinity;
    for (;;) {
      const page = this.#page(space, key, before, PAGE);
      for (const entry of page) if (!visit(entry)) return;
      if (page.length < PAGE) return;
      before = page[PAGE - 1]!.version;
    }
  }

  #page(space: number, key: Slice, before: number, count: number): Entry[] {
    const statement = this.#statements.get(SQL.latest);
    bindName(statement, space, key);
    statement.bindInteger(3, Math.min(before, Number.MAX_SAFE_INTEGER));
    statement.bindInteger(4, count);
    const page: Entry[] = [];
    while (statement.step()) {
      page.push({
        version: statement.columnNumber(0),
        at: statement.columnNumber(1),
        n: statement.columnNumber(2),
        operation: statement.columnText(3),
        type: statement.columnNumber(4),
        id: statement.columnIsNull(5) ? undefined : statement.columnNumber(5),
        value: statement.columnIsNull(6) ? undefined : statement.columnBlob(6),
        space,
      });
    }
    statement.reset();
    return page;
  }

  /** The spaces of which a database's history tells: its own, and those it had. */
  spacesOf(db: number): number[] {
    const kept = this.#statements.get(SQL.keptSpaces);
    kept.bindInteger(1, db);
    const spaces = new Set([this.#store.databases.space(db)]);
    while (kept.step()) spaces.add(kept.columnNumber(0));
    kept.reset();
    for (const { space } of this.#history.spaces.switches(db)) spaces.add(space);
    return [...spaces];
  }

  /** The keys of a database that have entries, in the order of their bytes. */
  keys(db: number): Uint8Array[] {
    const keys = new Map<string, Uint8Array>();
    for (const space of this.spacesOf(db)) {
      for (let key = this.#keyAfter(space); key !== undefined; key = this.#keyAfter(space, key)) {
        const name = mapKey(new Slice(key));
        if (!keys.has(name) && this.list(db, new Slice(key), ANY).length > 0) keys.set(name, key);
      }
    }
    return [...keys.values()].sort((a, b) => compareBytes(a, new Slice(b)));
  }

  /** The first key of a space that has entries, or the one after another. */
  #keyAfter(space: number, key?: Uint8Array): Uint8Array | undefined {
    const statement = this.#statements.get(key === undefined ? SQL.first : SQL.next);
    statement.bindInteger(1, space);
    if (key !== undefined) statement.bindBlob(2, key, 0, key.length);
    const found = statement.step() ? statement.columnBlob(0) : undefined;
    statement.reset();
    return found;
  }

  /** What is recorded of all keys, or of one key of a database. */
  statistics(db: number, key?: Slice): HistoryStatistics {
    this.#store.engine.read();
    if (key === undefined) return this.#allStatistics();
    const told = this.list(db, key, { ...ANY, limit: Infinity });
    const ids = new Set<number>();
    let bytes = 0;
    for (const space of this.spacesOf(db)) {
      for (
        const [sql, column] of [
          [SQL.bytesOfEntries, 3],
          [SQL.bytesOfKeys, 0],
        ] as const
      ) {
        const statement = this.#statements.get(`${sql} WHERE space = ?1 AND key = ?2`);
        bindName(statement, space, key);
        statement.step();
        bytes += statement.columnNumber(column);
        statement.reset();
      }
      const statement = this.#statements.get(
        `SELECT id FROM history_keys WHERE space = ?1 AND key = ?2 AND id IS NOT NULL
         UNION SELECT id FROM keys WHERE space = ?1 AND key = ?2 AND id IS NOT NULL`,
      );
      bindName(statement, space, key);
      while (statement.step()) ids.add(statement.columnNumber(0));
      statement.reset();
    }
    for (const id of ids) {
      const statement = this.#statements.get(`${SQL.bytesOfElements} WHERE key_id = ?1`);
      statement.bindInteger(1, id);
      statement.step();
      bytes += statement.columnNumber(0);
      statement.reset();
    }
    return {
      entries: told.length,
      oldestAt: told.at(-1)?.at,
      newestAt: told.at(0)?.at,
      bytes,
    };
  }

  #allStatistics(): HistoryStatistics {
    const entries = this.#statements.get(SQL.bytesOfEntries);
    entries.step();
    const count = entries.columnNumber(0);
    const some = count > 0;
    const oldestAt = some ? entries.columnNumber(1) : undefined;
    const newestAt = some ? entries.columnNumber(2) : undefined;
    let bytes = entries.columnNumber(3);
    entries.reset();
    for (const sql of [SQL.bytesOfKeys, SQL.bytesOfElements]) {
      const statement = this.#statements.get(sql);
      statement.step();
      bytes += statement.columnNumber(0);
      statement.reset();
    }
    return { entries: count, oldestAt, newestAt, bytes };
  }
}

const ANY: EntryRange = { sinceMs: -Infinity, untilMs: Infinity, limit: 1 };
