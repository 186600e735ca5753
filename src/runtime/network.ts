/**
 * Connections and listeners. Deno's own serve as they are, or are taken over from it where the system's
 * own calls can be made; elsewhere those of Node's modules are given their shape, as far as servers and
 * links use it.
 *
 * @module
 */

import { takeOver } from "./linux/sockets.ts";
import { connectNode, listenNode } from "./node/network.ts";
import { DENO } from "./runtime.ts";

/** An open connection. */
export interface NetworkConnection {
  /** This end of it. */
  readonly localAddr: Deno.Addr;
  /** The other end. */
  readonly remoteAddr: Deno.Addr;
  /** Puts what has come into an array. @returns How many bytes; null if nothing more will come. */
  read(into: Uint8Array): Promise<number | null>;
  /** Sends bytes. They stay as they are until it resolves. @returns How many were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** What has come, to be taken without a promise for each read; undefined if there is no such way. */
  readonly source?: ReadySource | undefined;
  /**
   * Sends the first bytes of an array, below 2 GB, while no `write` is under way; undefined if that cannot
   * be done without a promise.
   *
   * @returns How many the system has taken at once; negative if none.
   */
  sendNow?(bytes: Uint8Array, size: number): number;
  /** The descriptor, where it is known. */
  readonly fd?: number;
  /** Whether small writes leave at once; of TCP connections. */
  setNoDelay?(noDelay?: boolean): void;
  /** Whether the system looks after a peer that says nothing; of TCP connections. */
  setKeepAlive?(keepAlive?: boolean): void;
  /** Ends it. */
  close(): void;
}

/** Bytes of a connection, to be taken when they have come. */
export interface ReadySource {
  /** Calls back whenever there may be something to take, until {@linkcode pause}. */
  onReadable(ready: () => void): void;
  /** Calls back no more. */
  pause(): void;
  /**
   * Puts what has come into an array that is used over and over.
   *
   * @param at Where its bytes begin.
   * @returns How many bytes; 0 if none yet, negative if no more will come.
   */
  take(into: Uint8Array, at: number): number;
}

/** What lets connections in. */
export interface NetworkListener {
  /** Where. */
  readonly addr: Deno.Addr;
  /** The next connection. @throws {Error} Once it is closed. */
  accept(): Promise<NetworkConnection>;
  /** Lets no one in any more. */
  close(): void;
}

/** A certificate with the chain behind it, and its private key, in PEM form. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Where to listen: by TCP, by TLS with a certificate, or on a Unix socket. */
export type ListenWhere =
  | { readonly path: string }
  | {
    readonly hostname: string;
    readonly port: number;
    /** How many clients may wait to be accepted. */
    readonly tcpBacklog?: number;
    readonly certificate?: Certificate | undefined;
  };

/** Whom to trust by TLS; `{}` for those whom the system trusts. */
export interface TlsTrust {
  /** Certificates in PEM form that the other's own may be signed by, beside those. */
  readonly ca?: readonly string[];
  /** What the other is shown. */
  readonly certificate?: Certificate | undefined;
  /** Whether the name in its certificate is no matter. */
  readonly anyName?: boolean;
}

/** Where to connect to. */
export type ConnectWhere =
  | { readonly path: string }
  | {
    readonly hostname: string;
    readonly port: number;
    readonly tls?: TlsTrust | undefined;
    /** Gives the connection up while it is made. */
    readonly signal?: AbortSignal | undefined;
  };

/**
 * Listens. Node opens listeners in its own time, so that there the result is a promise.
 *
 * @throws {Error} If that cannot be, by the promise too.
 */
export const listen: (where: ListenWhere) => NetworkListener | Promise<NetworkListener> =
  DENO === undefined ? listenNode : listenBy(DENO);

function listenBy(deno: typeof Deno): (where: ListenWhere) => NetworkListener {
  return (where) => {
    if ("path" in where) return takeOver(deno.listen({ transport: "unix", path: where.path }));
    const { certificate, ...address } = where;
    return certificate === undefined
      ? takeOver(deno.listen(address))
      : deno.listenTls({ ...address, ...certificate });
  };
}

/** Whether {@linkcode listen} opens listeners in the runtime's own time. */
export const OPENS_LATER: boolean = DENO === undefined;

/** Connects. @throws {Error} If that cannot be. */
export const connect: (where: ConnectWhere) => Promise<NetworkConnection> = DENO === undefined
  ? connectNode
  : connectBy(DENO);

function connectBy(deno: typeof Deno): (where: ConnectWhere) => Promise<NetworkConnection> {
  return async (where) => {
    if ("path" in where) return await deno.connect({ transport: "unix", path: where.path });
    const { hostname, port, tls, signal } = where;
    if (tls === undefined) {
      return await deno.connect({ hostname, port, ...signal === undefined ? {} : { signal } });
    }
    const connection = await deno.connectTls({
      hostname,
      port,
      caCerts: [...tls.ca ?? []],
      unsafelyDisableHostnameVerification: tls.anyName ?? false,
      ...tls.certificate,
    });
    await connection.handshake();
    return connection;
  };
}

/** Whether an error says that an address is another listener's. */
export function isAddressInUse(error: unknown): boolean {
  return DENO === undefined ? hasCode(error, "EADDRINUSE") : error instanceof DENO.errors.AddrInUse;
}

/** Whether an error says that this machine has no such address. */
export function isAddressNotAvailable(error: unknown): boolean {
  return DENO === undefined
    ? hasCode(error, "EADDRNOTAVAIL")
    : error instanceof DENO.errors.AddrNotAvailable;
}

/** Whether an error says that nobody listens there. */
export function isConnectionRefused(error: unknown): boolean {
  return DENO === undefined
    ? hasCode(error, "ECONNREFUSED")
    : error instanceof DENO.errors.ConnectionRefused;
}

/** The error for an address that is another listener's. */
export function addressInUse(message: string): Error {
  if (DENO !== undefined) return new DENO.errors.AddrInUse(message);
  return Object.assign(new Error(message), { code: "EADDRINUSE" });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
