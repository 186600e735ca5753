/**
 * Chooses a driver. Unasked, the order is: a native library, then that of the runtime. The third
 * driver, `@db/sqlite`, may fetch a library of its own over the network when it is first loaded, so
 * it is used only when it is named.
 *
 * @module
 */

import { builtinDriver } from "./builtin.ts";
import { loadDbSqlite } from "./db_sqlite.ts";
import { HAS_FFI } from "../runtime/ffi.ts";
import { mayLoadLibrary } from "../runtime/permissions.ts";
import { RUNTIME, RUNTIME_TITLE } from "../runtime/runtime.ts";
import { loadSqliteWasm, type WasmOptions } from "../runtime/sqlite_wasm.ts";
import { ffiDriver } from "./ffi.ts";
import { libraryCandidates, missingFeatures } from "./library.ts";
import type { Driver, DriverName } from "./sqlite.ts";

/** How a driver is chosen. */
export interface DriverChoice {
  /** The driver to use, whatever else there is. */
  readonly driver?: DriverName | undefined;
  /** The native library's path. */
  readonly library?: string | undefined;
  /** Takes one line about each library that was passed over. */
  readonly log?: (message: string) => void;
}

const chosen = new Map<string, Driver>();
let dbSqlite: Driver | undefined;
let wasm: Driver | undefined;

/** The names of all drivers. */
export const DRIVER_NAMES: readonly DriverName[] = ["ffi", "db-sqlite", "builtin", "wasm"];

/**
 * Loads `@db/sqlite`, after which {@linkcode chooseDriver} can give it.
 *
 * @throws {Error} If it cannot be loaded, in one line.
 *
 * @example
 * ```ts
 * import { loadOptionalDriver, Redlite } from "@redlite/redlite";
 *
 * // Fetches @db/sqlite where it is not there yet, and with it perhaps a library.
 * const open = async (path: string) => {
 *   await loadOptionalDriver();
 *   return Redlite.open(path, { driver: "db-sqlite" });
 * };
 * ```
 */
export async function loadOptionalDriver(): Promise<void> {
  dbSqlite ??= await loadDbSqlite();
}

/**
 * Loads SQLite's WebAssembly build, which a browser takes before it opens a database, and opens the
 * directory of the origin private file system that is named, if one is. It may be called again, to open
 * the directory later.
 *
 * @throws {Error} If it cannot be loaded, or the directory cannot be opened here; in one line.
 *
 * @example
 * ```ts
 * import { loadWasm, Redlite } from "@redlite/redlite";
 *
 * // In a page, or in a worker of one.
 * const open = async () => {
 *   await loadWasm();
 *   return Redlite.open(":memory:");
 * };
 * ```
 */
export async function loadWasm(options: WasmOptions = {}): Promise<void> {
  if (loadSqliteWasm === undefined) {
    throw new Error(`${RUNTIME_TITLE} has an SQLite of its own: loadWasm() is for browsers`);
  }
  const module = await loadSqliteWasm(options);
  if (wasm !== undefined) return;
  const { wasmDriver } = await import("./wasm.ts");
  wasm ??= wasmDriver(module);
}

/**
 * The driver to use.
 *
 * @throws {Error} If what was asked for cannot be had, in one line.
 */
export function chooseDriver(choice: DriverChoice = {}): Driver {
  const id = `${choice.driver ?? ""}\0${choice.library ?? ""}`;
  const known = chosen.get(id);
  if (known !== undefined) return known;
  const driver = findDriver(choice);
  chosen.set(id, driver);
  return driver;
}

function findDriver({ driver, library, log = () => {} }: DriverChoice): Driver {
  if (library !== undefined && driver !== undefined && driver !== "ffi") {
    throw new Error(
      `no usable SQLite library: the ${driver} driver loads none; leave out ${library}`,
    );
  }
  if (driver === "wasm" || RUNTIME === "browser") return browserDriver(driver, library);
  if (driver === "builtin" || (!HAS_FFI && driver === undefined && library === undefined)) {
    return builtinDriver();
  }
  if (!HAS_FFI) {
    throw new Error(
      `no usable SQLite library: ${RUNTIME_TITLE} loads none, it has one of its own: leave out ` +
        (library === undefined ? `the ${driver} driver` : library),
    );
  }
  if (driver === "db-sqlite") {
    if (dbSqlite === undefined) {
      throw new Error("the db-sqlite driver is not loaded; await loadOptionalDriver() first");
    }
    return dbSqlite;
  }
  const required = driver === "ffi" || library !== undefined;
  const candidates = libraryCandidates(library);
  const reasons: string[] = [];
  for (const path of candidates) {
    if (!mayLoad(path)) {
      reasons.push(`Deno may not load ${path}; allow it with --allow-ffi`);
      continue;
    }
    try {
      const found = ffiDriver(path);
      const probe = found.open(":memory:");
      const missing = missingFeatures(probe);
      probe.close();
      if (missing.length === 0) return found;
      reasons.push(`${path} is SQLite ${found.info.version}, without ${missing.join(", ")}`);
      log(`passed over ${reasons[reasons.length - 1]}`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (required || candidates.length === 1) {
    throw new Error(`no usable SQLite library: ${reasons[0] ?? "none found"}`);
  }
  return builtinDriver();
}

function browserDriver(driver: DriverName | undefined, library: string | undefined): Driver {
  if (RUNTIME !== "browser") {
    throw new Error(
      `no usable SQLite library: the wasm driver is for browsers, ${RUNTIME_TITLE} has an SQLite of ` +
        "its own: leave it out",
    );
  }
  const other = library ??
    (driver === "wasm" || driver === undefined ? undefined : `the ${driver} driver`);
  if (other !== undefined) {
    throw new Error(
      `no usable SQLite library: a browser has the wasm driver alone: leave out ${other}`,
    );
  }
  if (wasm === undefined) {
    throw new Error(
      "SQLite is not loaded: a browser takes await loadWasm() before it opens a database",
    );
  }
  return wasm;
}

/** Whether loading would neither fail nor ask for want of a permission. */
function mayLoad(path: string): boolean {
  return mayLoadLibrary() || mayLoadLibrary(path);
}
