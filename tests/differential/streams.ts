/**
 * Random commands on streams, with two groups and several consumers. Behind each comes everything that XINFO and
 * XPENDING tell of its stream, but for times, and for what belongs to one version of Redis only.
 *
 * Ids come by hand, and by clock only after one that lies far ahead of it: so they are the same on both servers.
 */

import fc from "../harness/properties.ts";
import { type Argument, type Command, latin1, type Reply } from "../harness/resp_client.ts";
import { redisIsSince } from "../harness/servers.ts";
import type { CommandGroup, KnownDifference } from "./command_group.ts";
import {
  type Answer,
  anyArity,
  both,
  type Check,
  commandOf,
  junk,
  options,
  type Part,
  several,
  type Step,
  word,
} from "./pieces.ts";
import { key } from "./pools.ts";
import { showCommand } from "./show.ts";

const AHEAD = "99999999999999";

const stream = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Argument>("s:1", "s:2") },
  { weight: 1, arbitrary: key },
);
const group = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom("g1", "g2") },
  { weight: 1, arbitrary: fc.constant("never:made") },
);
const consumer = fc.constantFrom("alice", "bob", "carol");

/** Ids that entries may have, and some that none has. */
const id = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 6 })).map((
      [ms, sequence],
    ) => `${ms}-${sequence}`),
  },
  { weight: 2, arbitrary: fc.constantFrom("0", "1", "3", "5", AHEAD, `${AHEAD}-1`) },
);
const anyId = fc.oneof(
  { weight: 8, arbitrary: id },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "x",
      "",
      "-",
      "1-x",
      "1-1-1",
      "18446744073709551615-18446744073709551615",
      "18446744073709551616",
      "007-01",
    ),
  },
);
const newId = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("1-*", "2-*", "3-*", "4-*", "5-*") },
  { weight: 4, arbitrary: id },
  { weight: 2, arbitrary: fc.constant(`${AHEAD}-*`) },
  { weight: 1, arbitrary: anyId },
);
const bound = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("-", "+") },
  { weight: 3, arbitrary: id },
  { weight: 1, arbitrary: id.map((text) => `(${text}`) },
  { weight: 1, arbitrary: fc.constantFrom("(", "(-", "x") },
);
const count = both(word("COUNT"), fc.constantFrom("0", "1", "2", "3", "100", "-1", "x"));
const minIdle = fc.oneof(
  { weight: 6, arbitrary: fc.constant("0") },
  { weight: 2, arbitrary: fc.constant("100000000") },
  { weight: 1, arbitrary: fc.constantFrom("x", "-1") },
);
const nothing = fc.constant<Argument[]>([]);

const names = fc.constantFrom("name", "other", "a", "");
const field = both(names, fc.constantFrom("1", "value", "", "x".repeat(200)));

/** Trims. An approximate one takes away all or nothing: so few entries are in one node. */
const trim: Part = fc.oneof(
  both(
    fc.constantFrom(["MAXLEN", "~"], ["minid", "~"]),
    both(
      fc.constantFrom("0", "1", "3", "6"),
      options(both(word("LIMIT"), fc.constantFrom("0", "1", "100", "-1", "x"))),
    ),
  ),
  both(
    both(word("MAXLEN"), fc.oneof(nothing, word("="))),
    fc.constantFrom("0", "1", "2", "3", "5", "10", "-1", "x"),
  ),
  both(both(word("MINID"), fc.oneof(nothing, word("="))), anyId),
);

/** The words that read what is known of a stream. */
function reads(name: Argument, before8: boolean): Command[] {
  return [
    ["XLEN", name],
    ["XINFO", "STREAM", name, "FULL", "COUNT", "0"],
    ["XINFO", "GROUPS", name],
    ...["g1", "g2"].flatMap((group): Command[] => [
      ["XPENDING", name, group],
      ["XPENDING", name, group, "-", "+", "100"],
      ...before8 ? [] : [["XINFO", "CONSUMERS", name, group]],
    ]),
  ];
}

/** What servers tell by the clock, or differently by version. */
const MASKED = [
  "seen-time",
  "idle",
  "radix-tree-keys",
  "radix-tree-nodes",
  "idmp-duration",
  "idmp-maxsize",
  "pids-tracked",
  "iids-tracked",
  "iids-added",
  "iids-duplicates",
  "nacked-count",
];
/** Times of which it is compared only whether there are any: a consumer that never got an entry has none. */
const SIGNS = ["active-time", "inactive"];
/** What is told of how far a group has read, by other rules before Redis 8. */
const COUNTS = ["lag", "entries-read"];

/** How a server differs from Redis 8. */
interface Ways {
  /** It is a Redis of before version 8. */
  readonly before8: boolean;
  /** Names of what is not compared. */
  readonly masked: readonly string[];
}

