/**
 * What `--handshake` prints in place of the line for people: one line of JSON for the program that
 * started the server, either where it listens and what it can do, or why it does not start.
 */

import { REDIS_VERSION, VERSION } from "../../commands/table/version.ts";

/** Capabilities, and for each a command that is there if it is. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  backup: "backup",
  geo: "geoadd",
  history: "history",
  json: "json.set",
  keyinfo: "keyinfo",
  scripts: "eval",
  search: "ft.search",
  sql: "sql",
  vacuum: "vacuum",
  vectors: "vadd",
};

/** Where a server listens. */
export interface HandshakePlace {
  /** The path of a Unix socket. */
  readonly unix?: string | undefined;
  /** The host of the first TCP address. */
  readonly host?: string | undefined;
  /** Its port. */
  readonly port?: number | undefined;
  /** The password that was made for the program, if there is one. */
  readonly password?: string | undefined;
}

/** The line of a server that is ready. @param has Whether there is a command of a name. */
export function handshakeLine(place: HandshakePlace, has: (command: string) => boolean): string {
  const capabilities = Object.entries(CAPABILITIES)
    .filter(([, command]) => has(command)).map(([name]) => name);
  return JSON.stringify({
    redlite: VERSION,
    redis: REDIS_VERSION,
    pid: Deno.pid,
    ...place,
    capabilities,
  });
}

/** The line of a server that does not start. */
export function refusalLine(message: string): string {
  return JSON.stringify({ error: message });
}
