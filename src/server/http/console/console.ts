/**
 * The console: a page at `/` for people who look at the data, and what it asks for. The page itself
 * holds nothing of the database, so everybody gets it; its requests are those of clients, with a token.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Parser, ProtocolError } from "../../../resp/parser.ts";
import type { Exchange } from "../exchange.ts";
import { badRequest, HttpRefusal } from "../refusal.ts";
import { respond } from "../rest/formats.ts";
import { type CommandSource, takeCommands } from "../rest/rest.ts";
import type { Router } from "../router.ts";
import { assertNoForeignPage } from "../web_pages.ts";

const FOLDER = "/console/";
const PAGE = "page.html";

/** Names that are of their contents. */
const OF_CONTENTS = /-[0-9A-Z]{8}\.\w+$/;
/** Seconds for which a file of such a name is kept. */
const FOREVER = 365 * 24 * 60 * 60;

/** Nothing but the console's own files runs or is shown, and it asks nobody else for anything. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Has the console's paths answered. */
export function mountConsole(router: Router): void {
  router.on("GET", "/", ({ request, host }) => {
    assertNoForeignPage(host, request);
    return file(request, PAGE);
  })
    .on("GET", `${FOLDER}session`, session)
    .on("POST", `${FOLDER}commands`, commands)
    .below(FOLDER, ({ request, path }) => file(request, path.slice(FOLDER.length)));
}

/** A file of the console. */
async function file(request: Request, name: string): Promise<Response> {
  const { ASSETS } = await import("./assets.ts");
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (asset === undefined || request.method !== "GET" && request.method !== "HEAD") {
    throw new HttpRefusal(404, "ERR there is nothing at this address");
  }
  const headers = new Headers({
    "content-type": asset.type,
    "cache-control": OF_CONTENTS.test(name) ? `public, max-age=${FOREVER}, immutable` : "no-cache",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    vary: "accept-encoding",
  });
  const bytes = new Uint8Array(Buffer.from(asset.gzip, "base64"));
  if (/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) {
    headers.set("content-encoding", "gzip");
    return new Response(bytes, { headers });
  }
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain, { headers });
}

/** Who the token is of and what it may run, so that the console offers nothing else. */
function session(exchange: Exchange): Response {
  const { client, host } = exchange;
  const all = host.commands.all().flatMap((command) => [command, ...command.subcommands ?? []]);
  return exchange.json(
    200,
    JSON.stringify({
      user: client.userName,
      databases: host.store.databases.count,
      commands: all.filter((command) => client.permitsSome(command)).map(({ fullName }) =>
        fullName
      ),
    }),
  );
}

/** Commands as Redis's clients send them, answered so: no byte of keys and values is lost on the way. */
async function commands(exchange: Exchange): Promise<Response> {
  await takeCommands(exchange, new RespCommands(await exchange.body(), exchange));
  return await exchange.run((replies) => respond(exchange, "resp2", replies, "each"));
}

/** The commands of a body. */
class RespCommands implements CommandSource {
  readonly #body: Uint8Array;
  readonly #parser: Parser;

  constructor(body: Uint8Array, { client, host: { config } }: Exchange) {
    this.#body = body;
    this.#parser = new Parser(client.args, {
      maxBulkLength: config.clientQueryBufferLimit,
      authenticated: true,
    });
  }

  /** The next command is in the client's arguments. @returns False if there is none any more. */
  next(): boolean {
    const { length } = this.#body;
    try {
      if (this.#parser.next(this.#body, length)) return true;
    } catch (error) {
      if (error instanceof ProtocolError) throw badRequest(error.message);
      throw error;
    }
    if (!this.#parser.idle) throw badRequest("the last command is not complete");
    return false;
  }
}
