/**
 * Answers HTTP requests: finds the part that a request is for, and makes answers of what goes wrong.
 *
 * @module
 */

import { messageOf } from "../../store/values/errors.ts";
import { Exchange } from "./exchange.ts";
import { HttpClients } from "./http_clients.ts";
import type { HttpHost } from "./http_host.ts";
import { HttpRefusal, refusalResponse } from "./refusal.ts";
import type { Ends } from "./request_connection.ts";
import { router } from "./routes.ts";
import type { Router } from "./router.ts";

/** Seconds for which a browser need not ask again what it may send. */
const PREFLIGHT_SECONDS = "86400";

/** Milliseconds in which an operator is told of a failure once. */
const QUIET_MS = 60_000;

/** The HTTP side of one server. */
export class HttpService {
  readonly #host: HttpHost;
  readonly #router: Router = router();
  readonly #clients: HttpClients;
  /** When the operator was told last that a request failed. */
  #toldAtMs = -Infinity;

  constructor(host: HttpHost) {
    this.#host = host;
    this.#clients = new HttpClients(host);
  }

  /** Answers a request. Never throws. */
  async answer(request: Request, ends: Ends): Promise<Response> {
    if (request.method === "OPTIONS") return preflight(request);
    const exchange = new Exchange(this.#host, request, ends, this.#clients);
    let response: Response;
    try {
      const handler = this.#router.find(request.method, exchange.path);
      if (handler === undefined) throw new HttpRefusal(404, "ERR there is nothing at this address");
      response = await handler(exchange);
    } catch (error) {
      response = this.#failed(error);
    }
    exchange.ended();
    return response;
  }

  /** Ends what goes on: streams of events, and commands that wait. */
  close(): void {
    this.#clients.close();
  }

  #failed(error: unknown): Response {
    if (error instanceof HttpRefusal) return refusalResponse(error);
    // What is too long for a string, or a fault of ours.
    const message = messageOf(error);
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs >= QUIET_MS) {
      this.#toldAtMs = nowMs;
      this.#host.report(`an HTTP request failed: ${message}`);
    }
    return refusalResponse(new HttpRefusal(500, `ERR ${message}`));
  }
}

/**
 * What a browser asks before a page sends something elsewhere. Pages may: what a request can do hangs
 * on its token, and where there is none on protected mode.
 */
function preflight({ headers }: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, OPTIONS",
      "access-control-allow-headers": headers.get("access-control-request-headers") ??
        "Authorization, Content-Type",
      "access-control-max-age": PREFLIGHT_SECONDS,
    },
  });
}
