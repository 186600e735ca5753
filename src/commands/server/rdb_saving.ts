/** What SAVE and its kin ask of an RDB file that the server keeps beside its data. */

/** The file. */
export interface RdbSaving {
  /** When the save that runs began, Unix time in milliseconds; undefined if none does. */
  readonly savingSinceMs: number | undefined;
  /** When the last save ended well, Unix time in seconds; 0 if none has. */
  readonly lastSaveAt: number;
  /** Whether the last save ended well. */
  readonly lastSaveOk: boolean;
  /** How long it took; -1 if there was none. */
  readonly lastSaveSeconds: number;
  /** Saves that ended well. */
  readonly saves: number;
  /**
   * Writes what is committed now. Call with no turn open.
   *
   * @throws {CommandError} If a save runs already.
   */
  save(): Promise<void>;
}
