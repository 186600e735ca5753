/** How a turn fails, or is refused. */

/** Another process holds the write lock; nothing was done. Try again a little later. */
export class WriteLocked extends Error {
  override readonly name = "WriteLocked";
}

/** The database is open for reading only; nothing was done. */
export class ReadOnlyDatabase extends Error {
  override readonly name = "ReadOnlyDatabase";
}

/** Writes are refused for a reason that is not SQLite's; nothing was done. */
export class WritesRefused extends Error {
  override readonly name = "WritesRefused";
}

/** The turn was rolled back: SQLite failed. Nothing of the turn is stored. */
export class TurnFailed extends Error {
  /** The class's name. */
  override readonly name = "TurnFailed";
}
