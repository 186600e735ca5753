/** The commands on several strings: those of MGET and MSET. */

import { err, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { saySet } from "../table/effects.ts";
import { expiryAt, int64At, stringOptions } from "../table/options.ts";

const command = commandsOf("string");

function mget({ args, reply, store, client }: Context): void {
  const { keyspace, strings, engine } = store;
  // All keys are read from one snapshot, those in memory too.
  engine.read();
  reply.array(args.count - 1);
  for (let i = 1; i < args.count; i++) {
    if (keyspace.read(client.db, args.at(i)) === TYPE.STRING) reply.value(strings.loaded());
    else reply.null();
  }
}

function mset({ args, reply, store, client }: Context): void {
  if (args.count % 2 === 0) throw wrongArity("mset");
  for (let i = 1; i < args.count; i += 2) store.strings.set(client.db, args.at(i), args.at(i + 1));
  reply.ok();
}

function msetnx({ args, reply, store, client }: Context): void {
  if (args.count % 2 === 0) throw wrongArity("msetnx");
  for (let i = 1; i < args.count; i += 2) {
    if (store.keyspace.find(client.db, args.at(i)) !== TYPE.NONE) return reply.integer(0);
  }
  for (let i = 1; i < args.count; i += 2) store.strings.set(client.db, args.at(i), args.at(i + 1));
  reply.integer(1);
}

function msetex(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, strings, engine } = store;
  const { db } = client;
  const count = int64At(args, 1) ?? 0;
  if (count <= 0 || count > 0x7fffffff) throw err("invalid numkeys value");
  const optionsFrom = 2 + 2 * Number(count);
  if (optionsFrom > args.count) throw err("wrong number of key-value pairs");
  const options = stringOptions(args, optionsFrom, ["NX", "XX", "KEEPTTL", "EXPIRY"]);
  const expiresAtMs = options.expiry === undefined
    ? 0
    : expiryAt(args, options.expiryAt, options.expiry, "msetex", engine.nowMs);
  if (options.condition !== undefined) {
    for (let i = 2; i < optionsFrom; i += 2) {
      const exists = keyspace.find(db, args.at(i)) !== TYPE.NONE;
      if (exists === (options.condition === "NX")) return reply.integer(0);
    }
  }
  for (let i = 2; i < optionsFrom; i += 2) {
    const key = args.at(i);
    const type = keyspace.find(db, key);
    const keep = options.keepTtl && type !== TYPE.NONE ? keyspace.row.expiresAtMs : expiresAtMs;
    strings.replace(db, key, args.at(i + 1), keep);
    keyspace.stored(db, key, TYPE.STRING, "set");
    if (expiresAtMs !== 0) keyspace.changed(db, key, "expire");
    saySet(store, db, key, args.at(i + 1), options.keepTtl ? "keep" : expiresAtMs);
  }
  reply.integer(1);
}

/** MGET, MSET and its kin. */
export const severalStrings: readonly Command[] = [
  command("MGET key [key ...]", {
    since: "1.0.0",
    arity: -2,
    flags: "readonly fast",
    acl: "string",
    tips: "request_policy:multi_shard",
    keys: ["1..-1 RO access"],
    complexity: "O(N) in the number of keys",
    summary: "Returns several strings; nil for a key that holds none.",
  }, mget),
  command("MSET key value [key value ...]", {
    since: "1.0.1",
    arity: -3,
    flags: "write denyoom",
    effects: "itself",
    acl: "string",
    tips: "request_policy:multi_shard response_policy:all_succeeded",
    keys: ["1..-1/2 OW update"],
    complexity: "O(N) in the number of keys",
    summary: "Sets several strings.",
  }, mset),
  command(
    "MSETEX numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    {
      since: "8.4.0",
      arity: -4,
      flags: "write denyoom movablekeys",
      effects: "said",
      acl: "string",
      tips: "request_policy:multi_shard response_policy:all_succeeded",
      keys: [{
        flags: ["OW", "update"],
        begin: { index: 1 },
        find: { countAt: 0, firstKey: 1, step: 2 },
      }],
      complexity: "O(N) in the number of keys",
      summary: "Sets several strings with one expiry, all or none of them.",
    },
    msetex,
  ),
  command("MSETNX key value [key value ...]", {
    since: "1.0.1",
    arity: -3,
    flags: "write denyoom",
    effects: "itself",
    acl: "string",
    keys: ["1..-1/2 OW insert"],
    complexity: "O(N) in the number of keys",
    summary: "Sets several strings if none of the keys exists.",
  }, msetnx),
];
