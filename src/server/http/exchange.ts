/**
 * One HTTP request, as those who answer it see it: what it asks for, whom it is from, and the client
 * that it is to the server once it wants something of the database.
 *
 * @module
 */

import { identify, Unknown } from "./credentials.ts";
import type { HttpClient } from "./http_client.ts";
import type { HttpClients } from "./http_clients.ts";
import type { HttpHost } from "./http_host.ts";
import { HttpRefusal, tooLarge } from "./refusal.ts";
import type { Ends } from "./request_connection.ts";
import { assertNoForeignPage } from "./web_pages.ts";

/** What clients match on where a token is missing or wrong. */
const UNAUTHORIZED = "WRONGPASS invalid or missing auth token";

/** The header by which clients say what they have to see, and are told. */
const SYNC_TOKEN = "upstash-sync-token";

/** What the address of a request gives for the token. */
const TOKEN = "_token";

/** One request. */
export class Exchange {
  readonly request: Request;
  readonly host: HttpHost;
  /** The path, as it was sent. */
  readonly path: string;
  /** The parameters of the address, as they were sent, without the token. */
  readonly parameters: readonly string[];
  readonly #token: string | undefined;
  readonly #ends: Ends;
  readonly #clients: HttpClients;
  /** Whether the answer goes on, and the client with it, when whoever answers is done. */
  goesOn = false;
  #client: HttpClient | undefined;
  #body: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(host: HttpHost, request: Request, ends: Ends, clients: HttpClients) {
    this.host = host;
    this.request = request;
    this.#ends = ends;
    this.#clients = clients;
    const { url } = request;
    const path = url.indexOf("/", url.indexOf("//") + 2);
    const query = url.indexOf("?", path);
    this.path = url.slice(path, query < 0 ? url.length : query);
    const parameters = query < 0 ? [] : url.slice(query + 1).split("&");
    const token = parameters.find((parameter) => parameter.startsWith(`${TOKEN}=`));
    this.#token = token && decoded(token.slice(TOKEN.length + 1));
    this.parameters = parameters.filter((parameter) => parameter !== "" && parameter !== token);
  }

  /**
   * The client that the request is. Who it is from is made sure of first, and that there is room for
   * one more; nothing of the body has been read then.
   *
   * @throws {HttpRefusal} If it may not come in.
   */
  get client(): HttpClient {
    return this.#client ??= this.#enter();
  }

  #enter(): HttpClient {
    const { host, request } = this;
    if (host.stopping) throw new HttpRefusal(503, "ERR the server stops");
    assertNoForeignPage(host, request);
    const identity = identify(host.access, request.headers.get("authorization"), this.#token);
    if (!(identity instanceof Unknown)) return this.#clients.enter(this.#ends, identity);
    if (identity.given) this.#clients.logUnknown(this.#ends, identity);
    throw new HttpRefusal(401, UNAUTHORIZED, { "www-authenticate": 'Bearer realm="redlite"' });
  }

  /**
   * The body of the request.
   *
   * @throws {HttpRefusal} If it is larger than `client-query-buffer-limit`, or ends early.
   */
  body(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#body ??= this.#readBody();
  }

  async #readBody(): Promise<Uint8Array<ArrayBuffer>> {
    const { request, client, host: { config } } = this;
    const limit = config.clientQueryBufferLimit;
    const length = request.headers.get("content-length");
    const size = length === null ? undefined : Number(length);
    if (size !== undefined && size > limit) throw tooLarge(size, limit);
    if (size === 0 || size === undefined && request.body === null) return NOTHING;
    try {
      return await client.readBody(request, size, limit);
    } catch (error) {
      if (error instanceof HttpRefusal) throw error;
      throw new HttpRefusal(400, "ERR the body ended early");
    }
  }

  /**
   * Runs the commands of the client.
   *
   * @param answer Makes something of the replies, one for each, which are valid until it returns.
   */
  run<Answer>(answer: (replies: Uint8Array) => Answer): Promise<Answer> {
    const { client, request } = this;
    // Of who waits it must be known whether it leaves. Deno has no other word for that than the signal,
    // says once on stderr that this tells of answers as well, and for others it need not be made.
    if (client.mayWait) request.signal.addEventListener("abort", () => client.end());
    return client.run(answer);
  }

  /** An answer in JSON. */
  json(status: number, json: Uint8Array<ArrayBuffer> | string): Response {
    return this.answer(status, json, "application/json");
  }

  /** An answer, with what every answer says. */
  answer(
    status: number,
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | string,
    type: string,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    const all: Record<string, string> = {
      "content-type": type,
      "access-control-allow-origin": "*",
      ...headers,
    };
    if (this.request.headers.has(SYNC_TOKEN)) {
      // There is one server, so whoever asks it sees what it has written: any token will do.
      all[SYNC_TOKEN] = String(this.host.store.engine.committedTurn);
      all["access-control-expose-headers"] = SYNC_TOKEN;
    }
    if (!(body instanceof Uint8Array) || body.length < LARGE || this.request.method === "HEAD") {
      return new Response(body, { status, headers: all });
    }
    // It is held until it is read, by a client that counts until then.
    this.goesOn = true;
    all["content-length"] = String(body.length);
    return new Response(this.client.pour(body), { status, headers: all });
  }

  /** Whoever answers is done. */
  ended(): void {
    if (!this.goesOn && this.#client !== undefined) this.#clients.leave(this.#ends, this.#client);
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes of an answer that a client that does not read it must not keep for nothing. */
const LARGE = 64 * 1024;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
