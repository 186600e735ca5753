/** How a database is opened by its options: the driver, the store, and what runs commands on it. */

import { commandsOfExtensions as commandsOf, commandTable } from "../commands/table/commands.ts";
import { chooseDriver } from "../sqlite/drivers.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import { type Driver, SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { Store } from "../store/store.ts";
import { wrongType } from "./checks.ts";
import { installMethods } from "./commands/all.ts";
import { publicError } from "./errors.ts";
import { assertOptions, type RedliteOptions } from "./open_options.ts";
import { Core } from "./running/core.ts";

/** How SQLite is reached. @throws {Error} If it cannot be. */
export function driverOf(
  { driver, library, key }: Pick<RedliteOptions, "driver" | "library" | "key">,
): Driver {
  const plain = chooseDriver({ driver, library });
  return key === undefined ? plain : keyedDriver(plain, key);
}

/**
 * Opens a store, and what runs a program's commands on it.
 *
 * @param image The bytes that it begins with.
 */
export function openCore(path: string, options: RedliteOptions, image?: Uint8Array): Core {
  if (typeof path !== "string" || path === "") throw wrongType("path", "a file's name", path);
  const { extensions, parameters } = assertOptions(options);
  const table = commandTable(commandsOf(extensions));
  installMethods(extensions);
  const driver = driverOf(options);
  let opened: Store | undefined;
  try {
    const store = opened = new Store(driver, path, {
      cacheBytes: (options.cache ?? 64) * 1024 * 1024,
      databases: options.databases,
      durability: options.appendfsync,
      busyTimeoutMs: options.busyTimeout,
      adopt: options.adopt,
      image,
      readonly: options.readonly,
      onProgress: options.onProgress,
      extensions,
      externalCheckpoints: options.checkpoints === "external",
      runTurn: (slice) => {
        // Timers never fire inside a transaction, for its function does not return to them.
        slice();
        store.endTurn(true);
      },
    });
    if (store.log !== undefined) store.log.wanted = options.writeBehind ?? false;
    const core = new Core(store, table, {
      extensions,
      busyTimeoutMs: options.busyTimeout,
      parameters,
    });
    table.missing = (name) => {
      const extension = store.extensions.absentWith(name);
      return extension && `${name} needs the extension ${extension}: open the database with it`;
    };
    core.host.scripting.limitMs = options.scriptTimeout ?? core.host.scripting.limitMs;
    core.host.notifications.classes = options.notifyKeyspaceEvents ?? "";
    // What is given is in effect from the start.
    if (parameters.size > 0) void core.config;
    store.start();
    return core;
  } catch (error) {
    opened?.closeNow();
    throw publicError(image === undefined ? withFile(error, path) : error);
  }
}

const UNOPENED = "unable to open database file";

/** An error of SQLite's about a file, with the file's name and what may be wrong. */
function withFile(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteError)) return error;
  const { primary, code, message } = error;
  // A driver that names it knows more, but for the words of SQLite itself.
  if (message.includes(path) && !message.startsWith(UNOPENED)) return error;
  if (primary === SQLITE.NOTADB) {
    return new SqliteError(code, `${path} is not an SQLite database, or is encrypted with a key`);
  }
  if (primary === SQLITE.CANTOPEN) {
    return new SqliteError(code, `cannot open ${path}: check its directory and their permissions`);
  }
  return new SqliteError(code, `${path}: ${message}`);
}
