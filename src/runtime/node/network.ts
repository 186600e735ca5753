/**
 * Connections and listeners by `node:net` and `node:tls`, in the shape that Deno's have.
 *
 * @module
 */

import type { Server, Socket } from "node:net";
import type {
  ConnectWhere,
  ListenWhere,
  NetworkConnection,
  NetworkListener,
  TlsTrust,
} from "../network.ts";
import { nodeModule } from "../runtime.ts";

const net = () => nodeModule("node:net");
const tls = () => nodeModule("node:tls");

function addressOf(hostname: string | undefined, port: number | undefined): Deno.Addr {
  return { transport: "tcp", hostname: hostname ?? "", port: port ?? 0 };
}

/** A socket that is read when somebody asks. */
class NodeConnection implements NetworkConnection {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #socket: Socket;
  /** What was read and did not fit. */
  #rest: Uint8Array | undefined;
  #error: Error | undefined;
  #over = false;
  #wake: () => void = () => {};

  /** @param path Of a Unix socket. */
  constructor(socket: Socket, path?: string) {
    this.#socket = socket;
    const local = { transport: "unix", path: path ?? "" } as const;
    this.localAddr = path === undefined ? addressOf(socket.localAddress, socket.localPort) : local;
    this.remoteAddr = path === undefined
      ? addressOf(socket.remoteAddress, socket.remotePort)
      : local;
    const over = () => {
      this.#over = true;
      this.#wake();
    };
    socket.on("readable", () => this.#wake()).on("end", over).on("close", over);
    socket.on("error", (error) => {
      this.#error = error;
      over();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk: Uint8Array | null = this.#rest ?? this.#socket.read();
      if (chunk !== null) {
        const size = Math.min(chunk.length, into.length);
        into.set(chunk.subarray(0, size));
        this.#rest = size === chunk.length ? undefined : chunk.subarray(size);
        return size;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#over) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  setNoDelay(noDelay = true): void {
    this.#socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive = true): void {
    this.#socket.setKeepAlive(keepAlive);
  }

  close(): void {
    // What was written before leaves first.
    this.#socket.destroySoon();
    this.#over = true;
    this.#wake();
  }
}

/** A server whose connections are taken when somebody asks. */
class NodeListener implements NetworkListener {
  readonly addr: Deno.Addr;
  readonly #server: Server;
  readonly #waiting: NetworkConnection[] = [];
  #take: ((connection: NetworkConnection | undefined) => void) | undefined;
  #closed = false;

  constructor(server: Server, event: "connection" | "secureConnection") {
    this.#server = server;
    const address = server.address();
    const path = typeof address === "string" ? address : undefined;
    this.addr = typeof address === "string"
      ? { transport: "unix", path: address }
      : addressOf(address?.address, address?.port);
    server.on(event, (socket: Socket) => {
      const connection = new NodeConnection(socket, path);
      if (this.#take === undefined) this.#waiting.push(connection);
      else this.#take(connection);
      this.#take = undefined;
    });
    // Clients that are cut off before they are let in.
    server.on("tlsClientError", () => {}).on("error", () => {});
  }

  async accept(): Promise<NetworkConnection> {
    const connection = this.#waiting.shift() ??
      (this.#closed ? undefined : await new Promise<NetworkConnection | undefined>((resolve) => {
        this.#take = resolve;
      }));
    if (connection === undefined) throw new Error("the listener is closed");
    return connection;
  }

  close(): void {
    this.#closed = true;
    this.#server.close();
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.#take?.(undefined);
  }
}

/** Listens. */
export async function listenNode(where: ListenWhere): Promise<NetworkListener> {
  const options = "path" in where
    ? { path: where.path }
    : { host: where.hostname, port: where.port, backlog: where.tcpBacklog };
  const certificate = "path" in where ? undefined : where.certificate;
  // Read when somebody asks, so that what comes meanwhile stays with the sender.
  const server = certificate === undefined
    ? net().createServer({ pauseOnConnect: false, allowHalfOpen: true })
    : tls().createServer({ ...certificate, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return new NodeListener(server, certificate === undefined ? "connection" : "secureConnection");
}

/** Connects. */
export async function connectNode(where: ConnectWhere): Promise<NetworkConnection> {
  if ("path" in where) {
    const socket = net().connect({ path: where.path });
    await connected(socket, "connect");
    return new NodeConnection(socket, where.path);
  }
  const { hostname: host, port, signal, tls: trust } = where;
  const socket = trust === undefined
    ? net().connect({ host, port })
    : tls().connect({ host, port, ...trustOf(trust, host) });
  await connected(socket, trust === undefined ? "connect" : "secureConnect", signal);
  return new NodeConnection(socket);
}

function trustOf({ ca = [], certificate, anyName = false }: TlsTrust, host: string) {
  return {
    // An address is no name that may be asked for.
    ...net().isIP(host) === 0 && { servername: host },
    ...ca.length > 0 && { ca: [...tls().rootCertificates, ...ca] },
    ...anyName && { checkServerIdentity: () => undefined },
    ...certificate,
  };
}

async function connected(socket: Socket, event: string, signal?: AbortSignal): Promise<void> {
  const give = () => socket.destroy(signal?.reason);
  signal?.addEventListener("abort", give);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once("error", reject);
    });
  } finally {
    signal?.removeEventListener("abort", give);
  }
}
