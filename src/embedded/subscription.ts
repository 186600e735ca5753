/** A subscription of the embedded API: messages as an async iterator. */

import { checked, type Kinds } from "./commands/option_words.ts";
import type { Data } from "./data.ts";

/**
 * A message of a channel.
 *
 * @example
 * ```ts
 * import type { Message } from "@redlite/redlite";
 *
 * const print = ({ channel, message }: Message<string>) => console.log(channel, message);
 * ```
 */
export interface Message<V extends Data> {
  /** The channel it was published to. */
  channel: V;
  /** What was published. */
  message: V;
  /** The pattern it came by, of a subscription to patterns. */
  pattern?: V;
}

/**
 * Options of `subscribe` and `psubscribe`.
 *
 * @example
 * ```ts
 * import type { SubscribeOptions } from "@redlite/redlite";
 *
 * const options: SubscribeOptions = { signal: AbortSignal.timeout(1000), limit: 100 };
 * ```
 */
export interface SubscribeOptions {
  /** Ends the subscription: its messages are dropped, and the iteration throws the signal's reason. */
  signal?: AbortSignal;
  /** Most messages that wait to be read; 10,000 by default. All together have at most 32 MB. */
  limit?: number;
}

/** What they take. */
const SUBSCRIBE: Kinds<SubscribeOptions> = { signal: "signal", limit: "number" };

/**
 * Messages came faster than they were read, and more of them waited than the subscription's `limit`
 * allows. The subscription has ended; those that waited were still delivered.
 *
 * @example
 * ```ts
 * import { SlowSubscriberError } from "@redlite/redlite";
 *
 * const wasTooSlow = (error: unknown) => error instanceof SlowSubscriberError;
 * ```
 */
export class SlowSubscriberError extends Error {
  /** The class's name. */
  override readonly name = "SlowSubscriberError";
}

/** Most messages that wait unless told otherwise, and most bytes, as of Redis's subscribers. */
const DEFAULT_LIMIT = 10_000, MOST_BYTES = 32 * 1024 * 1024;

/**
 * The messages of some channels, from the moment of the subscription on, in the order they were
 * published. It ends with the loop over it, with `await using`, by its signal, or when the database
 * is closed.
 *
 * Messages that are not read wait, up to a limit. Past it the subscription ends with a
 * {@linkcode SlowSubscriberError} after the last message that waited: as a Redis server closes the
 * connection of a subscriber that is too slow, so that nobody misses messages unknowingly.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * await using news = db.subscribe("news");
 * db.publish("news", "hello");
 * const { value } = await news.next();
 * console.log(value?.message); // "hello"
 * ```
 */
export class Subscription<V extends Data>
  implements AsyncIterableIterator<Message<V>, undefined>, AsyncDisposable {
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.#fail(this.#signal?.reason, true);
  #unsubscribe: (() => void) | undefined;
  #queue: { message: Message<V>; size: number }[] = [];
  #bytes = 0;
  readonly #waiting: PromiseWithResolvers<IteratorResult<Message<V>, undefined>>[] = [];
  #failure: { error: unknown } | undefined;

  /** @internal */
  constructor(options: SubscribeOptions) {
    const { limit = DEFAULT_LIMIT, signal } = checked(options, SUBSCRIBE);
    if (!(limit >= 1)) throw new RangeError(`the limit must be at least 1, not ${limit}`);
    this.#limit = limit;
    this.#signal = signal;
  }

  /** @internal Begins; `unsubscribe` is called at the end. */
  begin(unsubscribe: () => void): void {
    this.#unsubscribe = unsubscribe;
    this.#signal?.addEventListener("abort", this.#abort);
    if (this.#signal?.aborted) this.#abort();
  }

  /** @internal Takes a message of so many bytes. */
  offer(message: Message<V>, size: number): void {
    if (this.#unsubscribe === undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ value: message, done: false });
    } else if (this.#queue.length >= this.#limit || this.#bytes + size > MOST_BYTES) {
      const { length } = this.#queue;
      this.#fail(new SlowSubscriberError(`${length} messages wait to be read already`), false);
    } else {
      this.#queue.push({ message, size });
      this.#bytes += size;
    }
  }

  /** The next message, as soon as there is one; at the end, `done`. */
  next(): Promise<IteratorResult<Message<V>, undefined>> {
    const first = this.#queue.shift();
    if (first !== undefined) {
      this.#bytes -= first.size;
      return Promise.resolve({ value: first.message, done: false });
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      return Promise.reject(failure.error);
    }
    if (this.#unsubscribe === undefined) return Promise.resolve(END);
    const waiting: PromiseWithResolvers<IteratorResult<Message<V>, undefined>> = Promise
      .withResolvers();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Ends the subscription; messages that wait are dropped. Ending twice does nothing. */
  return(): Promise<IteratorResult<Message<V>, undefined>> {
    this.#failure = undefined;
    this.#dropQueue();
    this.#end();
    return Promise.resolve(END);
  }

  #fail(error: unknown, atOnce: boolean): void {
    if (this.#unsubscribe === undefined) return;
    if (atOnce) this.#dropQueue();
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#failure = { error };
    else waiting.reject(error);
    this.#end();
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#bytes = 0;
  }

  /** @internal Ends the subscription after the messages that wait. */
  finish(): void {
    this.#end();
  }

  #end(): void {
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    this.#signal?.removeEventListener("abort", this.#abort);
    unsubscribe?.();
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(END);
  }

  /** The subscription itself: two loops over it share its messages. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the subscription at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

const END: { readonly value: undefined; readonly done: true } = { value: undefined, done: true };
