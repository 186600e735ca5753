/** Random commands on keys of any type: expiry, renaming, databases, iteration. */

import fc from "../harness/properties.ts";
import { format } from "../harness/resp_client.ts";
import { iteration, RANDOM_KEY } from "./checks.ts";
import type { CommandGroup, KnownDifference } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
  commandOf,
  expiry,
  junk,
  options,
  pair,
  type Part,
  scanOptions,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import {
  ALL_KEYS,
  database,
  far,
  key,
  milliseconds,
  missingKey,
  pattern,
  seconds,
  unixMilliseconds,
  unixSeconds,
  value,
} from "./pools.ts";

const conditions = options(word("NX"), word("XX"), word("GT"), word("LT"), junk);
const orderConditions = options(word("GT"), word("LT"), word("XX"));
const scanOption: Part = fc.oneof(
  ...scanOptions,
  both(word("TYPE"), fc.constantFrom("string", "STRING", "list", "zset", "nonsense")),
);

/**
 * DBSIZE after looking at every key: Redis counts an expired key until something notices that it is, by design, so
 * the count is comparable only once everything has been looked at.
 */
const dbsize: fc.Arbitrary<Step> = together([
  fc.constant(["EXISTS", ...ALL_KEYS]),
  commandOf("DBSIZE", []),
]);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command("SET", key, fc.constantFrom("v", "12", "w".repeat(45))) },
  { weight: 3, arbitrary: command("SET", key, fc.constant("v"), expiry) },
  { weight: 2, arbitrary: command("MSET", several(pair, 2, 6)) },
  { weight: 2, arbitrary: command("GET", key) },
  { weight: 2, arbitrary: command("DEL", several(key, 1, 3)) },
  { weight: 2, arbitrary: command("UNLINK", several(key, 1, 3)) },
  { weight: 2, arbitrary: command("EXISTS", several(key, 1, 4)) },
  { weight: 2, arbitrary: command("TOUCH", several(key, 1, 4)) },
  { weight: 2, arbitrary: command("TYPE", fc.oneof(key, missingKey)) },
  { weight: 3, arbitrary: command("RENAME", key, key) },
  { weight: 3, arbitrary: command("RENAMENX", key, key) },
  {
    weight: 3,
    arbitrary: command(
      "COPY",
      key,
      key,
      options(word("REPLACE"), both(word("DB"), database), junk),
    ),
  },
  { weight: 2, arbitrary: command("MOVE", key, database) },
  { weight: 1, arbitrary: command("SWAPDB", database, database) },
  { weight: 3, arbitrary: command("SELECT", database) },
  { weight: 3, arbitrary: command("EXPIRE", key, seconds) },
  { weight: 3, arbitrary: command("PEXPIRE", key, milliseconds) },
  // The odd half second keeps GT and LT from ever comparing a relative expiry with itself a moment earlier.
  { weight: 2, arbitrary: command("PEXPIRE", key, far.map((n) => `${n}500`), orderConditions) },
  { weight: 2, arbitrary: command("EXPIRE", key, far.map((n) => `${n}500`), conditions) },
  { weight: 3, arbitrary: command("EXPIREAT", key, unixSeconds, conditions) },
  { weight: 3, arbitrary: command("PEXPIREAT", key, unixMilliseconds, conditions) },
  { weight: 3, arbitrary: command("TTL", key) },
  { weight: 3, arbitrary: command("PTTL", key) },
  { weight: 3, arbitrary: command("EXPIRETIME", key) },
  { weight: 3, arbitrary: command("PEXPIRETIME", key) },
  { weight: 2, arbitrary: command("PERSIST", key) },
  { weight: 2, arbitrary: dbsize },
  { weight: 1, arbitrary: command("FLUSHDB", options(word("ASYNC"), word("SYNC"), junk)) },
  { weight: 1, arbitrary: command("FLUSHALL", options(word("ASYNC"), word("SYNC"), junk)) },
  { weight: 3, arbitrary: command("KEYS", pattern) },
  {
    weight: 3,
    arbitrary: several(scanOption, 0, 3).map((options) => iteration(["SCAN"], [options].flat())),
  },
  {
    weight: 1,
    arbitrary: command(
      "SCAN",
      fc.constantFrom("abc", "-1", "", "1.5", "0"),
      options(both(word("COUNT"), fc.constantFrom("0", "-5", "abc")), word("MATCH"), junk),
    ),
  },
  { weight: 2, arbitrary: fc.constant(RANDOM_KEY) },
  { weight: 3, arbitrary: command("OBJECT ENCODING", fc.oneof(key, missingKey)) },
  {
    weight: 2,
    arbitrary: fc.tuple(key, value).chain(([name, value]) =>
      together([
        fc.constant(["SET", name, value]),
        commandOf("OBJECT ENCODING", [fc.constant(name)]),
        commandOf("OBJECT REFCOUNT", [fc.constant(name)]),
      ])
    ),
  },
  { weight: 1, arbitrary: command("OBJECT REFCOUNT", fc.oneof(key, missingKey)) },
  { weight: 1, arbitrary: command("OBJECT IDLETIME", fc.oneof(key, missingKey)) },
  { weight: 1, arbitrary: command("OBJECT FREQ", fc.oneof(key, missingKey)) },
  { weight: 1, arbitrary: command("OBJECT HELP") },
  { weight: 1, arbitrary: command("OBJECT NONSENSE", several(key, 0, 2)) },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."DEL UNLINK EXISTS TYPE TOUCH RENAME RENAMENX COPY MOVE SWAPDB SELECT EXPIRE".split(" "),
      ..."PEXPIRE EXPIREAT PEXPIREAT TTL PTTL EXPIRETIME PEXPIRETIME PERSIST KEYS SCAN OBJECT"
        .split(" "),
      ..."FLUSHDB FLUSHALL".split(" "),
    ),
  },
  { weight: 1, arbitrary: command("DBSIZE", several(key, 1, 2)) },
  { weight: 1, arbitrary: command("RANDOMKEY", several(key, 1, 2)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("ENCODING", "REFCOUNT", "IDLETIME", "FREQ", "HELP").chain((sub) =>
      command(`OBJECT ${sub}`, several(key, 0, 3))
    ),
  },
);

