/**
 * Pub/sub: https://redis.io/docs/latest/develop/pubsub/
 *
 * SUBSCRIBE, UNSUBSCRIBE and their kin are the exception to the rule of one reply a command: they
 * confirm each name by a message of its own. A client that wants no replies (CLIENT REPLY) gets the
 * confirmations all the same, as Redis has it, for they are messages like those of the channels.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import type { Client } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { assertMayHold } from "../table/held_memory.ts";
import { Glob } from "../../store/values/glob.ts";
import { writeHelp } from "../table/introspection.ts";
import { asciiAt } from "../table/options.ts";
import type { SubscriptionKind } from "./pubsub_host.ts";

const command = commandsOf("pubsub");

/** Confirms a change of a client's subscriptions; `count` is what it is subscribed to afterwards. */
function confirm(context: Context, event: string, name: Slice | undefined, count: number): void {
  const { client, reply } = context;
  const write = (reply: Reply) => {
    reply.push(3);
    reply.text(event);
    if (name === undefined) reply.null();
    else reply.bulk(name.bytes, name.start, name.end);
    reply.integer(count);
  };
  if (client.replyMode === "on") write(reply);
  else client.push(write);
}

function subscribe(kind: SubscriptionKind, event: string): (context: Context) => void {
  return (context) => {
    const { args, client, host } = context;
    // Redis lets SUBSCRIBE and PSUBSCRIBE pass in a transaction, for old clients' sake.
    if (kind === "shard" && client.performing) {
      throw err("SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    }
    assertMayHold(client, args.count, args.size);
    for (let i = 1; i < args.count; i++) {
      const name = args.at(i);
      confirm(context, event, name, host.pubsub.subscribe(client, kind, name));
    }
  };
}

function unsubscribe(kind: SubscriptionKind, event: string): (context: Context) => void {
  return (context) => {
    const { args, client, host } = context;
    const names = args.count > 1 ? namesFrom(args, 1) : subscribedNames(client, kind);
    if (names.length === 0) {
      const count = kind === "shard" ? 0 : client.subscriptions?.count ?? 0;
      return confirm(context, event, undefined, count);
    }
    for (const name of names) {
      confirm(context, event, name, host.pubsub.unsubscribe(client, kind, name));
    }
  };
}

function namesFrom(args: Arguments, from: number): Slice[] {
  const names: Slice[] = [];
  for (let i = from; i < args.count; i++) names.push(args.at(i));
  return names;
}

function subscribedNames({ subscriptions }: Client, kind: SubscriptionKind): Slice[] {
  if (subscriptions === undefined) return [];
  const { channels, patterns, shardChannels } = subscriptions;
  const subscribed = { channel: channels, pattern: patterns, shard: shardChannels }[kind];
  return Array.from(subscribed.names(), (name) => new Slice(name));
}

function publish({ args, reply, host }: Context): void {
  host.replication?.publish("PUBLISH", args.at(1), args.at(2));
  reply.integer(host.pubsub.publish(args.at(1), args.at(2)));
}

function spublish({ args, reply, host }: Context): void {
  host.replication?.publish("SPUBLISH", args.at(1), args.at(2));
  reply.integer(host.pubsub.publishToShard(args.at(1), args.at(2)));
}

function listNames(kind: SubscriptionKind): (context: Context) => void {
  return ({ args, reply, host }) => {
    if (args.count > 3) {
      const given = asciiAt(args, 1);
      throw err(
        `unknown subcommand or wrong number of arguments for '${given}'. Try PUBSUB HELP.`,
      );
    }
    const glob = args.count === 3 ? new Glob(args.at(2).copy()) : undefined;
    const names = host.pubsub.names(kind, glob);
    reply.array(names.length);
    for (const name of names) reply.bulk(name);
  };
}

function countSubscribers(kind: SubscriptionKind): (context: Context) => void {
  return ({ args, reply, host }) => {
    reply.array(2 * (args.count - 2));
    for (let i = 2; i < args.count; i++) {
      const name = args.at(i);
      reply.bulk(name.bytes, name.start, name.end);
      reply.integer(host.pubsub.subscribers(kind, name));
    }
  };
}

const SUBSCRIBER = "pubsub noscript loading stale";
const PUBLISHER = "pubsub loading stale fast";
const QUESTION = "pubsub loading stale";

/** The PUBSUB container. */
const container: Command = command("PUBSUB", {
  since: "2.8.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about channels and who is subscribed to them.",
}, [
  command("PUBSUB CHANNELS [pattern]", {
    since: "2.8.0",
    arity: -2,
    flags: QUESTION,
    complexity: "O(N) in the number of channels",
    summary: "Lists the channels that have subscribers by their names.",
  }, listNames("channel")),
  command("PUBSUB HELP", {
    since: "6.2.0",
    arity: 2,
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "pubsub")),
  command("PUBSUB NUMPAT", {
    since: "2.8.0",
    arity: 2,
    flags: QUESTION,
    summary: "Counts the patterns that have subscribers.",
  }, ({ reply, host }) => reply.integer(host.pubsub.count("pattern"))),
  command("PUBSUB NUMSUB [channel [channel ...]]", {
    since: "2.8.0",
    arity: -2,
    flags: QUESTION,
    complexity: "O(N) in the number of channels asked for",
    summary: "Counts the subscribers of channels, by their names and not by patterns.",
  }, countSubscribers("channel")),
  command("PUBSUB SHARDCHANNELS [pattern]", {
    since: "7.0.0",
    arity: -2,
    flags: QUESTION,
    complexity: "O(N) in the number of shard channels",
    summary: "Lists the shard channels that have subscribers.",
  }, listNames("shard")),
  command("PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]", {
    since: "7.0.0",
    arity: -2,
    flags: QUESTION,
    complexity: "O(N) in the number of shard channels asked for",
    summary: "Counts the subscribers of shard channels.",
  }, countSubscribers("shard")),
]);

/** The commands of pub/sub. */
export const pubsub: readonly Command[] = [
  command("PSUBSCRIBE pattern [pattern ...]", {
    since: "2.0.0",
    arity: -2,
    flags: SUBSCRIBER,
    complexity: "O(N) in the number of patterns",
    summary: "Subscribes to all channels whose names match patterns.",
  }, subscribe("pattern", "psubscribe")),
  command("PUBLISH channel message", {
    since: "2.0.0",
    arity: 3,
    flags: PUBLISHER,
    complexity: "O(N+M) in the number of the channel's subscribers and of all patterns",
    summary: "Sends a message to the subscribers of a channel.",
  }, publish),
  container,
  command("PUNSUBSCRIBE [pattern [pattern ...]]", {
    since: "2.0.0",
    arity: -1,
    flags: SUBSCRIBER,
    complexity: "O(N) in the number of patterns",
    summary: "Ends the subscriptions to some patterns, or to all.",
  }, unsubscribe("pattern", "punsubscribe")),
  command("SPUBLISH shardchannel message", {
    since: "7.0.0",
    arity: 3,
    flags: PUBLISHER,
    keys: ["1 not_key"],
    complexity: "O(N) in the number of the channel's subscribers",
    summary: "Sends a message to the subscribers of a shard channel.",
  }, spublish),
  command("SSUBSCRIBE shardchannel [shardchannel ...]", {
    since: "7.0.0",
    arity: -2,
    flags: SUBSCRIBER,
    keys: ["1..-1 not_key"],
    complexity: "O(N) in the number of shard channels",
    summary: "Subscribes to shard channels.",
  }, subscribe("shard", "ssubscribe")),
  command("SUBSCRIBE channel [channel ...]", {
    since: "2.0.0",
    arity: -2,
    flags: SUBSCRIBER,
    complexity: "O(N) in the number of channels",
    summary: "Subscribes to channels.",
  }, subscribe("channel", "subscribe")),
  command("SUNSUBSCRIBE [shardchannel [shardchannel ...]]", {
    since: "7.0.0",
    arity: -1,
    flags: SUBSCRIBER,
    keys: ["1..-1 not_key"],
    complexity: "O(N) in the number of shard channels",
    summary: "Ends the subscriptions to some shard channels, or to all.",
  }, unsubscribe("shard", "sunsubscribe")),
  command("UNSUBSCRIBE [channel [channel ...]]", {
    since: "2.0.0",
    arity: -1,
    flags: SUBSCRIBER,
    complexity: "O(N) in the number of channels",
    summary: "Ends the subscriptions to some channels, or to all.",
  }, unsubscribe("channel", "unsubscribe")),
];
