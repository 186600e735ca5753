/**
 * `maxmemory-clients`: when all clients together take more memory than that, those that take most
 * are closed until the others fit.
 *
 * Without a limit nothing is counted. With one, a client is counted anew when a turn it took part in
 * is over, which is when its buffers have grown.
 *
 * @module
 */

/** A client whose memory is counted. */
export interface CountedClient {
  /** Bytes it takes now. */
  readonly memory: number;
  /** Bytes of it that are in the sum. */
  countedMemory: number;
  /** Whether it asked to be spared (CLIENT NO-EVICT). */
  readonly noEvict: boolean;
  /** Closes it. */
  evict(): void;
}

/** The memory of all clients of one server. */
export class ClientMemory {
  /** Bytes that all clients may take, 0 for any number. */
  limit = 0;
  readonly #clients = new Set<CountedClient>();
  #total = 0;

  /**
   * Sets the limit, and makes it hold.
   *
   * @param text Bytes, or a percentage of `maxmemory`.
   */
  setLimit(text: string, maxmemory: number): void {
    this.limit = text.endsWith("%")
      ? Math.floor(maxmemory * Number(text.slice(0, -1)) / 100)
      : Number(text);
    this.check();
  }

  /** A client is there. */
  add(client: CountedClient): void {
    this.#clients.add(client);
  }

  /** A client is gone. */
  delete(client: CountedClient): void {
    if (!this.#clients.delete(client)) return;
    this.#total -= client.countedMemory;
    client.countedMemory = 0;
  }

  /** Counts a client anew. */
  update(client: CountedClient): void {
    this.#count(client);
    if (this.#total > this.limit) this.#evict();
  }

  /** Counts all clients anew. */
  check(): void {
    if (this.limit === 0) return;
    for (const client of this.#clients) this.#count(client);
    if (this.#total > this.limit) this.#evict();
  }

  #count(client: CountedClient): void {
    const { memory } = client;
    this.#total += memory - client.countedMemory;
    client.countedMemory = memory;
  }

  #evict(): void {
    const largestFirst = [...this.#clients].filter(({ noEvict }) => !noEvict)
      .sort((a, b) => b.countedMemory - a.countedMemory);
    for (const client of largestFirst) {
      if (this.#total <= this.limit) break;
      this.delete(client);
      client.evict();
    }
  }
}
