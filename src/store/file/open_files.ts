/**
 * Which files this process has open, and through which SQLite. POSIX takes every lock a process has
 * on a file away when it closes any descriptor of it; SQLite knows and works around that within one
 * library, so two libraries on one file would silently lose each other's locks.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { DriverInfo } from "../../sqlite/sqlite.ts";

const open = new Map<string, { readonly info: DriverInfo; count: number }>();

/**
 * Notes that a file is being opened.
 *
 * @returns What to call when it is closed.
 * @throws {Error} If it is open through another SQLite library.
 */
export function claim(path: string, info: DriverInfo): () => void {
  const id = identity(path);
  const entry = open.get(id) ?? { info, count: 0 };
  if (entry.info.name !== info.name || entry.info.library !== info.library) {
    throw new Error(
      `${path} is open in this process through the ${entry.info.name} driver; ` +
        "opening it through another SQLite library would break its locks",
    );
  }
  entry.count++;
  open.set(id, entry);
  return () => {
    if (--entry.count === 0) open.delete(id);
  };
}

/**
 * Makes sure that Deno lets us read and write a database file and what SQLite puts beside it: SQLite
 * in a native library would open them without asking.
 *
 * @param readonly Whether it is only read.
 * @throws {Deno.errors.NotCapable} With the flags that are missing, in one line.
 */
export function requirePermissions(path: string, readonly = false): void {
  const needed = readonly ? ["read"] as const : ["read", "write"] as const;
  const missing = needed.filter((name) =>
    [path, `${path}-wal`].some((file) =>
      Deno.permissions.querySync({ name, path: file }).state !== "granted"
    )
  );
  if (missing.length === 0) return;
  const flags = missing.map((name) => `--allow-${name}=${dirname(path)}`).join(" ");
  throw new Deno.errors.NotCapable(`opening ${path} needs ${flags}`);
}

/** The file's real path. The file itself may not exist yet. */
function identity(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    try {
      return join(Deno.realPathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
