/** Saves: the write-ahead log is copied into the database file, and the RDB file is written if there is one. */

import { messageOf } from "../store/values/errors.ts";
import type { Store } from "../store/store.ts";
import type { Report } from "./log/log.ts";
import type { ServerFiles } from "./server_options.ts";

/** Saves a server's data. */
export class Saves {
  readonly #store: Store;
  readonly #rdbFile: ServerFiles["rdbFile"];
  readonly #report: Report;

  /** @param rdbFile The RDB file that is written, too. */
  constructor(store: Store, rdbFile: ServerFiles["rdbFile"], report: Report) {
    this.#store = store;
    this.#rdbFile = rdbFile;
    this.#report = report;
  }

  /** When the last one ended, Unix time in seconds. */
  get last(): number {
    const { backups, checkpointer } = this.#store;
    return Math.max(
      backups?.lastSaveAt ?? checkpointer.lastCompleteAt,
      this.#rdbFile?.lastSaveAt ?? 0,
    );
  }

  /** Writes both. @throws What is wrong. */
  async save(): Promise<void> {
    await this.#store.save();
    await this.#rdbFile?.save();
  }

  /** Writes the RDB file, and reports what is wrong. */
  saveRdb(): Promise<void> {
    return this.#reported(() => this.#rdbFile?.save());
  }

  /** Copies the write-ahead log, and reports what is wrong. Call with no turn open. */
  checkpoint(background: boolean): void {
    try {
      if (background) this.#store.checkpointer.start();
      else this.#store.checkpoint();
    } catch (error) {
      this.#report(`checkpoint: ${messageOf(error)}`);
    }
  }

  /** Saves at the end: what cannot be copied is in the WAL, from which the next start reads it. */
  async saveAtEnd(): Promise<void> {
    try {
      this.#store.checkpoint();
    } catch (error) {
      // Why writes are refused is told already.
      if (this.#store.engine.refusal === undefined) {
        this.#report(`the last checkpoint: ${messageOf(error)}`);
      }
    }
    await this.#reported(() => this.#rdbFile?.saveAtEnd());
  }

  async #reported(save: () => Promise<void> | undefined): Promise<void> {
    try {
      await save();
    } catch (error) {
      this.#report(`background save: ${messageOf(error)}`);
    }
  }
}
