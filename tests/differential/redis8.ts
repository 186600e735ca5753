/** Random commands on what Redis has had only since 7.2, and on limits of encodings. */

import fc from "../harness/properties.ts";
import type { Argument, Command } from "../harness/resp_client.ts";
import { redisIsSince } from "../harness/servers.ts";
import type { CommandGroup } from "./command_group.ts";
import {
  both,
  command,
  junk,
  options,
  type Part,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import { binary, key, member, missingKey, missingMember, patterned, value } from "./pools.ts";

/** Doubles at the turns of how they are printed, as integers, as decimals or with exponents. */
const DOUBLES = [
  "0.1",
  "-0",
  "1e20",
  "1e21",
  "123456789012345678",
  "1e-6",
  "1e-7",
  "0.000123",
  "123456789.123",
  "1.5e300",
  "5e-324",
  "9007199254740994",
  "9007199254740993",
  "4611686018427387904",
  "-1e17",
  "0.30000000000000004",
  "1.7976931348623157e308",
  "2.2250738585072014e-308",
  "3.0e-5",
  "100000.5",
  "inf",
  "-inf",
];
const double = fc.oneof(
  fc.constantFrom(...DOUBLES),
  fc.double({ noNaN: true }).map((number) =>
    Object.is(number, -0) ? "-0" : String(number).replace("Infinity", "inf")
  ),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => String(n / 1000)),
);
const aKey = fc.oneof({ weight: 6, arbitrary: key }, { weight: 1, arbitrary: missingKey });
const aMember = fc.oneof({ weight: 6, arbitrary: member }, missingMember);
const bytes: fc.Arbitrary<Argument> = fc.oneof(
  binary,
  fc.integer({ min: 1, max: 80 }).map(patterned),
  value,
);

/** What makes and grows a collection of each type, by how many elements and of what size. */
const GROWTH: ((name: Argument, count: number, size: number) => Command)[] = [
  (name, count, size) => ["RPUSH", name, ...elements(count, size)],
  (name, count, size) => ["SADD", name, ...elements(count, size)],
  (name, count) => ["SADD", name, ...Array.from({ length: count }, (_, i) => String(i * 7))],
  (name, count, size) => ["HSET", name, ...elements(count, size).flatMap((e) => [e, "v"])],
  (name, count, size) => ["HSET", name, ...elements(count, size).flatMap((e) => ["f" + e, e])],
  (name, count, size) => ["ZADD", name, ...elements(count, size).flatMap((e, i) => [String(i), e])],
];

function elements(count: number, size: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i).padEnd(size, "x"));
}

const LIMITS = [
  ["list-max-listpack-size", "128", "4", "1", "-1", "-2", "-5", "0"],
  ["list-compress-depth", "0", "1"],
  ["set-max-intset-entries", "512", "3", "0"],
  ["set-max-listpack-entries", "128", "3", "0"],
  ["set-max-listpack-value", "64", "4", "0"],
  ["hash-max-listpack-entries", "512", "3", "0"],
  ["hash-max-listpack-value", "64", "4", "0"],
  ["zset-max-listpack-entries", "128", "3", "0"],
  ["zset-max-listpack-value", "64", "4", "0"],
];
const SINCE_8_2 = ["DIFF", "diff1", "ANDOR", "ONE", "one"];
const DEFAULTS = [
  "CONFIG SET list-max-listpack-size -2 list-compress-depth 0 set-max-intset-entries 512",
  "set-max-listpack-entries 128 set-max-listpack-value 64 hash-max-listpack-entries 512",
  "hash-max-listpack-value 64 zset-max-listpack-entries 128 zset-max-listpack-value 64",
].join(" ").split(" ");

/** Collections around limits that are set for as long as the step takes. */
const encodings: fc.Arbitrary<Step> = fc.tuple(
  fc.array(
    fc.constantFrom(...LIMITS).chain(([name = "", ...values]) =>
      fc.constantFrom(...values).map((value) => [name, value])
    ),
    { minLength: 1, maxLength: 3 },
  ),
  fc.array(
    fc.tuple(
      fc.constantFrom("e:1", "e:2"),
      fc.constantFrom(...GROWTH),
      fc.constantFrom(1, 2, 3, 4, 5, 120, 128, 129, 513),
      fc.constantFrom(1, 4, 5, 63, 64, 65, 2000),
    ),
    { minLength: 1, maxLength: 4 },
  ),
).chain(([limits, growths]) => {
  const encoding = ["OBJECT", "ENCODING"];
  const commands: Command[] = [
    ["DEL", "e:1", "e:2"],
    ...limits.map((limit) => ["CONFIG", "SET", ...limit]),
    ...growths.flatMap(([name, grow, count, size]): Command[] => [
      grow(name, count, size),
      [...encoding, name],
    ]),
    ["COPY", "e:1", "e:2", "REPLACE"],
    [...encoding, "e:2"],
    DEFAULTS,
    ["SADD", "e:1", "x"],
    ["HSET", "e:1", "f", "v"],
    ["ZADD", "e:1", "1", "y"],
    ["RPUSH", "e:1", "z"],
    ["LTRIM", "e:1", "0", "1"],
    [...encoding, "e:1"],
    ["DEL", "e:1", "e:2"],
  ];
  return together(commands.map((one) => fc.constant(one)));
});

const pair: Part = both(double, member);
const BIT_OPERATIONS = ["AND", "NOT", ...redisIsSince(8, 2) ? SINCE_8_2 : []];

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: command("SET", key, bytes) },
  {
    weight: 10,
    arbitrary: command(
      "BITOP",
      fc.constantFrom(...BIT_OPERATIONS),
      key,
      several(aKey, 1, 5),
    ),
  },
  { weight: 3, arbitrary: command("GET", key) },
  { weight: 5, arbitrary: command("ZADD", key, several(pair, 1, 6)) },
  { weight: 3, arbitrary: command("ZADD", key, word("INCR"), pair) },
  { weight: 3, arbitrary: command("ZINCRBY", key, pair) },
  { weight: 2, arbitrary: command("ZSCORE", key, aMember) },
  {
    weight: 5,
    arbitrary: fc.constantFrom("ZRANK", "ZREVRANK").chain((name) =>
      command(name, aKey, aMember, options(word("WITHSCORE"), word("WITHSCORES"), junk))
    ),
  },
  { weight: 3, arbitrary: command("ZRANGE", key, fc.constant(["0", "-1", "WITHSCORES"])) },
  { weight: 2, arbitrary: command("ZRANGE", key, double, double, word("BYSCORE")) },
  { weight: 2, arbitrary: command("ZPOPMIN", key, fc.constantFrom([], ["2"])) },
  { weight: 2, arbitrary: command("INCRBYFLOAT", key, double) },
  { weight: 2, arbitrary: command("HINCRBYFLOAT", key, member, double) },
  { weight: 1, arbitrary: command("DEL", key) },
  { weight: 3, arbitrary: encodings },
);

export const redis8: CommandGroup = { steps, since8: true };
