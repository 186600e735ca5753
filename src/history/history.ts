/**
 * History: what keys held at any moment, and what changed them.
 *
 * **Before-images.** While history is on somewhere, triggers note of each row that changes what it
 * was before (`history_keys` for rows of `keys`, `history_elements` for all others), under the time
 * of the turn. So a change costs a row of its own size, whatever the size of its key, and commits or
 * fails with the change. To know what a key held at a moment, take its rows of now, and put in place
 * of each the first image of it that is later than the moment, if there is one. A moment is a
 * millisecond, and means after everything that happened in it.
 *
 * The rows of a deleted or overwritten collection are not touched at all: the image of its key's row
 * has their id, and they stay (`history_ids`) until no image does. So deleting takes constant time.
 * FLUSHDB leaves its space alone in the same way (`history_spaces`); which space a database had is
 * told by `history_switches`, for SWAPDB's sake too, and how many keys it had by `history_counts`.
 *
 * **Entries.** Each event of a key, as keyspace notifications name it, is a row of `history_entries`.
 * Events of one millisecond are counted by `n`: the images of the elements that the event was about
 * have the same, so what an entry changed is known without being stored a second time. The value of
 * a short string is stored with the entry.
 *
 * **Who records.** Each process on the file, through temporary triggers of its own. When another
 * process turns history on or off, that is a commit like any other, which is noticed before the next
 * write does anything. Which ids and names are recorded stands in temporary tables, filled as rows of
 * keys are read: so turning history on for a database of a million keys takes no longer than for
 * one. A store that never turned it on pays a comparison a write turn.
 *
 * **Ends.** After HISTORY DISABLE each row is recorded once more, at its first change, under the
 * millisecond after it ("frozen"): what was known until then stays known. A key that is renamed to where
 * nothing is recorded takes its id along, which is recorded on in the same way for the sake of the
 * name it had; `history_holders` has the names that had an id.
 *
 * Times never go back, whatever the system's clock does: `history_clock` has the last.
 *
 * Reading the past is in past.ts, retention in retention.ts.
 *
 * @module
 */

