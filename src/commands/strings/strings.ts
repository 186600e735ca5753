/**
 * The string commands: https://redis.io/docs/latest/commands/?group=string
 *
 * @module
 */

import { syntaxError, wrongArity, wrongType } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { xxh3Hex } from "../../store/strings/xxh3.ts";
import type { Command, Context } from "../table/command.ts";
import { conditionHolds } from "./conditions.ts";
import { counters } from "./counters.ts";
import { commandsOf } from "../table/define.ts";
import { sayDeleted, sayExpiry, saySet } from "../table/effects.ts";
import { lcs } from "./lcs.ts";
import { parts } from "./parts.ts";
import { severalStrings } from "./several.ts";
import { expiryAt, stringOptions } from "../table/options.ts";

const command = commandsOf("string");

function get({ args, reply, store, client }: Context): void {
  const value = store.strings.get(client.db, args.at(1));
  if (value === undefined) reply.null();
  else reply.value(value);
}

function set(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count === 3) {
    store.strings.set(client.db, args.at(1), args.at(2));
    saySet(store, client.db, args.at(1), args.at(2), 0);
    reply.ok();
    return;
  }
  const options = stringOptions(args, 3, [
    "NX",
    "XX",
    "IFEQ",
    "IFNE",
    "IFDEQ",
    "IFDNE",
    "GET",
    "KEEPTTL",
    "EXPIRY",
  ]);
  const { keyspace, strings, engine } = store;
  const { db } = client;
  const key = args.at(1);
  const expiresAtMs = options.expiry === undefined
    ? 0
    : expiryAt(args, options.expiryAt, options.expiry, "set", engine.nowMs);
  const type = options.get ? keyspace.read(db, key) : keyspace.find(db, key);
  if (options.get && type !== TYPE.NONE && type !== TYPE.STRING) throw wrongType();
  const holds = conditionHolds(context, options.condition, options.conditionAt);
  if (options.get) {
    if (type === TYPE.NONE) reply.null();
    else reply.value(strings.loaded());
  } else if (holds) {
    reply.ok();
  } else {
    reply.null();
  }
  if (!holds) return;
  const keep = options.keepTtl && type !== TYPE.NONE ? keyspace.row.expiresAtMs : expiresAtMs;
  strings.replace(db, key, args.at(2), keep);
  keyspace.stored(db, key, TYPE.STRING, "set");
  if (expiresAtMs !== 0) keyspace.changed(db, key, "expire");
  saySet(store, db, key, args.at(2), options.keepTtl ? "keep" : expiresAtMs);
}

function setnx({ args, reply, store, client }: Context): void {
  const key = args.at(1);
  const free = store.keyspace.find(client.db, key) === TYPE.NONE;
  if (free) {
    store.strings.replace(client.db, key, args.at(2), 0);
    store.keyspace.stored(client.db, key, TYPE.STRING, "set");
  }
  reply.integer(free ? 1 : 0);
}

function setWithExpiry(context: Context, unit: "EX" | "PX"): void {
  const { args, reply, store, client } = context;
  const name = unit === "EX" ? "setex" : "psetex";
  const expiresAtMs = expiryAt(args, 2, unit, name, store.engine.nowMs);
  const key = args.at(1);
  store.keyspace.find(client.db, key);
  store.strings.replace(client.db, key, args.at(3), expiresAtMs);
  store.keyspace.stored(client.db, key, TYPE.STRING, "set");
  store.keyspace.changed(client.db, key, "expire");
  saySet(store, client.db, key, args.at(3), expiresAtMs);
  reply.ok();
}

function getset(context: Context): void {
  const { args, reply, store, client } = context;
  const key = args.at(1);
  const value = store.strings.get(client.db, key);
  if (value === undefined) reply.null();
  else reply.value(value);
  store.strings.replace(client.db, key, args.at(2), 0);
  store.keyspace.stored(client.db, key, TYPE.STRING, "set");
  saySet(store, client.db, key, args.at(2), 0);
}

function getdel({ args, reply, store, client }: Context): void {
  const key = args.at(1);
  const value = store.strings.get(client.db, key);
  if (value === undefined) return reply.null();
  reply.value(value);
  store.keyspace.delete(client.db, key);
  sayDeleted(store, client.db, key);
}

function getex({ args, reply, store, client }: Context): void {
  const { strings, keyspace, engine } = store;
  const options = stringOptions(args, 2, ["EXPIRY", "PERSIST"]);
  const key = args.at(1);
  const value = strings.get(client.db, key);
  if (value === undefined) return reply.null();
  const expiresAtMs = options.expiry === undefined
    ? 0
    : expiryAt(args, options.expiryAt, options.expiry, "getex", engine.nowMs);
  reply.value(value);
  if (options.expiry !== undefined) {
    keyspace.setExpiry(client.db, key, expiresAtMs);
    sayExpiry(store, client.db, key, expiresAtMs);
  } else if (options.persist && keyspace.row.expiresAtMs !== 0) {
    keyspace.setExpiry(client.db, key, 0);
    sayExpiry(store, client.db, key, 0);
  }
}

