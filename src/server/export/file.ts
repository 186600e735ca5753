/** Writes a file piece by piece; it gets its name when all of it is on the disk. */

import { dirname } from "node:path";
import { createFile, files, isTaken, writeOut } from "../../runtime/files.ts";

/**
 * Writes the pieces.
 *
 * @param path The file; undefined for the standard output.
 * @param replace Whether a file that is there already may go.
 * @param written Is called after each piece.
 * @returns How many bytes there are.
 * @throws {Error} If there is a file already, or it cannot be written; nothing is left of it then.
 */
export async function writePieces(
  path: string | undefined,
  pieces: Iterable<Uint8Array>,
  replace: boolean,
  written: () => void,
): Promise<number> {
  if (path === undefined) return await write({ write: writeOut }, pieces, written);
  if (!replace && isTaken(path)) {
    throw new Error(`${path} is there already: --replace overwrites it`);
  }
  const unfinished = `${path}.part`;
  let size: number;
  try {
    using file = await createFile(unfinished);
    size = await write(file, pieces, written);
    await file.syncData();
  } catch (error) {
    await files.remove(unfinished).catch(() => {});
    throw error;
  }
  await files.rename(unfinished, path);
  await syncFolder(dirname(path));
  return size;
}

interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

async function write(
  sink: Sink,
  pieces: Iterable<Uint8Array>,
  written: () => void,
): Promise<number> {
  let size = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += await sink.write(piece.subarray(at));
    size += piece.length;
    written();
  }
  return size;
}

/** Makes the file's name last; where a folder cannot be opened it lasts anyway, or nothing can be done. */
async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await files.open(path);
    await folder.sync();
  } catch {
    // As on Windows.
  }
}