const REDIS_8: Ways = { before8: false, masked: MASKED };
/** Makes consumers later, too. */
const REDIS_7: Ways = { before8: true, masked: [...MASKED, ...SIGNS, ...COUNTS, "consumers"] };
const VALKEY: Ways = { before8: false, masked: [...MASKED, ...COUNTS] };

const textOf = (reply: Reply | undefined) =>
  reply?.type === "bulk" ? latin1(reply.value) : undefined;
const isId = (reply: Reply | undefined) => /^\d+-\d+$/.test(textOf(reply) ?? "");

/** A reply without times: names with their values, and the times of pending entries. */
function mask(reply: Reply, masked: readonly string[]): Reply {
  const maskValue = (name: Reply | undefined, value: Reply): Reply =>
    value.type === "integer" && SIGNS.includes(textOf(name) ?? "")
      ? { type: "integer", value: value.value < 0n ? -1n : 0n }
      : mask(value, masked);
  if (reply.type === "map") {
    const entries = reply.entries.filter(([name]) => !masked.includes(textOf(name) ?? ""));
    return { type: "map", entries: entries.map(([name, value]) => [name, maskValue(name, value)]) };
  }
  if (reply.type !== "array") return reply;
  const { items } = reply;
  // A pending entry: id, owner, time and deliveries, or the same without the owner.
  const time = isId(items[0]) && items.at(-1)?.type === "integer" ? items.length - 2 : -1;
  const kept = items.filter((_, i) => {
    if (i === time) return false;
    return !masked.includes(textOf(items[i]) ?? "") && !masked.includes(textOf(items[i - 1]) ?? "");
  });
  return { type: "array", items: kept.map((item, i) => maskValue(kept[i - 1], item)) };
}

/** A command on a stream, and what is known of that afterwards. */
function observed(command: Command, name: Argument, { before8, masked }: Ways): Check {
  return {
    kind: "check",
    show: () => showCommand(command),
    async ask(client): Promise<Answer[]> {
      const commands = [command, ...reads(name, before8)];
      const replies = await client.pipeline(commands);
      return commands.map((command, i) => ({ command, reply: mask(replies[i]!, masked) }));
    },
  };
}

const entriesRead = both(word("ENTRIESREAD"), fc.constantFrom("0", "1", "3", "-1", "-2", "x"));
const groupId = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("0", "$") },
  { weight: 2, arbitrary: anyId },
);
const claimOptions = options(
  word("JUSTID"),
  word("FORCE"),
  both(word("IDLE"), fc.constantFrom("0", "100000", "x", "-5")),
  both(word("TIME"), fc.constantFrom("1", "x", "99999999999999999")),
  both(word("RETRYCOUNT"), fc.constantFrom("0", "7", "-1", "x")),
  both(word("LASTID"), anyId),
  junk,
);

