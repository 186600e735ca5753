import type { NetworkConnection } from "../../runtime/network.ts";

/** A client's connection, as far as a session uses it: a socket, or an HTTP request. */
export interface ClientConnection extends Pick<NetworkConnection, "source" | "sendNow" | "fd"> {
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
  /** Ends it. */
  close(): void;
}