const differences: KnownDifference[] = [
  {
    reason:
      "Redis shares the objects of small integers and counts INT_MAX references to them; we share nothing",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "refcount" && redis.type === "integer" &&
      redis.value === 2147483647n && ours.type === "integer" && ours.value >= 1n,
  },
  {
    reason:
      "Redis 8.2 embeds the key with the value, and calls raw what does not fit with it; documented are 44 bytes of value",
    only: "from 8 on",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "encoding" && format(redis) === '"raw"' &&
      format(ours) === '"embstr"',
  },
  {
    reason: "The help texts are ours",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "help" && redis.type === "array" && ours.type === "array",
  },
  {
    reason: "Redis 8 refuses an empty or negative cursor of a scan, Redis 7.0 reads it as a number",
    only: "before 8",
    explains: ([name, first, second], _redis, ours) =>
      ["scan", "hscan", "sscan", "zscan"].includes(name!) &&
      /^$|^-/.test(name === "scan" ? first! : second!) && format(ours) === "-ERR invalid cursor",
  },
  {
    reason: "An expiry beyond 2^53 milliseconds (the year 287396) is kept as that",
    explains: ([name], redis, ours) =>
      ["ttl", "pttl", "expiretime", "pexpiretime"].includes(name!) && redis.type === "integer" &&
      ours.type === "integer" && ours.value > 9_000_000_000_000n && redis.value >= ours.value,
  },
];

export const keys: CommandGroup = {
  steps,
  differences,
  unordered: ["keys"],
  partial: ["scan"],
  tolerances: {
    ttl: 2n,
    pttl: 2000n,
    expiretime: 2n,
    pexpiretime: 2000n,
    "object idletime": 2n,
  },
};
