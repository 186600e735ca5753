/**
 * The commands by which replicas follow: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import type { Replication } from "./replication_host.ts";

const command = commandsOf("server");

function replicationOf({ host }: Context): Replication {
  if (host.replication === undefined) throw err("only a server has replicas");
  return host.replication;
}

function psync(context: Context): void {
  const { args, client } = context;
  const from = int64At(args, 2);
  replicationOf(context).follow(client, { id: args.text(1), from: Number(from ?? -1) });
}

function sync(context: Context): void {
  replicationOf(context).follow(context.client, undefined);
}

function replconf(context: Context): void {
  const { args, reply, client } = context;
  const replication = replicationOf(context);
  if (args.count % 2 === 0) throw err("syntax error");
  for (let i = 1; i < args.count; i += 2) {
    if (args.is(i, "ACK")) {
      replication.acknowledged(client, Number(int64At(args, i + 1) ?? 0));
      // Nobody reads a reply.
      return;
    }
    replication.configure(client, args.text(i).toLowerCase(), args.text(i + 1));
  }
  reply.ok();
}

function role({ reply, host: { replication } }: Context): void {
  reply.array(3);
  reply.text("master");
  reply.integer(replication?.offset ?? 0);
  const online = replication?.replicas.filter(({ state }) => state === "online") ?? [];
  reply.array(online.length);
  for (const { address, port, offset } of online) {
    reply.array(3);
    reply.text(address);
    reply.text(String(port));
    reply.text(String(offset));
  }
}

const facts = { acl: "admin dangerous", flags: "admin noscript no_async_loading no_multi" };

/** PSYNC, SYNC, REPLCONF and ROLE. */
export const replication: readonly Command[] = [
  command("PSYNC replicationid offset", {
    ...facts,
    since: "2.8.0",
    arity: -3,
    complexity: "O(N) in the number of keys, where all are sent",
    summary: "Sends the stream of changes from where a replica left off, or all data before it.",
  }, psync),
  command("REPLCONF option value [option value ...]", {
    since: "3.0.0",
    arity: -1,
    flags: "admin noscript loading stale allow_busy",
    acl: "admin dangerous",
    summary: "Takes what a replica says of itself.",
  }, replconf),
  command("ROLE", {
    since: "2.8.12",
    arity: 1,
    flags: "noscript loading stale fast",
    acl: "admin dangerous",
    summary: "Tells the server's part in replication, and its replicas.",
  }, role),
  command("SYNC", {
    ...facts,
    since: "1.0.0",
    arity: 1,
    complexity: "O(N) in the number of keys",
    summary: "Sends all data and then the stream of changes.",
  }, sync),
];
