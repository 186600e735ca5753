/** Random commands on sets. */

import fc from "../harness/properties.ts";
import { format } from "../harness/resp_client.ts";
import { randomChoice, randomPop } from "./checks.ts";
import type { CommandGroup, KnownDifference } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
  junk,
  options,
  type Part,
  several,
  type Step,
  word,
} from "./pieces.ts";
import {
  choiceCount,
  key,
  member,
  MEMBERS,
  missingKey,
  missingMember,
  NOT_INTEGERS,
  value,
} from "./pools.ts";
import { walks } from "./walks.ts";

const keys = several(fc.oneof({ weight: 9, arbitrary: key }, missingKey), 1, 4);
const limit: Part = both(word("LIMIT"), fc.constantFrom("0", "1", "2", "100", "-1", "x"));

/** As many members as make a set leave its compact form, or nearly so. */
const manyMembers: Part = fc.tuple(
  fc.constantFrom("", "-", "w"),
  fc.constantFrom(100, 127, 128, 129, 130, 511, 512, 513, 600),
).map(([prefix, count]) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`));

/** `numkeys key [key ...]`, the number mostly right. */
const countedKeys: Part = fc.array(key, { minLength: 1, maxLength: 4 }).chain((keys) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(String(keys.length)) },
    { weight: 1, arbitrary: fc.constantFrom("0", "-1", "5", ...NOT_INTEGERS) },
  ).map((count) => [count, ...keys])
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: command("SADD", key, several(member, 1, 6)) },
  { weight: 2, arbitrary: command("SADD", key, several(value, 1, 3)) },
  { weight: 2, arbitrary: command("SADD", key, manyMembers) },
  { weight: 1, arbitrary: command("SREM", key, manyMembers) },
  { weight: 6, arbitrary: command("SREM", key, several(member, 1, 6)) },
  { weight: 1, arbitrary: command("SREM", key, fc.constant([...MEMBERS])) },
  { weight: 3, arbitrary: command("SMEMBERS", key) },
  { weight: 3, arbitrary: command("SISMEMBER", key, fc.oneof(member, missingMember)) },
  {
    weight: 3,
    arbitrary: command("SMISMEMBER", key, several(fc.oneof(member, missingMember), 1, 5)),
  },
  { weight: 3, arbitrary: command("SCARD", key) },
  { weight: 6, arbitrary: command("SMOVE", key, key, member) },
  { weight: 3, arbitrary: command("SINTER", keys) },
  { weight: 3, arbitrary: command("SUNION", keys) },
  { weight: 3, arbitrary: command("SDIFF", keys) },
  { weight: 3, arbitrary: command("SINTERSTORE", key, keys) },
  { weight: 3, arbitrary: command("SUNIONSTORE", key, keys) },
  { weight: 3, arbitrary: command("SDIFFSTORE", key, keys) },
  { weight: 3, arbitrary: command("SINTERCARD", countedKeys, options(limit, junk)) },
  { weight: 2, arbitrary: key.map((key) => randomChoice("SRANDMEMBER", key)) },
  {
    weight: 3,
    arbitrary: fc.tuple(key, choiceCount).map(([key, count]) =>
      randomChoice("SRANDMEMBER", key, count)
    ),
  },
  { weight: 1, arbitrary: key.map((key) => randomPop(key)) },
  {
    weight: 2,
    arbitrary: fc.tuple(key, choiceCount).map(([key, count]) => randomPop(key, count)),
  },
  ...walks("SSCAN", word("NOVALUES")),
  { weight: 1, arbitrary: command("SET", key, fc.constant("v")) },
  { weight: 1, arbitrary: command("DEL", key) },
  { weight: 1, arbitrary: command("COPY", key, key, word("REPLACE")) },
  { weight: 1, arbitrary: command("RENAME", key, key) },
  { weight: 1, arbitrary: command("EXPIRE", key, fc.constant("1000")) },
  { weight: 1, arbitrary: command("TTL", key) },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SMOVE SINTER SUNION SDIFF".split(" "),
      ..."SINTERSTORE SUNIONSTORE SDIFFSTORE SINTERCARD".split(" "),
    ),
  },
);

const differences: KnownDifference[] = [
  {
    reason:
      "Since 7.2 Redis holds small sets of anything in a listpack, 7.0 only integers compactly",
    only: "before 8",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "encoding" && format(redis) === '"hashtable"' &&
      format(ours) === '"listpack"',
  },
  {
    reason: "Redis 8 says of NOVALUES which command it belongs to, 7.0 knows no such option",
    only: "before 8",
    explains: ([name], redis, ours) =>
      name === "sscan" && format(redis) === "-ERR syntax error" &&
      format(ours) === "-ERR NOVALUES option can only be used in HSCAN",
  },
];

export const sets: CommandGroup = { steps, differences };
