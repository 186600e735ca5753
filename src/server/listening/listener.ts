/**
 * A listener that outlives trouble. Without a file descriptor left, clients wait in the system's
 * queue and are accepted when one is free. A new certificate means a new listener at the same
 * address, for the runtime has no other way; it is opened as soon as the former one is gone, a
 * millisecond or two later, and connections stay.
 *
 * @module
 */

import { files } from "../../runtime/files.ts";
import {
  isAddressInUse,
  type NetworkConnection,
  type NetworkListener,
} from "../../runtime/network.ts";
import { formatAddress } from "./address.ts";
import { messageOf } from "../../store/values/errors.ts";

/** Milliseconds between two tries to accept, or to listen, after one that failed. */
const RETRY_MS = 50;
/** Tries to listen at an address that the listener before still holds, a millisecond apart. */
const HANDOVER_TRIES = 100;
/** Milliseconds in which an operator is told of a failure once. */
const QUIET_MS = 10_000;

/** Nobody is let in any more. */
export class ListenerClosed extends Error {
  override readonly name = "ListenerClosed";
}

/** What opens a listener, in its own time where the runtime does so. */
export type OpenListener = () => NetworkListener | Promise<NetworkListener>;

/** Accepts connections at one address. */
export interface Listener {
  /** Where. */
  readonly addr: Deno.Addr;
  /**
   * The next connection.
   *
   * @throws {ListenerClosed} Once the listener is closed, and for no other reason.
   */
  accept(): Promise<NetworkConnection>;
  /** Lets no one in any more. Connections stay. Closing twice does nothing. */
  close(): void;
}

/** A listener that can give its address to another one. */
export class ReplaceableListener implements Listener {
  readonly addr: Deno.Addr;
  readonly #log: (message: string) => void;
  readonly #prepare: (connection: NetworkConnection) => void;
  /** What opens the listener again as it is. */
  #open: OpenListener;
  /** What opens the one that is to take its place. */
  #next: OpenListener | undefined;
  #handoverTries = 0;
  /** Undefined as long as the address is another listener's. */
  #listener: NetworkListener | undefined;
  #closed = false;
  /** When the operator was told last that it fails. */
  #toldAtMs = -Infinity;

  /**
   * Listens.
   *
   * @param open What opens the listener anew.
   * @param prepare Called with each connection.
   * @param first The listener; or where, if the address is not free yet: then it is opened when clients
   * are waited for.
   */
  constructor(
    open: OpenListener,
    log: (message: string) => void,
    prepare: (connection: NetworkConnection) => void,
    first: NetworkListener | Deno.Addr,
  ) {
    this.#open = open;
    this.#log = log;
    this.#prepare = prepare;
    if ("accept" in first) {
      this.#listener = first;
      this.addr = first.addr;
    } else {
      this.addr = first;
    }
  }

  async accept(): Promise<NetworkConnection> {
    while (!this.#closed) {
      if (this.#listener === undefined) {
        await this.#reopen(this.#next ?? this.#open);
        continue;
      }
      let connection: NetworkConnection;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) break;
        if (this.#next !== undefined) await this.#reopen(this.#next);
        else await this.#failed(error);
        continue;
      }
      try {
        this.#prepare(connection);
      } catch {
        // The peer is gone already; whoever reads finds that out.
      }
      return connection;
    }
    throw new ListenerClosed("the listener is closed");
  }

  /** Has another listener take over at the same address. */
  replace(open: OpenListener): void {
    if (this.#closed) return;
    this.#next = open;
    this.#handoverTries = 0;
    // The accept that waits fails now, and opens the next one when the address is free.
    closeQuietly(this.#listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { addr } = this;
    closeQuietly(this.#listener);
    if (addr.transport !== "unix") return;
    try {
      files.removeSync(addr.path);
    } catch {
      // Someone has removed it, or the next start will.
    }
  }

  /** Tries to put the next listener in place; as long as it is not, the accept after this one fails. */
  async #reopen(open: OpenListener): Promise<void> {
    try {
      this.#listener = await open();
      this.#open = open;
      this.#next = undefined;
    } catch (error) {
      const taken = isAddressInUse(error);
      if (taken && this.#handoverTries++ < HANDOVER_TRIES) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      } else if (!taken && open !== this.#open) {
        this.#log(
          `cannot listen anew on ${formatAddress(this.addr)}, so everything stays as before: ` +
            messageOf(error),
        );
        this.#next = this.#open;
      } else {
        await this.#failed(error);
      }
    }
  }

  /** Waits a moment after a failure, and tells the operator now and then. */
  async #failed(error: unknown): Promise<void> {
    const now = performance.now();
    if (now - this.#toldAtMs >= QUIET_MS) {
      this.#toldAtMs = now;
      this.#log(`cannot accept connections on ${formatAddress(this.addr)}: ${messageOf(error)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function closeQuietly(listener: NetworkListener | undefined): void {
  try {
    listener?.close();
  } catch {
    // It is closed already.
  }
}
