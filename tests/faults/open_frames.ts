/** What of a WAL belongs to no commit. */

/** Bytes of the WAL's head, and of that of a frame. */
const HEAD = 32, FRAME_HEAD = 24;

/**
 * Frames at the end of a WAL that a transaction has written which was not committed: SQLite takes them for absent.
 *
 * @param path The WAL's path.
 */
export async function openFrames(path: string): Promise<number> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  });
  if (bytes.length < HEAD) return 0;
  const view = new DataView(bytes.buffer);
  const size = FRAME_HEAD + view.getUint32(8);
  const salts = view.getBigUint64(16);
  let open = 0;
  for (let at = HEAD; at + size <= bytes.length; at += size) {
    // Others are of the WAL as it was before it started over.
    if (view.getBigUint64(at + 8) !== salts) break;
    const isCommit = view.getUint32(at + 4) !== 0;
    open = isCommit ? 0 : open + 1;
  }
  return open;
}
