/** HTTP at one address, for one server. */

import type { ListeningPlace } from "../../commands/table/process_facts.ts";
import type { HttpAddress } from "../listening/address.ts";
import type { KeyPair } from "../listening/key_pair.ts";
import type { Ends } from "./request_connection.ts";
import type { HttpHost } from "./http_host.ts";
import { HttpListener } from "./http_listener.ts";
import { HttpService } from "./http_service.ts";
import { HttpRefusal, refusalResponse } from "./refusal.ts";

/** Milliseconds that clients have to read the last answers. */
const ANSWERED_WITHIN_MS = 1000;

/** Where HTTP requests come in, and what answers them. */
export class HttpEntrance {
  readonly #listener: HttpListener;
  #service: HttpService | undefined;

  /**
   * Listens. Until there is a server requests are turned away.
   *
   * @throws {Error} In one line, if that cannot be.
   */
  constructor(address: HttpAddress, keyPair: KeyPair | undefined) {
    this.#listener = new HttpListener(
      address,
      keyPair,
      (request, ends) => this.#answer(request, ends),
    );
  }

  async #answer(request: Request, ends: Ends): Promise<Response> {
    if (this.#service !== undefined) return await this.#service.answer(request, ends);
    return refusalResponse(new HttpRefusal(503, "LOADING Redis is loading the dataset in memory"));
  }

  /** Has a server answer from now on. */
  serve(host: HttpHost): void {
    this.#service = new HttpService(host);
    host.report(`listening on ${this.url}`, "notice");
  }

  /** What clients connect to. */
  get url(): string {
    return this.#listener.url;
  }

  /** Where it is, for INFO. */
  get place(): ListeningPlace {
    const { hostname, port, isSecure } = this.#listener;
    return { name: isSecure ? "https" : "http", binds: [hostname], port };
  }

  /** The address that it listens on. */
  get hostname(): string {
    return this.#listener.hostname;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.port;
  }

  /** Whether connections are encrypted. */
  get isSecure(): boolean {
    return this.#listener.isSecure;
  }

  /** Presents another certificate. @param log Takes why it cannot. */
  replaceKeyPair(keyPair: KeyPair, log: (message: string) => void): void {
    void this.#listener.replaceKeyPair(keyPair, log);
  }

  /** Lets no one in any more. Requests under way are answered. Closing twice does nothing. */
  close(): void {
    this.#listener.close();
  }

  /** Ends what goes on: streams of events, and commands that wait. */
  endAll(): void {
    this.#service?.close();
  }

  /** Resolves when everything is answered, once it is closed, or who is to read that takes too long. */
  async answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ANSWERED_WITHIN_MS);
    await Promise.race([this.#listener.finished, promise]);
    clearTimeout(timer);
  }
}
