/** What series have beside their chunks: labels, and the names of their keys. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  labels: "DELETE FROM ts_labels WHERE key_id = ?1",
  name: "DELETE FROM ts_series WHERE key_id = ?1",
  copyLabels: `INSERT INTO ts_labels(key_id, ordinal, name, value)
    SELECT ?2, ordinal, name, value FROM ts_labels WHERE key_id = ?1`,
};

/** Deletes and copies them. */
export class SeriesParts {
  readonly #labels: Statement;
  readonly #name: Statement;
  readonly #copyLabels: Statement;

  constructor(engine: Engine) {
    this.#labels = engine.prepare(SQL.labels);
    this.#name = engine.prepare(SQL.name);
    this.#copyLabels = engine.prepare(SQL.copyLabels);
  }

  /** Deletes those of an id. */
  delete(id: number): void {
    for (const statement of [this.#labels, this.#name]) {
      statement.bindInteger(1, id);
      statement.run();
    }
  }

  /** Gives an id the labels of another. */
  copy(id: number, newId: number): void {
    this.#copyLabels.bindInteger(1, id);
    this.#copyLabels.bindInteger(2, newId);
    this.#copyLabels.run();
  }
}
