/**
 * Who is connected: lets clients in, or turns them away, and finds them again.
 *
 * @module
 */

import type { User } from "../../commands/table/access.ts";
import type { Client } from "../../commands/table/client.ts";
import { formatAddress } from "../listening/address.ts";
import type { NetworkConnection } from "../../runtime/network.ts";
import { type Listener, ListenerClosed } from "../listening/listener.ts";
import { DENIED, protectedModeDenies } from "../listening/protected_mode.ts";
import type { Incidents } from "../log/incidents.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { SessionHost } from "./hosts.ts";
import { Session } from "./session.ts";

/** What a client over `maxclients` is told. */
export const TOO_MANY = "ERR max number of clients reached";

/** The connections of one server. */
export class Connections {
  readonly #server: SessionHost;
  readonly #incidents: Incidents;
  readonly #sessions = new Map<number, Session>();
  readonly #listeners = new Set<Listener>();
  /** By which listener each came. */
  readonly #origins = new Map<Session, Listener>();
  #nextId: number;
  #stopping = false;

  /**
   * @param incidents Is told who comes, goes, and is turned away.
   * @param firstId The id of the first client.
   */
  constructor(server: SessionHost, incidents: Incidents, firstId: number) {
    this.#server = server;
    this.#incidents = incidents;
    this.#nextId = firstId;
  }

  /** All sessions, in order of their ids. */
  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** How many there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** An id for a client that is none of the sessions. */
  takeId(): number {
    return this.#nextId++;
  }

  /** The session of an id. */
  get(id: number): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Accepts connections until nobody is let in any more. */
  async accept(listener: Listener): Promise<void> {
    this.#listeners.add(listener);
    try {
      while (!this.#stopping) this.#begin(await listener.accept(), listener);
    } catch (error) {
      if (!(error instanceof ListenerClosed)) throw error;
      if (this.#stopping) return;
      this.#server.report(`not listening on ${formatAddress(listener.addr)} any more`, "notice");
      this.#listeners.delete(listener);
    }
  }

  #begin(connection: NetworkConnection, listener: Listener): void {
    const refusal = this.refusal(connection.remoteAddr);
    if (refusal !== undefined) {
      connection.write(new TextEncoder().encode(`-${refusal}\r\n`)).catch(() => {})
        .finally(() => connection.close());
      return;
    }
    const session = this.admit(connection);
    this.#origins.set(session, listener);
    void session.run();
  }

  /** Why a client may not come in now, which is noted; undefined if it may. */
  refusal(address: Deno.Addr): string | undefined {
    const { config, access, stats } = this.#server;
    let refusal: string, why: string;
    if (access.defaultUser.nopass && protectedModeDenies(address, config)) {
      refusal = DENIED;
      why = "protected mode is on and there is no password";
    } else if (this.#sessions.size >= config.maxClients) {
      refusal = TOO_MANY;
      why = `maxclients is ${config.maxClients}`;
    } else {
      return undefined;
    }
    stats.connectionsRejected++;
    this.#incidents.turnedAway(hostOf(address), why);
    return refusal;
  }

  /** Lets a client in that nothing speaks against. Its session is to be run. */
  admit(connection: ClientConnection): Session {
    this.#server.stats.connectionsReceived++;
    const session = new Session(this.#server, connection, this.#nextId++);
    this.#sessions.set(session.id, session);
    this.#server.clientMemory.add(session);
    this.#incidents.connection(session, "connected");
    return session;
  }

  /** Notes that a session is closed. */
  delete(client: Client): void {
    this.#incidents.connection(client, "closed");
    const session = this.#sessions.get(client.id);
    if (session !== undefined) this.#origins.delete(session);
    this.#sessions.delete(client.id);
  }

  /** Closes the clients of a user. */
  closeOf(user: User): void {
    this.#closeWhere(({ account }) => account === user);
  }

  /** Closes the clients of a user that are subscribed to what it may not hear any more. */
  closeForbidden(user: User): void {
    this.#closeWhere(({ account, subscriptions }) =>
      account === user && subscriptions !== undefined &&
      !this.#server.access.allowsSubscriptions(user, subscriptions)
    );
  }

  #closeWhere(matches: (session: Session) => boolean): void {
    for (const session of [...this.#sessions.values()]) {
      if (!matches(session)) continue;
      if (session === this.#server.executing) session.closeAfterReply();
      else session.close();
    }
  }

  /** Lets nobody in any more. */
  stopListening(): void {
    this.#stopping = true;
    for (const listener of this.#listeners) listener.close();
  }

  /** Closes the connections that came in by some listeners. */
  closeFrom(listeners: readonly Listener[]): void {
    for (const [session, listener] of [...this.#origins]) {
      if (listeners.includes(listener)) session.close();
    }
  }

  /** Closes all connections now. */
  close(): void {
    for (const session of [...this.#sessions.values()]) session.close();
  }
}

function hostOf(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : formatAddress(address);
}
