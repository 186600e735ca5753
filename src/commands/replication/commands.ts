/**
 * The commands by which replicas follow: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 *
 * @module
 */

import { CommandError, err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At, integerAt } from "../table/options.ts";
import type { Following, MasterFacts } from "./following.ts";
import type { Replication } from "./replicas.ts";

const command = commandsOf("server");

function replicationOf({ host }: Context): Replication {
  if (host.replication === undefined) throw err("only a server has replicas");
  return host.replication;
}

function followingOf({ host }: Context): Following {
  if (host.following === undefined) throw err("only a server follows another");
  return host.following;
}

/** Refuses who wants the stream of a server that does not get it itself. */
function assertStream(context: Context): void {
  const { master } = followingOf(context);
  if (master === undefined || master.state === "connected") return;
  throw new CommandError("NOMASTERLINK Can't SYNC while not connected with my master");
}

function psync(context: Context): void {
  const { args, client } = context;
  if (args.count > 3 && args.is(3, "FAILOVER")) {
    const following = followingOf(context);
    if (following.master !== undefined) {
      if (args.text(1) !== replicationOf(context).id) {
        throw err("PSYNC FAILOVER replid must match my replid.");
      }
      following.standAlone();
    }
  }
  assertStream(context);
  const from = int64At(args, 2);
  replicationOf(context).follow(client, { id: args.text(1), from: Number(from ?? -1) });
}

function sync(context: Context): void {
  assertStream(context);
  replicationOf(context).follow(context.client, undefined);
}

function replconf(context: Context): void {
  const { args, reply, client } = context;
  const replication = replicationOf(context);
  if (args.count % 2 === 0) throw err("syntax error");
  for (let i = 1; i < args.count; i += 2) {
    if (args.is(i, "ACK")) {
      const onDisk = i + 3 < args.count && args.is(i + 2, "FACK")
        ? int64At(args, i + 3)
        : undefined;
      const applied = Number(int64At(args, i + 1) ?? 0);
      replication.acknowledged(client, applied, onDisk === undefined ? undefined : Number(onDisk));
      // Nobody reads a reply.
      return;
    }
    replication.configure(client, args.text(i).toLowerCase(), args.text(i + 1));
  }
  reply.ok();
}

/** REPLICAOF: follows another server, or nobody. */
function replicaof(context: Context): void {
  const { args, reply, client } = context;
  const following = followingOf(context);
  if (following.failover !== "no-failover") {
    throw err("REPLICAOF not allowed while failing over.");
  }
  if (args.is(1, "NO") && args.is(2, "ONE")) {
    following.standAlone();
    return reply.ok();
  }
  if (client.isReplica) {
    throw err("Command is not valid when client is a replica.");
  }
  const port = int64At(args, 2);
  if (port === undefined || port < 0 || port > 65535) throw err("Invalid master port");
  if (following.follow(args.text(1), Number(port))) reply.ok();
  else reply.status("OK Already connected to specified master");
}

/** FAILOVER: lets a replica take over. */
function failover(context: Context): void {
  const { args, reply } = context;
  let timeoutMs = 0, abort = false, force = false;
  let to: { host: string; port: number } | undefined;
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, "TIMEOUT") && i + 1 < args.count && timeoutMs === 0) {
      timeoutMs = Number(integerAt(args, ++i));
      if (timeoutMs <= 0) throw err("FAILOVER timeout must be greater than 0");
    } else if (args.is(i, "ABORT") && args.count === 2) {
      abort = true;
    } else if (args.is(i, "TO") && i + 2 < args.count && to === undefined) {
      to = { host: args.text(i + 1), port: Number(integerAt(args, i + 2)) };
      i += 2;
    } else if (args.is(i, "FORCE") && !force) {
      force = true;
    } else {
      throw syntaxError();
    }
  }
  const following = followingOf(context);
  if (abort) {
    following.abortFailover();
  } else {
    if (following.master !== undefined) {
      throw err("FAILOVER is not valid when server is a replica.");
    }
    following.failOver({ to, force, timeoutMs });
  }
  reply.ok();
}

function roleOfReplica({ reply }: Context, master: MasterFacts): void {
  reply.array(5);
  reply.text("slave");
  reply.text(master.host);
  reply.integer(master.port);
  reply.text(master.state);
  reply.integer(master.state === "connected" ? master.applied : -1);
}

function role(context: Context): void {
  const { reply, host: { replication, following } } = context;
  if (following?.master !== undefined) return roleOfReplica(context, following.master);
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

const replicaofFacts = {
  arity: 3,
  flags: "admin noscript stale no_async_loading",
  acl: "admin dangerous",
  summary: "Follows another server, or nobody.",
};
const facts = { acl: "admin dangerous", flags: "admin noscript no_async_loading no_multi" };

/** Replicas, and following. */
export const replication: readonly Command[] = [
  command("FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", {
    since: "6.2.0",
    arity: -1,
    flags: "admin noscript stale",
    summary: "Lets a replica take this server's part.",
  }, failover),
  command("PSYNC replicationid offset", {
    ...facts,
    since: "2.8.0",
    arity: -3,
    complexity: "O(N) in the number of keys, where all are sent",
    summary: "Sends the stream of changes from where a replica left off, or all data before it.",
  }, psync),
  command("REPLICAOF <host port | NO ONE>", { ...replicaofFacts, since: "5.0.0" }, replicaof),
  command("SLAVEOF <host port | NO ONE>", { ...replicaofFacts, since: "1.0.0" }, replicaof),
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
