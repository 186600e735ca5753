/** Listening on a Unix socket. */

import { files, isNotFound } from "../../runtime/files.ts";
import {
  addressInUse,
  connect,
  listen,
  type NetworkConnection,
  type NetworkListener,
} from "../../runtime/network.ts";
import { isNotCapable } from "../../runtime/permissions.ts";
import { umask } from "../../runtime/system.ts";

/**
 * Listens on a path whose file has the mode from its first moment on: a `chmod` afterwards would
 * leave a moment in which others may connect. Nothing else of ours runs meanwhile.
 */
export function listenOnPath(
  path: string,
  mode: number,
): NetworkListener | Promise<NetworkListener> {
  if (mode === 0) return listen({ path });
  const before = umask(0o777 & ~mode);
  try {
    // Node, too, makes the file before it returns.
    return listen({ path });
  } finally {
    umask(before);
  }
}

/**
 * Removes a socket that a killed server left behind. Anything else in the way stays.
 *
 * @throws {Error} If a server answers on it.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!files.lstatSync(path).isSocket) return;
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  let connection: NetworkConnection;
  try {
    connection = await connect({ path });
  } catch (error) {
    if (isNotCapable(error)) throw error;
    await files.remove(path);
    return;
  }
  connection.close();
  throw addressInUse("it is taken: a server answers there");
}
