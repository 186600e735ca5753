/**
 * Transactions: https://redis.io/docs/latest/develop/using-commands/transactions/
 *
 * Who runs the commands queues them between MULTI and EXEC. All that EXEC runs is part of one turn,
 * and a turn is one transaction of SQLite.
 *
 * @module
 */

import { CommandError, err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import type { Host } from "../table/host.ts";
import type { Client, QueuedCommand } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { STORING_READS } from "../table/storing_reads.ts";
import { assertMayHold } from "../table/held_memory.ts";
import { CommandQueue } from "./command_queue.ts";

const command = commandsOf("transactions");

function multi({ reply, client }: Context): void {
  if (client.transaction !== undefined) throw err("MULTI calls can not be nested");
  client.transaction = { queued: new CommandQueue(), refused: false, writes: false };
  reply.ok();
}

function exec({ reply, client, host, store }: Context): void {
  const { transaction } = client;
  if (transaction === undefined) throw err("EXEC without MULTI");
  // Before anything is read: with the lock may come another process's changes.
  if ([...transaction.queued.kinds].some(({ name }) => STORING_READS.has(name))) store.tryWrite();
  // A script cannot wait for the lock in the middle of the queue.
  if ([...transaction.queued.kinds].some(({ needsLua }) => needsLua) && !store.engine.readonly) {
    store.engine.writeTold();
  }
  const dirty = host.watched.isDirty(client);
  endTransaction(client, host);
  if (transaction.refused) {
    throw new CommandError("EXECABORT Transaction discarded because of previous errors.");
  }
  if (dirty) return reply.nullArray();
  reply.array(transaction.queued.length);
  performAll(transaction.queued[Symbol.iterator](), client, host);
}

/** Runs what is left of a queue, up to a script that is suspended: the rest follows when it is over. */
function performAll(queue: Iterator<QueuedCommand>, client: Client, host: Host): void {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    client.perform(next.value);
    const { running } = host.scripting;
    if (running === undefined) continue;
    return running.whenOver((error) => {
      if (error !== undefined) throw error;
      performAll(queue, client, host);
    });
  }
}

/** Ends a transaction, if one is begun, and all watching. */
export function endTransaction(client: Client, host: Host): void {
  client.transaction = undefined;
  host.watched.unwatch(client);
}

function discard({ reply, client, host }: Context): void {
  if (client.transaction === undefined) throw err("DISCARD without MULTI");
  endTransaction(client, host);
  reply.ok();
}

function watch({ args, reply, client, host }: Context): void {
  if (client.transaction !== undefined) throw err("WATCH inside MULTI is not allowed");
  assertMayHold(client, args.count, args.size);
  for (let i = 1; i < args.count; i++) host.watched.watch(client, client.db, args.at(i));
  reply.ok();
}

function unwatch({ reply, client, host }: Context): void {
  host.watched.unwatch(client);
  reply.ok();
}

const facts = { acl: "transaction", flags: "noscript loading stale fast allow_busy", arity: 1 };

/** The commands of transactions. */
export const transactions: readonly Command[] = [
  command("DISCARD", {
    ...facts,
    since: "2.0.0",
    complexity: "O(N) in the number of queued commands",
    summary: "Drops the commands that were queued.",
  }, discard),
  command("EXEC", {
    ...facts,
    since: "1.2.0",
    flags: "noscript loading stale skip_slowlog",
    complexity: "Depends on the queued commands",
    summary: "Runs the commands that were queued.",
  }, exec),
  command("MULTI", {
    ...facts,
    since: "1.2.0",
    summary: "Begins a transaction: the commands that follow are queued.",
  }, multi),
  command("UNWATCH", {
    ...facts,
    since: "2.2.0",
    summary: "Watches no key any more.",
  }, unwatch),
  command("WATCH key [key ...]", {
    ...facts,
    since: "2.2.0",
    arity: -2,
    keys: ["1..-1 RO"],
    complexity: "O(1) for every key",
    summary: "Watches keys: EXEC runs nothing if one of them is changed before.",
  }, watch),
];
