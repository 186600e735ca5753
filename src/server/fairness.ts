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

/** Milliseconds of one slice. */
export const SLICE_MS = 1.5;
/** Milliseconds of slices between two pauses while several clients are at work. */
const SHARED_MS = 3;
/** The same while one is: somebody else may come. */
const ALONE_MS = 20;

/** The pauses of one server's busiest clients. */
export class Fairness {
  /** Clients that sent commands of late. */
  activeClients = 0;
  #workedMs = 0;
  #pause: Promise<void> | undefined;

  /** Notes a slice. @returns What is to be waited for before the next one, if it is time for that. */
  worked(ms: number): Promise<void> | undefined {
    this.#workedMs += ms;
    const limit = this.activeClients > 1 ? SHARED_MS : ALONE_MS;
    if (this.#pause === undefined && this.#workedMs < limit) return undefined;
    return this.#pause ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#pause = undefined;
        this.#workedMs = 0;
        resolve();
      }, 0);
    });
  }
}
