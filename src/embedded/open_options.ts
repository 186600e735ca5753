/** How a database is opened, and that it makes sense. */

import type { Durability } from "../engine/wal_sync.ts";
import { DRIVER_NAMES } from "../sqlite/drivers.ts";
import type { DriverName } from "../sqlite/sqlite.ts";
import type { OnProgress } from "../engine/jobs.ts";
import type { EvictionPolicy } from "../store/keys/eviction/eviction.ts";
import { kindOf } from "./checks.ts";
import type { Extension } from "./extension.ts";
import type { LoadableExtension } from "./extension_methods.ts";
import { isExtension } from "./extension_shape.ts";
import { initialValues, type ParameterValue } from "./configuration.ts";
import type { HistoryOptions } from "./commands/history.ts";
import { checked, type Kinds } from "./commands/option_words.ts";

/**
 * How a database is opened.
 *
 * @example
 * ```ts
 * import { Redlite, type RedliteOptions } from "@redlite/redlite";
 *
 * const options: RedliteOptions = { cache: 16, databases: 1 };
 * using db = Redlite.open(":memory:", options);
 * ```
 */
export interface RedliteOptions {
  /** Memory for rows and pages together, in megabytes. Default: 64. */
  cache?: number;
  /** How many databases `select` knows. Default: 16. */
  databases?: number;
  /** Most bytes of data, as a number or as `"100mb"`; 0, the default, for any number. */
  maxmemory?: number | string;
  /** Which keys go when it is reached. Default: `noeviction`, and writes fail with the code `OOM`. */
  maxmemoryPolicy?: EvictionPolicy;
  /** Most bytes of the file and its write-ahead log, as a number or as `"1gb"`; 0, the default, for any. */
  maxDisk?: number | string;
  /**
   * When a write goes to the disk: within a second (`everysec`, the default), at once but without
   * waiting (`always`), or with the next checkpoint (`no`). `await db.sync()` waits for it.
   */
  appendfsync?: Durability;
  /**
   * Whether writes go to a log beside the file first, and many of them to the file at once: a `set` is
   * one append then. Linux and the driver `ffi` alone. Default: no.
   */
  writeBehind?: boolean;
  /** How SQLite is reached. Default: a native library if it may be loaded, else the runtime's own. */
  driver?: DriverName;
  /** Path of the native SQLite library. */
  library?: string;
  /**
   * The passphrase of an encrypted database; needs SQLCipher's library (see `library`). `x'…'` with 64
   * hexadecimal digits is the key itself.
   */
  key?: string;
  /** Refuse writes; the file must be there. Works while other processes write. */
  readonly?: boolean;
  /** Who copies the write-ahead log into the file: this process (the default), or another program. */
  checkpoints?: "internal" | "external";
  /** How long a call waits for another process that writes, in milliseconds. Default: 5000. */
  busyTimeout?: number;
  /** How long a script may run before it is stopped, in milliseconds; 0 for ever. Default: 5000. */
  scriptTimeout?: number;
  /** Use an SQLite file of another application, beside its tables. Default: refuse it. */
  adopt?: boolean;
  /**
   * Which changes of keys are told as messages on `__keyspace@0__:key` and `__keyevent@0__:event`, in
   * the letters of Redis's `notify-keyspace-events`: `KEA` for nearly all. Default: none.
   */
  notifyKeyspaceEvents?: string;
  /** Keep what keys go through, as `db.history.enable` does: `{}` for all of it. Default: as the file says. */
  history?: HistoryOptions;
  /**
   * Further parameters of CONFIG by their names, as `{ "lfu-decay-time": 10 }`: those that
   * `db.config.set` changes, and those of extensions.
   */
  config?: Readonly<Record<string, ParameterValue>>;
  /** Extensions, which add commands and methods: those of `@redlite/redlite/ext/…`, or one's own. */
  extensions?: readonly LoadableExtension[];
  /** Is told how far the file is brought forward, if it is of an older format. */
  onProgress?: OnProgress;
}

