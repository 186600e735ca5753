import type { ErrorSource, Handle, Sqlite3 } from "./ffi_library.ts";
import { type DatabaseCopy, SQLITE } from "./sqlite.ts";

/** A copy that a native library makes: https://www.sqlite.org/backup.html */
export class FfiCopy implements DatabaseCopy {
  pages = 0;
  readonly #sqlite: Sqlite3;
  readonly #target: ErrorSource;
  #handle: Handle;

  constructor(sqlite: Sqlite3, target: ErrorSource, handle: Handle) {
    this.#sqlite = sqlite;
    this.#target = target;
    this.#handle = handle;
  }

  async step(pages: number): Promise<boolean> {
    const code = await this.#sqlite.backupStepAsync(this.#handle, pages);
    this.pages = this.#sqlite.sqlite3_backup_pagecount(this.#handle);
    if (code === SQLITE.DONE) return true;
    if (code === SQLITE.OK) return false;
    throw this.#target.error(code);
  }

  end(): void {
    if (this.#handle === null) return;
    this.#sqlite.sqlite3_backup_finish(this.#handle);
    this.#handle = null;
  }
}
