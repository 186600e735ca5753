/**
 * SQLite's WebAssembly build by its own loader, and the files that it keeps by its virtual file system
 * `opfs-sahpool`: https://sqlite.org/wasm/doc/trunk/persistence.md
 *
 * @module
 */

import type { Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import type { WasmFiles, WasmFunctions, WasmModule, WasmOptions } from "../sqlite_wasm.ts";

/** Databases that there is room for, unless told. */
const DATABASES = 4;
/** Files that each takes: itself and its log. */
const FILES_EACH = 2;
/** Files beside them, while a database is rewritten. */
const SPARE_FILES = 2;

/** Its loader, with what the types of it lack. */
type Loader = (options: { locateFile?: () => string }) => Promise<Sqlite3Static>;

/** What the loader takes from the global object. */
interface LoaderConfiguration {
  sqlite3ApiConfig?: {
    /** Virtual file systems that nobody uses: some begin workers of their own. */
    readonly disable: { readonly vfs: Readonly<Record<string, boolean>> };
  };
}

interface Loaded {
  readonly sqlite: Sqlite3Static;
  readonly module: WasmModule & { files?: WasmFiles | undefined };
}

let loaded: Promise<Loaded> | undefined;
let directory: string | undefined;

/** What is used of the build. */
export function moduleOf({ wasm }: Pick<Sqlite3Static, "wasm">): WasmModule {
  const { exports, memory } = wasm as unknown as {
    readonly exports: WasmFunctions & { readonly __indirect_function_table: WebAssembly.Table };
    readonly memory: WebAssembly.Memory;
  };
  return { functions: exports, memory, table: exports.__indirect_function_table };
}

async function load(url: string | URL | undefined): Promise<Loaded> {
  const { default: init } = await import("@sqlite.org/sqlite-wasm");
  const global = globalThis as LoaderConfiguration;
  global.sqlite3ApiConfig = { disable: { vfs: { "opfs": true, "opfs-vfs": true, "kvvfs": true } } };
  const sqlite = await (init as Loader)(url === undefined ? {} : { locateFile: () => String(url) });
  return { sqlite, module: moduleOf(sqlite) };
}

/** Loads it once, and opens a directory if one is named. */
export async function loadSqliteWasm(options: WasmOptions): Promise<WasmModule> {
  loaded ??= load(options.url).catch((error) => {
    loaded = undefined;
    throw new Error(`SQLite's WebAssembly build cannot be loaded: ${messageOf(error)}`);
  });
  const { sqlite, module } = await loaded;
  if (options.directory !== undefined) {
    module.files = await openDirectory(sqlite, options.directory, options.databases);
  }
  return module;
}

async function openDirectory(
  sqlite: Sqlite3Static,
  name: string,
  databases: number | undefined,
): Promise<WasmFiles> {
  if (directory !== undefined && directory !== name) {
    throw new Error(`the directory ${directory} is open here already: there is one at a time`);
  }
  if (!("WorkerGlobalScope" in globalThis)) {
    throw new Error(
      "files on the origin private file system take a worker: a page itself has none that it may " +
        "wait for",
    );
  }
  if ((globalThis as { readonly isSecureContext?: boolean }).isSecureContext === false) {
    throw new Error(
      "files on the origin private file system take a page that is served by https: or on localhost",
    );
  }
  try {
    const pool = await sqlite.installOpfsSAHPoolVfs({
      directory: name,
      initialCapacity: DATABASES * FILES_EACH + SPARE_FILES,
      // Else it removes the directory that another worker has open.
      preserveOnInitFailure: true,
      ...{ forceReinitIfPreviouslyFailed: true, verbosity: 0 },
    });
    if (databases !== undefined) {
      await pool.reserveMinimumCapacity(databases * FILES_EACH + SPARE_FILES);
    }
    directory = name;
    return {
      vfsName: pool.vfsName,
      getFileNames: () => pool.getFileNames(),
      // A promise where the bytes come one after the other.
      importDb: (file, bytes) => void pool.importDb(file, bytes),
    };
  } catch (error) {
    throw new Error(
      `the directory ${name} of the origin private file system cannot be opened, which one worker ` +
        `at a time may have: ${messageOf(error)}`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
