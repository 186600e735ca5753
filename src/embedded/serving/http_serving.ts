/** How a program serves its database by HTTP: the options, and what the server's modules give. */

import { CAN_SERVE_HTTP, RUNTIME_TITLE } from "../../runtime/runtime.ts";
import { checked, type Kinds } from "../commands/option_words.ts";
import {
  assertListenOptions,
  type Servable,
  type ServerCertificate,
  serverModules,
} from "./serving.ts";

/**
 * Who is let in by HTTP, for {@linkcode Redlite.handler}. What is not said is as for the clients of
 * {@linkcode Redlite.listen}, with whom those of HTTP are one crowd.
 *
 * @example
 * ```ts
 * import { type HandlerOptions, Redlite } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * const options: HandlerOptions = { password: "secret" };
 * const handler = db.handler(options);
 * ```
 */
export interface HandlerOptions {
  /** The default user's password, which is a token as well. */
  password?: string;
  /** Users that may come in, each a line of ACL rules: `"reports on >secret ~stats:* +@read"`. */
  users?: readonly string[];
  /** Whether nobody but this machine is let in without a password. Default: true. */
  protectedMode?: boolean;
  /** Most clients at a time, requests under way among them. Default: 10,000. */
  maxclients?: number;
  /** Seconds after which a request is given up whose body does not come; 0, the default, for never. */
  timeout?: number;
  /** Takes what an operator should know, a line each. Default: nobody. */
  log?: (message: string, level: string) => void;
}

/**
 * Where a database is served by HTTP, and how.
 *
 * @example
 * ```ts
 * import { type HttpOptions, Redlite } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * const options: HttpOptions = { port: 0, password: "secret" };
 * await using http = await db.http(options);
 * console.log(http.port > 0); // true
 * ```
 */
export interface HttpOptions extends HandlerOptions {
  /** The port. Default: any that is free. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, where this machine alone gets in. */
  hostname?: string;
  /** Encrypts connections. */
  tls?: ServerCertificate;
}

/**
 * What {@linkcode Redlite.http} gives: a place where HTTP requests come in.
 *
 * @example
 * ```ts
 * import { Redlite, type RedliteHttpServer } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * await using http: RedliteHttpServer = await db.http();
 * const response = await fetch(`${http.url}/set/greeting/hello`);
 * console.log(await response.json()); // { result: "OK" }
 * ```
 */
export interface RedliteHttpServer extends AsyncDisposable {
  /** What clients connect to: `http://…`, or `https://…` with TLS. */
  readonly url: string;
  /** The address that it listens on. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
  /** Resolves when it is closed, whoever did it. */
  readonly closed: Promise<void>;
  /** Lets nobody in any more, and ends the requests under way. The database stays open. */
  close(): Promise<void>;
  /** The same at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * What is known of a request beside it, as `Deno.serve` tells it.
 *
 * @example
 * ```ts
 * import { Redlite, type RequestOrigin } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * const handler = db.handler();
 * const origin: RequestOrigin = {
 *   remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 },
 * };
 * const response = await handler(new Request("http://localhost/ping"), origin);
 * console.log(await response.json()); // { result: "PONG" }
 * ```
 */
export interface RequestOrigin {
  /** Where it came from. Without it nobody is let in whom only protected mode would. */
  readonly remoteAddr?: {
    readonly transport: string;
    readonly hostname?: string;
    readonly port?: number;
    readonly path?: string;
  };
}

/**
 * Answers requests, as `Deno.serve` wants it done.
 *
 * @example
 * ```ts
 * import { type HttpHandler, Redlite } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * const handler: HttpHandler = db.handler();
 * await using app = Deno.serve({ port: 0, onListen() {} }, handler);
 * ```
 */
export type HttpHandler = (request: Request, origin?: RequestOrigin) => Promise<Response>;

const HANDLER: Kinds<HandlerOptions> = {
  password: "text",
  users: "list",
  protectedMode: "flag",
  maxclients: "number",
  timeout: "number",
  log: "function",
};

const HTTP: Kinds<HttpOptions> = {
  ...HANDLER,
  port: "number",
  hostname: "text",
  tls: "record",
};

/** Serves a database by HTTP. */
export type ServeHttp = (database: Servable, options: HttpOptions) => Promise<RedliteHttpServer>;

/** Answers one request of a handler. */
export type AnswerHttp = (
  database: Servable,
  options: HandlerOptions,
  request: Request,
  origin: RequestOrigin,
) => Promise<Response>;

/** Listens for HTTP. */
export async function serveHttp(
  database: Servable,
  options: HttpOptions,
): Promise<RedliteHttpServer> {
  checked(options, HTTP);
  assertListenOptions(options);
  database.settle();
  if (!CAN_SERVE_HTTP) {
    throw new TypeError(
      `${RUNTIME_TITLE} cannot serve HTTP by itself: handler() answers the requests of another server`,
    );
  }
  const { serveHttp } = await serverModules();
  return await serveHttp(database, options);
}

/** What answers the requests of a program's own server. */
export function httpHandler(database: Servable, options: HandlerOptions): HttpHandler {
  const own = { ...checked(options, HANDLER) };
  assertListenOptions(own);
  return async (request, origin = {}) => {
    const { answerHttp } = await serverModules();
    return await answerHttp(database, own, request, origin);
  };
}
