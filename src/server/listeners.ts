/** Where clients come in: TCP, TLS and a Unix socket. */

import { resolve } from "node:path";
import { formatAddress } from "./address.ts";
import type { KeyPair } from "./key_pair.ts";
import { type Listener, ReplaceableListener } from "./listener.ts";
import type { ListenAddress } from "./configuration/options.ts";

/** What to listen on. */
export interface ListenOptions {
  /** TCP and TLS addresses. */
  readonly addresses: readonly ListenAddress[];
  /** The certificate and key of TLS, where an address has it. */
  readonly keyPair?: KeyPair | undefined;
  /** How many clients may wait to be accepted. */
  readonly backlog: number;
  /** The path of a Unix socket. */
  readonly unixSocket?: string | undefined;
  /** The mode of its file; 0 leaves it to the umask. */
  readonly unixSocketMode: number;
  /** Takes one line about what an operator should know. */
  readonly log: (message: string) => void;
}

/** All places where one server listens. */
export class Listeners {
  /** Whether the system looks after peers that say nothing, for connections from now on. */
  keepalive = true;
  readonly #listeners: ReplaceableListener[] = [];
  readonly #tls: { readonly listener: ReplaceableListener; readonly address: TcpOptions }[] = [];
  readonly #log: (message: string) => void;

  private constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /**
   * Listens everywhere, or nowhere.
   *
   * @throws {Error} In one line, with what to do about it.
   */
  static async open(options: ListenOptions): Promise<Listeners> {
    const listeners = new Listeners(options.log);
    try {
      for (const address of options.addresses) listeners.#openTcp(address, options);
      if (options.unixSocket !== undefined) await listeners.#openUnix(options.unixSocket, options);
      if (listeners.#listeners.length === 0) throw new Error("there is no address to listen on");
    } catch (error) {
      listeners.close();
      throw error;
    }
    return listeners;
  }

  /** Each listener. */
  get all(): readonly Listener[] {
    return this.#listeners;
  }

  /** The first TCP port, 0 without one. */
  get port(): number {
    return portOf(
      this.#listeners.find((listener) =>
        listener.addr.transport === "tcp" && !this.#isTls(listener)
      ),
    );
  }

  /** The first TLS port, 0 without one. */
  get tlsPort(): number {
    return portOf(this.#tls.at(0)?.listener);
  }

  /** Where clients come in, in words. */
  describe(): string {
    const names = this.#listeners.map((listener) =>
      formatAddress(listener.addr) + (this.#isTls(listener) ? " (TLS)" : "")
    );
    return names.join(" and ");
  }

  /** Presents another certificate to clients that connect from now on. */
  replaceKeyPair(keyPair: KeyPair): void {
    for (const { listener, address } of this.#tls) {
      listener.replace(() => Deno.listenTls({ ...address, ...keyPair }));
    }
  }

  /** Lets no one in any more. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
  }

  #isTls(listener: Listener): boolean {
    return this.#tls.some((entry) => entry.listener === listener);
  }

  #openTcp(address: ListenAddress, options: ListenOptions): void {
    const { hostname, port, tls, optional } = address;
    const host = formatAddress({ transport: "tcp", hostname, port });
    const permission = Deno.permissions.querySync({ name: "net", host });
    if (permission.state !== "granted") {
      throw new Deno.errors.NotCapable(`listening on ${host} needs --allow-net=${host}`);
    }
    const where: TcpOptions = { hostname, port, tcpBacklog: options.backlog };
    const { keyPair } = options;
    if (tls && keyPair === undefined) throw new TypeError("TLS needs a certificate");
    const open = () =>
      tls && keyPair !== undefined ? Deno.listenTls({ ...where, ...keyPair }) : Deno.listen(where);
    try {
      const listener = this.#add(open);
      if (listener.addr.transport === "tcp") where.port = listener.addr.port;
      if (tls) this.#tls.push({ listener, address: where });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new Error(`${host} is taken by another process; choose another address or port`);
      }
      if (!optional || !(error instanceof Deno.errors.AddrNotAvailable)) {
        throw new Error(`cannot listen on ${host}: ${messageOf(error)}`);
      }
      this.#log(`${host} is not an address of this machine, and is left out`);
    }
  }

  async #openUnix(path: string, options: ListenOptions): Promise<void> {
    const mode = options.unixSocketMode;
    if (
      mode !== 0 && Deno.permissions.querySync({ name: "sys", kind: "umask" }).state !== "granted"
    ) {
      throw new Deno.errors.NotCapable("--unixsocketperm needs --allow-sys");
    }
    try {
      await removeStaleSocket(path);
      this.#add(() => listenOnPath(path, mode));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) {
        throw new Error(`cannot listen on ${path}: ${messageOf(error)}`);
      }
      const full = resolve(path);
      throw new Deno.errors.NotCapable(
        `listening on ${path} needs --allow-net=unix:${full} --allow-read=${full} --allow-write=${full}`,
      );
    }
  }

  #add(open: () => Deno.Listener): ReplaceableListener {
    const listener = new ReplaceableListener(open, this.#log, (connection) => {
      // TLS connections have neither switch.
      if (!("setNoDelay" in connection)) return;
      const tcp = connection as Deno.TcpConn;
      tcp.setNoDelay(true);
      if (this.keepalive) tcp.setKeepAlive(true);
    });
    this.#listeners.push(listener);
    return listener;
  }
}

interface TcpOptions {
  readonly hostname: string;
  port: number;
  readonly tcpBacklog: number;
}

/**
 * Listens on a path whose file has the mode from its first moment on: a `chmod` afterwards would
 * leave a moment in which others may connect. Nothing else of ours runs meanwhile.
 */
function listenOnPath(path: string, mode: number): Deno.Listener {
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
async function removeStaleSocket(path: string): Promise<void> {
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
  throw new Error("it is taken by another process");
}

function portOf(listener: Listener | undefined): number {
  return listener?.addr.transport === "tcp" ? listener.addr.port : 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
