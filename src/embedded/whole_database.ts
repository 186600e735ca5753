/** What is done to a database as a whole, whatever is in it. */

import type { BackupOutcome } from "../store/file/backup.ts";
import type { CheckMode } from "../store/file/integrity.ts";
import { err } from "../store/values/errors.ts";
import { wrongType } from "./checks.ts";
import { Commands } from "./commands/all.ts";
import { checked } from "./commands/option_words.ts";
import { publicError } from "./errors.ts";
import type { Core } from "./running/core.ts";
import {
  BACKUP,
  type BackupOptions,
  CHECK_MODES,
  INTEGRITY,
  type IntegrityOptions,
} from "./work_options.ts";

/**
 * The commands of a database, and what copies and checks all of it: the part of `Redlite` that does so.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * db.set("key", "value");
 * console.log(await db.integrity()); // []
 * console.log(db.serialize().length > 0); // true
 * ```
 */
export class WholeDatabase extends Commands<string> {
  /** @internal */
  declare protected readonly core: Core;

  /**
   * Writes everything that is committed into a new file, while reads and writes go on.
   *
   * @param path The file; its directory must be there.
   * @param options `replace` lets it take the place of a file, `onProgress` is told how far it is.
   * @throws {RedliteError} If the file is there, or the database is no file.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * const directory = await Deno.makeTempDir();
   * await using db = Redlite.open(`${directory}/app.db`);
   * const { bytes } = await db.backup(`${directory}/backup.db`);
   * console.log(bytes > 0); // true
   * ```
   */
  async backup(path: string, options: BackupOptions = {}): Promise<BackupOutcome> {
    if (typeof path !== "string" || path === "") throw wrongType("path", "a file's name", path);
    checked(options, BACKUP);
    this.core.settle();
    const { backups } = this.core.store;
    try {
      if (backups === undefined) {
        throw err("the database is no file of the system: serialize() gives its bytes");
      }
      return await backups.backup(path, options.replace ?? false, options.onProgress);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * All that is committed, as the bytes of a file (`sqlite3_serialize`): what
   * `Redlite.deserialize` takes, and any SQLite opens. It is all of it in memory, at once: a
   * large file is better copied by {@linkcode WholeDatabase.backup}.
   *
   * @throws {RedliteError} If the driver cannot give them, or a transaction is open.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.set("key", "value");
   * const image = db.serialize();
   * console.log(new TextDecoder().decode(image.subarray(0, 15))); // "SQLite format 3"
   * ```
   */
  serialize(): Uint8Array<ArrayBuffer> {
    this.core.settle("serialize() has no place inside a transaction");
    try {
      return this.core.store.serialize();
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Checks that the file is whole, and that the counts in it are what they count.
   *
   * @param mode `quick` does not compare indexes with their tables.
   * @param options `onProgress` is told how far it is.
   * @returns What is wrong, a line each; nothing if all is well.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using db = Redlite.open(":memory:");
   * console.log(await db.integrity()); // []
   * ```
   */
  async integrity(
    mode: CheckMode = "full",
    options: IntegrityOptions = {},
  ): Promise<string[]> {
    if (!CHECK_MODES.includes(mode)) throw wrongType("mode", CHECK_MODES.join(" or "), mode);
    checked(options, INTEGRITY);
    this.core.settle();
    try {
      return await this.core.store.checkIntegrity(mode, options.onProgress);
    } catch (error) {
      throw publicError(error);
    }
  }

  /** Resolves when everything written so far is on the disk. */
  async sync(): Promise<void> {
    await this.core.store.walSync.sync();
  }
}
