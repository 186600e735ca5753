/** Where HTTP requests come in: one address, with or without TLS. */

import { formatAddress, type HttpAddress } from "../listening/address.ts";
import type { KeyPair } from "../listening/key_pair.ts";
import { assertMayListen, listeningFailed } from "../listening/listening_errors.ts";
import { messageOf } from "../../store/values/errors.ts";
import type { Ends } from "./request_connection.ts";

/** Answers a request. Never throws. */
export type Answer = (request: Request, ends: Ends) => Promise<Response>;

/** Milliseconds between two tries to listen where the listener before still is, and how many. */
const HANDOVER_MS = 5, HANDOVER_TRIES = 200;

/** A listener at one address. */
export class HttpListener {
  readonly hostname: string;
  readonly port: number;
  readonly #answer: Answer;
  #keyPair: KeyPair | undefined;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #closed = false;

  /**
   * Listens.
   *
   * @param keyPair The certificate and key, for TLS.
   * @throws {Error} In one line, with what to do about it.
   */
  constructor({ hostname, port }: HttpAddress, keyPair: KeyPair | undefined, answer: Answer) {
    this.hostname = hostname;
    this.#answer = answer;
    this.#keyPair = keyPair;
    const host = formatAddress({ transport: "tcp", hostname, port });
    assertMayListen(host);
    try {
      this.#server = this.#serve(port);
    } catch (error) {
      throw listeningFailed(host, error);
    }
    this.port = this.#server.addr.port;
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname } = this;
    // The answers need it before the server that knows it is there.
    const local: Deno.NetAddr = { transport: "tcp", hostname, port: port || 0 };
    const server = Deno.serve(
      { hostname, port, ...this.#keyPair, onListen() {} },
      (request, { remoteAddr }) => this.#answer(request, { local, remote: remoteAddr }),
    );
    local.port = server.addr.port;
    return server;
  }

  /** Whether connections are encrypted. */
  get isSecure(): boolean {
    return this.#keyPair !== undefined;
  }

  /** Where it is, for people and programs. */
  get url(): string {
    const address = formatAddress({ transport: "tcp", hostname: this.hostname, port: this.port });
    return `${this.isSecure ? "https" : "http"}://${address}`;
  }

  /**
   * Presents another certificate to clients that connect from now on. The runtime has no way to change
   * that of a server, so another one takes its place, as soon as the address is free.
   *
   * @param report Takes why that cannot be.
   */
  async replaceKeyPair(keyPair: KeyPair, report: (message: string) => void): Promise<void> {
    this.#keyPair = keyPair;
    // Requests under way are answered; that need not be waited for.
    void this.#server.shutdown();
    for (let tries = 0; !this.#closed; tries++) {
      try {
        this.#server = this.#serve(this.port);
        return;
      } catch (error) {
        if (tries === HANDOVER_TRIES) {
          return report(`cannot listen anew on ${this.url}: ${messageOf(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
      }
    }
  }

  /** Lets no one in any more. Requests under way are answered. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.shutdown().catch(() => {});
  }

  /** Resolves when everything is answered, once it is closed. */
  get finished(): Promise<void> {
    return this.#server.finished;
  }
}
