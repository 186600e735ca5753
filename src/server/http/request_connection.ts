/**
 * The connection of a client that is an HTTP request. To its session it is a connection like any
 * other: commands come in as RESP, replies go out as RESP. So everything holds for it that holds for
 * clients of the protocol: rights, limits, turns, CLIENT LIST and CLIENT KILL, MONITOR, the slow log.
 *
 * @module
 */

import type { ClientConnection } from "../sessions/client_connection.ts";

/** The ends of the connection that a request came by. */
export interface Ends {
  readonly local: Deno.Addr;
  readonly remote: Deno.Addr;
}

/** Who makes an answer of the replies. */
export interface ReplyTaker {
  /** Bytes that it holds. */
  readonly held: number;
  /**
   * Takes replies, which it has to copy.
   *
   * @returns What the next ones have to wait for, if anything.
   */
  take(bytes: Uint8Array): Promise<void> | undefined;
  /** The connection is closed: no more will come. */
  closed(): void;
}

/** A connection that exists in memory alone. */
export class RequestConnection implements ClientConnection {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  /** Who makes an answer of the replies, once something was sent. */
  taker: ReplyTaker | undefined;
  /** Is called when the session has closed it. */
  onClosed: () => void = () => {};
  /** Bytes of the request's body that somebody holds. */
  bodyBytes = 0;
  readonly #live: Set<RequestConnection>;
  #input: Uint8Array = NOTHING;
  #at = 0;
  #ended = false;
  #closed = false;
  #waiting: { into: Uint8Array; resolve: (size: number | null) => void } | undefined;

  /** @param live Has it as long as it is not closed. */
  constructor({ local, remote }: Ends, live: Set<RequestConnection>) {
    this.localAddr = local;
    this.remoteAddr = remote;
    this.#live = live;
    live.add(this);
  }

  get held(): number {
    return this.bodyBytes + this.#input.length + (this.taker?.held ?? 0);
  }

  /** Whether the session is closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends commands. What was sent before has to be answered. */
  send(commands: Uint8Array): void {
    this.#input = commands;
    this.#at = 0;
    this.#serve();
  }

  /** Sends nothing more: the session is closed when everything is answered. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  read(into: Uint8Array): Promise<number | null> {
    return new Promise((resolve) => {
      this.#waiting = { into, resolve };
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#waiting === undefined) return;
    const { into, resolve } = this.#waiting;
    const size = Math.min(into.length, this.#input.length - this.#at);
    if (size === 0 && !this.#ended) return;
    this.#waiting = undefined;
    if (size === 0) return resolve(null);
    into.set(this.#input.subarray(this.#at, this.#at + size));
    this.#at += size;
    if (this.#at === this.#input.length) {
      this.#input = NOTHING;
      this.#at = 0;
    }
    resolve(size);
  }

  async write(bytes: Uint8Array): Promise<number> {
    const wait = this.taker?.take(bytes);
    if (wait !== undefined) await wait;
    return bytes.length;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#live.delete(this);
    this.end();
    this.taker?.closed();
    this.onClosed();
  }
}

const NOTHING = new Uint8Array(0);
