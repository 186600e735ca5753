/**
 * KV: the keyspace of KV Connect, which Deno's KV API speaks. The commands take and give the messages of
 * that protocol; src/server/http/kv/ brings them in.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { outcomeMessage, snapshotOf } from "./answers.ts";
import { type KvMessage, messageOfWrite, readKvMessage } from "./changes.ts";
import { MalformedMessage } from "./protobuf.ts";
import { rangesOf, writeOf } from "./requests.ts";

const command = commandsOf("server");

function id({ reply, store }: Context): void {
  reply.text(store.kv.databaseId);
}

function assertDatabase({ args, store }: Context): void {
  if (args.text(2).toLowerCase() !== store.kv.databaseId) throw err("Invalid database id.");
}

function read(context: Context): void {
  assertDatabase(context);
  const { args, reply, store } = context;
  reply.bulk(snapshotOf(store.kv, rangesOf(args.at(3).view())));
}

function write(context: Context): void {
  assertDatabase(context);
  const { args, reply, store } = context;
  const outcome = store.kv.write(writeOf(args.at(3).view()));
  if ("version" in outcome) sayWritten(context, messageOfWrite(outcome.version, outcome.changes));
  reply.bulk(outcomeMessage(outcome));
}

function apply(context: Context): void {
  const { args, reply, store } = context;
  const message = args.at(2).view();
  const { version, pairs } = told(message);
  if (version <= store.kv.version) throw err("Its version comes before that of the last write.");
  store.kv.apply(version, pairs);
  sayWritten(context, message);
  reply.ok();
}

function told(message: Uint8Array): KvMessage {
  try {
    return readKvMessage(message);
  } catch (error) {
    if (error instanceof MalformedMessage) throw err(error.message);
    throw error;
  }
}

function sayWritten({ store: { engine: { effects } }, client }: Context, message: Uint8Array) {
  if (effects.active) effects.say(client.db, "KV", "APPLY", message);
}

// Patterns of keys say nothing of these: who may not read all of the data may read none of them.
const FACTS = { since: "8.0.0", readsAllKeys: true } as const;

/** KV. */
export const kvCommand: Command = command("KV", {
  since: "8.0.0",
  arity: -2,
  summary: "A container for the commands by which Deno's KV API is served.",
  complexity: "Depends on the subcommand",
}, [
  command("KV APPLY message", {
    ...FACTS,
    arity: 3,
    flags: "write denyoom",
    effects: "said",
    complexity: "O(M*log(N)) with N being the pairs there are and M those written",
    summary: "Of replication: does what a write elsewhere has come to.",
  }, apply),
  command("KV HELP", {
    since: "8.0.0",
    arity: 2,
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "kv")),
  command("KV ID", {
    ...FACTS,
    arity: 2,
    flags: "readonly",
    summary: "Returns by what clients of KV Connect know the database.",
  }, id),
  command("KV READ database-id message", {
    ...FACTS,
    arity: 4,
    flags: "readonly",
    complexity: "O(log(N)+M) with N being the pairs there are and M those returned",
    summary: "Reads pairs: takes a SnapshotRead of KV Connect, and returns a SnapshotReadOutput.",
  }, read),
  command("KV WRITE database-id message", {
    ...FACTS,
    arity: 4,
    flags: "write denyoom",
    effects: "said",
    complexity: "O(M*log(N)) with N being the pairs there are and M those checked or written",
    summary: "Writes pairs: takes an AtomicWrite of KV Connect, and returns an AtomicWriteOutput.",
  }, write),
]);