function digest({ args, reply, store, client }: Context): void {
  const value = store.strings.get(client.db, args.at(1))?.materialize();
  if (value === undefined) reply.null();
  else reply.text(xxh3Hex(value.bytes, value.start, value.end));
}

function delex(context: Context): void {
  const { args, reply, store, client } = context;
  const key = args.at(1);
  if (args.count !== 2 && args.count !== 4) throw wrongArity("delex");
  const condition = args.count === 4
    ? (["IFEQ", "IFNE", "IFDEQ", "IFDNE"] as const).find((word) => args.is(2, word))
    : undefined;
  if (args.count === 4 && condition === undefined) throw syntaxError();
  const exists = store.keyspace.find(client.db, key) !== TYPE.NONE;
  if (!exists || !conditionHolds(context, condition, 3)) return reply.integer(0);
  store.keyspace.delete(client.db, key);
  sayDeleted(store, client.db, key);
  reply.integer(1);
}

/** All string commands. */
export const strings: readonly Command[] = [
  ...counters,
  ...parts,
  ...severalStrings,
  command(
    "DELEX key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]",
    {
      since: "8.4.0",
      arity: -2,
      flags: "write fast",
      effects: "said",
      acl: "string",
      keys: ["1 RW delete"],
      complexity: "O(1) for IFEQ and IFNE, O(N) in the string's length for IFDEQ and IFDNE",
      summary: "Deletes a key if its value or digest compares as asked.",
    },
    delex,
  ),
  command("DIGEST key", {
    since: "8.4.0",
    arity: 2,
    flags: "readonly fast",
    acl: "string",
    keys: ["1 RO access"],
    complexity: "O(N) in the string's length",
    summary: "Returns the XXH3 digest of a string in hexadecimal.",
  }, digest),
  command("GET key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "string",
    keys: ["1 RO access"],
    summary: "Returns a string.",
  }, get),
  command("GETDEL key", {
    since: "6.2.0",
    arity: 2,
    flags: "write fast",
    effects: "said",
    acl: "string",
    keys: ["1 RW access delete"],
    summary: "Returns a string and deletes its key.",
  }, getdel),
  command(
    "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
    {
      since: "6.2.0",
      arity: -2,
      flags: "write fast",
      effects: "said",
      acl: "string",
      keys: ["1 RW access update"],
      summary: "Returns a string and sets or removes its key's expiry.",
    },
    getex,
  ),
  command("GETSET key value", {
    since: "1.0.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "said",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Sets a string and returns the one before it.",
  }, getset),
  command("LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]", {
    since: "7.0.0",
    arity: -3,
    flags: "readonly",
    acl: "string",
    keys: ["1..2 RO access"],
    complexity: "O(N*M) in the lengths of the two strings",
    summary: "Finds the longest common subsequence of two strings.",
  }, lcs),
  command("PSETEX key milliseconds value", {
    since: "2.6.0",
    arity: 4,
    flags: "write denyoom",
    effects: "said",
    acl: "string",
    keys: ["1 OW update"],
    summary: "Sets a string that expires in a number of milliseconds.",
  }, (context) => setWithExpiry(context, "PX")),
  command(
    "SET key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    {
      since: "1.0.0",
      arity: -3,
      flags: "write denyoom",
      effects: "said",
      acl: "string",
      keys: [{
        flags: ["RW", "access", "update", "variable_flags"],
        begin: { index: 1 },
        find: { lastKey: 0, step: 1, limit: 0 },
        notes: "access only with GET",
      }],
      findKeys: (args) => {
        const get = Array.from({ length: args.count }, (_, i) => i).some((i) =>
          i > 2 && args.is(i, "GET")
        );
        return [{ index: 1, flags: get ? ["RW", "access", "update"] : ["OW", "update"] }];
      },
      summary: "Sets a string, whatever the key held before.",
    },
    set,
  ),
  command("SETEX key seconds value", {
    since: "2.0.0",
    arity: 4,
    flags: "write denyoom",
    effects: "said",
    acl: "string",
    keys: ["1 OW update"],
    summary: "Sets a string that expires in a number of seconds.",
  }, (context) => setWithExpiry(context, "EX")),
  command("SETNX key value", {
    since: "1.0.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 OW insert"],
    summary: "Sets a string if the key does not exist.",
  }, setnx),
];
