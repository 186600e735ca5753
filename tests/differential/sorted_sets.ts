/** Random commands on sorted sets. */

import fc from "../harness/properties.ts";
import { type Argument, format, type Reply } from "../harness/resp_client.ts";
import { randomChoice } from "./checks.ts";
import type { CommandGroup, KnownDifference } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
  commandOf,
  junk,
  options,
  type Part,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import {
  anyInteger,
  choiceCount,
  key,
  member,
  missingKey,
  missingMember,
  NOT_INTEGERS,
} from "./pools.ts";
import { walks } from "./walks.ts";

/** Few, so that members meet in one score. Sums and products of them are exact. */
const SCORES = [
  "0",
  "-0",
  "1",
  "2",
  "-1",
  "1.5",
  "-2.25",
  "3",
  "1e3",
  "+7",
  ".5",
  "5.",
  "1e300",
  "-1e300",
  "5e-324",
  "inf",
  "-inf",
  "+Infinity",
  "9007199254740993",
  "4611686018427387904",
  "100000000000000000",
];
const NOT_SCORES = ["", "nan", " 1", "1 ", "abc", "1e400", "1e-400", "0x", "--1", "1,5"];
const score = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
  { weight: 4, arbitrary: fc.constantFrom(...SCORES) },
);
const anyScore = fc.oneof(
  { weight: 12, arbitrary: score },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_SCORES) },
);
const pair = both(score, member);
const anyMember = fc.oneof({ weight: 6, arbitrary: member }, {
  weight: 1,
  arbitrary: missingMember,
});
const rank = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -8, max: 8 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("9223372036854775807", "-9223372036854775808") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
const bound = fc.oneof(
  { weight: 5, arbitrary: score },
  { weight: 3, arbitrary: score.map((text) => `(${text}`) },
  { weight: 3, arbitrary: fc.constantFrom("-inf", "+inf", "(-inf", "(inf") },
  { weight: 1, arbitrary: fc.constantFrom("abc", "((1", "nan", "(nan", "1x") },
);
/** What Redis 7.0 and 8 read differently, so only for commands that change nothing. */
const laxBound = fc.constantFrom(
  ...["0x10", "(-0x1", "", "(", "1e400", "(-1e400", "1e-400", "(1e-400", " 1", "1 "],
);
const memberBound = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("[a", "(a", "[b", "(b", "[", "(", "[ab", "[c", "(field"),
  },
  { weight: 3, arbitrary: fc.constantFrom("-", "+") },
  { weight: 1, arbitrary: fc.constantFrom("a", "", "+a", "-a") },
);
const limitFrom = (...offsets: string[]): Part =>
  fc.tuple(
    fc.constant("LIMIT"),
    fc.constantFrom(...offsets),
    fc.constantFrom("0", "1", "2", "5", "-1", "-2", "9223372036854775807"),
  ).map((words): Argument[] => words);
const limit = limitFrom("0", "1", "3", "100", "-1");
const badLimit: Part = fc.constantFrom<Argument[]>(["LIMIT", "a", "1"], ["LIMIT", "1"], ["LIMIT"]);
const rangeOptions = options(
  word("BYSCORE"),
  word("BYLEX"),
  word("REV"),
  word("REV"),
  word("WITHSCORES"),
  word("WITHSCORES"),
  limit,
  badLimit,
  junk,
);
const scoreOptions = options(word("WITHSCORES"), limit, limit, badLimit, junk);
const addOptions = options(
  word("NX"),
  word("XX"),
  word("GT"),
  word("LT"),
  word("CH"),
  word("CH"),
  word("INCR"),
);

/** A number of keys, mostly the right one, and the keys. */
const countedKeys: Part = fc.array(fc.oneof({ weight: 6, arbitrary: key }, missingKey), {
  minLength: 1,
  maxLength: 3,
}).chain((keys) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(String(keys.length)) },
    { weight: 1, arbitrary: fc.constantFrom("0", "-1", "5", "a", "") },
  ).map((count): Argument[] => [count, ...keys])
);
/** Weights whose products with scores have few digits. */
const weights = both(
  word("WEIGHTS"),
  several(fc.constantFrom("1", "2", "0", "-1", "0.5", "inf", "-inf", "nan", "a"), 1, 3),
);
const aggregate = both(word("AGGREGATE"), fc.constantFrom("SUM", "min", "MAX", "foo"));
const operationOptions = options(weights, weights, aggregate, aggregate, word("WITHSCORES"), junk);
/** Sums of three doubles depend on their order, which among inputs of one size is the sort's own. */
const twoKeys: Part = fc.tuple(key, key).map((keys): Argument[] => ["2", ...keys]);

/** Where Redis 8 has a skip list, a negative offset counts from the other end to it. */
const limitOfMembers = limitFrom("0", "1", "3", "100");

