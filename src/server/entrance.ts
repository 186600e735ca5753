/** One place, or a port and a socket, where a program lets Redis clients in. */

import type { ListenOptions, RedliteServer, ServerCertificate } from "../embedded/serving.ts";
import { formatAddress } from "./listening/address.ts";
import type { Listeners } from "./listening/listeners.ts";

/** Hosts that stand for several, and the one of them by which this machine gets in. */
const REACHED: ReadonlyMap<string, string> = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]);

/** What clients come in by. */
export class Entrance implements RedliteServer {
  readonly listeners: Listeners;
  readonly url: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly closed: Promise<void>;
  /** By which certificate, if clients come in by TLS. */
  readonly certificate: ServerCertificate | undefined;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * @param server.finished The end of the server that it belongs to.
   * @param server.close Closes the entrance.
   */
  constructor(
    listeners: Listeners,
    { hostname = "127.0.0.1", path, tls }: ListenOptions,
    server: { readonly finished: Promise<void>; readonly close: () => Promise<void> },
  ) {
    this.listeners = listeners;
    this.#close = server.close;
    this.port = tls === undefined ? listeners.port : listeners.tlsPort;
    this.hostname = this.port === 0 ? "" : hostname;
    this.path = path;
    this.certificate = tls;
    const reached = REACHED.get(hostname) ?? hostname;
    const address = formatAddress({ transport: "tcp", hostname: reached, port: this.port });
    this.url = this.port === 0
      ? `unix://${path}`
      : `${tls === undefined ? "redis" : "rediss"}://${address}`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.closed = promise;
    // Nobody need look at it.
    promise.catch(() => {});
    server.finished.then(resolve, reject);
    this.#closed = resolve;
  }

  readonly #closed: () => void;

  async close(): Promise<void> {
    this.#closing ??= this.#close().then(this.#closed);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
