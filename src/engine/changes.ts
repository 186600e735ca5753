/** What happened to a key, told after the commit that made it last. */
export interface Change {
  /** The database's index, as in SELECT. */
  readonly db: number;
  /** A copy of the key. */
  readonly key: Uint8Array;
  /** The event, named as in Redis's keyspace notifications: `set`, `del`, `expired`… */
  readonly event: string;
}

/** A change of a whole database or of two: every key may be different now. */
export interface Flush {
  /** `flushdb` or `swapdb`. */
  readonly event: "flushdb" | "swapdb";
  /** The database's index. */
  readonly db: number;
  /** The other database of a swap. */
  readonly otherDb?: number;
}

/** Takes the changes of one committed turn, in order. */
export type ChangeListener = (changes: readonly (Change | Flush)[]) => void;

/** Collects the changes of a turn and tells them after its commit. */
export class Changes {
  /** Whether anyone listens. Without a listener nothing is collected, so check before `add`. */
  observed = false;
  readonly #listeners = new Set<ChangeListener>();
  #pending: (Change | Flush)[] = [];

  /**
   * Adds a listener.
   *
   * @returns A function that removes it.
   */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    this.observed = true;
    return () => {
      this.#listeners.delete(listener);
      this.observed = this.#listeners.size > 0;
    };
  }

  /** Notes a change of this turn. */
  add(change: Change | Flush): void {
    this.#pending.push(change);
  }

  /** Tells the turn's changes; call after its commit. */
  deliver(): void {
    if (this.#pending.length === 0) return;
    const changes = this.#pending;
    this.#pending = [];
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        // The turn is committed: what follows its commit must not be kept from happening.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Forgets the turn's changes; call after its rollback. */
  discard(): void {
    if (this.#pending.length > 0) this.#pending = [];
  }
}
