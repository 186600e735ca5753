/** A database while it is open: its files, copies of them as a crash would leave them, and its connections. */

import { basename, dirname, join } from "node:path";

/** What a database has beside itself that a crash leaves. The index of the WAL is made anew. */
const SUFFIXES = ["", "-wal", "-log", "-log2"];

/**
 * Copies a database as `kill -9` would leave it.
 *
 * @param to The name of the copy, in the same directory.
 * @returns Its path.
 */
export function crashed(path: string, to: string): string {
  const target = join(dirname(path), to);
  for (const suffix of SUFFIXES) {
    if (!exists(path + suffix)) continue;
    // By another process: to open and close a database here would take its locks away.
    const { success } = new Deno.Command("cp", { args: [path + suffix, target + suffix] })
      .outputSync();
    if (!success) throw new Error(`${path}${suffix} cannot be copied`);
  }
  return target;
}

/** The files of a database, without its directory. */
export function filesOf(path: string): string[] {
  return [...Deno.readDirSync(dirname(path))].map(({ name }) => name)
    .filter((name) => name.startsWith(basename(path))).sort();
}

/** Connections that this process has to a database. */
export function connections(path: string): number {
  const links = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      return "";
    }
  });
  return links.filter((link) => link === Deno.realPathSync(path)).length;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
