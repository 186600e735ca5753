/** The log before the database as who keeps it sees it; see write_behind.ts. */

import type { TurnEffects } from "./effects.ts";
import type { SyncedLog } from "./wal_sync.ts";

/** Bytes from which on a file of the log is followed by the other one, unless they are to be fewer. */
export const LOG_FILE_BYTES = 32 * 1024 * 1024;

/** A log as it is written; see log/turn_log.ts. */
export interface LogBefore extends SyncedLog {
  /** The number of the last turn that was appended, or was committed without the log. */
  last: number;
  /** Whether a sync has failed. */
  readonly broken: boolean;
  /** Bytes from which on it goes on in its other file. */
  fileBytes: number;
  /** Whether its file is still the one under its name. */
  readonly inPlace: boolean;
  /** Bytes of its files. */
  readonly size: number;
  /** Whether it should go on in another file, which is not free. */
  readonly large: boolean;
  /** Appends a turn under the next number. @returns Whether it is in the log; if not, nothing of it is. */
  append(effects: TurnEffects): boolean;
  /** Something was committed. @returns Whether it goes on in another file. */
  rotate(): boolean;
  /** All turns up to a number are on the disk in the database. */
  free(turn: number): void;
  /** Calls `take` with each turn after a number. */
  turnsAfter(turn: number, take: (turn: TurnEffects) => void): void;
  /** Ends it: nothing in it is of use any more. */
  remove(): void;
  /** Ends it and leaves it where it is. */
  close(): void;
}

/** What the log is of, and what stands around it. */
export interface WriteBehindParts {
  /** Makes a new log, on the disk; undefined if it cannot be made. */
  makeLog(identity: Uint8Array): LogBefore | undefined;
  /** Whether anybody else has the database open; undefined where that cannot be told. */
  othersIn(): boolean | undefined;
  /** Writes into the open transaction which log the database has, and the last turn applied. */
  saveApplied(identity: Uint8Array, turn: number): void;
  /** Whether that is still what the database says, and which turn. */
  applied(identity: Uint8Array): number | undefined;
  /** Runs the effects of a turn, within a turn of the engine. */
  apply(effects: TurnEffects): void;
  /** Puts everything committed on the disk. */
  syncWal(): Promise<void>;
  /** The same at once. */
  syncWalNow(): boolean;
  /** Whether the database has gone from its name, so that its log must not be left for another. */
  orphaned(): boolean;
  /** The turns from here on are in the log, or not any more. */
  logged(log: LogBefore | undefined): void;
}
