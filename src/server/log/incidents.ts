/** What happens to a server that an operator should know of, in words. */

import type { Client } from "../../commands/table/client.ts";
import type { TurnFailed } from "../../engine/turn_errors.ts";
import { SqliteError } from "../../sqlite/sqlite.ts";
import type { Job, JobWatcher } from "../../engine/jobs.ts";
import type { CutOffCause, Log } from "./log.ts";

/** Clients cut off for one cause that are told of each minute. */
const MOST_CUT_OFF = 20;
/** Milliseconds from which on a checkpoint is slow: writes may have waited for its end. */
const SLOW_CHECKPOINT_MS = 1000;

/** Milliseconds between two lines about how far a job is. */
const PROGRESS_MS = 5000;
/** Milliseconds from which on the end of a job is worth a line that most logs have. */
const LONG_JOB_MS = 1000;

/** Writes a server's incidents into its log. */
export class Incidents implements JobWatcher {
  /** Whether what clients call themselves is left out (`hide-user-data-from-log`). */
  hidesUserData = false;
  readonly #log: Log;
  #damaged = false;
  #checkpointsFail = false;
  readonly #now: () => number;
  /** When a line about each job was last written. */
  readonly #toldAtMs = new WeakMap<Job, number>();

  /** @param now Unix time in milliseconds. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  progressed(job: Job): void {
    const now = this.#now();
    if (now - (this.#toldAtMs.get(job) ?? job.startedAtMs) < PROGRESS_MS) return;
    this.#toldAtMs.set(job, now);
    const { share } = job;
    const part = share === undefined ? "" : `, ${Math.floor(share * 100)} %`;
    this.#log.report(`${job.job}: ${job.phase}${part}`, "notice");
  }

  ended(job: Job, failure: unknown): void {
    const ms = this.#now() - job.startedAtMs;
    const seconds = (ms / 1000).toFixed(1);
    const level = ms >= LONG_JOB_MS || failure !== undefined ? "notice" : "verbose";
    const reason = failure instanceof Error ? failure.message : String(failure);
    const outcome = failure === undefined ? "done" : `failed (${reason})`;
    this.#log.report(`${job.job}: ${outcome} after ${seconds} s`, level);
  }

  /** A client is cut off. Whoever speaks no RESP may come again and again: that is told once. */
  cutOff(client: Client, cause: CutOffCause, why: string): void {
    const most = cause === "protocol error" || cause === "another protocol" ? 1 : MOST_CUT_OFF;
    this.#log.limited(cause, `${this.#nameOf(client)} is cut off: ${why}`, "warning", most);
  }

  /** A connection was not let in. */
  turnedAway(address: string, why: string): void {
    this.#log.limited(why, `a connection from ${address} is turned away: ${why}`);
  }

  /** A client came or went. */
  connection(client: Client, what: "connected" | "closed"): void {
    if (this.#log.takes("verbose")) this.#log.report(`${this.#nameOf(client)} ${what}`, "verbose");
  }

  /** The writes of a turn were refused. */
  refused({ cause, message }: TurnFailed): void {
    if (cause instanceof SqliteError && cause.corrupt) this.damaged(cause.message);
    const kind = cause instanceof SqliteError ? `refused ${cause.code}` : `refused ${message}`;
    this.#log.limited(kind, `a turn was rolled back: ${message}`);
  }

  /** The database is damaged. The first time counts: from then on every client meets it. */
  damaged(reason: string): void {
    if (this.#damaged) return;
    this.#damaged = true;
    this.#log.report(
      `the database file is damaged: ${reason}; INTEGRITY tells what is wrong, ` +
        "and a backup is what mends it",
    );
  }

  /** A checkpoint has ended. */
  checkpointEnded(ms: number, failure: unknown): void {
    if (failure !== undefined) {
      this.#checkpointsFail = true;
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#log.limited("checkpoint", `a checkpoint failed, the next write tries again: ${reason}`);
      return;
    }
    if (this.#checkpointsFail) this.#log.report("checkpoints succeed again", "notice");
    this.#checkpointsFail = false;
    const seconds = (ms / 1000).toFixed(1);
    if (ms < SLOW_CHECKPOINT_MS) this.#log.report(`a checkpoint took ${seconds} s`, "debug");
    else this.#log.limited("slow checkpoint", `a checkpoint took ${seconds} s: the disk is slow`);
  }

  #nameOf({ id, address, name, account }: Client): string {
    const shown = (text: string) => this.hidesUserData ? "*redacted*" : text;
    const called = name === "" ? "" : `, ${shown(name)}`;
    return `client ${id} (${address}${called}, user ${shown(account.name)})`;
  }
}
