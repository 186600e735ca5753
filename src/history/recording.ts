/**
 * What tells the triggers which rows to record and under which time, in temporary tables: spaces and
 * names, as settings are made and databases change their spaces; ids, as rows of keys are read, for
 * no element is written before that.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";
import type { Statement } from "../sqlite/sqlite.ts";
import type { KeyRecorder } from "../store/keys/recorder.ts";
import { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import type { HistorySettings, Rule } from "./settings.ts";
import type { Spaces } from "./spaces.ts";
import { bindName, bindOptional, Statements, temporarily } from "./statements.ts";
import { recordedTables } from "./recorded_tables.ts";
import { install, uninstall } from "./triggers.ts";

const SQL = {
  heldSince: "SELECT frozen_at FROM history_ids WHERE id = ?1",
  kept: "SELECT id FROM history_ids WHERE id = ?1",
  keep: `INSERT INTO history_ids(id, type, frozen_at) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET type = ?2, frozen_at = coalesce(?3, frozen_at)`,
  hold: "INSERT OR IGNORE INTO history_holders(id, space, key) VALUES (?3, ?1, ?2)",
};

/** The temporary tables. */
const SWITCHES = {
  clear: `DELETE FROM recording_now; DELETE FROM recorded_spaces; DELETE FROM recorded_names;
    DELETE FROM recorded_ids; INSERT INTO recording_now VALUES (0, 0);`,
  now: "UPDATE recording_now SET at = ?1, n = ?2",
  clearNames: "DELETE FROM recorded_spaces; DELETE FROM recorded_names;",
  space: "INSERT OR REPLACE INTO recorded_spaces VALUES (?1, ?2, ?3)",
  name: "INSERT OR REPLACE INTO recorded_names VALUES (?1, ?2, ?3, ?4)",
  id: "INSERT OR REPLACE INTO recorded_ids VALUES (?1, ?2)",
};

/** An id recorded as its key's changes are, rather than frozen. */
const LIVE = 0;

/** What recording has to know of the history it is for. */
export interface Recorded {
  /** What holds for whom. */
  readonly settings: HistorySettings;
  /** Which spaces databases had. */
  readonly spaces: Spaces;
  /** The time of what is recorded now, Unix time in milliseconds. */
  readonly atMs: number;
  /** Notes that the turn has recorded something. */
  noteRecorded(): void;
}

/** Tells the triggers of one connection what to record. */
export class Recording implements KeyRecorder {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #history: Recorded;
  readonly #statements: Statements;
  /** Whether the triggers are there. */
  #installed = false;
  /** How many tables they are of. */
  #tables = 0;
  /** Ids that the triggers were told of, and from when on they are frozen. */
  readonly #ids = new Map<number, number>();
  /** Ids that they are to be told of before the next write. */
  #untold: number[] = [];

  /** Takes the store, and the history it is for. */
  constructor(store: Store, history: Recorded) {
    this.#store = store;
    this.#engine = store.engine;
    this.#history = history;
    this.#statements = new Statements(store.engine);
  }

  /** Whether the triggers record. */
  get isOn(): boolean {
    return this.#installed;
  }

  /** Notes that the temporary tables are what they were before the turn. */
  rolledBack(): void {
    this.#installed = false;
  }

  /** Begins to record, or begins anew. Nothing of the turn must be waiting to be written. */
  start(): void {
    const { connection } = this.#engine;
    const tables = recordedTables(this.#store.types);
    temporarily(this.#engine, () => {
      // Types of extensions come, and never go.
      if (!this.#installed || this.#tables !== tables.length) {
        connection.exec(uninstall(tables) + install(tables));
      }
      connection.exec(SWITCHES.clear);
    });
    this.#installed = true;
    this.#tables = tables.length;
    this.#ids.clear();
    this.#untold = [];
    this.#store.keyspace.recorder = this;
    this.#store.garbage.recorder = this;
    this.tellNames();
  }

