/**
 * The set commands: https://redis.io/docs/latest/commands/?group=set
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { SET_ENCODING } from "../../store/collections/encodings.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { INT64_MAX, INT64_MIN } from "../../store/values/integers.ts";
import { MemberList } from "../../store/collections/member_list.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { sayDeleted } from "../table/effects.ts";
import { DrawnReply } from "../table/draws.ts";
import { int64At, integerAt } from "../table/options.ts";
import { cursorOf, scanOptions, writeCursor } from "../keys/scan_options.ts";
import { setOperations } from "./operations.ts";

const command = commandsOf("set");

function sadd({ args, reply, store, client }: Context): void {
  const { keyspace, sets } = store;
  const { db } = client;
  const key = args.at(1);
  const set = keyspace.findCollection(db, key, TYPE.SET) ??
    keyspace.createCollection(db, key, TYPE.SET);
  sets.expect(set, args.count - 2, args.at(2));
  let added = 0;
  for (let i = 2; i < args.count; i++) if (sets.add(set, args.at(i))) added++;
  if (added > 0) keyspace.changed(db, key, "sadd");
  reply.integer(added);
}

function srem({ args, reply, store, client }: Context): void {
  const { keyspace, sets } = store;
  const { db } = client;
  const key = args.at(1);
  const set = keyspace.findCollection(db, key, TYPE.SET);
  if (set === undefined) return reply.integer(0);
  let removed = 0;
  for (let i = 2; i < args.count && set.length > 0; i++) {
    if (sets.remove(set, args.at(i))) removed++;
  }
  if (removed > 0) keyspace.changed(db, key, "srem");
  if (set.length === 0) keyspace.removeEmpty(db, key, set);
  reply.integer(removed);
}

function smembers({ args, reply, store, client }: Context): void {
  const set = store.sets.read(client.db, args.at(1));
  reply.set(set?.length ?? 0);
  if (set !== undefined) store.sets.each(set, (member) => reply.value(member));
}

function sismember({ args, reply, store, client }: Context): void {
  const set = store.sets.read(client.db, args.at(1));
  reply.integer(set !== undefined && store.sets.has(set, args.at(2)) ? 1 : 0);
}

function smismember({ args, reply, store, client }: Context): void {
  const set = store.sets.read(client.db, args.at(1));
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    reply.integer(set !== undefined && store.sets.has(set, args.at(i)) ? 1 : 0);
  }
}

function scard({ args, reply, store, client }: Context): void {
  reply.integer(store.keyspace.readCollection(client.db, args.at(1), TYPE.SET)?.length ?? 0);
}

function smove({ args, reply, store, client }: Context): void {
  const { keyspace, sets } = store;
  const { db } = client;
  const from = args.at(1), to = args.at(2), member = args.at(3);
  if (keyspace.find(db, from) === TYPE.NONE) return reply.integer(0);
  const source = keyspace.findCollection(db, from, TYPE.SET);
  const destination = keyspace.findCollection(db, to, TYPE.SET);
  if (source === undefined) return reply.integer(0);
  if (source === destination) return reply.integer(sets.has(source, member) ? 1 : 0);
  if (!sets.remove(source, member)) return reply.integer(0);
  keyspace.changed(db, from, "srem");
  if (source.length === 0) keyspace.removeEmpty(db, from, source);
  const target = destination ?? keyspace.createCollection(db, to, TYPE.SET);
  if (sets.add(target, member)) keyspace.changed(db, to, "sadd");
  reply.integer(1);
}

function spop(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count > 3) throw syntaxError();
  if (args.count === 3) return spopCount(context, countAt(args, 2));
  const { keyspace, sets } = store;
  const { db } = client;
  const key = args.at(1);
  const set = keyspace.findCollection(db, key, TYPE.SET);
  if (set === undefined) return reply.null();
  const member = sets.popOne(set);
  reply.value(member);
  keyspace.changed(db, key, "spop");
  const { effects } = store.engine;
  if (effects.active) effects.say(db, "SREM", key, member);
  if (set.length === 0) keyspace.removeEmpty(db, key, set);
}

function spopCount({ args, reply, store, client }: Context, count: number): void {
  const { keyspace, sets } = store;
  const { db } = client;
  const key = args.at(1);
  const set = keyspace.findCollection(db, key, TYPE.SET);
  if (set === undefined || count === 0) return reply.set(0);
  if (count >= set.length) {
    reply.set(set.length);
    sets.each(set, (member) => reply.value(member));
    keyspace.changed(db, key, "spop");
    keyspace.removeEmpty(db, key, set);
    sayDeleted(store, db, key);
    return;
  }
  const members = sets.pop(set, count);
  keyspace.changed(db, key, "spop");
  const { effects } = store.engine;
  if (effects.active) {
    effects.begin(db, 2 + members.length);
    effects.word("SREM");
    effects.word(key);
    for (let i = 0; i < members.length; i++) effects.word(members.at(i));
  }
  reply.set(members.length);
  writeMembers(reply, members);
}

/** How many members to pop. @throws {CommandError} The same error for all that is no such number. */
function countAt(args: Arguments, index: number): number {
  const count = int64At(args, index);
  if (count === undefined || count < 0) throw err("value is out of range, must be positive");
  return Number(count);
}

