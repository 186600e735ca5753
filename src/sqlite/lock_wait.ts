/**
 * Waiting for the write lock by the clock. SQLite counts the sleeps that it asks for, and a signal cuts
 * each short: to a process that a profiler interrupts every millisecond five seconds are fifty
 * milliseconds.
 *
 * @module
 */

import { blockFor } from "../runtime/timers.ts";
import { SQLITE, SqliteError, type Statement } from "./sqlite.ts";

/** Milliseconds between two tries. */
const PAUSE_MS = 1;

/**
 * Runs a statement that takes the write lock.
 *
 * @param timeoutMs The connection's busy timeout: each try waits by itself, as far as SQLite's goes.
 * @throws {SqliteError} `busy` if another connection holds the lock for longer than that.
 */
export function runPatiently(statement: Statement, timeoutMs: number): void {
  if (timeoutMs <= 0) return statement.run();
  const startedAt = performance.now();
  for (;;) {
    try {
      return statement.run();
    } catch (error) {
      if (!(error instanceof SqliteError) || error.primary !== SQLITE.BUSY) throw error;
      if (performance.now() - startedAt >= timeoutMs) throw error;
    }
    blockFor(PAUSE_MS);
  }
}
