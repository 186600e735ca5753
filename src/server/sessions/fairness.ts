/**
 * Lets everybody have a turn while a client's pipeline keeps its socket full.
 *
 * Two habits of the runtime are in the way: a read whose bytes are there already resolves without a
 * pass of the event loop, and while there is work the event loop looks for what other sockets have
 * only now and then (every 61st pass). Both end when there is nothing to do for a moment. So whoever
 * has more than a buffer of commands runs them in slices, and after some of them all such clients
 * pause for a timer's tick, which takes one to two milliseconds.
 *
 * @module
 */

/** Milliseconds of a slice, its commit not included, and between two pauses, while several clients are at work. */
const SHARED = { sliceMs: 1.5, pauseMs: 3 };
/** The same while one is: somebody else may come, but a commit for a few commands takes longer than they do. */
const ALONE = { sliceMs: 20, pauseMs: 40 };

/** The pauses of one server's busiest clients. */
export class Fairness {
  /** Clients that sent commands of late. */
  activeClients = 0;
  #resumedAt = 0;
  #pause: Promise<void> | undefined;

  /** How long a client may go on at a time, in milliseconds. */
  get sliceMs(): number {
    return this.#pace.sliceMs;
  }

  get #pace(): typeof SHARED {
    return this.activeClients > 1 ? SHARED : ALONE;
  }

  /** What a client that has more to do waits for first: its next turn, or a pause if it is time. */
  next(): Promise<void> {
    const workedMs = performance.now() - this.#resumedAt;
    if (this.#pause === undefined && workedMs < this.#pace.pauseMs) {
      return new Promise((resolve) => setImmediate(resolve));
    }
    return this.#pause ??= this.#begin();
  }

  async #begin(): Promise<void> {
    // The others of this pass come first: the tick must not be over before they have stopped too.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#pause = undefined;
    this.#resumedAt = performance.now();
  }
}
