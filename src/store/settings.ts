/** Settings that CONFIG REWRITE keeps in the database file, for the next start. */

import type { Engine } from "../engine/engine.ts";

const SQL = {
  load: "SELECT name, value FROM settings ORDER BY name",
  clear: "DELETE FROM settings",
  save: "INSERT INTO settings(name, value) VALUES (?1, ?2)",
};

/** Reads and writes the settings of one file. */
export class Settings {
  readonly #engine: Engine;

  /** Takes the engine of the file. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All settings by name. */
  load(): Map<string, string> {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.load);
    const settings = new Map<string, string>();
    while (statement.step()) settings.set(statement.columnText(0), statement.columnText(1));
    statement.finalize();
    return settings;
  }

  /** Puts these settings in place of all others. Part of the turn that runs. */
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
