/** Databases that are served in the test's process, and raw clients of theirs. */

import {
  type ListenOptions,
  Redlite,
  type RedliteOptions,
  type RedliteServer,
} from "../../../mod.ts";
import { format, RespClient } from "../../harness/resp_client.ts";

/** A database in memory that is served, with what connects to it. */
export class Served implements AsyncDisposable {
  readonly db: Redlite;
  readonly server: RedliteServer;
  readonly #clients: RespClient[] = [];

  constructor(db: Redlite, server: RedliteServer) {
    this.db = db;
    this.server = server;
  }

  /** Connects a client. */
  async connect(resp: 2 | 3 = 2, password?: string): Promise<RespClient> {
    const { hostname, port } = this.server;
    const client = await RespClient.connect({ hostname, port, resp, password });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.db.close();
  }
}

/** Opens a database in memory, and serves it. */
export async function serve(
  options: RedliteOptions = {},
  listening: ListenOptions = {},
): Promise<Served> {
  const db = Redlite.open(":memory:", options);
  return new Served(db, await db.listen(listening));
}

/** A client's replies to command lines, one after the other. */
export async function say(client: RespClient, ...lines: string[]): Promise<string[]> {
  return (await client.pipeline(lines.map((line) => line.split(" ")))).map(format);
}

/** Resolves when something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** How many clients wait in blocking commands. */
export function waiting(db: Redlite): number {
  return Number(/blocked_clients:(\d+)/.exec(String(db.call("INFO", "clients")))?.[1]);
}
