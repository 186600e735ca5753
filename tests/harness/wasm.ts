/** SQLite's WebAssembly build outside of a browser: its files are in its own memory. */

import init from "@sqlite.org/sqlite-wasm";
import type { Driver } from "../../src/sqlite/sqlite.ts";
import { wasmDriver } from "../../src/sqlite/wasm.ts";
import { moduleOf } from "../../src/runtime/browser/sqlite_wasm.ts";

/** The driver. */
export async function loadWasmDriver(): Promise<Driver> {
  const driver = wasmDriver({
    ...moduleOf(await init()),
    files: { vfsName: "unix-none", getFileNames: () => [], importDb: () => {} },
  });
  return {
    ...driver,
    // Its file system has no directories of ours.
    open: (path, options) =>
      driver.open(path === ":memory:" ? path : path.replaceAll("/", "_"), options),
  };
}
