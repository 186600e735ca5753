/**
 * The commands that wait for what is not there: https://redis.io/docs/latest/commands/blpop/ and
 * its kin. Each does what its impatient sibling does, and if there is nothing asks the client to
 * wait; it then runs again, from the start, when one of its keys is there.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Slice } from "../../store/values/slice.ts";
import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import type { Wait } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { assertMayHold } from "../table/held_memory.ts";
import {
  howMany,
  leftAt,
  listPopAt,
  moveMany,
  moveOne,
  popElements,
  popFromFirst,
} from "./moves.ts";
import { toNumber } from "../../store/values/long_double.ts";
import { floatAt } from "../table/options.ts";
import { popFromFirstSortedSet, sortedSetPopAt } from "../sorted_sets/pops.ts";

const list = commandsOf("list");
const sortedSet = commandsOf("sorted-set");

/** Longest timeout in milliseconds: Redis's clock has 64 bits. */
const LONGEST_MS = 2 ** 63;

/** The timeout in seconds at `index`, in milliseconds; 0 is for ever. @throws {CommandError} */
export function timeoutAt(args: Arguments, index: number): number {
  const seconds = floatAt(args, index);
  if (seconds === undefined) throw err("timeout is not a float or out of range");
  const ms = Math.ceil(toNumber(seconds) * 1000);
  // What a double cannot hold is still some time, and not for ever.
  if (ms === 0 && typeof seconds !== "string" && seconds.mantissa > 0n) return 1;
  if (ms >= LONGEST_MS) throw err("timeout is out of range");
  if (ms < 0) throw err("timeout is negative");
  return ms;
}

const nullArray = (reply: Reply): void => reply.nullArray();
const nothing = (reply: Reply): void => reply.null();

/** Waits for one of the keys to be there. */
function waitFor(context: Context, type: number, timeoutMs: number, wait: Partial<Wait>): void {
  const { args, client } = context;
  assertMayHold(client, args.count, args.size);
  client.wait({ keys: [1], type, timeoutMs, giveUp: nullArray, ...wait });
}

/** The keys of `command key [key ...] timeout`. */
function keysBeforeTimeout({ args }: Context): number[] {
  return Array.from({ length: args.count - 2 }, (_, i) => i + 1);
}

/** BLPOP and BRPOP. */
function pop(context: Context, left: boolean): void {
  const { args, reply, store, client } = context;
  const timeoutMs = timeoutAt(args, args.count - 1);
  for (let i = 1; i < args.count - 1; i++) {
    const key = args.at(i);
    const found = store.keyspace.findCollection(client.db, key, TYPE.LIST);
    if (found === undefined) continue;
    reply.array(2);
    reply.bulk(key.bytes, key.start, key.end);
    popElements(context, key, found, left, 1);
    const { effects } = store.engine;
    if (effects.active) effects.say(client.db, left ? "LPOP" : "RPOP", key);
    return;
  }
  waitFor(context, TYPE.LIST, timeoutMs, { keys: keysBeforeTimeout(context) });
}

function blmpop(context: Context): void {
  const timeoutMs = timeoutAt(context.args, 1);
  const what = listPopAt(context.args, 2);
  if (popFromFirst(context, what)) return;
  waitFor(context, TYPE.LIST, timeoutMs, { keys: what.keys });
}

/** BLMOVE and BRPOPLPUSH. */
function move(context: Context, fromLeft: boolean, toLeft: boolean, timeoutIndex: number): void {
  const { args, store: { engine: { effects } }, client: { db } } = context;
  const timeoutMs = timeoutAt(args, timeoutIndex);
  if (moveOne(context, fromLeft, toLeft)) {
    const from = args.at(1), to = args.at(2);
    if (!effects.active) return;
    if (args.count === 4) effects.say(db, "RPOPLPUSH", from, to);
    else effects.say(db, "LMOVE", from, to, args.at(3), args.at(4));
    return;
  }
  waitFor(context, TYPE.LIST, timeoutMs, { denied: nothing });
}

function blmove(context: Context): void {
  const { args } = context;
  const fromLeft = leftAt(args, 3), toLeft = leftAt(args, 4);
  move(context, fromLeft, toLeft, 5);
}

