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
