/**
 * The commands on keys of any type: https://redis.io/docs/latest/commands/?group=generic
 *
 * @module
 */

import { err, noSuchKey, syntaxError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { sayExpiry, sayGiven } from "../table/effects.ts";
import { Glob } from "../../store/values/glob.ts";
import { object } from "./object.ts";
import { databaseAt, expiryAt, type ExpiryUnit, shownAt } from "../table/options.ts";
import { cursorOf, scanOptions, writeCursor } from "./scan_options.ts";

const command = commandsOf("generic");

/** Counts the keys from argument 1 on for which `test` holds. */
function countKeys({ args, reply, client }: Context, test: (db: number, key: Slice) => boolean) {
  let count = 0;
  for (let i = 1; i < args.count; i++) if (test(client.db, args.at(i))) count++;
  reply.integer(count);
}

const del = (context: Context) =>
  countKeys(context, (db, key) => context.store.keyspace.delete(db, key));

function exists(context: Context): void {
  const { keyspace, engine } = context.store;
  engine.read();
  countKeys(context, (db, key) => keyspace.peek(db, key) !== TYPE.NONE);
}

function touch(context: Context): void {
  const { keyspace, engine } = context.store;
  engine.read();
  countKeys(context, (db, key) => keyspace.read(db, key) !== TYPE.NONE);
}

function type({ args, reply, store, client }: Context): void {
  reply.status(store.types.nameOf(store.keyspace.peek(client.db, args.at(1))));
}

function keys({ args, reply, store, client }: Context): void {
  const { bytes, start, end } = args.at(1);
  const glob = new Glob(bytes.slice(start, end));
  const mark = reply.beginArray();
  let count = 0;
  store.walk.walk(client.db, glob.all ? NO_PREFIX : glob.prefix, undefined, -1, (key) => {
    if (!glob.all && !glob.matches(key.bytes, key.start, key.end)) return;
    reply.bulk(key.bytes, key.start, key.end);
    count++;
  });
  reply.endArray(mark, count);
}

const NO_PREFIX = new Uint8Array(0);

function scan({ args, reply, store, client }: Context): void {
  const cursor = cursorOf(args.text(1));
  const { glob, count, type } = scanOptions(args, 2, "keys");
  const found: Uint8Array[] = [];
  const prefix = glob?.prefix ?? NO_PREFIX;
  const start = store.cursors.position(cursor);
  const next = store.walk.walk(client.db, prefix, start, count, (key, keyType) => {
    if (glob !== undefined && !glob.matches(key.bytes, key.start, key.end)) return;
    if (type !== undefined && store.types.nameOf(keyType).toLowerCase() !== type) return;
    found.push(key.copy());
  });
  writeCursor(reply, store.cursors.cursor(next));
  reply.array(found.length);
  for (const key of found) reply.bulk(key);
}

function randomkey({ reply, store, client }: Context): void {
  const key = store.keyspace.random(client.db);
  if (key === undefined) reply.null();
  else reply.bulk(key);
}

function rename(context: Context, onlyNew: boolean): void {
  const { args, reply, store, client } = context;
  const { keyspace } = store;
  const { db } = client;
  const from = args.at(1), to = args.at(2);
  const type = keyspace.find(db, from);
  if (type === TYPE.NONE) throw noSuchKey();
  const done = () => onlyNew ? reply.integer(1) : reply.ok();
  if (from.equals(to)) {
    if (onlyNew) reply.integer(0);
    else reply.ok();
    return;
  }
  if (onlyNew && keyspace.find(db, to) !== TYPE.NONE) return reply.integer(0);
  keyspace.move(db, from, db, to);
  keyspace.changed(db, from, "rename_from");
  keyspace.changed(db, to, "rename_to");
  keyspace.overwrote(db, to, type);
  sayGiven(context, onlyNew ? "RENAMENX" : "RENAME", type, { db, key: to });
  done();
}

function copy(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, databases } = store;
  let toDb = client.db;
  let replace = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "REPLACE")) {
      replace = true;
    } else if (args.is(i, "DB") && i + 1 < args.count) {
      toDb = databaseAt(args, ++i, databases.count);
    } else {
      throw syntaxError();
    }
  }
  const from = args.at(1), to = args.at(2);
  if (toDb === client.db && from.equals(to)) throw sameObjects();
  const type = keyspace.read(client.db, from);
  if (type === TYPE.NONE) return reply.integer(0);
  if (!replace && keyspace.find(toDb, to) !== TYPE.NONE) return reply.integer(0);
  keyspace.copy(client.db, from, toDb, to);
  keyspace.changed(toDb, to, "copy_to");
  keyspace.overwrote(toDb, to, type);
  sayGiven(context, "COPY", type, { db: toDb, key: to });
  reply.integer(1);
}

