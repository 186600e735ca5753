/** Copies what a source has into a store, a part of it a transaction. */

import { restoreKey } from "../../commands/keys/restorer.ts";
import type { Core } from "../../embedded/running/core.ts";
import { toText } from "../../embedded/data.ts";
import { RedliteError, StorageError } from "../../embedded/errors.ts";
import { readModuleId } from "../../store/extensions/module_value.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { RdbKey } from "../../store/rdb/file/reader.ts";
import { RDB_TYPE } from "../../store/rdb/format.ts";
import { RdbInput } from "../../store/rdb/input.ts";
import { CommandError, messageOf } from "../../store/values/errors.ts";
import { expiryOf } from "./log_times.ts";
import {
  type ImportItem,
  type ImportSource,
  type ImportTarget,
  NotUnderstood,
  type Words,
} from "./source.ts";

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
  /** How many of each kind. */
  readonly failures: ReadonlyMap<string, number>;
  /** Which, and why, in lines; not more than a reader reads. */
  readonly problems: readonly string[];
  /** Why it ended before the source did. */
  readonly ended: string | undefined;
}

/** What is to be done with keys that are there already, and who is told how far it is. */
export interface ImportOptions {
  /** Put what comes in the place of what is there. */
  readonly replace: boolean;
  /** Is told after each transaction. */
  readonly onProgress: (done: number, unit: string) => void;
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
  const { engine } = core.store;
  await core.prepareScripts();
  try {
    for await (const batch of source.batches()) {
      // A log tells itself what expires.
      engine.follows = engine.readsLog = source.isLog ?? false;
      core.transaction(() => {
        engine.write();
        batch(run);
      });
      const { done, unit } = source.measure ?? { done: run.items, unit: "" };
      options.onProgress(done, unit);
      // The log is copied into the file meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } catch (error) {
    if (error instanceof RedliteError) throw error;
    // What was copied stands, and is told.
    run.ended = messageOf(error);
  } finally {
    engine.follows = engine.readsLog = false;
  }
  return run;
}

const TYPE_KINDS: ReadonlyMap<number, string> = new Map<number, string>([
  [TYPE.STRING, "string"],
  [TYPE.LIST, "list"],
  [TYPE.SET, "set"],
  [TYPE.ZSET, "sorted set"],
  [TYPE.HASH, "hash"],
  [TYPE.STREAM, "stream"],
  [TYPE.ARRAY, "array"],
  [TYPE.JSON, "JSON document"],
]);

/** The earliest time there is, in milliseconds. */
const BEGINNING = 1;
/** Commands whose times count from now, in logs that do not tell when they were written. */
const RELATIVE = new Set(["EXPIRE", "PEXPIRE", "SETEX", "PSETEX", "HEXPIRE", "HPEXPIRE"]);

class ImportRun implements ImportOutcome, ImportTarget {
  readonly copied = new Map<string, number>();
  readonly failures = new Map<string, number>();
  readonly problems: string[] = [];
  ended: string | undefined;
  items = 0;
  expired = 0;
  kept = 0;
  failed = 0;
  readonly #core: Core;
  readonly #replace: boolean;
  readonly #decoder = new TextDecoder();
  #db = -1;
  /** Whether something of a log was to expire before now: then nothing is over before the log says so. */
  #past = false;

  constructor(core: Core, replace: boolean) {
    this.#core = core;
    this.#replace = replace;
  }

  item(item: ImportItem): void {
    const { key, kind, expiresAtMs } = item;
    this.items++;
    if (this.#isOver(expiresAtMs)) return;
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
      this.#count(kind);
    } catch (error) {
      this.#failedItem(item, error);
    }
  }

  key(record: RdbKey, keep = false): void {
    this.items++;
    if (keep) this.#past ||= record.expiresAtMs !== 0 && record.expiresAtMs <= Date.now();
    else if (this.#isOver(record.expiresAtMs)) return;
    const { store } = this.#core;
    const { db, key, type } = record;
    if (db >= store.databases.count) {
      return this.#problem(`database ${db}`, shown(key.view()), tooFew(db, store.databases.count));
    }
    if (!this.#replace && store.keyspace.find(db, key) !== TYPE.NONE) {
      this.kept++;
      return;
    }
    try {
      const restored = restoreKey(store, record);
      this.#count(TYPE_KINDS.get(restored) ?? store.types.get(restored)?.name ?? "key");
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const kind = type === RDB_TYPE.MODULE_2
        ? `key of the module type ${moduleOf(record)}`
        : "key";
      this.#problem(
        kind,
        `${shown(key.view())} of database ${db}`,
        error.message.replace(/^ERR /, ""),
      );
    }
  }

  library(code: Uint8Array): void {
    this.items++;
    try {
      this.#core.run(["FUNCTION", "LOAD", ...this.#replace ? ["REPLACE"] : [], code], toText);
      this.#count("library");
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (/already exists/.test(error.message)) this.kept++;
      else this.#problem("library", "of functions", error.message);
    }
  }

  command(db: number, words: Words, atMs: number | undefined): void {
    this.items++;
    const name = this.#decoder.decode(words[0] as Uint8Array).toUpperCase();
    const { engine } = this.#core.store;
    const nowMs = engine.clock.now();
    this.#past ||= expiryOf(name, words) <= nowMs;
    engine.nowMs = engine.expiryMs = atMs ??
      (this.#past && !RELATIVE.has(name) ? BEGINNING : nowMs);
    try {
      this.#select(db);
      this.#core.run(words, toText);
      this.#count("command");
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#problem(`command ${name}`, "", error.message);
    }
  }

  #isOver(expiresAtMs: number): boolean {
    const over = expiresAtMs !== 0 && expiresAtMs <= this.#core.store.engine.nowMs;
    if (over) this.expired++;
    return over;
  }

  #count(kind: string): void {
    this.copied.set(kind, (this.copied.get(kind) ?? 0) + 1);
  }

  #select(db: number): void {
    if (db === this.#db) return;
    this.#core.run(["SELECT", db], toText);
    this.#db = db;
  }

  /** Notes what was not understood, and leaves nothing half done. */
  #failedItem({ db, key, kind }: ImportItem, error: unknown): void {
    if (!isRefusal(error) && !(error instanceof NotUnderstood)) throw error;
    if (key !== undefined && db === this.#db) this.#core.run(["DEL", key], toText);
    this.#problem(kind, key === undefined ? "" : `${shown(key)} of database ${db}`, error.message);
  }

  #problem(kind: string, which: string, why: string): void {
    this.failed++;
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
    if (this.problems.length === MOST_PROBLEMS) return;
    this.problems.push(`${which === "" ? kind : `${kind} ${which}`}: ${why}`);
  }
}

function isRefusal(error: unknown): error is RedliteError {
  return error instanceof RedliteError && !(error instanceof StorageError);
}

function tooFew(db: number, count: number): string {
  return `there are ${count} databases: name more with --databases, for there is a number ${db}`;
}

/** The name of a value's module type. */
function moduleOf({ value: { bytes, start, end } }: RdbKey): string {
  return readModuleId(new RdbInput(bytes, start, end)).id;
}

/** A key in a line. */
function shown(key: Uint8Array): string {
  const text = JSON.stringify(new TextDecoder().decode(key));
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
