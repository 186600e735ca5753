/**
 * A place to listen on that only the program which started the server can find and use: a Unix
 * socket in a directory of this user alone, or where there are none a TCP port of this machine
 * behind a random password.
 */

import { join } from "node:path";
import type { ListenAddress } from "./address.ts";
import { removeStaleSocket } from "./unix_socket.ts";

/** The kinds of private places, and `auto` for the best that the system has. */
export const PRIVATE_PLACES = ["auto", "unix", "tcp"] as const;

/** A private place. */
export interface PrivatePlace {
  /** The TCP address, if it is one. */
  readonly addresses: readonly ListenAddress[];
  /** The path of the Unix socket, if it is one. */
  readonly unixSocket: string | undefined;
  /** What clients must give; empty where the directory's mode keeps others out. */
  readonly password: string;
  /** Removes what was made for it. */
  remove(): void;
}

/** The mode of the socket's file. */
export const PRIVATE_MODE = 0o600;

const PREFIX = "redlite-private-";
const SOCKET = "redlite.sock";
/** `sun_path` has 104 bytes on some systems, its end included. */
const LONGEST_PATH = 103;
/** A server that makes its socket later than that after the directory has died in between. */
const MADE_WITHIN_MS = 60_000;
const PASSWORD_BYTES = 32;

/** Makes a private place. @param kind Which; `auto` is TCP only where Deno has no Unix sockets. */
export async function makePrivatePlace(
  kind: typeof PRIVATE_PLACES[number],
): Promise<PrivatePlace> {
  if (kind === "tcp" || kind === "auto" && Deno.build.os === "windows") {
    return {
      addresses: [{ hostname: "127.0.0.1", port: 0, tls: false, optional: false }],
      unixSocket: undefined,
      password: randomPassword(),
      remove: () => {},
    };
  }
  const directory = makeDirectory();
  await sweep(join(directory, ".."), directory);
  return {
    addresses: [],
    unixSocket: join(directory, SOCKET),
    password: "",
    remove: () => removeQuietly(directory),
  };
}

function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A new directory of this user alone, whose path leaves room for the socket's name. */
function makeDirectory(): string {
  const directory = Deno.makeTempDirSync({ prefix: PREFIX });
  const bytes = new TextEncoder().encode(join(directory, SOCKET)).length;
  if (bytes <= LONGEST_PATH) return directory;
  Deno.removeSync(directory);
  return Deno.makeTempDirSync({ prefix: PREFIX, dir: "/tmp" });
}

/** Removes what servers left behind that were killed. */
async function sweep(parent: string, own: string): Promise<void> {
  for (const entry of Deno.readDirSync(parent)) {
    const directory = join(parent, entry.name);
    if (!entry.isDirectory || !entry.name.startsWith(PREFIX) || directory === own) continue;
    try {
      const { mtime } = Deno.lstatSync(directory);
      if (mtime === null || Date.now() - mtime.getTime() < MADE_WITHIN_MS) continue;
      await removeStaleSocket(join(directory, SOCKET));
      Deno.removeSync(directory);
    } catch {
      // A living server's, or another user's.
    }
  }
}

function removeQuietly(directory: string): void {
  try {
    Deno.removeSync(directory);
  } catch {
    // Somebody has removed it, or put something into it.
  }
}
