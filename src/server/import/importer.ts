/** Copies what a source has into a store, some keys a transaction. */

import type { Core } from "../../embedded/core.ts";
import { toText } from "../../embedded/data.ts";
import { RedliteError, StorageError } from "../../embedded/errors.ts";
import { type ImportItem, type ImportSource, NotUnderstood } from "./source.ts";

/** Items of one transaction. */
const BATCH = 1000;
/** Problems that are told in full. */
const MOST_PROBLEMS = 100;

/** How it went. */
export interface ImportOutcome {
  /** How many of each kind were copied. */
  readonly copied: ReadonlyMap<string, number>;
  /** Keys whose time was over. */
  readonly expired: number;
  /** Keys that were there already, and stay as they are. */
  readonly kept: number;
  /** How many things were not understood. */
  readonly failed: number;
  /** Which, and why, in lines; not more than a reader reads. */
  readonly problems: readonly string[];
}

/** What is to be done with keys that are there already, and who is told how far it is. */
export interface ImportOptions {
  /** Put what comes in the place of what is there. */
  readonly replace: boolean;
  /** Is told after each transaction. */
  readonly onProgress: (done: number) => void;
}

/**
 * Copies all items.
 *
 * @throws {RedliteError} If the store cannot be written to.
 */
export async function importAll(
  core: Core,
  source: ImportSource,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const run = new ImportRun(core, options.replace);
  let batch: ImportItem[] = [], done = 0;
  const flush = async () => {
    core.transaction(() => {
      for (const item of batch) run.copy(item);
    });
    done += batch.length;
    batch = [];
    options.onProgress(done);
    // The log is copied into the file meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  for await (const item of source.items()) {
    batch.push(item);
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return run;
}

class ImportRun implements ImportOutcome {
  readonly copied = new Map<string, number>();
  readonly problems: string[] = [];
  expired = 0;
  kept = 0;
  failed = 0;
  readonly #core: Core;
  readonly #replace: boolean;
  #db = -1;

  constructor(core: Core, replace: boolean) {
    this.#core = core;
    this.#replace = replace;
  }

  copy(item: ImportItem): void {
    const { key, kind, expiresAtMs } = item;
    if (expiresAtMs !== 0 && expiresAtMs <= this.#core.store.engine.nowMs) {
      this.expired++;
      return;
    }
    try {
      this.#select(item.db);
      if (key !== undefined && this.#core.run(["EXISTS", key], toText) !== 0) {
        if (!this.#replace) {
          this.kept++;
          return;
        }
        this.#core.run(["DEL", key], toText);
      }
      for (const words of item.commands()) this.#core.run(words, toText);
      this.copied.set(kind, (this.copied.get(kind) ?? 0) + 1);
    } catch (error) {
      this.#failed(item, error);
    }
  }

  #select(db: number): void {
    if (db === this.#db) return;
    this.#core.run(["SELECT", db], toText);
    this.#db = db;
  }

  /** Notes what was not understood, and leaves nothing half done. */
  #failed({ db, key, kind }: ImportItem, error: unknown): void {
    const refused = error instanceof RedliteError && !(error instanceof StorageError);
    if (!refused && !(error instanceof NotUnderstood)) throw error;
    if (key !== undefined && db === this.#db) this.#core.run(["DEL", key], toText);
    this.failed++;
    if (this.problems.length === MOST_PROBLEMS) return;
    const name = key === undefined ? kind : `${kind} ${shown(key)} of database ${db}`;
    this.problems.push(`${name}: ${error.message}`);
  }
}

/** A key in a line. */
function shown(key: Uint8Array): string {
  const text = JSON.stringify(new TextDecoder().decode(key));
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
