/**
 * HISTORY: what keys held at a moment, and what changed them. Not Redis's; how it is kept is told in
 * src/history/history.ts.
 *
 * Entries come the latest first. `data` is the value of a string; of a collection the elements that
 * the event was about, as they became: fields with their values, members, members with their scores,
 * elements of a list, indexes with their values, ids with the fields of their entries. If it removed some and set none, it is those that
 * were removed. It is nil where a whole key came or went, and where a trim took so many entries that
 * their rows go later. Groups are told as `group` and their names, with what XINFO tells of them; of
 * consumers and pending entries nothing is told, but HISTORY AT shows them.
 *
 * @module
 */

import { History } from "../../history/history.ts";
import { type Retention, SCOPE } from "../../history/settings.ts";
import { Arguments } from "../../resp/arguments.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context, KeySpec } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { Glob } from "../../store/values/glob.ts";
import {
  assertAllowed,
  historyAt,
  historyGetAt,
  historyRevert,
  keysInPast,
  momentAt,
} from "./history_past.ts";
import {
  writeDifference,
  writeEntries,
  writeRule,
  writeSettings,
  writeStatistics,
} from "./history_replies.ts";
import { writeHelp } from "../table/introspection.ts";
import { boundedAt, databaseAt } from "../table/options.ts";
import type { CommandTable } from "../table/table.ts";

const command = commandsOf("server");

/** Entries that HISTORY GET returns unless told otherwise. */
const USUAL_LIMIT = 100;

/** What an ENABLE or DISABLE is about. */
interface Target {
  readonly scope: number;
  readonly db: number;
  readonly key: Uint8Array;
  /** The argument after it. */
  readonly next: number;
}

function targetOf({ args, store, client }: Context): Target {
  const none = new Uint8Array(0);
  if (args.is(2, "GLOBAL")) return { scope: SCOPE.GLOBAL, db: -1, key: none, next: 3 };
  if (args.count > 3 && args.is(2, "DATABASE")) {
    const db = databaseAt(args, 3, store.databases.count);
    return { scope: SCOPE.DATABASE, db, key: none, next: 4 };
  }
  if (args.count > 3 && args.is(2, "KEY")) {
    return { scope: SCOPE.KEY, db: client.db, key: args.at(3).copy(), next: 4 };
  }
  throw syntaxError();
}

/** The key of an ENABLE or DISABLE that is about one. */
const KEY_OF_SCOPE: KeySpec = {
  flags: ["RW", "update"],
  begin: { keyword: "KEY", startFrom: 2 },
  find: { lastKey: 0, step: 1, limit: 0 },
};

/** The keys of HISTORY AT are those of its command. */
const KEYS_OF_COMMAND: KeySpec = { flags: ["RO", "access"], begin: "unknown", find: "unknown" };

function retentionOf(args: Arguments, from: number): Retention {
  if (args.count === from) return {};
  // The word itself may be left out.
  const unit = args.is(from, "RETENTION") ? from + 1 : from;
  if (args.count !== unit + 2) throw syntaxError();
  const value = boundedAt(args, unit + 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (value < 1) throw err("retention must be positive");
  if (args.is(unit, "TIME")) return { keepMs: value };
  if (args.is(unit, "COUNT")) return { keepCount: value };
  throw syntaxError();
}

function enable(context: Context): void {
  const { args, reply, store } = context;
  const { scope, db, key, next } = targetOf(context);
  const retention = retentionOf(args, next);
  History.of(store).set(scope, db, key, true, retention);
  store.engine.changes.addUntold();
  reply.ok();
}

function disable(context: Context): void {
  const { args, reply, store } = context;
  const { scope, db, key, next } = targetOf(context);
  if (args.count !== next) throw syntaxError();
  History.of(store).set(scope, db, key, false);
  store.engine.changes.addUntold();
  reply.ok();
}

function get({ args, reply, store, client }: Context): void {
  let limit = USUAL_LIMIT, sinceMs = 0, untilMs = Infinity;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError();
    if (args.is(i, "LIMIT")) limit = boundedAt(args, i + 1, 0, Number.MAX_SAFE_INTEGER);
    else if (args.is(i, "SINCE")) sinceMs = momentAt(args, i + 1);
    else if (args.is(i, "UNTIL")) untilMs = momentAt(args, i + 1);
    else throw syntaxError();
  }
  const { timeline } = History.of(store);
  const entries = timeline.entries(client.db, args.at(2), { limit, sinceMs, untilMs });
  writeEntries(reply, entries, store.types);
}

