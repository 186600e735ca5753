/**
 * SAVE and its kin. Every write is in the file already; what SAVE and BGREWRITEAOF do is a
 * checkpoint, which copies the write-ahead log into the database file once the turn is over. BGSAVE
 * makes a backup beside the file, with `.backup` after its name. Where the server was told of an RDB
 * file, both write that, too, BGSAVE in place of the backup.
 *
 * @module
 */

import { TYPE } from "../../store/file/schema.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { replyLater } from "../table/aside.ts";
import type { Command, Context } from "../table/command.ts";
import { busyWith } from "../scripting/scripting_host.ts";
import { commandsOf } from "../table/define.ts";

const command = commandsOf("server");

function save(context: Context): void {
  const { host } = context;
  replyLater(context, async () => await host.save(), (reply) => reply.ok(), (reply) => {
    void host.save();
    reply.ok();
  });
}

function bgsave({ args, reply, client, host, store: { backups } }: Context): void {
  if (args.count > 2 || (args.count === 2 && !args.is(1, "SCHEDULE"))) throw syntaxError();
  const { rdbFile } = host;
  const since = rdbFile?.savingSinceMs ?? backups?.savingSinceMs;
  if (since !== undefined) throw err("Background save already in progress");
  if (rdbFile === undefined) backups?.save((callback) => host.whenCommitted(callback));
  else host.whenCommitted(() => void host.saveRdb?.());
  // In a transaction it cannot begin before EXEC is over.
  reply.status(client.performing ? "Background saving scheduled" : "Background saving started");
}

function bgrewriteaof({ reply, client, host }: Context): void {
  host.checkpoint(true);
  const when = client.performing ? "scheduled" : "started";
  reply.status(`Background append only file rewriting ${when}`);
}

function shutdown({ args, reply, client, host }: Context): void {
  let save = false, nosave = false, abort = false, now = false, force = false;
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, "SAVE")) save = true;
    else if (args.is(i, "NOSAVE")) nosave = true;
    else if (args.is(i, "ABORT")) abort = true;
    else if (args.is(i, "NOW")) now = true;
    else if (args.is(i, "FORCE")) force = true;
    else throw syntaxError();
  }
  if ((save && nosave) || (abort && (save || nosave || now || force))) throw syntaxError();
  if (abort) {
    if (!host.abortShutdown()) throw err("No shutdown in progress.");
    return reply.ok();
  }
  const { running } = host.scripting;
  if (running !== undefined && !nosave) throw busyWith(running);
  const waits = !now && running === undefined && (host.replication?.replicas.length ?? 0) > 0;
  // The closed connection is the answer.
  if (!waits) {
    host.shutdown({ client, save: !nosave });
    client.closeAfterReply();
    return;
  }
  client.wait({
    keys: [],
    type: TYPE.NONE,
    timeoutMs: 0,
    giveUp: (reply) => reply.error("ERR Errors trying to SHUTDOWN. Check logs."),
  });
  const { waiting } = client;
  const calledOff = () => client.waiting === waiting && waiting?.end();
  host.shutdown({ client, save: !nosave, calledOff });
}

const facts = { since: "1.0.0", arity: 1, flags: "admin noscript no_async_loading" };

/** SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE, SHUTDOWN. */
export const persistence: readonly Command[] = [
  command("BGREWRITEAOF", {
    ...facts,
    summary: "Copies the write-ahead log into the database file.",
  }, bgrewriteaof),
  command("BGSAVE [SCHEDULE]", {
    ...facts,
    arity: -1,
    complexity: "O(N) in the size of the database",
    summary: "Writes a backup beside the database file, in the background.",
  }, bgsave),
  command("LASTSAVE", {
    ...facts,
    flags: "loading stale fast",
    acl: "admin dangerous",
    tips: "nondeterministic_output",
    summary: "Returns when the last SAVE or BGSAVE ended well, as Unix time.",
  }, ({ reply, host }) => reply.integer(host.lastSave)),
  command("SAVE", {
    ...facts,
    flags: "admin noscript no_async_loading no_multi",
    complexity: "O(N) in the size of the write-ahead log",
    summary: "Copies the write-ahead log into the database file.",
  }, save),
  command("SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]", {
    ...facts,
    arity: -1,
    flags: "admin noscript loading stale no_multi allow_busy",
    complexity: "O(N) in the size of the write-ahead log",
    summary: "Ends the server. Nothing is lost without a save: it only spares the next start.",
  }, shutdown),
];
