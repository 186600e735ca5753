/** Listening on a Unix socket. */

/**
 * Listens on a path whose file has the mode from its first moment on: a `chmod` afterwards would
 * leave a moment in which others may connect. Nothing else of ours runs meanwhile.
 */
export function listenOnPath(path: string, mode: number): Deno.Listener {
  if (mode === 0) return Deno.listen({ transport: "unix", path });
  const before = Deno.umask(0o777 & ~mode);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

/**
 * Removes a socket that a killed server left behind. Anything else in the way stays.
 *
 * @throws {Error} If a server answers on it.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    await Deno.remove(path);
    return;
  }
  connection.close();
  throw new Deno.errors.AddrInUse("it is taken: a server answers there");
}