function move({ args, reply, store, client, host }: Context): void {
  if (host.cluster !== undefined) throw err("MOVE is not allowed in cluster mode");
  const { keyspace, databases } = store;
  const key = args.at(1);
  const toDb = databaseAt(args, 2, databases.count);
  if (toDb === client.db) throw sameObjects();
  if (keyspace.find(client.db, key) === TYPE.NONE) return reply.integer(0);
  if (keyspace.find(toDb, key) !== TYPE.NONE) return reply.integer(0);
  keyspace.move(client.db, key, toDb, key);
  keyspace.changed(client.db, key, "move_from");
  keyspace.changed(toDb, key, "move_to");
  reply.integer(1);
}

const sameObjects = () => err("source and destination objects are the same");

function expire({ args, reply, store, client }: Context, unit: ExpiryUnit, name: string): void {
  const { keyspace, engine } = store;
  let onlyNew = false, onlyOld = false, onlyLater = false, onlySooner = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "NX")) onlyNew = true;
    else if (args.is(i, "XX")) onlyOld = true;
    else if (args.is(i, "GT")) onlyLater = true;
    else if (args.is(i, "LT")) onlySooner = true;
    else throw err(`Unsupported option ${shownAt(args, i)}`);
  }
  if (onlyNew && (onlyOld || onlyLater || onlySooner)) {
    throw err("NX and XX, GT or LT options at the same time are not compatible");
  }
  if (onlyLater && onlySooner) {
    throw err("GT and LT options at the same time are not compatible");
  }
  const expiresAtMs = expiryAt(args, 2, unit, name, engine.nowMs, false);
  const key = args.at(1);
  if (keyspace.find(client.db, key) === TYPE.NONE) return reply.integer(0);
  const current = keyspace.row.expiresAtMs;
  const refused = (onlyNew && current !== 0) || (onlyOld && current === 0) ||
    (onlyLater && (current === 0 || expiresAtMs <= current)) ||
    (onlySooner && current !== 0 && expiresAtMs >= current);
  if (refused) return reply.integer(0);
  // Zero stands for no expiry here, and 1970 is as good as the millisecond before it.
  const expiry = expiresAtMs === 0 ? -1 : expiresAtMs;
  keyspace.setExpiry(client.db, key, expiry);
  sayExpiry(store, client.db, key, expiry);
  reply.integer(1);
}

/** TTL, PTTL, EXPIRETIME, PEXPIRETIME: -2 without the key, -1 without an expiry. */
function expiry(
  { args, reply, store, client }: Context,
  convert: (expiresAtMs: number, nowMs: number) => number,
): void {
  const { keyspace, engine } = store;
  if (keyspace.peek(client.db, args.at(1)) === TYPE.NONE) return reply.integer(-2);
  const { expiresAtMs } = keyspace.row;
  reply.integer(expiresAtMs === 0 ? -1 : convert(expiresAtMs, engine.nowMs));
}

const seconds = (ms: number) => Math.floor((ms + 500) / 1000);

function persist({ args, reply, store, client }: Context): void {
  const { keyspace } = store;
  const key = args.at(1);
  const live = keyspace.find(client.db, key) !== TYPE.NONE;
  if (!live || keyspace.row.expiresAtMs === 0) return reply.integer(0);
  keyspace.setExpiry(client.db, key, 0);
  reply.integer(1);
}

const EXPIRE_OPTIONS = "[NX | XX | GT | LT]";

