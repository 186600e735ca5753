/** A key's bytes where they stand: `bytes[start, end)`. */
export interface KeyBytes {
  /** The array they are in. */
  readonly bytes: Uint8Array;
  /** Where they begin. */
  readonly start: number;
  /** Where they end. */
  readonly end: number;
  /** The bytes as an array of their own. */
  copy(): Uint8Array;
  /** The bytes as characters of the same codes. */
  latin1(): string;
}

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

/**
 * Is told of each change at once, in the middle of the command that makes it. The turn may still be
 * rolled back: what a watcher tells anybody must wait for the commit, as replies do.
 */
export interface ChangeWatcher {
  /** @internal A key changed. `key` is valid until the call returns. */
  changed(db: number, key: KeyBytes, event: string): void;
  /** @internal A whole database changed, or two. */
  flushed(flush: Flush): void;
}

/** What is told of a key beside its changes, named as in Redis's keyspace notifications. */
export type KeyNote = "new" | "keymiss" | "overwritten" | "type_changed";

/** Is told at once, as a {@linkcode ChangeWatcher}, of what only keyspace notifications care for. */
export interface DetailWatcher {
  /** A key was made, was missed by a read, or was given a value in place of its old one. */
  noted(db: number, key: KeyBytes, note: KeyNote): void;
  /** Which fields of a hash an event was about that was told before. They are valid until the call returns. */
  fieldsChanged(db: number, key: KeyBytes, event: string, fields: readonly KeyBytes[]): void;
}

/** Tells of the changes of a turn: at once to watchers, after its commit to listeners. */
export class Changes {
  /** @internal Whoever wants to know more than changes. */
  details: DetailWatcher | undefined;
  /** Changes that were committed. */
  committed = 0;
  /** Changes by commands so far, those of turns that failed included: what expires is none. */
  made = 0;
  #told = 0;
  /** Whether anyone wants to know. */
  observed = false;
  readonly #listeners = new Set<ChangeListener>();
  #watchers: readonly ChangeWatcher[] = [];
  /** Those of them whose work is in the database. */
  readonly #derived = new Set<ChangeWatcher>();
  #pending: (Change | Flush)[] = [];
  #muted = false;

  /**
   * Adds a listener.
   *
   * @returns A function that removes it.
   * @internal
   */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    this.#observe();
    return () => {
      this.#listeners.delete(listener);
      this.#observe();
    };
  }

  /**
   * Adds a watcher. Watchers are told in the order they were added.
   *
   * @param derived Whether what it makes of changes is in the database, so that it has to be told of
   * those that are made once more, too.
   * @returns A function that removes it.
   */
  watch(watcher: ChangeWatcher, derived = false): () => void {
    this.#watchers = [...this.#watchers, watcher];
    if (derived) this.#derived.add(watcher);
    this.#observe();
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
      this.#derived.delete(watcher);
      this.#observe();
    };
  }

  /** Makes changes once more that were told before: nobody hears of them but who derives from them. */
  repeat(work: () => void): void {
    const { details, made } = this;
    const watchers = this.#watchers, listeners = [...this.#listeners];
    this.details = undefined;
    this.#watchers = watchers.filter((watcher) => this.#derived.has(watcher));
    this.#listeners.clear();
    this.#observe();
    try {
      work();
    } finally {
      this.details = details;
      this.made = made;
      this.#told = 0;
      // Who derives may have begun or ended to watch meanwhile.
      const now = new Set(this.#watchers);
      this.#watchers = [
        ...watchers.filter((watcher) => now.delete(watcher) || !this.#derived.has(watcher)),
        ...now,
      ];
      for (const listener of listeners) this.#listeners.add(listener);
      this.#observe();
    }
  }

  #observe(): void {
    this.observed = !this.#muted && (this.#listeners.size > 0 || this.#watchers.length > 0);
  }

  /** Changes data that nobody sees yet, and tells nobody of it. */
  quietly(work: () => void): void {
    const { details } = this;
    this.details = undefined;
    this.#muted = true;
    this.#observe();
    try {
      work();
    } finally {
      this.details = details;
      this.#muted = false;
      this.#observe();
    }
  }

  /** @internal Notes that a key was changed in this turn. */
  add(db: number, key: KeyBytes, event: string): void {
    this.made++;
    this.addByItself(db, key, event);
  }

  /** Notes that a command changed what nobody is told of, such as who has read an entry. */
  addUntold(): void {
    this.made++;
    this.#told++;
  }

  /**
   * Tells of what is no command's change: a key or a field that is expired or evicted.
   *
   * @internal
   */
  addByItself(db: number, key: KeyBytes, event: string): void {
    this.#told++;
    if (!this.observed) return;
    for (const watcher of this.#watchers) watcher.changed(db, key, event);
    if (this.#listeners.size > 0) this.#pending.push({ db, key: key.copy(), event });
  }

  /** @internal Notes that a database was changed in this turn. */
  addFlush(flush: Flush): void {
    this.made++;
    this.#told++;
    for (const watcher of this.#watchers) watcher.flushed(flush);
    if (this.#listeners.size > 0) this.#pending.push(flush);
  }

  /** Tells listeners the turn's changes; call after its commit. */
  deliver(): void {
    this.committed += this.#told;
    this.#told = 0;
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
    this.#told = 0;
    if (this.#pending.length > 0) this.#pending = [];
  }
}
