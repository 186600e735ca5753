/**
 * The clients of requests. When a request is answered its client is kept for a moment for the next one
 * of the same connection, as if it were the connection's: a new one would cost as much as everything
 * else that a request takes. One that is not as new any more, for a command has changed its state, is
 * closed with its request.
 *
 * @module
 */

import type { Timer } from "../../engine/clock.ts";
import type { Identity, Unknown } from "./credentials.ts";
import { Gathering } from "./gathering.ts";
import { HttpClient } from "./http_client.ts";
import type { HttpHost } from "./http_host.ts";
import { HttpRefusal } from "./refusal.ts";
import { type Ends, RequestConnection } from "./request_connection.ts";

/** Milliseconds between two looks for clients that nobody has used since the one before. */
const LOOK_MS = 1000;

/** The clients of one server that come by HTTP. */
export class HttpClients {
  readonly #host: HttpHost;
  /** The connections of all clients. */
  readonly #live = new Set<RequestConnection>();
  /** Clients without a request, by the connection that their last one came by. */
  readonly #kept = new Map<string, Kept>();
  readonly #gathering = new Gathering();
  #timer: Timer | undefined;

  constructor(host: HttpHost) {
    this.#host = host;
  }

  /** The client of a request. @throws {HttpRefusal} If it may not come in. */
  enter(ends: Ends, identity: Identity): HttpClient {
    const name = nameOf(ends);
    const kept = this.#kept.get(name);
    if (kept !== undefined) this.#kept.delete(name);
    const client = kept?.client.isReusable ? kept.client : this.#admit(ends);
    client.begin(identity);
    return client;
  }

  #admit(ends: Ends): HttpClient {
    const host = this.#host;
    // Who only might come again makes room for who is there.
    if (host.isFull) this.#closeKept(() => true);
    const refusal = host.refusal(ends.remote);
    if (refusal !== undefined) {
      throw new HttpRefusal(refusal.startsWith("DENIED") ? 403 : 503, refusal);
    }
    const connection = new RequestConnection(ends, this.#live);
    const session = host.admit(connection);
    void session.run();
    return new HttpClient(host, session, connection, this.#gathering);
  }

  /** Notes that a request is answered. */
  leave(ends: Ends, client: HttpClient): void {
    const name = nameOf(ends);
    if (name === "" || !client.isReusable || this.#host.stopping || this.#kept.has(name)) {
      return client.end();
    }
    client.rest();
    this.#kept.set(name, { client, isOld: false });
    this.#timer ??= this.#host.store.engine.clock.after(LOOK_MS, () => this.#look());
  }

  /** Notes in the log that somebody gave what is not right. */
  logUnknown(ends: Ends, { name }: Unknown): void {
    const session = this.#host.admit(new RequestConnection(ends, this.#live));
    this.#host.access.logFailedAuth(session, name);
    session.close();
  }

  #look(): void {
    this.#timer = undefined;
    this.#closeKept(({ isOld }) => isOld);
    for (const kept of this.#kept.values()) kept.isOld = true;
    if (this.#kept.size === 0) return;
    this.#timer = this.#host.store.engine.clock.after(LOOK_MS, () => this.#look());
  }

  #closeKept(matches: (kept: Kept) => boolean): void {
    for (const [name, kept] of this.#kept) {
      if (!matches(kept) && kept.client.isReusable) continue;
      this.#kept.delete(name);
      kept.client.end();
    }
  }

  /** Ends what goes on: streams of events, and commands that wait. */
  close(): void {
    this.#timer?.cancel();
    this.#closeKept(() => true);
    for (const connection of this.#live) connection.end();
  }
}

/** A client without a request. */
interface Kept {
  readonly client: HttpClient;
  /** Whether it was there at the last look. */
  isOld: boolean;
}

/** A name for the connection that a request came by; empty if it is not known. */
function nameOf({ remote }: Ends): string {
  return "hostname" in remote && remote.port !== 0 ? `${remote.port} ${remote.hostname}` : "";
}
