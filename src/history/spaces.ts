/**
 * Which spaces databases had: FLUSHDB gives a database a new one, SWAPDB exchanges two. Keys are
 * recorded by their spaces, so to find a key as it was one has to know the space first.
 *
 * @module
 */

import type { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import type { HistorySettings, Rule } from "./settings.ts";
import { Statements } from "./statements.ts";

const SQL = {
  switched: `INSERT INTO history_switches(db, at, operation, space) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING`,
  switches: "SELECT at, operation, space FROM history_switches WHERE db = ?1 ORDER BY at DESC",
  spaceAt: `SELECT space FROM history_switches WHERE db = ?1 AND at > ?2 ORDER BY at LIMIT 1`,
  formerOwners: "SELECT db, at FROM history_switches WHERE space = ?1 ORDER BY at DESC",
  keep: "INSERT OR REPLACE INTO history_spaces(space, db, at) VALUES (?1, ?2, ?3)",
};

/** A change of the space that a database has. */
export interface SpaceSwitch {
  /** When, Unix time in milliseconds. */
  readonly at: number;
  /** `flushdb` or `swapdb`. */
  readonly operation: string;
  /** The space it had before. */
  readonly space: number;
}

/** Knows which space a database had. */
export class Spaces {
  readonly #store: Store;
  readonly #statements: Statements;

  /** Takes the store of the databases. */
  constructor(store: Store) {
    this.#store = store;
    this.#statements = new Statements(store.engine);
  }

  /** Notes that a database has got another space. @param space The one it had. */
  switched(db: number, at: number, operation: string, space: number): void {
    const statement = this.#statements.get(SQL.switched);
    statement.bindInteger(1, db);
    statement.bindInteger(2, at);
    statement.bindText(3, operation);
    statement.bindInteger(4, space);
    statement.run();
  }

  /** Keeps the keys of a space that no database has any more. @param db The one that had it. */
  keep(space: number, db: number, at: number): void {
    this.#statements.run(SQL.keep, space, db, at);
  }

  /** The space a database had at the end of a moment. */
  at(db: number, atMs: number): number {
    this.#store.engine.read();
    return this.#statements.number(SQL.spaceAt, db, atMs) ?? this.#store.databases.space(db);
  }

  /** When a database got another space, the latest time first. */
  switches(db: number): SpaceSwitch[] {
    this.#store.engine.read();
    const statement = this.#statements.get(SQL.switches);
    statement.bindInteger(1, db);
    const switches: SpaceSwitch[] = [];
    while (statement.step()) {
      switches.push({
        at: statement.columnNumber(0),
        operation: statement.columnText(1),
        space: statement.columnNumber(2),
      });
    }
    statement.reset();
    return switches;
  }

  /**
   * What holds for a key, or all keys, of the space that a database has now. One that came by SWAPDB
   * from where it was recorded, or frozen, is frozen where it is not recorded.
   */
  rule(settings: HistorySettings, db: number, space: number, key?: Slice): Rule {
    const rule = settings.rule(db, key);
    if (rule.enabled) return rule;
    const frozen = this.#formerOwners(space).map((owner) =>
      settings.endedBefore(owner.db, key, owner.at) ?? 0
    );
    const frozenAt = Math.max(rule.frozenAt ?? 0, ...frozen);
    return frozenAt === 0 ? rule : { ...rule, frozenAt };
  }

  /**
   * The keys of a space that may differ from others of it, by settings of its database or of one that
   * it belonged to.
   */
  names(settings: HistorySettings, db: number, space: number): Uint8Array[] {
    const owners = new Set([db, ...this.#formerOwners(space).map((former) => former.db)]);
    return [...owners].flatMap((owner) => settings.keysOf(owner));
  }

  /** The databases that had a space before, and until when; the last one first. */
  #formerOwners(space: number): { readonly db: number; readonly at: number }[] {
    const statement = this.#statements.get(SQL.formerOwners);
    statement.bindInteger(1, space);
    const owners = [];
    while (statement.step()) {
      owners.push({ db: statement.columnNumber(0), at: statement.columnNumber(1) });
    }
    statement.reset();
    return owners;
  }
}