function srandmember(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count > 3) throw syntaxError();
  if (args.count === 3) return srandmemberCount(context);
  const set = store.sets.read(client.db, args.at(1));
  if (set === undefined) reply.null();
  else reply.value(store.sets.randomMember(set));
}

function srandmemberCount(context: Context): void {
  const { args, reply, store, client } = context;
  const count = integerAt(args, 2);
  if (count === INT64_MIN) {
    throw err(`value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`);
  }
  const { sets } = store;
  const set = sets.read(client.db, args.at(1));
  if (set === undefined || count === 0) return reply.array(0);
  if (count < 0) return drawMembers(context, set, -Number(count));
  if (count >= set.length) {
    reply.array(set.length);
    sets.each(set, (member) => reply.value(member));
    return;
  }
  const members = sets.sample(set, Number(count));
  reply.array(members.length);
  writeMembers(reply, members);
}

/** Replies with `count` members, each drawn among all. A reply that no client could take is refused. */
function drawMembers({ reply, store }: Context, set: Collection, count: number): void {
  const drawn = new DrawnReply(count);
  reply.array(count);
  store.sets.draw(set, count, ({ bytes, start, end }) => {
    drawn.add(end - start);
    reply.bulk(bytes, start, end);
  });
}

function writeMembers(reply: Reply, members: MemberList): void {
  for (let i = 0; i < members.length; i++) {
    const { bytes, start, end } = members.at(i);
    reply.bulk(bytes, start, end);
  }
}

function sscan({ args, reply, store, client }: Context): void {
  const cursor = cursorOf(args.text(2));
  const { sets, cursors } = store;
  const set = sets.read(client.db, args.at(1));
  const found = new MemberList();
  let next: Uint8Array | undefined;
  if (set !== undefined) {
    const { glob, count } = scanOptions(args, 3, "members");
    const take = (member: Slice) => {
      if (glob === undefined || glob.matches(member.bytes, member.start, member.end)) {
        found.push(member);
      }
      return true;
    };
    if (set.encoding === SET_ENCODING.HASHTABLE) {
      next = sets.eachFrom(set, cursors.position(cursor) ?? NO_BYTES, count, take);
    } else {
      sets.eachSlice(set, take);
    }
  }
  writeCursor(reply, cursors.cursor(next));
  reply.array(found.length);
  writeMembers(reply, found);
}

const NO_BYTES = new Uint8Array(0);

/** All set commands. */
export const sets: readonly Command[] = [
  ...setOperations,
  command("SADD key member [member ...]", {
    since: "1.0.0",
    arity: -3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "set",
    keys: ["1 RW insert"],
    complexity: "O(log N) for each member",
    summary: "Adds members to a set, creating it if need be.",
  }, sadd),
  command("SCARD key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "set",
    keys: ["1 RO"],
    summary: "Returns the number of a set's members.",
  }, scard),
  command("SISMEMBER key member", {
    since: "1.0.0",
    arity: 3,
    flags: "readonly fast",
    acl: "set",
    keys: ["1 RO"],
    complexity: "O(log N)",
    summary: "Tells whether a set has a member.",
  }, sismember),
  command("SMEMBERS key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly",
    acl: "set",
    tips: "nondeterministic_output_order",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of members",
    summary: "Returns all members of a set.",
  }, smembers),
  command("SMISMEMBER key member [member ...]", {
    since: "6.2.0",
    arity: -3,
    flags: "readonly fast",
    acl: "set",
    keys: ["1 RO access"],
    complexity: "O(log N) for each member",
    summary: "Tells for several members whether a set has them.",
  }, smismember),
  command("SMOVE source destination member", {
    since: "1.0.0",
    arity: 4,
    flags: "write fast",
    effects: "itself",
    acl: "set",
    keys: ["1 RW access delete", "2 RW insert"],
    complexity: "O(log N)",
    summary: "Moves a member from one set to another.",
  }, smove),
  command("SPOP key [count]", {
    since: "1.0.0",
    arity: -2,
    flags: "write fast",
    effects: "said",
    acl: "set",
    tips: "nondeterministic_output",
    keys: ["1 RW access delete"],
    complexity: "O(log N) for each member",
    summary: "Removes random members from a set and returns them.",
  }, spop),
  command("SRANDMEMBER key [count]", {
    since: "1.0.0",
    arity: -2,
    flags: "readonly",
    acl: "set",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    complexity: "O(log N) for each member",
    summary: "Returns random members of a set.",
  }, srandmember),
  command("SREM key member [member ...]", {
    since: "1.0.0",
    arity: -3,
    flags: "write fast",
    effects: "itself",
    acl: "set",
    keys: ["1 RW delete"],
    complexity: "O(log N) for each member",
    summary: "Removes members from a set, and the set with its last member.",
  }, srem),
  command("SSCAN key cursor [MATCH pattern] [COUNT count]", {
    since: "2.8.0",
    arity: -3,
    flags: "readonly",
    acl: "set",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    complexity: "O(1) for a call, O(N) for a whole walk",
    summary: "Walks a set's members, some at each call.",
  }, sscan),
];
