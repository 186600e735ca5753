/**
 * Retention: entries and images that are over go in slices, each a part of a background turn of a
 * few milliseconds. Readers never see what should be gone: they go by the settings.
 *
 * What an image refers to goes with the last image: the elements of a deleted key become garbage, and
 * so does the space of a flushed database.
 *
 * Names are gone through one after the other, when something may be over: a pass over all of them
 * tells when that is. Names of which a number of entries is kept are noted as they are changed.
 *
 * @module
 */

import { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import type { Present } from "./present.ts";
import { nameOf } from "./settings.ts";
import { bindName, Statements } from "./statements.ts";

const SQL = {
  deleteEntries: `DELETE FROM history_entries WHERE space = ?1 AND key = ?2 AND version IN (
    SELECT version FROM history_entries WHERE space = ?1 AND key = ?2
      AND (at < ?3 OR version < ?5)
    ORDER BY version LIMIT ?4)`,
  images: `SELECT at, id FROM history_keys WHERE space = ?1 AND key = ?2 AND at < ?3
    ORDER BY at LIMIT ?4`,
  idLeft: `SELECT id FROM history_keys WHERE space = ?1 AND key = ?2 AND at >= ?3
    ORDER BY at LIMIT 1`,
  idNow: "SELECT id FROM keys WHERE space = ?1 AND key = ?2",
  refers: `SELECT 1 FROM history_keys WHERE space = ?1 AND key = ?2 AND id = ?3
    UNION ALL SELECT 1 FROM keys WHERE space = ?1 AND key = ?2 AND id = ?3 LIMIT 1`,
  setFloor: `INSERT INTO history_floors(space, key, at) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET at = max(at, ?3)`,
  dropFloor: "DELETE FROM history_floors WHERE space = ?1 AND key = ?2 AND at <= ?3",
  floor: "SELECT at FROM history_floors WHERE space = ?1 AND key = ?2",
  deleteImages: "DELETE FROM history_keys WHERE space = ?1 AND key = ?2 AND at <= ?3",
  otherHolder: `SELECT 1 FROM history_holders WHERE id = ?1 AND (space, key) <> (?2, ?3) LIMIT 1`,
  release: "DELETE FROM history_holders WHERE id = ?1 AND space = ?2 AND key = ?3",
  holder: "SELECT 1 FROM history_holders WHERE id = ?1 LIMIT 1",
  drop: "UPDATE history_ids SET dropped = 1 WHERE id = ?1",
  dropped: "SELECT id, type FROM history_ids WHERE dropped = 1 LIMIT 1",
  forgetId: "DELETE FROM history_ids WHERE id = ?1",
  deleteElements: `DELETE FROM history_elements WHERE (key_id, at, n, part, a, b, c) IN (
    SELECT key_id, at, n, part, a, b, c FROM history_elements WHERE key_id = ?1 AND at < ?2
    ORDER BY at LIMIT ?3)`,
  nextName: `SELECT space, key FROM (
      SELECT space, key FROM (SELECT space, key FROM history_entries
        WHERE (space, key) > (?1, ?2) ORDER BY space, key LIMIT 1)
      UNION ALL SELECT space, key FROM (SELECT space, key FROM history_keys
        WHERE (space, key) > (?1, ?2) ORDER BY space, key LIMIT 1)
    ) ORDER BY space, key LIMIT 1`,
  oldest: `SELECT min(at) FROM (
    SELECT at FROM (SELECT at FROM history_entries WHERE space = ?1 AND key = ?2
      ORDER BY version LIMIT 1)
    UNION ALL SELECT at FROM (SELECT at FROM history_keys WHERE space = ?1 AND key = ?2
      ORDER BY at LIMIT 1))`,
  versions: `SELECT
    (SELECT min(version) FROM history_entries WHERE space = ?1 AND key = ?2),
    (SELECT max(version) FROM history_entries WHERE space = ?1 AND key = ?2)`,
  lastVersion: `SELECT version FROM history_entries WHERE space = ?1 AND key = ?2
    ORDER BY version DESC LIMIT 1`,
  atOfVersion: `SELECT at FROM history_entries WHERE space = ?1 AND key = ?2 AND version >= ?3
    ORDER BY version LIMIT 1`,
  owner: `SELECT db FROM databases WHERE space = ?1
    UNION ALL SELECT db FROM history_spaces WHERE space = ?1
    UNION ALL SELECT db FROM history_switches WHERE space = ?1 LIMIT 1`,
  spaceOver: "SELECT space FROM history_spaces WHERE db = ?1 AND at < ?2 LIMIT 1",
  oldestSpace: "SELECT min(at) FROM history_spaces WHERE db = ?1",
  forgetSpace: "DELETE FROM history_spaces WHERE space = ?1",
  deleteCounts: `DELETE FROM history_counts WHERE (space, at) IN (
    SELECT space, at FROM history_counts WHERE at < ?1 LIMIT ?2)`,
  oldCount: "SELECT 1 FROM history_counts WHERE at < ?1 LIMIT 1",
  oldSwitch: "SELECT 1 FROM history_switches WHERE at < ?1 LIMIT 1",
  deleteSwitches: "DELETE FROM history_switches WHERE at < ?1",
  isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM history_entries)
    AND NOT EXISTS (SELECT 1 FROM history_keys) AND NOT EXISTS (SELECT 1 FROM history_ids)
    AND NOT EXISTS (SELECT 1 FROM history_spaces)`,
  deleteAll: ["settings", "counts", "switches", "elements", "holders", "floors"].map((table) =>
    `DELETE FROM history_${table};`
  ).join("\n"),
};

/** Rows of each kind deleted in one slice. */
const ROWS_PER_SLICE = 250;
/** Names looked at in one slice. */
const NAMES_PER_SLICE = 100;
/** Least milliseconds between two passes. */
const BETWEEN_PASSES_MS = 1000;

interface Name {
  readonly space: number;
  readonly key: Uint8Array;
}

/** Drops what is over. */
export class RetentionSweep {
  readonly #store: Store;
  readonly #history: Present;
  readonly #statements: Statements;
  /** Names that may have too many entries. */
  readonly #counted = new Map<string, Name & { readonly db: number }>();
  /** When the next pass is due, Unix time in milliseconds. */
  #dueAt = 0;
  /** Where a pass is; undefined between two. */
  #pass: { after: Name; nextDueAt: number } | undefined;
  /** Whether ids may wait to be dropped. */
  #mayDrop = true;
  /** Entries that were dropped so far. */
  #entriesDropped = 0;

  /** Takes the store and its history. */
  constructor(store: Store, history: Present) {
    this.#store = store;
    this.#history = history;
    this.#statements = new Statements(store.engine);
  }

  /** Looks anew when something is over: the settings are others, or other processes have written. */
  schedule(): void {
    this.#dueAt = 0;
    this.#mayDrop = true;
  }

  /** Notes that a key, of which so many entries are kept, has one more. */
  noteCounted(db: number, space: number, key: Slice): void {
    const name = nameOf(space, key);
    if (!this.#counted.has(name)) this.#counted.set(name, { db, space, key: key.copy() });
  }

  /** Drops some of what is over. @returns Whether there is more. */
  slice(): boolean {
    const { engine } = this.#store;
    engine.begin();
    if (!this.#history.settings.everEnabled) return false;
    engine.read();
    if (this.#mayDrop && this.#dropIds()) return true;
    for (const [name, { db, space, key }] of this.#counted) {
      if (this.#pruneCounted(db, space, new Slice(key))) return true;
      this.#counted.delete(name);
    }
    if (this.#pass === undefined) {
      if (engine.nowMs < this.#dueAt) return false;
      this.#pass = { after: { space: -1, key: new Uint8Array(0) }, nextDueAt: Infinity };
    }
    return this.#goOn(this.#pass);
  }

  #goOn(pass: { after: Name; nextDueAt: number }): boolean {
    for (let i = 0; i < NAMES_PER_SLICE; i++) {
      const name = this.#nextName(pass.after);
      if (name === undefined) return this.#endPass(pass.nextDueAt);
      if (this.#pruneName(name, pass)) return true;
      pass.after = name;
    }
    return true;
  }

  #nextName({ space, key }: Name): Name | undefined {
    const next = this.#statements.get(SQL.nextName);
    next.bindInteger(1, space);
    next.bindBlob(2, key, 0, key.length);
    const name = next.step() ? { space: next.columnNumber(0), key: next.columnBlob(1) } : undefined;
    next.reset();
    return name;
  }

  /** @returns Whether there is more of this name. */
  #pruneName({ space, key }: Name, pass: { nextDueAt: number }): boolean {
    const slice = new Slice(key);
    const db = this.#statements.number(SQL.owner, space) ?? -1;
    const { prunedBeforeMs, nowMs } = this.#history;
    const { keepMs, keepCount } = this.#history.rule(db, slice);
    const before = keepMs === undefined ? prunedBeforeMs : Math.max(prunedBeforeMs, nowMs - keepMs);
    const oldest = this.#statements.ofName(SQL.oldest, space, slice) ?? Infinity;
    if (oldest < before) {
      if (this.prune(space, slice, before)) return true;
      this.#setFloor(SQL.dropFloor, space, slice, before);
    } else if (keepMs !== undefined) {
      pass.nextDueAt = Math.min(pass.nextDueAt, oldest + keepMs + 1);
    }
    return keepCount !== undefined && this.#pruneCounted(db, space, slice);
  }

  #pruneCounted(db: number, space: number, key: Slice): boolean {
    const { keepCount } = this.#history.rule(db, key);
    if (keepCount === undefined) return false;
    const versions = this.#statements.get(SQL.versions);
    bindName(versions, space, key);
    versions.step();
    const first = versions.columnNumber(0), last = versions.columnNumber(1);
    versions.reset();
    if (last - first + 1 <= keepCount) return false;
    const at = this.#atOfVersion(space, key, last - keepCount + 1);
    this.#setFloor(SQL.setFloor, space, key, at);
    return this.prune(space, key, at, last - keepCount + 1);
  }

  #endPass(nextDueAt: number): boolean {
    this.#pass = undefined;
    const { engine, databases } = this.#store;
    const { prunedBeforeMs, nowMs } = this.#history;
    // Counts are told of databases that are recorded, switches of single keys' too.
    let countsFrom = nowMs, switchesFrom = nowMs;
    for (let db = 0; db < databases.count; db++) {
      const { enabled, frozenAt, keepMs } = this.#history.rule(db);
      const before = keepMs === undefined
        ? prunedBeforeMs
        : Math.max(prunedBeforeMs, nowMs - keepMs);
      switchesFrom = Math.min(switchesFrom, before);
      if (enabled || frozenAt !== undefined) countsFrom = Math.min(countsFrom, before);
      if (this.#dropSpace(db, before)) return true;
      if (keepMs === undefined) continue;
      nextDueAt = Math.min(nextDueAt, nowMs + keepMs + 1);
      const oldest = this.#statements.number(SQL.oldestSpace, db);
      if (oldest !== undefined) nextDueAt = Math.min(nextDueAt, oldest + keepMs + 1);
    }
    if (this.#dropCounts(countsFrom)) return true;
    if (switchesFrom > 0 && this.#statements.number(SQL.oldSwitch, switchesFrom) !== undefined) {
      engine.write();
      this.#statements.run(SQL.deleteSwitches, switchesFrom);
    }
    this.#endAll();
    this.#dueAt = Math.max(nextDueAt, engine.nowMs + BETWEEN_PASSES_MS);
    return false;
  }

  /** Drops how many keys databases had. @returns Whether there is more. */
  #dropCounts(beforeMs: number): boolean {
    if (this.#statements.number(SQL.oldCount, beforeMs) === undefined) return false;
    this.#store.engine.write();
    const counts = this.#statements.get(SQL.deleteCounts);
    counts.bindInteger(1, beforeMs);
    counts.bindInteger(2, ROWS_PER_SLICE);
    counts.run();
    return this.#store.engine.connection.changes() === ROWS_PER_SLICE;
  }

  /** Drops a space whose flush is over: its keys, and the images of its elements. */
  #dropSpace(db: number, beforeMs: number): boolean {
    const over = this.#statements.get(SQL.spaceOver);
    over.bindInteger(1, db);
    over.bindInteger(2, beforeMs);
    const space = over.step() ? over.columnNumber(0) : undefined;
    over.reset();
    if (space === undefined) return false;
    this.#store.engine.write();
    this.#statements.run(SQL.forgetSpace, space);
    this.#store.garbage.addSpace(space);
    return true;
  }

  /** Ends all recording, once nothing is recorded any more and nothing shall be. */
  #endAll(): void {
    if (this.#history.settings.anyEnabled || this.#statements.number(SQL.isEmpty) !== 1) return;
    this.#store.engine.write();
    this.#store.engine.connection.exec(SQL.deleteAll);
    this.#history.changedSettings();
  }

  /**
   * Drops all that was recorded of a name before a moment, which then is not known any more.
   *
   * @returns How many entries that were.
   */
  clear(space: number, key: Slice, beforeMs: number): number {
    const before = this.#entriesDropped;
    this.#setFloor(SQL.setFloor, space, key, Math.min(beforeMs, this.#history.nowMs));
    while (this.prune(space, key, beforeMs));
    return this.#entriesDropped - before;
  }

  /** From when on a name's past is known, if more was dropped than its settings tell. */
  floor(db: number, space: number, key: Slice): number {
    const floor = this.#statements.ofName(SQL.floor, space, key) ?? 0;
    const { keepCount } = this.#history.rule(db, key);
    const last = keepCount === undefined
      ? undefined
      : this.#statements.ofName(SQL.lastVersion, space, key);
    if (keepCount === undefined || last === undefined || last <= keepCount) return floor;
    return Math.max(floor, this.#atOfVersion(space, key, last - keepCount + 1));
  }

  #atOfVersion(space: number, key: Slice, version: number): number {
    const statement = this.#statements.get(SQL.atOfVersion);
    bindName(statement, space, key);
    statement.bindInteger(3, version);
    const at = statement.step() ? statement.columnNumber(0) : 0;
    statement.reset();
    return at;
  }

  #setFloor(sql: string, space: number, key: Slice, at: number): void {
    this.#store.engine.write();
    const statement = this.#statements.get(sql);
    bindName(statement, space, key);
    statement.bindInteger(3, at);
    statement.run();
  }

  /**
   * Drops some of what was recorded of a name before a moment.
   *
   * @param beforeVersion Drop entries before this one too.
   * @returns Whether there is more.
   */
  prune(space: number, key: Slice, beforeMs: number, beforeVersion = 0): boolean {
    this.#store.engine.write();
    const entries = this.#statements.get(SQL.deleteEntries);
    bindName(entries, space, key);
    entries.bindInteger(3, beforeMs);
    entries.bindInteger(4, ROWS_PER_SLICE);
    entries.bindInteger(5, beforeVersion);
    entries.run();
    const dropped = this.#store.engine.connection.changes();
    this.#entriesDropped += dropped;
    if (dropped === ROWS_PER_SLICE) return true;
    const images = this.#images(space, key, beforeMs);
    const ids = new Set(images.map(({ id }) => id));
    // What was recorded when an id was new has no image with it.
    for (const id of this.#idsLeft(space, key, beforeMs)) ids.add(id);
    ids.delete(0);
    const last = images.length === ROWS_PER_SLICE ? images[ROWS_PER_SLICE - 1]!.at + 1 : beforeMs;
    for (const id of ids) {
      if (!this.#isHeldByOthers(id, space, key) && this.#pruneElements(id, last)) return true;
    }
    const remove = this.#statements.get(SQL.deleteImages);
    bindName(remove, space, key);
    remove.bindInteger(3, last - 1);
    remove.run();
    for (const id of ids) this.#release(id, space, key);
    return images.length === ROWS_PER_SLICE;
  }

  #images(space: number, key: Slice, beforeMs: number): { at: number; id: number }[] {
    const statement = this.#statements.get(SQL.images);
    bindName(statement, space, key);
    statement.bindInteger(3, beforeMs);
    statement.bindInteger(4, ROWS_PER_SLICE);
    const images = [];
    while (statement.step()) {
      images.push({ at: statement.columnNumber(0), id: statement.columnNumber(1) });
    }
    statement.reset();
    return images;
  }

  /** The id a name had at a moment, and the one it has now. */
  #idsLeft(space: number, key: Slice, atMs: number): number[] {
    const left = this.#statements.get(SQL.idLeft);
    bindName(left, space, key);
    left.bindInteger(3, atMs);
    const then = left.step() ? left.columnNumber(0) : 0;
    left.reset();
    return [then, this.#statements.ofName(SQL.idNow, space, key) ?? 0];
  }

  #isHeldByOthers(id: number, space: number, key: Slice): boolean {
    const statement = this.#statements.get(SQL.otherHolder);
    statement.bindInteger(1, id);
    statement.bindInteger(2, space);
    statement.bindBlob(3, key.bytes, key.start, key.end);
    const held = statement.step();
    statement.reset();
    return held;
  }

  /** Drops some images of elements. @returns Whether there are more. */
  #pruneElements(id: number, beforeMs: number): boolean {
    const statement = this.#statements.get(SQL.deleteElements);
    statement.bindInteger(1, id);
    statement.bindInteger(2, beforeMs);
    statement.bindInteger(3, ROWS_PER_SLICE);
    statement.run();
    return this.#store.engine.connection.changes() === ROWS_PER_SLICE;
  }

  /** Lets go of an id, if the name does not refer to it any more. */
  #release(id: number, space: number, key: Slice): void {
    const refers = this.#statements.get(SQL.refers);
    bindName(refers, space, key);
    refers.bindInteger(3, id);
    const referred = refers.step();
    refers.reset();
    if (referred) return;
    const release = this.#statements.get(SQL.release);
    release.bindInteger(1, id);
    release.bindInteger(2, space);
    release.bindBlob(3, key.bytes, key.start, key.end);
    release.run();
    if (this.#statements.number(SQL.holder, id) !== undefined) return;
    this.#statements.run(SQL.drop, id);
    this.#mayDrop = true;
  }

  /** Drops an id that no image refers to, a slice at a time. @returns Whether there is more. */
  #dropIds(): boolean {
    const dropped = this.#statements.get(SQL.dropped);
    const found = dropped.step()
      ? { id: dropped.columnNumber(0), type: dropped.columnNumber(1) }
      : undefined;
    dropped.reset();
    if (found === undefined) {
      this.#mayDrop = false;
      return false;
    }
    this.#store.engine.write();
    const { id, type } = found;
    // One that lives on, under another name, may be recorded there.
    if (type !== 0 && this.#pruneElements(id, Number.MAX_SAFE_INTEGER)) return true;
    this.#statements.run(SQL.forgetId, id);
    if (type !== 0) this.#store.garbage.addLeft(id, type);
    return true;
  }
}
