/** What takes part in the life of a turn. */
export interface TurnListener {
  /**
   * Forget whatever is remembered from the database: it may have changed under us.
   *
   * @param rolledBack Whether that is because the turn was rolled back.
   */
  forget(rolledBack: boolean): void;
  /**
   * Write what is owed to the database; called inside the write transaction, before COMMIT. With the
   * log that is of all turns since the last one.
   */
  beforeCommit(): void;
  /** Write what the turn alone owes the database; called inside the write transaction, as the turn ends. */
  turnEnds?(): void;
  /** Write the rows that others may read; called inside the write transaction. */
  settleRows?(): void;
  /** The turn has just got the write transaction; nothing is written yet. */
  beginWrite?(): void;
  /** Let go of what is kept as long as the database says by a version that it is as it was. */
  letGo?(): void;
}

/** The listeners of an engine, each of them called in the order in which they were added. */
export class TurnListeners {
  readonly #all: TurnListener[] = [];
  readonly #begins: TurnListener[] = [];
  readonly #ends: TurnListener[] = [];
  readonly #settles: TurnListener[] = [];

  /** Adds one. */
  add(listener: TurnListener): void {
    this.#all.push(listener);
    if (listener.beginWrite !== undefined) this.#begins.push(listener);
    if (listener.turnEnds !== undefined) this.#ends.push(listener);
    if (listener.settleRows !== undefined) this.#settles.push(listener);
  }

  /** See {@linkcode TurnListener.forget}. */
  forget(rolledBack: boolean): void {
    for (const listener of this.#all) listener.forget(rolledBack);
  }

  /** See {@linkcode TurnListener.beforeCommit}. */
  beforeCommit(): void {
    for (const listener of this.#all) listener.beforeCommit();
  }

  /** See {@linkcode TurnListener.turnEnds}. */
  turnEnds(): void {
    for (const listener of this.#ends) listener.turnEnds?.();
  }

  /** See {@linkcode TurnListener.settleRows}. */
  settleRows(): void {
    for (const listener of this.#settles) listener.settleRows?.();
  }

  /** See {@linkcode TurnListener.beginWrite}. */
  beginWrite(): void {
    for (const listener of this.#begins) listener.beginWrite?.();
  }

  /** See {@linkcode TurnListener.letGo}. */
  letGo(): void {
    for (const listener of this.#all) listener.letGo?.();
  }
}
