/**
 * Has the requests of one pass of the event loop run their commands in one turn, as those of RESP
 * clients do: Deno hands requests over one by one, and each alone would be a transaction of its own.
 * With 50 clients a turn has 30 commands then, and a SET takes half of the processor time.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** What a request waits for before its commands run. */
export class Gathering {
  #waiting: (() => void)[] = [];

  /** Sends the commands of a request when all others of the pass are there. */
  add(send: () => void): void {
    if (this.#waiting.push(send) === 1) setImmediate(this.#sendAll);
  }

  readonly #sendAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send();
  };
}
