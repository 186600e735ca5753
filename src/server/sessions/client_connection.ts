import type { SendNow } from "../../runtime/sockets.ts";

/** A client's connection, as far as a session uses it: a socket, or an HTTP request. */
export interface ClientConnection {
  /** This end of it. */
  readonly localAddr: Deno.Addr;
  /** The client's end of it. */
  readonly remoteAddr: Deno.Addr;
  /** Bytes of memory that it holds beside the session's own buffers. */
  readonly held?: number;
  /** Puts what has come into an array. @returns How many bytes; null if nothing more will come. */
  read(into: Uint8Array): Promise<number | null>;
  /** Sends bytes. They stay as they are until it resolves. @returns How many were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Sends bytes at once, as many as can be, while no `write` is under way; undefined if it cannot. */
  readonly sendNow?: SendNow | undefined;
  /** Ends it. */
  close(): void;
}
