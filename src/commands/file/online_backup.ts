/** BACKUP START and its kin: a backup in the form of Redis's own files, which goes on with what is written. */

import { err } from "../../store/values/errors.ts";
import { replyLater } from "../table/aside.ts";
import type { Context } from "../table/command.ts";

/** What a backup is at. */
export type BackupState = "idle" | "snapshotting" | "incrementing" | "sealed" | "failed";

/** A backup in Redis's form, of which there is one at a time. */
export interface OnlineBackup {
  readonly state: BackupState;
  /** Why it failed; empty if it has not. */
  readonly error: string;
  /** When it began and when it was sealed, Unix time in seconds; 0 if it has not. */
  readonly startedAt: number;
  readonly sealedAt: number;
  /** The files that do not change any more. */
  readonly files: readonly string[];
  /** Begins one. Call with no turn open. @throws {CommandError} If one runs, or its folder is not empty. */
  start(): Promise<void>;
  /** Ends it: it has all that is committed now. Call with no turn open. @throws {CommandError} */
  seal(): Promise<void>;
  /** Gives it up, and removes its files. @throws {CommandError} */
  abort(): Promise<void>;
  /** Removes the files of one that has ended. @throws {CommandError} */
  cleanup(): Promise<void>;
}

/** The words that are no names of files. */
export const SUBCOMMANDS = ["START", "STATUS", "LIST", "SEAL", "ABORT", "CLEANUP"] as const;

/** Runs one of the subcommands. */
export function onlineBackup(context: Context, subcommand: typeof SUBCOMMANDS[number]): void {
  const { reply, host: { onlineBackup: backup } } = context;
  if (backup === undefined) throw err("it takes a server to make such a backup: BACKUP path");
  if (subcommand === "STATUS") {
    reply.map(4);
    reply.text("state");
    reply.text(backup.state);
    reply.text("error");
    reply.text(backup.error);
    reply.text("start_time");
    reply.text(String(backup.startedAt));
    reply.text("end_time");
    reply.text(String(backup.sealedAt));
  } else if (subcommand === "LIST") {
    reply.array(backup.files.length);
    for (const file of backup.files) reply.text(file);
  } else {
    const work = {
      START: () => backup.start(),
      SEAL: () => backup.seal(),
      ABORT: () => backup.abort(),
      CLEANUP: () => backup.cleanup(),
    }[subcommand];
    replyLater(context, work, (reply) => reply.ok());
  }
}
