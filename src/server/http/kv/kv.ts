/**
 * KV Connect, by which Deno's KV API reaches a database: `Deno.openKv("http://127.0.0.1:PORT")`.
 * https://github.com/denoland/denokv/blob/main/proto/kv-connect.md
 *
 * A client first asks for what it has to know: by POST to the address that it was given. Where that is
 * the root, which the REST API has too, its body tells.
 *
 * @module
 */

import type { Exchange } from "../exchange.ts";
import { HttpRefusal } from "../refusal.ts";
import type { HttpHandler, Router } from "../router.ts";
import { atomicWrite, snapshotRead } from "./data_path.ts";
import { runKv } from "./run.ts";
import { watch } from "./watch.ts";

/** Where it is, below the address that clients are given, or at it. */
const PATH = "/kv";

/** Milliseconds for which a client may rely on what it was told. */
const VALID_MS = 24 * 60 * 60 * 1000;

const VERSIONS: readonly unknown[] = [1, 2, 3];

/** Has KV Connect answered. @param root Answers requests for `/` that are not its own. */
export function mountKv(router: Router, root: HttpHandler): void {
  router
    .on("POST", "/", async (exchange) => {
      const wanted = versionsIn(await exchange.body());
      return wanted === undefined
        ? await root(exchange)
        : await plainly(exchange, metadata(wanted));
    })
    .on("POST", PATH, (exchange) =>
      plainly(exchange, async () => {
        const body = await exchange.body();
        // A client of the first version sends nothing.
        const wanted = body.length === 0 ? [1] : versionsIn(body);
        if (wanted === undefined) throw new HttpRefusal(400, "The request body is invalid.");
        return await metadata(wanted)(exchange);
      }))
    .on("POST", `${PATH}/snapshot_read`, (exchange) => plainly(exchange, snapshotRead))
    .on("POST", `${PATH}/atomic_write`, (exchange) => plainly(exchange, atomicWrite))
    .on("POST", `${PATH}/watch`, (exchange) => plainly(exchange, watch));
}

/** Answers what goes wrong as the protocol has it: a text. */
async function plainly(exchange: Exchange, handler: HttpHandler): Promise<Response> {
  try {
    return await handler(exchange);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    const text = error.status === 401 ? unauthorized(exchange.request) : error.message;
    return exchange.answer(error.status, text, "text/plain; charset=utf-8", error.headers);
  }
}

function unauthorized({ headers }: Request): string {
  return bearer(headers) === undefined
    ? "Malformed authorization header."
    : "Invalid access token.";
}

function bearer(headers: Headers): string | undefined {
  return /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

const decoder = new TextDecoder();
const OPEN_BRACE = 0x7b;

/** The versions of the protocol that a body says the client can do; undefined if it says none. */
function versionsIn(body: Uint8Array): readonly unknown[] | undefined {
  const first = body.find((byte) => byte > 0x20);
  if (first !== OPEN_BRACE) return undefined;
  try {
    const { supportedVersions } = JSON.parse(decoder.decode(body));
    return Array.isArray(supportedVersions) ? supportedVersions : undefined;
  } catch {
    return undefined;
  }
}

/** Tells what a client has to know. @param wanted The versions that it can do. */
function metadata(wanted: readonly unknown[]): HttpHandler {
  return async (exchange) => {
    const version = VERSIONS.findLast((version) => wanted.includes(version));
    if (version === undefined) {
      throw new HttpRefusal(
        400,
        "The server could not negotiate a protocol version. It has versions 1 to 3.",
      );
    }
    const { request, host } = exchange;
    const url = new URL(request.url);
    const databaseId = decoder.decode(await runKv(exchange, "ID"));
    // A relative address holds behind proxies too; the first version knows none.
    const relative = url.pathname === "/" ? PATH.slice(1) : `.${PATH}`;
    return exchange.json(
      200,
      JSON.stringify({
        version,
        databaseId,
        endpoints: [{
          url: version === 1 ? new URL(relative, url).href : relative,
          consistency: "strong",
        }],
        // Where there is no password any token will do, but an empty one clients do not take.
        token: bearer(request.headers) || "none",
        expiresAt: new Date(host.store.engine.clock.now() + VALID_MS).toISOString(),
      }),
    );
  };
}