/** Makes sure that the client may be told any key's name, as KEYS tells them. @throws {CommandError} */
function assertMayListKeys(context: Context): void {
  const keys = context.host.commands.original("keys");
  if (keys === undefined) return;
  const args = new Arguments();
  args.fill(["KEYS", "*"]);
  assertAllowed(context, keys, args);
}

function list(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count !== 2 && (args.count !== 4 || !args.is(2, "PATTERN"))) throw syntaxError();
  assertMayListKeys(context);
  const glob = args.count === 4 ? new Glob(args.at(3).copy()) : undefined;
  store.engine.read();
  const keys = History.of(store).entries.keys(client.db);
  const matching = glob === undefined || glob.all
    ? keys
    : keys.filter((key) => glob.matches(key, 0, key.length));
  reply.array(matching.length);
  for (const key of matching) reply.bulk(key);
}

function stats({ args, reply, store, client }: Context): void {
  if (args.count > 4 || args.count === 4 && !args.is(2, "KEY")) throw syntaxError();
  const key = args.count === 2 ? undefined : args.at(args.count - 1);
  writeStatistics(reply, History.of(store).entries.statistics(client.db, key));
}

function clear({ args, reply, store, client }: Context): void {
  if (args.count !== 3 && (args.count !== 5 || !args.is(3, "BEFORE"))) throw syntaxError();
  const beforeMs = args.count === 5 ? momentAt(args, 4) : undefined;
  store.engine.changes.addUntold();
  reply.integer(History.of(store).clear(client.db, args.at(2), beforeMs));
}

function prune({ args, reply, store }: Context): void {
  if (!args.is(2, "BEFORE")) throw syntaxError();
  const beforeMs = momentAt(args, 3);
  store.engine.changes.addUntold();
  reply.integer(History.of(store).pruneBefore(beforeMs));
}

function diff({ args, reply, store, client }: Context): void {
  const history = History.of(store);
  const key = args.at(2);
  const first = momentAt(args, 3), second = momentAt(args, 4);
  if (second < first) throw err("the second moment is before the first");
  history.past.assertKnown(client.db, key, first);
  history.past.assertKnown(client.db, key, second);
  const difference = history.timeline.difference(client.db, key, first, second);
  writeDifference(reply, difference, store.types);
}

function status(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count > 3) throw syntaxError();
  if (args.count === 2) assertMayListKeys(context);
  const history = History.of(store);
  store.engine.read();
  if (args.count === 3) writeRule(reply, history.rule(client.db, args.at(2)));
  else writeSettings(reply, history.settings.latest());
}

const ADMIN = {
  since: "8.0.0",
  flags: "write admin noscript",
  effects: "itself",
  acl: "keyspace",
} as const;
const READ = { since: "8.0.0", flags: "readonly", acl: "keyspace" };
const SCOPES = "<GLOBAL | DATABASE db | KEY key>";