/** Commands on ranges of members, on a sorted set made anew. */
function onMembers(made: Part, bound: fc.Arbitrary<string>): fc.Arbitrary<Step> {
  return key.chain((name) =>
    together([
      fc.constant(["DEL", name]),
      commandOf("ZADD", [fc.constant(name), made]),
      commandOf("ZRANGEBYLEX", [fc.constant(name), bound, bound, options(limitOfMembers, junk)]),
      commandOf("ZREVRANGEBYLEX", [fc.constant(name), bound, bound, options(limitOfMembers)]),
      commandOf("ZLEXCOUNT", [fc.constant(name), bound, bound]),
      commandOf("ZRANGE", [
        fc.constant(name),
        bound,
        bound,
        word("BYLEX"),
        options(word("REV"), limitOfMembers, word("WITHSCORES")),
      ]),
      commandOf("ZRANGESTORE", [
        fc.constant(["z:stored", String(name)]),
        bound,
        bound,
        word("BYLEX"),
        options(word("REV"), limitOfMembers),
      ]),
      commandOf("ZREMRANGEBYLEX", [fc.constant(name), bound, bound]),
      commandOf("ZRANGE", [fc.constant([name, "0", "-1", "WITHSCORES"])]),
      fc.constant(["DEL", "z:stored"]),
    ])
  );
}

const oneScore = several(member.map((m): Argument[] => ["1", m]), 1, 12);
const fewScores = several(
  both(fc.integer({ min: -2, max: 2 }).map(String), fc.constantFrom("a", "ab", "b", "c", "field")),
  1,
  8,
);
/** Members of a skip list in the order of their scores: in any other, Redis's answers depend on its dice. */
const ascending: Part = fc.tuple(fc.integer({ min: 129, max: 140 }), fc.integer({ min: 1, max: 9 }))
  .map(([count, ties]): Argument[] =>
    Array.from({ length: count }, (_, i) => [String(Math.floor(i / ties)), `n${1000 + i}`]).flat()
  );