/**
 * How a database is opened that begins as the bytes of a file, by {@linkcode Redlite.deserialize}.
 *
 * @example
 * ```ts
 * import { type DeserializeOptions, Redlite } from "@redlite/redlite";
 *
 * const options: DeserializeOptions = { path: `${await Deno.makeTempDir()}/app.db` };
 * using source = Redlite.open(":memory:");
 * using db = Redlite.deserialize(source.serialize(), options);
 * ```
 */
export interface DeserializeOptions extends RedliteOptions {
  /** The file to make of the bytes, which is not there yet. Default: none, and it is in memory. */
  path?: string;
}

/** The options that are parameters of CONFIG under another name. */
const PARAMETERS = {
  maxmemory: "maxmemory",
  maxmemoryPolicy: "maxmemory-policy",
  maxDisk: "maxdisk",
} as const;

/** The letters of `notify-keyspace-events`. */
const EVENTS = /^[AKEg$lshzxetdanocmSTIV]*$/;

/** What they take. */
const OPTIONS: Kinds<RedliteOptions> = {
  cache: "number",
  databases: "number",
  appendfsync: ["always", "everysec", "no"],
  writeBehind: "flag",
  driver: DRIVER_NAMES,
  library: "text",
  key: "text",
  readonly: "flag",
  checkpoints: ["internal", "external"],
  busyTimeout: "number",
  scriptTimeout: "number",
  adopt: "flag",
  notifyKeyspaceEvents: "text",
  maxmemory: "number",
  maxmemoryPolicy: "text",
  maxDisk: "number",
  history: "record",
  config: "record",
  extensions: "list",
  onProgress: "function",
};

/** What options say beyond what they say themselves. */
export interface CheckedOptions {
  readonly extensions: readonly Extension[];
  /** Parameters of CONFIG, as it shows them. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Makes sure of the options and their ranges. @throws {TypeError} */
export function assertOptions(options: RedliteOptions): CheckedOptions {
  const { cache, databases, busyTimeout, scriptTimeout, notifyKeyspaceEvents, extensions } =
    checked(options, OPTIONS);
  const loaded: Extension[] = [];
  for (const [i, extension] of (extensions ?? []).entries()) {
    if (isExtension(extension)) {
      loaded.push(extension);
      continue;
    }
    const isFunction = typeof extension === "function";
    const instead = isFunction ? "a function, which is to be called" : kindOf(extension);
    throw new TypeError(`option extensions must be extensions, but number ${i + 1} is ${instead}`);
  }
  assertNumber(
    "cache",
    cache,
    (megabytes) => megabytes > 0 && megabytes <= 1 << 20,
    "more than 0 megabytes",
  );
  assertNumber(
    "databases",
    databases,
    (count) => Number.isInteger(count) && count >= 1 && count <= 1_000_000,
    "a whole number from 1 on",
  );
  assertNumber(
    "busyTimeout",
    busyTimeout,
    (ms) => Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31,
    "whole milliseconds, 0 or more",
  );
  assertNumber(
    "scriptTimeout",
    scriptTimeout,
    (ms) => Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31,
    "whole milliseconds, 0 or more",
  );
  if (notifyKeyspaceEvents !== undefined && !EVENTS.test(notifyKeyspaceEvents)) {
    const shown = JSON.stringify(notifyKeyspaceEvents);
    throw new TypeError(`option notifyKeyspaceEvents must be letters such as "KEA", not ${shown}`);
  }
  return { extensions: loaded, parameters: parametersIn(options, loaded) };
}

function parametersIn(options: RedliteOptions, extensions: readonly Extension[]) {
  const given: Record<string, unknown> = {};
  for (const [option, name] of Object.entries(PARAMETERS)) {
    const value = options[option as keyof typeof PARAMETERS];
    if (value === undefined) continue;
    try {
      for (const [, text] of initialValues({ [name]: value }, [])) given[name] = text;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TypeError(`option ${option}: ${why}`);
    }
  }
  return initialValues({ ...given, ...options.config }, extensions);
}

function assertNumber(
  name: keyof RedliteOptions,
  value: unknown,
  fits: (value: number) => boolean,
  expected: string,
): void {
  if (value === undefined || typeof value === "number" && fits(value)) return;
  throw new TypeError(`option ${name} must be ${expected}, not ${JSON.stringify(value)}`);
}
