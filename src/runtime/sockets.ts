/**
 * Sending on a connection by the system's own call. The runtime sends in its own time, by a promise and
 * an operation that its event loop carries out: a third of what a short reply costs.
 *
 * Linux, and connections by TCP of IPv4 that nothing is wrapped around; others are written to as ever.
 *
 * @module
 */

import { HAS_FFI, type LibraryInterface, loadLibrary } from "./ffi.ts";
import type { NetworkConnection } from "./network.ts";
import { mayLoadLibrary } from "./permissions.ts";
import { OS } from "./runtime.ts";

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // The lower half of the result says all of what is below 2 GB.
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
} as const satisfies LibraryInterface;

const LIBRARY = "libc.so.6";
const MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
const AF_INET = 2;
/** Descriptors that are looked at first to find that of a connection, and at most. */
const NEAR = 64, MOST_LOOKS = 4096;
/** Connections for which no more than those near are looked at after one was nowhere. */
const RESTING = 64;

/**
 * Sends the first bytes of an array, below 2 GB, as many as the system takes at once.
 *
 * @returns How many it has taken; negative if none, for which the runtime's own write tells the reason.
 */
export type SendNow = (bytes: Uint8Array, size: number) => number;

type Calls = ReturnType<typeof loadLibrary<typeof SYMBOLS>>;

let calls: Calls | undefined | null = null;
/** Behind the descriptor that was found last: the next one is likely to be there. */
let next = 3;
/** Connections to come for which only those near it are looked at. */
let resting = 0;

const name = new Uint8Array(128);
const nameLength = new Uint32Array(1);
const nameLengthBytes = new Uint8Array(nameLength.buffer);

function load(): Calls | undefined {
  if (!HAS_FFI || OS !== "linux" || !mayLoadLibrary(LIBRARY)) return undefined;
  try {
    return loadLibrary(LIBRARY, SYMBOLS);
  } catch {
    return undefined;
  }
}

/**
 * What sends on a connection at once; undefined where that cannot be done. It must not be called any
 * more once the connection is closed, for its descriptor may be another's then.
 */
export function sendNowOn(connection: NetworkConnection): SendNow | undefined {
  const { localAddr, remoteAddr } = connection;
  if (localAddr.transport !== "tcp" || remoteAddr.transport !== "tcp") return undefined;
  // By TLS what is written is not what is sent.
  if ("handshake" in connection || connection.setNoDelay === undefined) return undefined;
  if (calls === null) calls = load();
  const c = calls;
  if (c === undefined) return undefined;
  const fd = descriptorOf(c, localAddr, remoteAddr);
  if (fd === undefined) return undefined;
  return (bytes, size) => c.send(fd, bytes, BigInt(size), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/** The system gives out the lowest number that is free, so it is near the last one, or below. */
function descriptorOf(c: Calls, local: Deno.NetAddr, remote: Deno.NetAddr): number | undefined {
  const isOurs = (fd: number) =>
    isNamed(c.getpeername, fd, remote) && isNamed(c.getsockname, fd, local);
  const found = (fd: number) => {
    next = fd + 1;
    return fd;
  };
  const near = Math.min(next + NEAR, MOST_LOOKS);
  for (let fd = next; fd < near; fd++) if (isOurs(fd)) return found(fd);
  for (let fd = 3; fd < next; fd++) if (isOurs(fd)) return found(fd);
  if (resting > 0) {
    resting--;
    return undefined;
  }
  for (let fd = near; fd < MOST_LOOKS; fd++) if (isOurs(fd)) return found(fd);
  resting = RESTING;
  return undefined;
}

function isNamed(
  ask: Calls["getpeername"],
  fd: number,
  { hostname, port }: Deno.NetAddr,
): boolean {
  nameLength[0] = name.length;
  if (ask(fd, name, nameLengthBytes) !== 0) return false;
  if ((name[0]! | name[1]! << 8) !== AF_INET || (name[2]! << 8 | name[3]!) !== port) return false;
  return `${name[4]}.${name[5]}.${name[6]}.${name[7]}` === hostname;
}
