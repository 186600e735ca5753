/** Where a program lets clients in: those of Redis by a port and a socket, those of HTTP by a port. */

import type { RedliteHttpServer } from "../embedded/serving/http_serving.ts";
import type {
  ListenOptions,
  RedliteServer,
  ServerCertificate,
} from "../embedded/serving/serving.ts";
import type { HttpEntrance } from "./http/http_entrance.ts";
import { formatAddress } from "./listening/address.ts";
import type { Listeners } from "./listening/listeners.ts";

/** Hosts that stand for several, and the one of them by which this machine gets in. */
const REACHED: ReadonlyMap<string, string> = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]);

/** What an entrance knows of the server that it belongs to. */
interface Owner {
  /** The end of the server. */
  readonly finished: Promise<void>;
  /** Closes the entrance. */
  readonly close: () => Promise<void>;
}

/** Something that is closed once, by whoever wants it closed or with its server. */
abstract class Closable implements AsyncDisposable {
  readonly closed: Promise<void>;
  readonly #close: () => Promise<void>;
  readonly #closed: () => void;
  #closing: Promise<void> | undefined;

  constructor({ finished, close }: Owner) {
    this.#close = close;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.closed = promise;
    // Nobody need look at it.
    promise.catch(() => {});
    finished.then(resolve, reject);
    this.#closed = resolve;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close().then(this.#closed);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What clients come in by. */
export class Entrance extends Closable implements RedliteServer {
  readonly listeners: Listeners;
  readonly url: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string | undefined;
  /** By which certificate, if clients come in by TLS. */
  readonly certificate: ServerCertificate | undefined;

  constructor(
    listeners: Listeners,
    { hostname = "127.0.0.1", path, tls }: ListenOptions,
    owner: Owner,
  ) {
    super(owner);
    this.listeners = listeners;
    this.port = tls === undefined ? listeners.port : listeners.tlsPort;
    this.hostname = this.port === 0 ? "" : hostname;
    this.path = path;
    this.certificate = tls;
    const reached = REACHED.get(hostname) ?? hostname;
    const address = formatAddress({ transport: "tcp", hostname: reached, port: this.port });
    this.url = this.port === 0
      ? `unix://${path}`
      : `${tls === undefined ? "redis" : "rediss"}://${address}`;
  }
}

/** Where HTTP requests come in. */
export class HttpPlace extends Closable implements RedliteHttpServer {
  readonly entrance: HttpEntrance;
  readonly url: string;
  readonly hostname: string;
  readonly port: number;

  constructor(entrance: HttpEntrance, owner: Owner) {
    super(owner);
    this.entrance = entrance;
    this.hostname = entrance.hostname;
    this.port = entrance.port;
    const hostname = REACHED.get(this.hostname) ?? this.hostname;
    const scheme = entrance.isSecure ? "https" : "http";
    this.url = `${scheme}://${formatAddress({ transport: "tcp", hostname, port: this.port })}`;
  }
}
