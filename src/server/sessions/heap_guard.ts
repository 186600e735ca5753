/**
 * What clients make the server hold, and who goes when it is too much.
 *
 * V8 ends the process when its heap is full, so the heap is looked at every {@linkcode LOOK_EVERY} bytes
 * that clients send: past {@linkcode NEARLY_FULL} of its limit the client that holds most is closed. What is held in
 * arrays of bytes (input, replies, queued commands) is outside of the heap, and has limits of its own.
 *
 * @module
 */

import { type Heap, heapOfProcess } from "../../engine/heap.ts";

/** What is asked of a client. */
export interface MeasuredClient {
  readonly id: number;
  readonly address: string;
  /** CLIENT NO-EVICT: goes after all others. */
  readonly noEvict: boolean;
  transport(): { readonly totalMemory: number };
  close(): void;
}

/**
 * Closes the client that holds most memory.
 *
 * @param why The end of the sentence that the log gets.
 * @param least Bytes below which closing it would be in vain.
 * @returns Whether one was closed.
 */
export function closeLargestClient(
  clients: Iterable<MeasuredClient>,
  why: string,
  report: (line: string) => void,
  least = 1,
): boolean {
  let largest: MeasuredClient | undefined;
  let most = 0;
  for (const client of clients) {
    const { totalMemory } = client.transport();
    if (totalMemory < least) continue;
    const isLarger = largest === undefined ||
      (client.noEvict === largest.noEvict ? totalMemory > most : largest.noEvict);
    if (!isLarger) continue;
    largest = client;
    most = totalMemory;
  }
  if (largest === undefined) return false;
  report(`client ${largest.id} (${largest.address}), which holds ${most} bytes, is closed: ${why}`);
  largest.close();
  return true;
}

/** Bytes of input: a channel of one letter takes seven and becomes a kilobyte. */
const LOOK_EVERY = 64 * 1024;
/** The share of the heap's limit that may be in use. */
const NEARLY_FULL = 0.8;
/** A client goes if it holds as large a share of the limit at least. */
const WORTH_CLOSING = 1 / 64;
/** The share of the limit by which the heap must have grown, if it was not collected, before another one goes. */
const FURTHER = 1 / 32;

/** Keeps the heap from getting full. */
export class HeapGuard {
  readonly #clients: () => Iterable<MeasuredClient>;
  readonly #report: (line: string) => void;
  readonly #heap: () => Heap;
  /** The heap's size when a client was closed last, until it was collected. */
  #closedAt = 0;
  #received = 0;

  /** @param heap Tells the size of the heap. */
  constructor(
    clients: () => Iterable<MeasuredClient>,
    report: (line: string) => void,
    heap: () => Heap = heapOfProcess,
  ) {
    this.#clients = clients;
    this.#report = report;
    this.#heap = heap;
  }

  /** Looks at the heap if clients have sent much since the last time. */
  received(bytes: number): void {
    this.#received += bytes;
    if (this.#received >= LOOK_EVERY) this.check();
  }

  /** Closes the largest client if the heap is nearly full. */
  check(): void {
    this.#received = 0;
    const { used, limit } = this.#heap();
    if (used < limit * NEARLY_FULL) {
      this.#closedAt = 0;
      return;
    }
    // What the last one held is not free before the heap is collected.
    const collected = used < this.#closedAt;
    if (this.#closedAt > 0 && !collected && used < this.#closedAt + limit * FURTHER) return;
    this.#closedAt = 0;
    const why = `${mb(used)} of the ${
      mb(limit)
    } MB of heap are in use (--v8-flags=--max-old-space-size)`;
    if (closeLargestClient(this.#clients(), why, this.#report, limit * WORTH_CLOSING)) {
      this.#closedAt = used;
    }
  }
}

const mb = (bytes: number) => Math.round(bytes / (1024 * 1024));