function blmovem(context: Context): void {
  const { args } = context;
  const fromLeft = leftAt(args, 3), toLeft = leftAt(args, 4);
  const timeoutMs = timeoutAt(args, 5);
  const how = howMany(args, 6);
  if (moveMany(context, fromLeft, toLeft, how)) {
    const { effects } = context.store.engine;
    if (!effects.active) return;
    // LMOVEM has no timeout.
    const words: Slice[] = [];
    for (let i = 1; i < args.count; i++) if (i !== 5) words.push(args.at(i));
    effects.say(context.client.db, "LMOVEM", ...words);
    return;
  }
  waitFor(context, TYPE.LIST, timeoutMs, {});
}

/** BZPOPMIN and BZPOPMAX. */
function popScored(context: Context, last: boolean): void {
  const { args, reply, store, client } = context;
  const timeoutMs = timeoutAt(args, args.count - 1);
  for (let i = 1; i < args.count - 1; i++) {
    const key = args.at(i);
    const found = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
    if (found === undefined) continue;
    reply.array(3);
    reply.bulk(key.bytes, key.start, key.end);
    store.sortedSets.pop(client.db, key, found, last, 1, (member, score) => {
      reply.value(member);
      reply.double(score);
    });
    const { effects } = store.engine;
    if (effects.active) effects.say(client.db, last ? "ZPOPMAX" : "ZPOPMIN", key);
    return;
  }
  waitFor(context, TYPE.ZSET, timeoutMs, { keys: keysBeforeTimeout(context) });
}

function bzmpop(context: Context): void {
  const timeoutMs = timeoutAt(context.args, 1);
  const what = sortedSetPopAt(context.args, 2);
  if (popFromFirstSortedSet(context, what)) return;
  waitFor(context, TYPE.ZSET, timeoutMs, { keys: what.keys });
}

const popsLists = {
  arity: -3,
  flags: "write blocking",
  effects: "said",
  acl: "list",
  keys: ["1..-2 RW access delete"],
  since: "2.0.0",
  complexity: "O(N) in the number of keys",
} as const;
const movesLists = {
  flags: "write denyoom blocking",
  effects: "said",
  acl: "list",
  keys: ["1 RW access delete", "2 RW insert"],
} as const;
const popsSortedSets = {
  arity: -3,
  flags: "write blocking fast",
  effects: "said",
  acl: "sortedset",
  keys: ["1..-2 RW access delete"],
  since: "5.0.0",
  complexity: "O(log(N)) in the number of members",
} as const;
const counted = {
  since: "7.0.0",
  arity: -5,
  flags: "write blocking movablekeys",
  effects: "said",
  keys: [{
    flags: ["RW", "access", "delete"] as const,
    begin: { index: 2 },
    find: { countAt: 0, firstKey: 1, step: 1 },
  }],
} as const;

/** The commands that wait. */
export const blocking: readonly Command[] = [
  list("BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout", {
    ...movesLists,
    since: "6.2.0",
    arity: 6,
    summary: "Moves an element from one list to another; waits for one.",
  }, blmove),
  list(
    "BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | EXACTLY exactly> <OBO | BULK>]",
    {
      ...movesLists,
      since: "8.10.0",
      arity: -6,
      complexity: "O(N) in the number of elements moved",
      summary: "Moves several elements from one list to another; waits for them.",
    },
    blmovem,
  ),
  list("BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", {
    ...counted,
    acl: "list",
    complexity: "O(N+M) in the numbers of keys and of elements returned",
    summary: "Pops elements from the first list that has any; waits for one.",
  }, blmpop),
  list(
    "BLPOP key [key ...] timeout",
    { ...popsLists, summary: "Pops the first element of a list; waits for one." },
    (context) => pop(context, true),
  ),
  list(
    "BRPOP key [key ...] timeout",
    { ...popsLists, summary: "Pops the last element of a list; waits for one." },
    (context) => pop(context, false),
  ),
  list("BRPOPLPUSH source destination timeout", {
    ...movesLists,
    since: "2.2.0",
    arity: 4,
    summary: "Moves the last element of a list to the front of another; waits for one.",
  }, (context) => move(context, false, true, 3)),
  sortedSet("BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]", {
    ...counted,
    acl: "sortedset",
    complexity: "O(K) + O(M*log(N)) in the numbers of keys, of members popped and of members",
    summary: "Pops members from the first sorted set that has any; waits for one.",
  }, bzmpop),
  sortedSet(
    "BZPOPMAX key [key ...] timeout",
    { ...popsSortedSets, summary: "Pops the member with the highest score; waits for one." },
    (context) => popScored(context, true),
  ),
  sortedSet(
    "BZPOPMIN key [key ...] timeout",
    { ...popsSortedSets, summary: "Pops the member with the lowest score; waits for one." },
    (context) => popScored(context, false),
  ),
];
