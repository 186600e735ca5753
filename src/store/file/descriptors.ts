/**
 * The files that this process has open, and the locks it holds, as Linux tells them. Deno shows
 * `/proc` to programs with all permissions only; elsewhere nothing can be told.
 *
 * @module
 */

/** A file, whatever its name. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** The identity of the file that a path names; undefined if there is none. Opens nothing. */
export function identityOf(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return ino === null ? undefined : { dev, ino };
  } catch {
    return undefined;
  }
}

/** Whether this process has a file open; undefined where that cannot be told. */
export function holdsOpen(path: string): boolean | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const wanted = identityOf(path);
  if (wanted === undefined) return false;
  try {
    for (const { name } of Deno.readDirSync("/proc/self/fd")) {
      const found = identityOf(`/proc/self/fd/${name}`);
      if (found?.ino === wanted.ino && found.dev === wanted.dev) return true;
    }
    return false;
  } catch {
    return undefined;
  }
}
