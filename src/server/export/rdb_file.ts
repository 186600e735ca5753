/** The RDB file that SAVE writes where the server was told of one (`--rdb`). */

import { err } from "../../store/values/errors.ts";
import type { RdbSaving } from "../../commands/server/rdb_saving.ts";
import type { ServerFilesHost } from "../server_options.ts";
import { writePieces } from "./file.ts";
import { Moment } from "./moment.ts";
import { rdbPieces } from "./rdb.ts";

/** The file. */
export class RdbFile implements RdbSaving {
  readonly path: string;
  savingSinceMs: number | undefined;
  lastSaveAt = 0;
  lastSaveOk = true;
  lastSaveSeconds = -1;
  saves = 0;
  #running: Promise<void> = Promise.resolve();
  readonly #host: ServerFilesHost;

  /** @param path The file, which need not be there yet. */
  constructor(host: ServerFilesHost, path: string) {
    this.#host = host;
    this.path = path;
  }

  async save(): Promise<void> {
    if (this.savingSinceMs !== undefined) throw err("Background save already in progress");
    const since = this.savingSinceMs = this.#host.store.engine.clock.now();
    const running = this.#save();
    this.#running = running.catch(() => {});
    this.lastSaveOk = false;
    try {
      await running;
      this.lastSaveOk = true;
      this.saves++;
      this.lastSaveAt = Math.floor(this.#host.store.engine.clock.now() / 1000);
    } finally {
      this.savingSinceMs = undefined;
      this.lastSaveSeconds = Math.floor((this.#host.store.engine.clock.now() - since) / 1000);
    }
  }

  /** Writes what there is at last, after the save that may run. */
  async saveAtEnd(): Promise<void> {
    await this.#running;
    // Until whoever asked for that one has seen its end.
    while (this.savingSinceMs !== undefined) await new Promise((resolve) => setTimeout(resolve, 0));
    await this.save();
  }

  async #save(): Promise<void> {
    const { store } = this.#host;
    const beside = Moment.beside(store);
    if (beside === undefined) {
      const pieces: Uint8Array[] = [];
      this.#host.runTurn(() => {
        for (const piece of rdbPieces(new Moment(store), true)) pieces.push(piece.slice());
      });
      await writePieces(this.path, pieces, true, () => {});
      return;
    }
    try {
      await writePieces(this.path, rdbPieces(beside.moment, true), true, () => {});
    } finally {
      beside.close();
    }
  }
}
