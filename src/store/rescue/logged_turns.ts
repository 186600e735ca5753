/**
 * What the log beside a database has that the database lacks, for those who read the database alone or
 * copy it. To apply it takes the commands, so who copies is given what does it.
 *
 * @module
 */

import { UnusableLog } from "../../engine/log/format.ts";
import { findLogs, type FoundLog, hasLog, readTurns, SUFFIXES } from "../../engine/log/reading.ts";
import { removeFile } from "../../engine/log/turn_log.ts";
import { files, isNotFound } from "../../runtime/files.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { type AppliedTurns, appliedTurns, hexOf } from "../log/applied_turns.ts";
import { keptName } from "../log/recovery.ts";
import { messageOf } from "../values/errors.ts";

/** Opens a database that nobody has open, so that its log is applied, and closes it. */
export type ApplyLog = (driver: Driver, path: string) => void;

/** The turns of a log that its database lacks. */
export interface LoggedTurns {
  /** Those that follow what it has. */
  readonly pending: number;
  /** Those that cannot be applied, for one before them is lost or damaged. */
  readonly stranded: number;
}

/**
 * Looks for turns that are in a database's log alone. Where somebody has the database open its log goes
 * on: what is found was there at some moment.
 *
 * @param connection Has the database open already, so that no other log can be begun.
 * @throws {UnusableLog} If the log cannot be read, or is another database's.
 */
export function loggedTurns(connection: Connection, path: string): LoggedTurns {
  const numbers: number[] = [];
  const logs = hasLog(path) ? findLogs(path).filter(({ first }) => first !== undefined) : [];
  for (const log of logs.sort((a, b) => (a.first ?? 0) - (b.first ?? 0))) {
    readTurns(log, ({ number }) => numbers.push(number));
  }
  // After the log: what was written down before is in the one or in the other.
  const applied = logs.length === 0 ? undefined : appliedTurns(connection);
  for (const log of logs) assertOf(log, applied, path);
  let last = applied?.turn ?? 0, pending = 0, stranded = 0;
  for (const number of numbers) {
    if (number <= last) continue;
    if (number > last + 1) stranded++;
    else {
      last++;
      pending++;
    }
  }
  return { pending, stranded };
}

function assertOf(log: FoundLog, applied: AppliedTurns | undefined, path: string): void {
  if (applied === undefined) {
    throw new UnusableLog(`${path} says nothing of a log: ${log.path} is another database's`);
  }
  if (log.identity === undefined || hexOf(log.identity) === applied.identity) return;
  throw new UnusableLog(
    `${log.path} is the log of another database than ${path}, or of a copy of it`,
  );
}

/** Why turns of a log are not applied. */
export const strandedLine = (count: number, path: string): string =>
  `${count} turns of the log beside ${path} cannot be applied, for what came before them is lost or damaged`;

/**
 * Copies the log of a database. Before the database is copied: then everything that was answered is in
 * one of the two copies.
 */
export function copyLog(from: string, to: string): void {
  for (const suffix of SUFFIXES) {
    try {
      using file = files.openSync(from + suffix);
      const bytes = new Uint8Array(file.statSync().size);
      let length = 0;
      for (let read: number | null = 1; read !== null && read > 0 && length < bytes.length;) {
        read = file.readSync(bytes.subarray(length));
        length += read ?? 0;
      }
      files.writeFileSync(to + suffix, bytes.subarray(0, length), { createNew: true });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/**
 * Has the copy of a database take over what the copy of its log has. No log is left.
 *
 * @param copy The copied database, which nobody has open.
 * @param from What it is a copy of, for messages.
 * @param losses Takes a line for what could not be applied.
 * @returns How many turns were applied.
 */
export function applyCopiedLog(
  driver: Driver,
  { copy, from, apply, losses }: {
    readonly copy: string;
    readonly from: string;
    readonly apply: ApplyLog;
    readonly losses: string[];
  },
): number {
  if (!hasLog(copy)) return 0;
  try {
    const connection = driver.open(copy, { create: false });
    let found: LoggedTurns;
    try {
      found = loggedTurns(connection, copy);
    } finally {
      connection.close();
    }
    if (found.pending > 0) apply(driver, copy);
    if (found.stranded > 0) losses.push(strandedLine(found.stranded, from));
    return found.pending;
  } catch (error) {
    losses.push(`the log beside ${from} is left out: ${messageOf(error).replaceAll(copy, from)}`);
    return 0;
  } finally {
    for (const suffix of SUFFIXES) {
      removeFile(copy + suffix);
      removeFile(keptName(copy + suffix));
    }
  }
}
