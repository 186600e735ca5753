/** Which part of the HTTP server answers a request. */

import type { Exchange } from "./exchange.ts";

/** Answers a request. @throws {HttpRefusal} If there is something wrong with it. */
export type HttpHandler = (exchange: Exchange) => Response | Promise<Response>;

/** The paths and who answers them. */
export class Router {
  readonly #exact = new Map<string, HttpHandler>();
  readonly #below: { readonly prefix: string; readonly handler: HttpHandler }[] = [];
  #others: HttpHandler | undefined;

  /** Has requests of a method for a path answered. GET answers HEAD as well. */
  on(method: string, path: string, handler: HttpHandler): this {
    this.#exact.set(`${method} ${path}`, handler);
    return this;
  }

  /** Has all requests answered whose path begins so, whatever the method. */
  below(prefix: string, handler: HttpHandler): this {
    this.#below.push({ prefix, handler });
    return this;
  }

  /** Has all requests answered that nobody else answers. */
  otherwise(handler: HttpHandler): this {
    this.#others = handler;
    return this;
  }

  /** Who answers. */
  find(method: string, path: string): HttpHandler | undefined {
    return this.#exact.get(`${method === "HEAD" ? "GET" : method} ${path}`) ??
      this.#below.find(({ prefix }) => path.startsWith(prefix))?.handler ?? this.#others;
  }
}
