/**
 * Settings kept in the database file: those of CONFIG REWRITE for the next start, and a few of the
 * file's own that hold for every process at once.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";

/** What the names of the file's own settings begin with in the table. */
const OWN = "file:";

const SQL = {
  load: `SELECT name, value FROM settings WHERE name NOT GLOB '${OWN}*' ORDER BY name`,
  clear: `DELETE FROM settings WHERE name NOT GLOB '${OWN}*'`,
  save: "INSERT INTO settings(name, value) VALUES (?1, ?2)",
  own: `SELECT value FROM settings WHERE name = '${OWN}' || ?1`,
  setOwn: `INSERT INTO settings(name, value) VALUES ('${OWN}' || ?1, ?2)
    ON CONFLICT(name) DO UPDATE SET value = ?2`,
};

/** Reads and writes the settings of one file. */
export class Settings {
  readonly #engine: Engine;

  /** Takes the engine of the file. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** One of the file's own settings, undefined if it was never set. */
  own(name: string): string | undefined {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.own);
    try {
      statement.bindText(1, name);
      return statement.step() ? statement.columnText(0) : undefined;
    } finally {
      statement.finalize();
    }
  }

  /** Sets one of the file's own settings. Part of the turn that runs. */
  setOwn(name: string, value: string): void {
    this.#engine.write();
    const statement = this.#engine.prepare(SQL.setOwn);
    try {
      statement.bindText(1, name);
      statement.bindText(2, value);
      statement.run();
    } finally {
      statement.finalize();
    }
  }

  /** All settings of CONFIG REWRITE by name. */
  load(): Map<string, string> {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.load);
    const settings = new Map<string, string>();
    while (statement.step()) settings.set(statement.columnText(0), statement.columnText(1));
    statement.finalize();
    return settings;
  }

  /** Puts these settings in place of all others but the file's own. Part of the turn that runs. */
  save(settings: Iterable<readonly [name: string, value: string]>): void {
    this.#engine.write();
    const clear = this.#engine.prepare(SQL.clear);
    clear.run();
    clear.finalize();
    const save = this.#engine.prepare(SQL.save);
    for (const [name, value] of settings) {
      save.bindText(1, name);
      save.bindText(2, value);
      save.run();
    }
    save.finalize();
  }
}
