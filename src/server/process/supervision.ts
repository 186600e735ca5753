/** What tells systemd that the server is ready, and that it stops. */

import { Datagrams } from "./datagrams.ts";

/** Who watches over the process. */
export interface Supervision extends Disposable {
  /** As `INFO` has it. */
  readonly name: "no" | "systemd";
  /** Why nobody is told, where that was asked for. */
  readonly problem?: string;
  /** The server takes clients. */
  ready(): void;
  /** It stops. */
  stopping(): void;
}

const NOBODY: Supervision = {
  name: "no",
  ready: () => {},
  stopping: () => {},
  [Symbol.dispose]: () => {},
};

/**
 * Finds out who watches.
 *
 * @param supervised The parameter.
 * @param socket What the environment names as NOTIFY_SOCKET.
 */
export function superviseBy(supervised: string, socket: string | undefined): Supervision {
  if (supervised !== "systemd" && supervised !== "auto") return NOBODY;
  if (socket === undefined) {
    if (supervised === "auto") return NOBODY;
    return { ...NOBODY, problem: "supervised systemd: there is no NOTIFY_SOCKET to tell it by" };
  }
  const datagrams = Datagrams.open(socket);
  if (datagrams === undefined) {
    return { ...NOBODY, problem: "supervised systemd: telling it needs --allow-ffi" };
  }
  return {
    name: "systemd",
    ready: () => void datagrams.send("READY=1\nSTATUS=Ready to accept connections\n"),
    stopping: () => void datagrams.send("STOPPING=1\n"),
    [Symbol.dispose]: () => datagrams[Symbol.dispose](),
  };
}
