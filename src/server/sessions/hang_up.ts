/** The closing of a session's connection. */

import type { NetworkConnection } from "../../runtime/network.ts";

/** Closes one connection. */
export class HangUp {
  #waits = false;
  readonly #connection: Pick<NetworkConnection, "close">;
  readonly #stopped: () => Promise<void>;

  /** @param stopped Gives what resolves when the server has stopped, with an error if it had to. */
  constructor(connection: Pick<NetworkConnection, "close">, stopped: () => Promise<void>) {
    this.#connection = connection;
    this.#stopped = stopped;
  }

  /** Has it stay until the server, which is about to stop, has stopped: that it closes says so. */
  wait(): void {
    this.#waits = true;
  }

  /** Closes it, or has it closed then. */
  run(): void {
    const close = () => {
      try {
        this.#connection.close();
      } catch {
        // It was closed from the other side.
      }
    };
    if (this.#waits) this.#stopped().then(close, close);
    else close();
  }
}