/** The HISTORY container. @param table Gives the table it will be part of. */
export function historyCommand(table: () => CommandTable): Command {
  return command("HISTORY", {
    since: "8.0.0",
    arity: -2,
    complexity: "Depends on the subcommand",
    summary: "Commands about what keys held before.",
  }, [
    command("HISTORY AT milliseconds command [arg [arg ...]]", {
      ...READ,
      arity: -4,
      flags: "readonly movablekeys",
      keys: [KEYS_OF_COMMAND],
      complexity: "That of the command, and O(N) in the number of changes since then",
      summary: "Runs a command that only reads as of a moment.",
      findKeys: (args) => keysInPast(table(), args),
    }, historyAt),
    command("HISTORY CLEAR key [BEFORE milliseconds]", {
      ...ADMIN,
      arity: -3,
      keys: ["2 RW delete"],
      complexity: "O(N) in the number of changes recorded",
      summary: "Forgets what is recorded of a key, and replies with how many entries that was.",
    }, clear),
    command("HISTORY DIFF key milliseconds1 milliseconds2", {
      ...READ,
      arity: 5,
      keys: ["2 RO access"],
      complexity: "O(N) in the number of changes since then",
      summary: "Tells what changed in a key between two moments.",
    }, diff),
    command(`HISTORY DISABLE ${SCOPES}`, {
      ...ADMIN,
      arity: -3,
      keys: [KEY_OF_SCOPE],
      summary: "Ends the history of all keys, of a database's, or of one.",
    }, disable),
    command(`HISTORY ENABLE ${SCOPES} [[RETENTION] <TIME milliseconds | COUNT count>]`, {
      ...ADMIN,
      arity: -3,
      keys: [KEY_OF_SCOPE],
      summary: "Begins the history of all keys, of a database's, or of one.",
    }, enable),
    command("HISTORY GET key [LIMIT count] [SINCE milliseconds] [UNTIL milliseconds]", {
      ...READ,
      arity: -3,
      keys: ["2 RO access"],
      complexity: "O(N) in the number of changes since the oldest entry returned",
      summary: "Returns what happened to a key, the latest first.",
    }, get),
    command("HISTORY GETAT key milliseconds", {
      ...READ,
      arity: 4,
      keys: ["2 RO access"],
      complexity: "O(N) in the size of the value and in the number of changes since then",
      summary: "Returns what a key held at a moment.",
    }, historyGetAt),
    command("HISTORY HELP", {
      since: "8.0.0",
      arity: 2,
      flags: "loading stale",
      summary: "Lists the subcommands.",
    }, ({ reply, host }) => writeHelp(reply, host.commands, "history")),
    command("HISTORY LIST [PATTERN pattern]", {
      ...READ,
      arity: -2,
      complexity: "O(N) in the number of keys that have a history",
      summary: "Lists the keys of the database that have a history.",
    }, list),
    command("HISTORY PRUNE BEFORE milliseconds", {
      ...ADMIN,
      arity: 4,
      complexity:
        "O(N) in the number of changes recorded, to count them; they go in the background",
      summary:
        "Forgets what was recorded of all keys before a moment, and replies with how many entries.",
    }, prune),
    command("HISTORY REVERT key milliseconds", {
      since: "8.0.0",
      arity: 4,
      flags: "write denyoom",
      effects: "said",
      acl: "keyspace",
      keys: ["2 RW access update"],
      complexity: "O(N) in the size of the value and in the number of changes since then",
      summary: "Gives a key what it held at a moment.",
    }, historyRevert),
    command("HISTORY STATS [[KEY] key]", {
      ...READ,
      arity: -2,
      flags: "readonly movablekeys",
      keys: [KEYS_OF_COMMAND],
      findKeys: ({ count }) =>
        count < 3 ? [] : [{ index: Math.min(count, 4) - 1, flags: ["RO", "access"] }],
      complexity: "O(N) in the number of changes recorded",
      summary: "Tells how much is recorded, and of which times.",
    }, stats),
    command("HISTORY STATUS [key]", {
      ...READ,
      arity: -2,
      keys: ["2 RO access"],
      complexity: "O(N) in the number of settings",
      summary: "Tells where history is on, or whether it is for a key.",
    }, status),
  ]);
}
