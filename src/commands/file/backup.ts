/** BACKUP and INTEGRITY: copies of the database file, and whether it is whole. */

import { err, syntaxError } from "../../store/values/errors.ts";
import type { CheckMode } from "../../store/file/integrity.ts";
import { replyLater } from "../table/aside.ts";
import { backupPath } from "../../store/file/backup_path.ts";
import { onlineBackup, SUBCOMMANDS } from "./online_backup.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";

const command = commandsOf("server");

const HELP = [
  "BACKUP path [REPLACE]",
  "    Write what is committed now into a file of the database's directory, or below it.",
  "    REPLACE lets it take the place of another backup.",
  "BACKUP START",
  "    Begin a backup in the form of Redis's files: an RDB file and a log of what follows.",
  "BACKUP STATUS",
  "    Tell what it is at: idle, snapshotting, incrementing, sealed or failed.",
  "BACKUP LIST",
  "    Tell the files that do not change any more.",
  "BACKUP SEAL",
  "    End it, with all that is committed now.",
  "BACKUP ABORT",
  "    Give it up.",
  "BACKUP CLEANUP",
  "    Remove the files of one that was sealed or failed.",
  "BACKUP HELP",
  "    Print this help. A file of this name is ./HELP.",
];

function backup(context: Context): void {
  const { args, reply, store: { backups, path } } = context;
  if (args.is(1, "HELP")) {
    if (args.count > 2) throw syntaxError();
    reply.array(HELP.length);
    for (const line of HELP) reply.status(line);
    return;
  }
  const subcommand = SUBCOMMANDS.find((word) => args.is(1, word));
  if (subcommand !== undefined) {
    if (args.count > 2) throw syntaxError();
    return onlineBackup(context, subcommand);
  }
  if (args.count > 3 || (args.count === 3 && !args.is(2, "REPLACE"))) throw syntaxError();
  if (backups === undefined) {
    throw err("the database is no file of the system: there is no directory for a backup");
  }
  const target = backupPath(path, args.text(1));
  const replace = args.count === 3;
  replyLater(context, () => backups.backup(target, replace), (reply, { path, pages, bytes }) => {
    reply.map(3);
    reply.text("path");
    reply.text(path);
    reply.text("pages");
    reply.integer(pages);
    reply.text("bytes");
    reply.integer(bytes);
  });
}

function integrity(context: Context): void {
  const { args, store, host } = context;
  if (args.count > 2) throw syntaxError();
  let mode: CheckMode = "full";
  if (args.count === 2) {
    if (args.is(1, "QUICK")) mode = "quick";
    else if (!args.is(1, "FULL")) throw syntaxError();
  }
  replyLater(context, () => store.checkIntegrity(mode), (reply, problems) => {
    if (problems.length === 0) return reply.ok();
    host.damaged(problems[0]!);
    reply.array(problems.length);
    for (const problem of problems) reply.text(problem);
  });
}

const facts = {
  since: "8.0.0",
  flags: "admin noscript no_multi blocking",
  complexity: "O(N) in the size of the database",
};

/** BACKUP and INTEGRITY. */
export const backups: readonly Command[] = [
  command("BACKUP path [REPLACE]", {
    ...facts,
    arity: -2,
    summary: "Writes what is committed into a file of the database's directory.",
  }, backup),
  command("INTEGRITY [QUICK | FULL]", {
    ...facts,
    arity: -1,
    summary: "Checks that the database file is whole, and tells what is wrong with it.",
  }, integrity),
];