import type { ChangeWatcher, Flush, KeyBytes } from "../engine/changes.ts";
import type { Engine } from "../engine/engine.ts";
import type { TurnListener } from "../engine/turn_listeners.ts";
import type { KeyHistory, KeyHistoryLevel } from "../store/keys/facts.ts";
import { mapKey } from "../store/values/map_key.ts";
import { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import { Entries } from "./entries.ts";
import { Past } from "./past.ts";
import type { Present } from "./present.ts";
import { Recording } from "./recording.ts";
import { RetentionSweep } from "./retention.ts";
import { HistorySettings, type Retention, type Rule, SCOPE, type Setting } from "./settings.ts";
import { Spaces } from "./spaces.ts";
import { bindOptional, Statements } from "./statements.ts";
import { Timeline } from "./timeline.ts";

const SQL = {
  settings: `SELECT scope, db, key, at, enabled, keep_ms, keep_count FROM history_settings
    ORDER BY at, scope`,
  addSetting: `INSERT INTO history_settings(scope, db, key, at, enabled, keep_ms, keep_count)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
  clock: "SELECT at, n, pruned_before FROM history_clock",
  saveClock: `INSERT INTO history_clock(id, at, n, pruned_before) VALUES (1, ?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET at = ?1, n = ?2, pruned_before = ?3`,
};

/** The event that is told before its key is gone. */
const GOING = "expired";

const histories = new WeakMap<Store, History>();

/** The history of a store's keys. */
export class History implements KeyHistory, Present, ChangeWatcher, TurnListener {
  /** What changed keys. */
  readonly entries: Entries;
  /** Which spaces databases had. */
  readonly spaces: Spaces;
  /** Names the next events in place of their own names. */
  operation: string | undefined;
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #retention: RetentionSweep;
  readonly #recording: Recording;
  #settings = new HistorySettings([]);
  /** The settings as a text, another one if they are others. */
  #text = "";
  /** What recording began with, as a text. */
  #applied = "";
  /** Whether the file may say something else than what is in memory. */
  #stale = true;
  /** Whether what is in memory may be something else than what recording began with. */
  #unapplied = true;
  #unwatch: (() => void) | undefined;
  #forgetting = false;
  /** The time of what is recorded, and how many events there were in this millisecond. */
  #at = 0;
  #n = 0;
  #prunedBeforeMs = 0;
  /** Whether the turn has recorded something. */
  #recorded = false;
  #past: Past | undefined;
  #timeline: Timeline | undefined;

  private constructor(store: Store) {
    this.#store = store;
    this.#engine = store.engine;
    this.#statements = new Statements(store.engine);
    this.spaces = new Spaces(store);
    this.entries = new Entries(store, this);
    this.#recording = new Recording(store, this);
    this.#retention = new RetentionSweep(store, this);
    store.engine.addListener(this);
    store.databases.onSpacesChanged = () => {
      if (this.#recording.isOn && this.#engine.writing) this.#recording.tellNames();
    };
    store.history = this;
    store.sweeper.forgetPast = () => this.#retention.slice();
  }

  /** The history of a store. Called when it is opened: what is on in the file is recorded from then on. */
  static of(store: Store): History {
    let history = histories.get(store);
    if (history === undefined) {
      history = new History(store);
      histories.set(store, history);
    }
    return history;
  }

  /** The store as it was. */
  get past(): Past {
    return this.#past ??= new Past(this.#store, this);
  }

  /** What changed in keys. */
  get timeline(): Timeline {
    return this.#timeline ??= new Timeline(this.#store, this);
  }

  // The life of a turn.

  /** See {@linkcode TurnListener}. */
  forget(rolledBack: boolean): void {
    if (this.#forgetting) return;
    this.#stale = this.#unapplied = true;
    this.#recorded = false;
    if (!rolledBack) return;
    // What the temporary tables say was rolled back with the rest.
    this.#applied = "?";
    this.#recording.rolledBack();
    this.#past?.rolledBack();
  }

  /** See {@linkcode TurnListener}. */
  beginWrite(): void {
    if (this.#unapplied) this.#apply();
    if (!this.#recording.isOn) return;
    const { nowMs } = this.#engine;
    if (nowMs > this.#at) {
      this.#at = nowMs;
      this.#n = 0;
    } else {
      this.#n++;
    }
    this.#recording.tellTime(this.#at, this.#n);
  }

  /** See {@linkcode TurnListener}. */
  beforeCommit(): void {}

  /** See {@linkcode TurnListener}. */
  turnEnds(): void {
    if (this.#recording.isOn) {
      // Each version counts.
      this.#engine.settleRows();
      this.#store.databases.save();
    }
    if (!this.#recorded) return;
    this.#recorded = false;
    this.#saveClock();
  }

  /** Notes that the turn has recorded something. */
  noteRecorded(): void {
    this.#recorded = true;
  }

  #saveClock(): void {
    this.#statements.run(SQL.saveClock, this.#at, this.#n, this.#prunedBeforeMs);
  }

  // Settings.

  /** What the file says of history. */
  get settings(): HistorySettings {
    if (this.#stale) this.#read();
    return this.#settings;
  }

  /** Nothing from before this moment is told, Unix time in milliseconds. */
  get prunedBeforeMs(): number {
    if (this.#stale) this.#read();
    return this.#prunedBeforeMs;
  }

  /** The time of what is recorded now, Unix time in milliseconds. */
  get atMs(): number {
    return this.#at;
  }

  /** The time that a change made now would have. */
  get nowMs(): number {
    return Math.max(this.#at, this.#engine.nowMs);
  }

  #read(): void {
    this.#stale = false;
    this.#engine.read();
    const statement = this.#statements.get(SQL.settings);
    const settings: Setting[] = [];
    while (statement.step()) {
      settings.push({
        scope: statement.columnNumber(0),
        db: statement.columnNumber(1),
        key: statement.columnBlob(2),
        at: statement.columnNumber(3),
        enabled: statement.columnNumber(4) === 1,
        keepMs: statement.columnIsNull(5) ? undefined : statement.columnNumber(5),
        keepCount: statement.columnIsNull(6) ? undefined : statement.columnNumber(6),
      });
    }
    statement.reset();
    this.#settings = new HistorySettings(settings);
    this.#text = JSON.stringify(
      settings.map((setting) => ({ ...setting, key: mapKey(new Slice(setting.key)) })),
    );
    if (settings.length === 0) return;
    const clock = this.#statements.get(SQL.clock);
    if (clock.step()) {
      const at = clock.columnNumber(0), n = clock.columnNumber(1);
      if (at >= this.#at) {
        this.#n = at === this.#at ? Math.max(this.#n, n) : n;
        this.#at = at;
      }
      this.#prunedBeforeMs = clock.columnNumber(2);
    }
    clock.reset();
  }

  /** Records what the file tells to record. Nothing of the turn must be waiting to be written. */
  #apply(): void {
    this.#unapplied = false;
    if (this.#stale) this.#read();
    this.#retention.schedule();
    const { everEnabled } = this.#settings;
    const { databases } = this.#store;
    let text = this.#text;
    for (let db = 0; everEnabled && db < databases.count; db++) text += ` ${databases.space(db)}`;
    // Another process may have brought types, whose rows are to be recorded too.
    if (everEnabled) text += ` ${this.#store.types.all().length}`;
    if (text === this.#applied) return;
    this.#applied = text;
    if (everEnabled) {
      this.#unwatch ??= this.#engine.changes.watch(this, true);
      // Ids are told of as the rows of their keys are read.
      this.#forgetting = true;
      this.#engine.forget();
      this.#forgetting = false;
      this.#recording.start();
      this.#recording.tellTime(this.#at, this.#n);
    } else if (this.#unwatch !== undefined) {
      this.#unwatch();
      this.#unwatch = undefined;
      this.#recording.stop();
    }
  }

  /**
   * Turns history on or off.
   *
   * @param scope One of `SCOPE`.
   * @param db The database, where the scope is one or a key of one.
   * @param key The key, where the scope is one; else empty.
   */
  set(
    scope: number,
    db: number,
    key: Uint8Array,
    enabled: boolean,
    { keepMs, keepCount }: Retention = {},
  ): void {
    this.#engine.write();
    // Off is what all are without a setting.
    if (!enabled && scope === SCOPE.GLOBAL && this.#settings.isEmpty) return;
    this.#at = this.nowMs;
    // What is recorded from now on must come after what was frozen, and no two settings are of one time.
    const { endedAt } = this.#settings;
    if (enabled && endedAt !== undefined) this.#at = Math.max(this.#at, endedAt + 2);
    const before = this.#settings.setting(scope, db, new Slice(key));
    const same = enabled && before?.enabled === true && endedAt === undefined &&
      before.keepMs === keepMs && before.keepCount === keepCount;
    // A program may say at each start what is kept.
    if (same) return;
    if (before !== undefined) this.#at = Math.max(this.#at, before.at + 1);
    const add = this.#statements.get(SQL.addSetting);
    add.bindInteger(1, scope);
    add.bindInteger(2, scope === SCOPE.GLOBAL ? -1 : db);
    add.bindBlob(3, key, 0, key.length);
    add.bindInteger(4, this.#at);
    add.bindInteger(5, enabled ? 1 : 0);
    bindOptional(add, 6, keepMs);
    bindOptional(add, 7, keepCount);
    add.run();
    this.changedSettings();
  }

  /** Takes over settings that this turn has changed. */
  changedSettings(): void {
    this.#settle();
    this.#saveClock();
    this.#stale = true;
    this.#apply();
  }

  /** Writes what the turn still owes the tables. */
  #settle(): void {
    this.#store.engine.settleRows();
    this.#store.databases.save();
  }

  /** What holds for a key now, or for a database. */
  rule(db: number, key?: Slice): Rule {
    return this.settings.rule(db, key);
  }

  /** See {@linkcode KeyHistory}. */
  levelOf(db: number, key: Slice): KeyHistoryLevel | undefined {
    const { enabled, setting, keepMs, keepCount } = this.rule(db, key);
    if (!enabled || setting === undefined) return undefined;
    const level = (["global", "database", "key"] as const)[setting.scope]!;
    return { level, retentionMs: keepMs, retentionCount: keepCount };
  }

  // Forgetting.

  /**
   * Lets nothing from before a moment be told any more; it goes in the background.
   *
   * @returns How many entries that are.
   */
  pruneBefore(ms: number): number {
    this.#engine.write();
    if (this.#settings.isEmpty || ms <= this.#prunedBeforeMs) return 0;
    const before = Math.min(ms, this.nowMs + 1);
    this.#settle();
    const entries = this.entries.countBetween(this.#prunedBeforeMs, before);
    this.#prunedBeforeMs = before;
    this.#saveClock();
    this.#retention.schedule();
    return entries;
  }

  /**
   * Forgets what is recorded of a key of a database.
   *
   * @param beforeMs Only what is older, Unix time in milliseconds; undefined for all.
   * @returns How many entries went.
   */
  clear(db: number, key: Slice, beforeMs?: number): number {
    this.#engine.write();
    const before = Math.min(beforeMs ?? Infinity, this.nowMs + 1);
    this.#settle();
    let entries = 0;
    for (const space of this.entries.spacesOf(db)) {
      entries += this.#retention.clear(space, key, before);
    }
    return entries;
  }

  /** From when on the past of a key in a space is known, if not from the beginning. */
  floorOf(db: number, space: number, key: Slice): number {
    return this.#retention.floor(db, space, key);
  }

  // What changes tell.

  /** See {@linkcode ChangeWatcher}. */
  changed(db: number, key: KeyBytes, event: string): void {
    const name = key instanceof Slice ? key : new Slice(key.bytes, key.start, key.end);
    const rule = this.#settings.rule(db, name);
    if (!rule.enabled) return;
    this.#recorded = true;
    const space = this.#store.databases.space(db);
    this.entries.add(space, name, this.#at, this.#n, this.operation ?? event, event === GOING);
    // As the trigger on entries counts.
    this.#n++;
    if (rule.keepCount !== undefined) this.#retention.noteCounted(db, space, name);
  }

  /** See {@linkcode ChangeWatcher}. */
  flushed({ event, db, otherDb }: Flush): void {
    if (event !== "swapdb" || otherDb === undefined) return;
    // By now each has what the other had.
    const { databases } = this.#store;
    this.spaces.switched(db, this.#at, event, databases.space(otherDb));
    this.spaces.switched(otherDb, this.#at, event, databases.space(db));
    this.#recorded = true;
    this.#recording.tellNames();
  }
}
