/**
 * The commands about the server as a whole: https://redis.io/docs/latest/commands/?group=server
 *
 * @module
 */

import { err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { config } from "./config.ts";
import { debugCommand } from "./debug.ts";
import { commandsOf } from "../table/define.ts";
import { info } from "./info/info.ts";
import { latency } from "./latency.ts";
import { lolwutCommand } from "./lolwut.ts";
import { memory } from "./memory.ts";
import { modules } from "./modules.ts";
import { int64At } from "../table/options.ts";
import { persistence } from "./persistence.ts";
import { replication } from "../replication/commands.ts";
import { slowlog } from "./slowlog.ts";
import { waiting } from "../replication/wait.ts";

const command = commandsOf("server");

/** Checks the one option of FLUSHDB and FLUSHALL; either way the rows go in the background. */
function checkFlushOption({ args }: Context): void {
  if (args.count > 2) throw syntaxError();
  if (args.count === 2 && !args.is(1, "SYNC") && !args.is(1, "ASYNC")) throw syntaxError();
}

function flushdb(context: Context): void {
  checkFlushOption(context);
  context.store.keyspace.flush(context.client.db);
  context.reply.ok();
}

function flushall(context: Context): void {
  checkFlushOption(context);
  const { keyspace, databases } = context.store;
  for (let db = 0; db < databases.count; db++) keyspace.flush(db);
  context.reply.ok();
}

function swapdb({ args, reply, store, host }: Context): void {
  if (host.cluster !== undefined) throw err("SWAPDB is not allowed in cluster mode");
  const { keyspace, databases } = store;
  const indexAt = (at: number, which: string) => {
    const index = int64At(args, at);
    if (index === undefined || index < -INT_LIMIT || index >= INT_LIMIT) {
      throw err(`invalid ${which} DB index`);
    }
    return Number(index);
  };
  const first = indexAt(1, "first");
  const second = indexAt(2, "second");
  for (const db of [first, second]) {
    if (db < 0 || db >= databases.count) throw err("DB index is out of range");
  }
  if (first !== second) keyspace.swap(first, second);
  reply.ok();
}

/** One past the largest C `int`. */
const INT_LIMIT = 2 ** 31;

function time({ reply, store }: Context): void {
  const now = store.engine.clock.now();
  reply.array(2);
  reply.text(String(Math.floor(now / 1000)));
  reply.text(String(Math.floor(now % 1000 * 1000)));
}

const flushFacts = {
  since: "1.0.0",
  arity: -1,
  flags: "write",
  effects: "itself",
  acl: "keyspace dangerous",
  tips: "request_policy:all_shards response_policy:all_succeeded",
} as const;

/** All commands about the server. */
export const server: readonly Command[] = [
  config,
  command("DBSIZE", {
    since: "1.0.0",
    arity: 1,
    flags: "readonly fast",
    acl: "keyspace",
    tips: "request_policy:all_shards response_policy:agg_sum",
    complexity: "O(1), and O(N) in the number of expired keys not yet deleted",
    summary: "Counts the keys of the database.",
  }, ({ reply, store, client }) => reply.integer(store.keyspace.facts.size(client.db))),
  debugCommand,
  command("FLUSHALL [ASYNC | SYNC]", {
    ...flushFacts,
    complexity: "O(N) in the number of databases, however many keys",
    summary: "Deletes all keys of all databases.",
  }, flushall),
  command("FLUSHDB [ASYNC | SYNC]", {
    ...flushFacts,
    complexity: "O(1), however many keys",
    summary: "Deletes all keys of the database.",
  }, flushdb),
  info,
  latency,
  lolwutCommand,
  memory,
  modules,
  ...persistence,
  ...replication,
  ...waiting,
  slowlog,
  command("SWAPDB index1 index2", {
    since: "4.0.0",
    arity: 3,
    flags: "write fast",
    effects: "itself",
    acl: "keyspace dangerous",
    summary: "Exchanges two databases.",
  }, swapdb),
  command("TIME", {
    since: "2.6.0",
    arity: 1,
    flags: "loading stale fast",
    tips: "nondeterministic_output",
    summary: "Returns the time: Unix seconds, and the microseconds of the second.",
  }, time),
];
