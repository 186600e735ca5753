/** Files that are replaced as a whole, and the system's words for what goes wrong with files. */

import { dirname } from "node:path";

/**
 * Writes a file. Whoever reads it meanwhile, or finds it after a crash, sees all of the old or all
 * of the new.
 *
 * @param mode The mode of a file that was not there.
 */
export function writeWhole(path: string, content: Uint8Array, mode: number): void {
  const temporary = `${path}.tmp-${Deno.pid}`;
  try {
    const options = { create: true, write: true, truncate: true, mode: modeOf(path, mode) };
    {
      using file = Deno.openSync(temporary, options);
      for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
      file.syncSync();
    }
    Deno.renameSync(temporary, path);
    using directory = Deno.openSync(dirname(path));
    directory.syncSync();
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was not made, or has taken its place already.
    }
    throw error;
  }
}

function modeOf(path: string, mode: number): number {
  try {
    return (Deno.statSync(path).mode ?? mode) & 0o777;
  } catch {
    return mode;
  }
}

/** An error in the system's words. */
export function reasonOf(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `it needs --allow-read=${path} and, to save, --allow-write=${dirname(path)}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return /^(.*?) \(os error \d+\)/.exec(message)?.[1] ?? message;
}
