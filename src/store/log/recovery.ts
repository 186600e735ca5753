/**
 * Applying what a log has and its database lacks, when the database is opened: its owner has ended
 * without closing it.
 *
 * @module
 */

import type { TurnEffects } from "../../engine/effects.ts";
import type { Engine } from "../../engine/engine.ts";
import { IDENTITY, UnusableLog } from "../../engine/log/format.ts";
import { findLogs, type FoundLog, hasLog, readTurns } from "../../engine/log/reading.ts";
import { removeFile, syncDirectoryOf } from "../../engine/log/turn_log.ts";
import { files, isNotFound } from "../../runtime/files.ts";
import { SQLITE, SqliteError } from "../../sqlite/sqlite.ts";
import { type AppliedTurnsRow, hexOf } from "./applied_turns.ts";

/** Bytes between two lines about how far it is. */
const TOLD_BYTES = 4 * 1024 * 1024;

/** The name of a log that is kept for somebody to look at. */
export function keptName(path: string): string {
  return `${path}.unapplied`;
}

/** What recovery works with. */
export interface RecoveryParts {
  readonly engine: Engine;
  readonly row: AppliedTurnsRow;
  /** The database's path. */
  readonly path: string;
  /** Runs the effects of a turn. */
  apply(effects: TurnEffects): void;
  /** Whether nobody else has the database open; undefined if that cannot be told. */
  readonly alone: boolean | undefined;
  /** Puts what is committed on the disk. @returns Whether it is there. */
  syncWalNow(): boolean;
  /** Takes lines about what was done. */
  report(message: string): void;
}

/** What of a log was done. */
interface Outcome {
  /** Turns that the database lacked. */
  applied: number;
  /** The last turn in the database. */
  last: number;
  /** Turns that cannot be applied, for others before them are missing. */
  stranded: number;
}

/**
 * Applies what the log beside a database has and the database lacks, if there is a log. The files go
 * once that is on the disk; one with turns that cannot be applied is kept under another name.
 *
 * @throws {UnusableLog} If the log cannot be read, or is another database's. Nothing is done then.
 */
export function recover(parts: RecoveryParts): void {
  const { engine, path } = parts;
  if (!hasLog(path)) return;
  const startedAt = performance.now();
  let logs: FoundLog[] = [];
  let outcome: Outcome = { applied: 0, last: 0, stranded: 0 };
  const apply = () =>
    engine.alone(() => {
      // Not before: while somebody else has the lock, the log is ahead of the database.
      logs = findLogs(path);
      outcome = applyAll(parts, logs);
    });
  try {
    apply();
  } catch (error) {
    if (!(error instanceof SqliteError && error.primary === SQLITE.FULL)) throw error;
    try {
      // The WAL starts over, and has room again, once all of it is in the file.
      engine.connection.checkpoint();
      apply();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the log of ${path} cannot be applied: ${why}`, { cause: error });
    }
  }
  const { applied, stranded } = outcome;
  // A log that tells nothing new may be that of somebody who has the database open.
  if (applied === 0 && stranded === 0 && parts.alone !== true) return;
  if (!parts.syncWalNow()) return;
  for (const log of logs) {
    if (stranded === 0) removeFile(log.path);
    else keepFile(log.path);
  }
  syncDirectoryOf(path);
  if (applied > 0) {
    const ms = Math.round(performance.now() - startedAt);
    parts.report(`${applied} turns of the log were not in the database yet: applied in ${ms} ms`);
  }
  if (stranded > 0) {
    parts.report(
      `${stranded} turns of the log cannot be applied, for what came before them is lost or damaged: ` +
        `${logs.map((log) => keptName(log.path)).join(" and ")} keep them`,
    );
  }
}

function keepFile(path: string): void {
  try {
    files.renameSync(path, keptName(path));
  } catch (error) {
    // Another process that opened the database at the same moment has done it.
    if (!isNotFound(error)) throw error;
  }
}

/** Makes sure that nothing is missing from a database that is open for reading only. */
export function assertApplied(path: string, row: AppliedTurnsRow): void {
  if (!hasLog(path)) return;
  const logs = findLogs(path);
  const applied = row.load();
  for (const log of ownLogs(path, logs, applied?.identity)) {
    let last = 0;
    readTurns(log, ({ number }) => last = number);
    if (last > (applied?.turn ?? 0)) {
      throw new UnusableLog(
        `${path} was not closed cleanly: ${log.path} has what is not in it yet; ` +
          "open it once for writing",
      );
    }
  }
}

function ownLogs(
  path: string,
  logs: readonly FoundLog[],
  identity: string | undefined,
): FoundLog[] {
  const withTurns = logs.filter((log) => log.first !== undefined && log.identity !== undefined);
  for (const log of withTurns) {
    if (hexOf(log.identity ?? new Uint8Array(IDENTITY)) === identity) continue;
    throw new UnusableLog(
      `${log.path} is the log of another database than ${path}, or of a copy of it: ` +
        "move it to where it belongs, or away",
    );
  }
  return withTurns.sort((a, b) => (a.first ?? 0) - (b.first ?? 0));
}

function applyAll(parts: RecoveryParts, logs: readonly FoundLog[]): Outcome {
  const { engine, row, path, report } = parts;
  const applied = row.load();
  const outcome: Outcome = { applied: 0, last: applied?.turn ?? 0, stranded: 0 };
  const own = ownLogs(path, logs, applied?.identity);
  const total = own.reduce((sum, { size }) => sum + size, 0);
  let before = 0, told = 0;
  for (const log of own) {
    readTurns(log, (turn, end) => {
      if (turn.number <= outcome.last) return;
      if (turn.number > outcome.last + 1) {
        outcome.stranded++;
        return;
      }
      try {
        engine.repeatTurn(turn.atMs, () => parts.apply(turn));
      } catch (error) {
        if (error instanceof SqliteError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new UnusableLog(`${log.path}: turn ${turn.number} cannot be applied: ${why}`, {
          cause: error,
        });
      }
      outcome.last++;
      outcome.applied++;
      if (before + end - told < TOLD_BYTES) return;
      told = before + end;
      report(`applying the log: ${Math.floor(100 * told / total)} %`);
    });
    before += log.size;
  }
  if (applied !== undefined && outcome.applied > 0) {
    row.save({ identity: applied.identity, turn: outcome.last });
  }
  return outcome;
}