const ascendingBound = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 990, max: 1150 }).map((n) => `[n${n}`) },
  { weight: 4, arbitrary: fc.integer({ min: 990, max: 1150 }).map((n) => `(n${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("-", "+", "[", "(z") },
);
const members: fc.Arbitrary<Step> = fc.oneof(
  onMembers(oneScore, memberBound),
  onMembers(fewScores, memberBound),
  onMembers(ascending, ascendingBound),
);

/** Enough members for the skip list, and what is told of its encoding. */
const large: fc.Arbitrary<Step> = fc.tuple(key, fc.integer({ min: 100, max: 150 })).chain((
  [name, count],
) =>
  together([
    fc.constant([
      "ZADD",
      name,
      ...Array.from({ length: count }, (_, i) => [String(i % 17), `n${i}`]).flat(),
    ]),
    commandOf("OBJECT ENCODING", [fc.constant(name)]),
    commandOf("ZREMRANGEBYRANK", [fc.constant(name), rank, rank]),
    commandOf("ZREMRANGEBYSCORE", [fc.constant(name), bound, bound]),
    commandOf("OBJECT ENCODING", [fc.constant(name)]),
    commandOf("ZPOPMAX", [fc.constant([name, "90"])]),
  ])
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: command("ZADD", key, several(pair, 1, 6)) },
  { weight: 8, arbitrary: command("ZADD", key, addOptions, several(both(anyScore, member), 1, 3)) },
  { weight: 2, arbitrary: command("ZADD", key, addOptions, anyScore, member, junk) },
  { weight: 4, arbitrary: command("ZADD", key, word("INCR"), addOptions, anyScore, member) },
  { weight: 5, arbitrary: command("ZINCRBY", key, anyScore, member) },
  { weight: 4, arbitrary: command("ZREM", key, several(anyMember, 1, 3)) },
  { weight: 4, arbitrary: command("ZSCORE", key, anyMember) },
  { weight: 2, arbitrary: command("ZMSCORE", key, several(anyMember, 1, 3)) },
  { weight: 2, arbitrary: command("ZCARD", fc.oneof(key, missingKey)) },
  { weight: 3, arbitrary: command("ZCOUNT", key, bound, bound) },
  { weight: 1, arbitrary: command("ZCOUNT", key, laxBound, bound) },
  { weight: 1, arbitrary: command("ZREVRANGEBYSCORE", key, laxBound, bound, options(limit)) },
  { weight: 3, arbitrary: command("ZRANK", key, anyMember) },
  { weight: 3, arbitrary: command("ZREVRANK", key, anyMember) },
  { weight: 6, arbitrary: command("ZRANGE", key, rank, rank, options(word("WITHSCORES"))) },
  { weight: 4, arbitrary: command("ZRANGE", key, bound, bound, word("BYSCORE"), scoreOptions) },
  {
    weight: 4,
    arbitrary: command("ZRANGE", key, bound, bound, word("REV"), word("BYSCORE"), scoreOptions),
  },
  { weight: 3, arbitrary: command("ZRANGE", key, rank, rank, options(word("REV"), junk, limit)) },
  { weight: 4, arbitrary: command("ZREVRANGE", key, rank, rank, options(word("WITHSCORES"))) },
  { weight: 4, arbitrary: command("ZRANGEBYSCORE", key, bound, bound, scoreOptions) },
  { weight: 4, arbitrary: command("ZREVRANGEBYSCORE", key, bound, bound, scoreOptions) },
  { weight: 2, arbitrary: command("ZRANGE", missingKey, rank, rank, rangeOptions) },
  { weight: 2, arbitrary: command("ZRANGESTORE", key, key, rank, rank, options(word("REV"))) },
  {
    weight: 3,
    arbitrary: command("ZRANGESTORE", key, key, bound, bound, word("BYSCORE"), scoreOptions),
  },
  { weight: 2, arbitrary: command("ZREMRANGEBYRANK", key, rank, rank) },
  { weight: 2, arbitrary: command("ZREMRANGEBYSCORE", key, bound, bound) },
  { weight: 3, arbitrary: command("ZPOPMIN", key, options(fc.constantFrom("0", "1", "3", "-1"))) },
  { weight: 3, arbitrary: command("ZPOPMAX", key, options(fc.constantFrom("0", "2", "50", "a"))) },
  {
    weight: 3,
    arbitrary: command(
      "ZMPOP",
      countedKeys,
      fc.constantFrom("MIN", "max", "MIN", "foo"),
      options(both(word("COUNT"), fc.constantFrom("1", "2", "100", "0", "a")), junk),
    ),
  },
  { weight: 3, arbitrary: command("ZUNION", countedKeys, several(word("WITHSCORES"), 0, 1)) },
  { weight: 3, arbitrary: command("ZUNION", twoKeys, operationOptions) },
  { weight: 3, arbitrary: command("ZINTER", twoKeys, operationOptions) },
  { weight: 3, arbitrary: command("ZDIFF", countedKeys, options(word("WITHSCORES"), junk)) },
  { weight: 3, arbitrary: command("ZUNIONSTORE", key, twoKeys, operationOptions) },
  { weight: 3, arbitrary: command("ZINTERSTORE", key, twoKeys, operationOptions) },
  { weight: 2, arbitrary: command("ZDIFFSTORE", key, countedKeys, options(junk)) },
  {
    weight: 3,
    arbitrary: command(
      "ZINTERCARD",
      countedKeys,
      options(both(word("LIMIT"), fc.constantFrom("0", "1", "2", "-1", "a")), junk),
    ),
  },
  { weight: 4, arbitrary: members },
  { weight: 3, arbitrary: large },
  ...walks("ZSCAN"),
  { weight: 2, arbitrary: key.map((name) => randomChoice("ZRANDMEMBER", name)) },
  {
    weight: 3,
    arbitrary: fc.tuple(key, choiceCount, fc.boolean()).map(([name, count, withScores]) =>
      withScores
        ? randomChoice("ZRANDMEMBER", name, count, "WITHSCORES")
        : randomChoice("ZRANDMEMBER", name, count)
    ),
  },
  { weight: 1, arbitrary: command("ZRANDMEMBER", missingKey, choiceCount, options(junk)) },
  { weight: 2, arbitrary: command("OBJECT ENCODING", key) },
  { weight: 1, arbitrary: command("SET", key, fc.constant("a string")) },
  { weight: 1, arbitrary: command("SADD", key, several(member, 1, 5)) },
  { weight: 1, arbitrary: command("TYPE", key) },
  { weight: 2, arbitrary: command("PEXPIRE", key, fc.constantFrom("100000000", "-1")) },
  { weight: 1, arbitrary: command("COPY", key, key, options(word("REPLACE"))) },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."ZADD ZCARD ZCOUNT ZINCRBY ZINTERCARD ZLEXCOUNT ZMPOP ZMSCORE ZPOPMAX ZPOPMIN".split(" "),
      ..."ZRANGEBYSCORE ZRANGESTORE ZREM ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE".split(" "),
      ..."ZREVRANGEBYSCORE ZSCORE ZRANGE ZDIFF ZDIFFSTORE ZINTER ZINTERSTORE ZUNION".split(" "),
    ),
  },
  { weight: 1, arbitrary: command("ZINCRBY", key, anyInteger, member) },
);

const SCORE_RANGES = "zcount zrangebyscore zrevrangebyscore zremrangebyscore zrange zrangestore"
  .split(" ");
/** What Redis 8 reads otherwise in a range of scores than C's strtod. */
const LAX_BOUND = /^\(?(\s|$|-?0x)|1e-?400$/;

const isError = (reply: Reply, text: string) => format(reply) === `-ERR ${text}`;

const differences: KnownDifference[] = [
  {
    reason: "Redis 8 reads the ends of a range of scores in decimal only, and of any size",
    only: "before 8",
    explains: ([name, ...words]) =>
      SCORE_RANGES.includes(name!) && words.slice(1, 4).some((text) => LAX_BOUND.test(text)),
  },
  {
    reason: "Redis 7.0 has no WITHSCORE in ZRANK and ZREVRANK",
    only: "before 8",
    explains: ([name, ...words], redis) =>
      ["zrank", "zrevrank"].includes(name!) && words.length > 2 &&
      isError(redis, `wrong number of arguments for '${name}' command`),
  },
];

export const sortedSets: CommandGroup = { steps, differences };