  /** Ends recording. */
  stop(): void {
    this.#store.keyspace.recorder = undefined;
    this.#store.garbage.recorder = undefined;
    const tables = recordedTables(this.#store.types);
    temporarily(this.#engine, () => this.#engine.connection.exec(uninstall(tables)));
    this.#installed = false;
  }

  /** Tells the time, and how many events of it there were. Call before the turn writes anything. */
  tellTime(atMs: number, n: number): void {
    const now = this.#statements.get(SWITCHES.now);
    now.bindInteger(1, atMs);
    now.bindInteger(2, n);
    temporarily(this.#engine, () => now.run());
    for (const id of this.#untold) this.#tellId(id);
    if (this.#untold.length > 0) this.#untold = [];
  }

  /** Tells which keys are recorded, by the spaces the databases have now. */
  tellNames(): void {
    const { databases } = this.#store;
    const { settings, spaces } = this.#history;
    temporarily(this.#engine, () => {
      this.#engine.connection.exec(SWITCHES.clearNames);
      for (let db = 0; db < databases.count; db++) {
        const space = databases.space(db);
        if (space === 0) continue;
        const ofSpace = this.#statements.get(SWITCHES.space);
        ofSpace.bindInteger(1, space);
        bindRule(ofSpace, 2, spaces.rule(settings, db, space));
        ofSpace.run();
        const ofName = this.#statements.get(SWITCHES.name);
        for (const key of spaces.names(settings, db, space)) {
          const name = new Slice(key);
          bindName(ofName, space, name);
          bindRule(ofName, 3, spaces.rule(settings, db, space, name));
          ofName.run();
        }
      }
    });
  }

  finding(): void {
    // Rows are where they are.
  }

  loaded(space: number, key: Slice, id: number): void {
    const rule = this.#rule(space, key);
    const since = rule.enabled
      ? LIVE
      : Math.max(rule.frozenAt ?? 0, this.#statements.number(SQL.heldSince, id) ?? 0);
    if (!rule.enabled && since === 0 || this.#ids.get(id) === since) return;
    this.#ids.set(id, since);
    if (this.#engine.writing) this.#tellId(id);
    else this.#untold.push(id);
  }

  #rule(space: number, key: Slice): Rule {
    const db = this.#store.databases.dbOfSpace(space);
    return this.#history.spaces.rule(this.#history.settings, db, space, key);
  }

  #tellId(id: number): void {
    const statement = this.#statements.get(SWITCHES.id);
    const since = this.#ids.get(id);
    statement.bindInteger(1, id);
    bindOptional(statement, 2, since === LIVE ? undefined : since);
    temporarily(this.#engine, () => statement.run());
  }

  keeps(space: number, key: Slice, id: number, type: number): boolean {
    if (!this.#ids.has(id)) return false;
    this.#keep(id, type);
    const { enabled, frozenAt } = this.#rule(space, key);
    // One that is kept for the sake of a name it had has no images under this one.
    if (enabled || frozenAt !== undefined) this.#hold(id, space, key);
    return true;
  }

  moving(space: number, key: Slice, id: number, toSpace: number, toKey: Slice): void {
    if (this.#ids.delete(id)) {
      // Under the other name it may not be recorded, and for the sake of this one it must.
      this.#keep(id, 0, this.#history.atMs + 1);
      this.#hold(id, space, key);
    }
    this.loaded(toSpace, toKey, id);
  }

  leaving(space: number, key: Slice, id: number): void {
    if (!this.#ids.has(id)) return;
    // Who deletes them may know nothing of the key: the id itself has to say that they are recorded.
    this.#keep(id, 0);
    this.#hold(id, space, key);
  }

  sweeping(id: number): void {
    if (this.#ids.has(id) || this.#statements.number(SQL.kept, id) === undefined) return;
    this.#ids.set(id, LIVE);
    this.#tellId(id);
  }

  /** Keeps an id. @param type The type of its elements, once no key has it; 0 before. */
  #keep(id: number, type: number, frozenAt?: number): void {
    const keep = this.#statements.get(SQL.keep);
    keep.bindInteger(1, id);
    keep.bindInteger(2, type);
    bindOptional(keep, 3, frozenAt);
    keep.run();
    this.#history.noteRecorded();
  }

  #hold(id: number, space: number, key: Slice): void {
    const hold = this.#statements.get(SQL.hold);
    bindName(hold, space, key);
    hold.bindInteger(3, id);
    hold.run();
  }

  flushing(db: number): boolean {
    const { keyspace, databases } = this.#store;
    const { settings, spaces, atMs } = this.#history;
    const space = databases.space(db);
    const { enabled, frozenAt } = spaces.rule(settings, db, space);
    spaces.switched(db, atMs, "flushdb", space);
    this.#history.noteRecorded();
    if (enabled || frozenAt !== undefined) {
      this.#store.engine.settleRows();
      databases.save();
      spaces.keep(space, db, atMs);
      return true;
    }
    // The space goes; what is recorded in it leaves its images behind.
    for (const key of spaces.names(settings, db, space)) keyspace.remove(db, new Slice(key));
    return false;
  }
}

function bindRule(statement: Statement, at: number, { enabled, frozenAt }: Rule): void {
  statement.bindInteger(at, enabled || frozenAt !== undefined ? 1 : 0);
  bindOptional(statement, at + 1, frozenAt);
}
