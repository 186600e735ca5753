/**
 * XGROUP: https://redis.io/docs/latest/commands/xgroup/
 *
 * @module
 */

import { type Arguments, MAX_TEXT, type Slice } from "../../resp/arguments.ts";
import { latin1 } from "../../store/values/slice.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { LAST_AT } from "../../store/streams/facts.ts";
import { type Consumer, type Group, UNKNOWN } from "../../store/streams/groups.ts";
import { copyId, MIN_ID } from "../../store/streams/ids.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { integerAt } from "../table/options.ts";
import { FIRST, idAt, streamToChange } from "./arguments.ts";

const command = commandsOf("stream");

/** A name as Redis shows it in an error, up to a NUL; one that is very long is cut. */
export function shown({ bytes, start, end: to }: Slice): string {
  const text = latin1(bytes, start, Math.min(to, start + MAX_TEXT));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** The error where a stream has no group of a name. */
export function noSuchGroup(key: Slice, group: Slice): CommandError {
  return new CommandError(
    `NOGROUP No such consumer group '${shown(group)}' for key name '${shown(key)}'`,
  );
}

/** The error where a key or a group of it is missing, and it does not matter which. */
export function noKeyOrGroup(key: Slice, group: Slice, where = ""): CommandError {
  return new CommandError(
    `NOGROUP No such key '${shown(key)}' or consumer group '${shown(group)}'${where}`,
  );
}

/**
 * The consumer of a name, made if there is none, and seen now.
 *
 * @param index The argument that is its name. @param key The argument that is the stream's.
 */
export function consumerAt(
  { args, store, client }: Context,
  stream: Collection,
  group: Group,
  index: number,
  key: number,
): Consumer {
  const { groups } = store.streams;
  let consumer = groups.consumer(stream, group, args.at(index));
  if (consumer === undefined) {
    consumer = groups.createConsumer(stream, group, args.at(index));
    store.keyspace.changed(client.db, args.at(key), "xgroup-createconsumer");
    const { effects } = store.engine;
    if (effects.active) {
      const name = args.at(index);
      effects.say(client.db, "XGROUP", "CREATECONSUMER", args.at(key), group.name, name);
    }
  }
  consumer.seenAtMs = store.engine.nowMs;
  groups.consumerChanged(stream, group, consumer);
  return consumer;
}

const noStream = () =>
  err(
    "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the " +
      "MKSTREAM option to create an empty stream automatically.",
  );

const wrongArguments = (args: Arguments) =>
  err(
    `unknown subcommand or wrong number of arguments for '${
      args.at(1).latin1()
    }'. Try XGROUP HELP.`,
  );

/** What follows the id of XGROUP CREATE and SETID. @throws {CommandError} */
function options(
  { args }: Context,
  creates: boolean,
): { makes: boolean; entriesRead: number | bigint } {
  let makes = false;
  let entriesRead: number | bigint = UNKNOWN;
  for (let i = 5; i < args.count; i++) {
    if (creates && args.is(i, "MKSTREAM")) {
      makes = true;
    } else if (args.is(i, "ENTRIESREAD") && i + 1 < args.count) {
      entriesRead = integerAt(args, ++i);
      if (entriesRead < UNKNOWN) throw err("value for ENTRIESREAD must be positive or -1");
    } else {
      throw wrongArguments(args);
    }
  }
  return { makes, entriesRead };
}

/** Reads an id, or `$` for the last one of the stream. @throws {CommandError} */
function idOrLastAt({ args }: Context, index: number, stream: Collection | undefined): Uint8Array {
  const id = FIRST;
  if (!args.is(index, "$")) idAt(args, index, id);
  else if (stream === undefined) copyId(MIN_ID, 0, id, 0);
  else copyId(stream.metadata, LAST_AT, id, 0);
  return id;
}

function create(context: Context): void {
  const { args, reply, store, client } = context;
  const { streams, keyspace } = store;
  const { makes, entriesRead } = options(context, true);
  const key = args.at(2), name = args.at(3);
  let stream = streamToChange(context, 2);
  if (stream === undefined && !makes) throw noStream();
  if (args.count > 8) throw wrongArguments(args);
  const id = idOrLastAt(context, 4, stream);
  stream ??= streams.create(client.db, key);
  if (streams.groups.find(stream, name) !== undefined) {
    throw new CommandError("BUSYGROUP Consumer Group name already exists");
  }
  streams.groups.create(stream, name, id, entriesRead);
  keyspace.changed(client.db, key, "xgroup-create");
  reply.ok();
}

/** The stream and the group that a subcommand is about. @throws {CommandError} If one is missing. */
function groupToChange(context: Context): { stream: Collection; group: Group } {
  const { args, store } = context;
  const stream = streamToChange(context, 2);
  if (stream === undefined) throw noStream();
  const group = store.streams.groups.find(stream, args.at(3));
  if (group === undefined) throw noSuchGroup(args.at(2), args.at(3));
  return { stream, group };
}

function setId(context: Context): void {
  const { args, reply, store, client } = context;
  const { entriesRead } = options(context, false);
  const { stream, group } = groupToChange(context);
  if (args.count > 7) throw wrongArguments(args);
  copyId(idOrLastAt(context, 4, stream), 0, group.lastId, 0);
  group.entriesRead = entriesRead;
  store.streams.groups.changed(stream, group);
  store.keyspace.changed(client.db, args.at(2), "xgroup-setid");
  reply.ok();
}

function destroy(context: Context): void {
  const { args, reply, store, client } = context;
  const stream = streamToChange(context, 2);
  if (stream === undefined) throw noStream();
  const group = store.streams.groups.find(stream, args.at(3));
  if (group === undefined) return reply.integer(0);
  store.streams.destroyGroup(stream, group);
  store.keyspace.changed(client.db, args.at(2), "xgroup-destroy");
  reply.integer(1);
}

function createConsumer(context: Context): void {
  const { args, reply, store, client } = context;
  const { stream, group } = groupToChange(context);
  const { groups } = store.streams;
  if (groups.consumer(stream, group, args.at(4)) !== undefined) return reply.integer(0);
  groups.createConsumer(stream, group, args.at(4));
  store.keyspace.changed(client.db, args.at(2), "xgroup-createconsumer");
  reply.integer(1);
}

function deleteConsumer(context: Context): void {
  const { args, reply, store, client } = context;
  const { stream, group } = groupToChange(context);
  const { streams } = store;
  const consumer = streams.groups.consumer(stream, group, args.at(4));
  if (consumer === undefined) return reply.integer(0);
  const count = consumer.pending;
  streams.deleteConsumer(stream, group, consumer);
  store.keyspace.changed(client.db, args.at(2), "xgroup-delconsumer");
  reply.integer(count);
}

/** XGROUP. */
export const groupCommands: readonly Command[] = [
  command("XGROUP", {
    since: "5.0.0",
    arity: -2,
    complexity: "Depends on the subcommand",
    summary: "A container for commands that make and change consumer groups.",
  }, [
    command("XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]", {
      since: "5.0.0",
      arity: -5,
      flags: "write denyoom",
      effects: "itself",
      acl: "stream",
      keys: ["2 RW insert"],
      summary: "Makes a consumer group.",
    }, create),
    command("XGROUP CREATECONSUMER key group consumer", {
      since: "6.2.0",
      arity: 5,
      flags: "write denyoom",
      effects: "itself",
      acl: "stream",
      keys: ["2 RW insert"],
      summary: "Makes a consumer in a group.",
    }, createConsumer),
    command("XGROUP DELCONSUMER key group consumer", {
      since: "5.0.0",
      arity: 5,
      flags: "write",
      effects: "itself",
      acl: "stream",
      keys: ["2 RW delete"],
      summary: "Deletes a consumer and its pending entries.",
    }, deleteConsumer),
    command("XGROUP DESTROY key group", {
      since: "5.0.0",
      arity: 4,
      flags: "write",
      effects: "itself",
      acl: "stream",
      keys: ["2 RW delete"],
      summary: "Destroys a consumer group.",
    }, destroy),
    command("XGROUP HELP", {
      since: "5.0.0",
      arity: 2,
      flags: "loading stale",
      acl: "stream",
      summary: "Lists the subcommands.",
    }, ({ reply, host }) => writeHelp(reply, host.commands, "xgroup")),
    command("XGROUP SETID key group <id | $> [ENTRIESREAD entries-read]", {
      since: "5.0.0",
      arity: -5,
      flags: "write",
      effects: "itself",
      acl: "stream",
      keys: ["2 RW update"],
      summary: "Sets the last id that a consumer group was given.",
    }, setId),
  ]),
];