/** Steps that are answered the same, by a server of these ways. */
function stepsFor(ways: Ways): fc.Arbitrary<Step> {
  const { before8 } = ways;
  const observing = (command: Command, name: Argument) => observed(command, name, ways);

  /** A step of one command on a stream: the first part is its key. */
  const onStream = (words: string, ...parts: Part[]): fc.Arbitrary<Step> =>
    stream.chain((name) =>
      commandOf(words, [fc.constant(name), ...parts]).map((command) => observing(command, name))
    );

  /** A step of XREAD or XREADGROUP, whose keys come last. */
  const reading = (before: Part, ids: fc.Arbitrary<Argument>): fc.Arbitrary<Step> =>
    fc.tuple(
      stream,
      before,
      fc.array(fc.tuple(stream, ids), { maxLength: 1 }),
      ids,
      word("STREAMS"),
    )
      .map(([name, words, others, own, streams]) => {
        const pairs = [[name, own] as const, ...others];
        const command = [
          words,
          streams,
          ...pairs.map(([key]) => key),
          ...pairs.map(([, id]) => id),
        ].flat();
        return observing(command, name);
      });

  return fc.oneof(
    {
      weight: 30,
      arbitrary: onStream(
        "XADD",
        fc.oneof({ weight: 6, arbitrary: nothing }, options(word("NOMKSTREAM"), trim)),
        newId,
        several(field, 1, 3),
      ),
    },
    {
      weight: 3,
      arbitrary: stream.map((name) => observing(["XADD", name, `${AHEAD}-*`, "by", "hand"], name)),
    },
    {
      weight: 3,
      arbitrary: stream.chain((name): fc.Arbitrary<Step> =>
        fc.constant({
          kind: "commands",
          commands: [["XADD", name, `${AHEAD}-*`, "f", "v"], ["XADD", name, "*", "by", "clock"]],
          answered: [["XADD", name, `${AHEAD}-*`, "f", "v"], ["XADD", name, "*", "by", "clock"]],
        })
      ),
    },
    { weight: 6, arbitrary: onStream("XRANGE", bound, bound, options(count, junk)) },
    { weight: 4, arbitrary: onStream("XREVRANGE", bound, bound, options(count, junk)) },
    { weight: 8, arbitrary: onStream("XDEL", several(anyId, 1, 3)) },
    { weight: 3, arbitrary: onStream("XTRIM", trim, options(junk)) },
    {
      weight: 2,
      arbitrary: onStream(
        "XSETID",
        // Redis 7.0 lets the last id be lower than that of a deleted entry.
        before8 ? fc.constantFrom("x", `${AHEAD}-9`) : anyId,
        options(
          both(word("ENTRIESADDED"), fc.constantFrom("0", "3", "1050", "-1", "x")),
          before8 ? junk : both(word("MAXDELETEDID"), anyId),
          junk,
        ),
      ),
    },
    {
      weight: 6,
      arbitrary: reading(both(word("XREAD"), options(count, junk)), fc.oneof(anyId, word("$"))),
    },
    {
      weight: 8,
      arbitrary: onStream("XGROUP CREATE", group, groupId, options(word("MKSTREAM"), entriesRead)),
    },
    { weight: 2, arbitrary: onStream("XGROUP SETID", group, groupId, options(entriesRead, junk)) },
    { weight: 1, arbitrary: onStream("XGROUP DESTROY", group) },
    { weight: 2, arbitrary: onStream("XGROUP CREATECONSUMER", group, consumer) },
    { weight: 2, arbitrary: onStream("XGROUP DELCONSUMER", group, consumer) },
    {
      weight: 24,
      arbitrary: reading(
        fc.tuple(
          word("XREADGROUP"),
          word("GROUP"),
          group,
          consumer,
          fc.oneof({ weight: 3, arbitrary: nothing }, options(count, word("NOACK"), junk)),
        ).map((pieces) => pieces.flat()),
        fc.oneof(
          { weight: 6, arbitrary: fc.constant(">") },
          { weight: 2, arbitrary: fc.constantFrom("0", "$") },
          { weight: 1, arbitrary: anyId },
        ),
      ),
    },
    { weight: 8, arbitrary: onStream("XACK", group, several(anyId, 1, 3)) },
    { weight: 3, arbitrary: onStream("XPENDING", group) },
    {
      weight: 5,
      arbitrary: onStream(
        "XPENDING",
        group,
        fc.oneof(nothing, both(word("IDLE"), minIdle)),
        bound,
        bound,
        fc.constantFrom("0", "1", "10", "-1", "x"),
        several(consumer, 0, 1),
      ),
    },
    {
      weight: 8,
      arbitrary: onStream("XCLAIM", group, consumer, minIdle, several(anyId, 1, 3), claimOptions),
    },
    {
      weight: 6,
      arbitrary: onStream(
        "XAUTOCLAIM",
        group,
        consumer,
        minIdle,
        bound,
        options(count, word("JUSTID")),
      ),
    },
    { weight: 2, arbitrary: onStream("XINFO STREAM", options(both(word("FULL"), count), junk)) },
    {
      weight: 1,
      arbitrary: fc.tuple(stream, stream).map(([from, to]) => observing(["COPY", from, to], to)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(stream, stream).map(([from, to]) => observing(["RENAME", from, to], to)),
    },
    { weight: 1, arbitrary: onStream("DEL") },
    { weight: 1, arbitrary: onStream("TYPE") },
    { weight: 1, arbitrary: onStream("OBJECT ENCODING") },
    {
      weight: 1,
      arbitrary: anyArity(
        ..."XADD XRANGE XREVRANGE XLEN XDEL XTRIM XSETID XREAD XGROUP XINFO XACK XPENDING XCLAIM"
          .split(" "),
        "XAUTOCLAIM",
      ),
    },
  );
}

const differences: KnownDifference[] = [
  {
    reason: "Redis 8 makes a consumer whatever it gets, 7.0 when it gets something",
    only: "before 8",
    explains: ([name, sub], redis, ours) =>
      name === "xgroup" && sub === "createconsumer" && redis.type === "integer" &&
      ours.type === "integer",
  },
  {
    reason: "Redis 8 names the command that has unbalanced streams, and knows XREAD's plus",
    only: "before 8",
    explains: ([name], redis, ours) =>
      (name === "xread" || name === "xreadgroup") && redis.type === "error" &&
      ours.type === "error",
  },
];

/** Two groups, several consumers, as Redis has them from version 8 on. */
export const streamsOfRedis8: CommandGroup = { steps: stepsFor(REDIS_8), differences };

/** The same, as Valkey has them. */
export const streamsOfValkey: CommandGroup = { steps: stepsFor(VALKEY), differences };

/** The same, as the redis-server on the PATH has them. */
export const streams: CommandGroup = redisIsSince(8)
  ? streamsOfRedis8
  : { steps: stepsFor(REDIS_7), differences };