/** All commands on keys. */
export const generic: readonly Command[] = [
  command("COPY source destination [DB destination-db] [REPLACE]", {
    since: "6.2.0",
    arity: -3,
    flags: "write denyoom",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RO access", "2 OW update"],
    complexity: "O(N) in the number of elements, O(1) for strings",
    summary: "Copies a key's value to another key.",
  }, copy),
  command("DEL key [key ...]", {
    since: "1.0.0",
    arity: -2,
    flags: "write",
    effects: "itself",
    acl: "keyspace",
    tips: "request_policy:multi_shard response_policy:agg_sum",
    keys: ["1..-1 RM delete"],
    complexity: "O(N) in the number of keys",
    summary: "Deletes keys.",
  }, del),
  command("EXISTS key [key ...]", {
    since: "1.0.0",
    arity: -2,
    flags: "readonly fast",
    acl: "keyspace",
    tips: "request_policy:multi_shard response_policy:agg_sum",
    keys: ["1..-1 RO"],
    complexity: "O(N) in the number of keys",
    summary: "Counts those of the given keys that exist.",
  }, exists),
  command(`EXPIRE key seconds ${EXPIRE_OPTIONS}`, {
    since: "1.0.0",
    arity: -3,
    flags: "write fast",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW update"],
    summary: "Makes a key expire in a number of seconds.",
  }, (context) => expire(context, "EX", "expire")),
  command(`EXPIREAT key unix-time-seconds ${EXPIRE_OPTIONS}`, {
    since: "1.2.0",
    arity: -3,
    flags: "write fast",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW update"],
    summary: "Makes a key expire at a Unix time in seconds.",
  }, (context) => expire(context, "EXAT", "expireat")),
  command("EXPIRETIME key", {
    since: "7.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "keyspace",
    keys: ["1 RO access"],
    summary: "Returns the Unix time in seconds at which a key expires.",
  }, (context) => expiry(context, seconds)),
  command("KEYS pattern", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly",
    acl: "keyspace dangerous",
    tips: "request_policy:all_shards nondeterministic_output_order",
    complexity: "O(N) in the number of keys that begin like the pattern",
    summary: "Returns all keys that match a pattern.",
  }, keys),
  command("MOVE key db", {
    since: "1.0.0",
    arity: 3,
    flags: "write fast",
    effects: "itself",
    acl: "keyspace",
    keys: ["1 RW access update"],
    summary: "Moves a key to another database.",
  }, move),
  object,
  command("PERSIST key", {
    since: "2.2.0",
    arity: 2,
    flags: "write fast",
    effects: "itself",
    acl: "keyspace",
    keys: ["1 RW update"],
    summary: "Removes a key's expiry.",
  }, persist),
  command(`PEXPIRE key milliseconds ${EXPIRE_OPTIONS}`, {
    since: "2.6.0",
    arity: -3,
    flags: "write fast",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW update"],
    summary: "Makes a key expire in a number of milliseconds.",
  }, (context) => expire(context, "PX", "pexpire")),
  command(`PEXPIREAT key unix-time-milliseconds ${EXPIRE_OPTIONS}`, {
    since: "2.6.0",
    arity: -3,
    flags: "write fast",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW update"],
    summary: "Makes a key expire at a Unix time in milliseconds.",
  }, (context) => expire(context, "PXAT", "pexpireat")),
  command("PEXPIRETIME key", {
    since: "7.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "keyspace",
    keys: ["1 RO access"],
    summary: "Returns the Unix time in milliseconds at which a key expires.",
  }, (context) => expiry(context, (expiresAtMs) => expiresAtMs)),
  command("PTTL key", {
    since: "2.6.0",
    arity: 2,
    flags: "readonly fast",
    acl: "keyspace",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    summary: "Returns the milliseconds until a key expires.",
  }, (context) => expiry(context, (expiresAtMs, nowMs) => expiresAtMs - nowMs)),
  command("RANDOMKEY", {
    since: "1.0.0",
    arity: 1,
    flags: "readonly",
    acl: "keyspace",
    tips: "request_policy:all_shards nondeterministic_output",
    summary: "Returns a random key.",
  }, randomkey),
  command("RENAME key newkey", {
    since: "1.0.0",
    arity: 3,
    flags: "write",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW access delete", "2 OW update"],
    summary: "Renames a key, over whatever has the new name.",
  }, (context) => rename(context, false)),
  command("RENAMENX key newkey", {
    since: "1.0.0",
    arity: 3,
    flags: "write fast",
    effects: "said",
    acl: "keyspace",
    keys: ["1 RW access delete", "2 OW insert"],
    summary: "Renames a key if nothing has the new name.",
  }, (context) => rename(context, true)),
  command("SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]", {
    since: "2.8.0",
    arity: -2,
    flags: "readonly",
    acl: "keyspace",
    tips: "nondeterministic_output request_policy:special",
    complexity: "O(1) for a call, O(N) for a whole walk",
    summary: "Walks the keys, some at each call.",
  }, scan),
  command("TOUCH key [key ...]", {
    since: "3.2.1",
    arity: -2,
    flags: "readonly fast",
    acl: "keyspace",
    tips: "request_policy:multi_shard response_policy:agg_sum",
    keys: ["1..-1 RO"],
    complexity: "O(N) in the number of keys",
    summary: "Marks keys as used now, and counts those that exist.",
  }, touch),
  command("TTL key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "keyspace",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    summary: "Returns the seconds until a key expires.",
  }, (context) => expiry(context, (expiresAtMs, nowMs) => seconds(expiresAtMs - nowMs))),
  command("TYPE key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "keyspace",
    keys: ["1 RO"],
    summary: "Returns the type of a key's value.",
  }, type),
  command("UNLINK key [key ...]", {
    since: "4.0.0",
    arity: -2,
    flags: "write fast",
    effects: "itself",
    acl: "keyspace",
    tips: "request_policy:multi_shard response_policy:agg_sum",
    keys: ["1..-1 RM delete"],
    complexity: "O(1) for each key, however large",
    summary: "Deletes keys; like DEL, which also leaves large values to the background.",
  }, del),
];
