/** Random commands on lists. */

import fc from "../harness/properties.ts";
import { format } from "../harness/resp_client.ts";
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
import { anyInteger, key, MEMBERS, missingKey, NOT_INTEGERS, value } from "./pools.ts";

/** Few, so that lists hold the same ones again and again. */
const element = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...MEMBERS.slice(0, 10)) },
  { weight: 1, arbitrary: fc.constantFrom(...MEMBERS) },
  { weight: 1, arbitrary: value },
);
const aKey = fc.oneof({ weight: 8, arbitrary: key }, { weight: 1, arbitrary: missingKey });
/** An index inside, at the edges of and beyond lists as they get here. */
const index = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("9223372036854775807", "-9223372036854775808") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
/**
 * For LSET, whose index Redis 8 cuts to 32 bits in a listpack so that one far outside may hit an element, and for LREM,
 * which in Redis 8 refuses the least one.
 */
const nearIndex = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
const count = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("-1", "9223372036854775807", ...NOT_INTEGERS) },
);
const side = fc.oneof(
  { weight: 10, arbitrary: word("LEFT") },
  { weight: 10, arbitrary: word("RIGHT") },
  { weight: 1, arbitrary: fc.constantFrom("UP", "") },
);
const where: Part = fc.oneof(
  { weight: 10, arbitrary: word("BEFORE") },
  { weight: 10, arbitrary: word("AFTER") },
  { weight: 1, arbitrary: fc.constantFrom("AT", "") },
);
const lposOptions = options(
  both(word("RANK"), index),
  both(word("COUNT"), count),
  both(word("MAXLEN"), count),
  junk,
);
/** A number of keys, mostly as many as follow. */
const numberedKeys: Part = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(aKey, { minLength: 1, maxLength: 3 }).map((keys) => [
      String(keys.length),
      ...keys,
    ]),
  },
  { weight: 1, arbitrary: both(anyInteger, several(aKey, 1, 3)) },
);
/** Insertions at one place, until there is none left between the neighbours. */
const crowd: fc.Arbitrary<Step> = fc.tuple(key, where, fc.integer({ min: 10, max: 40 })).chain(
  ([name, side, times]) =>
    together([
      fc.constant(["RPUSH", name, "pivot", "end"]),
      ...Array.from(
        { length: times },
        (_, i) => commandOf("LINSERT", [fc.constant([name, ...[side].flat(), "pivot", `i${i}`])]),
      ),
      fc.constant(["LRANGE", name, "0", "-1"]),
    ]),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command("RPUSH", key, several(element, 1, 8)) },
  { weight: 8, arbitrary: command("LPUSH", key, several(element, 1, 8)) },
  { weight: 2, arbitrary: command("RPUSHX", aKey, several(element, 1, 3)) },
  { weight: 2, arbitrary: command("LPUSHX", aKey, several(element, 1, 3)) },
  { weight: 3, arbitrary: command("LPOP", aKey, several(count, 0, 1)) },
  { weight: 3, arbitrary: command("RPOP", aKey, several(count, 0, 1)) },
  { weight: 2, arbitrary: command("LLEN", aKey) },
  { weight: 5, arbitrary: command("LRANGE", aKey, index, index) },
  { weight: 4, arbitrary: command("LINDEX", aKey, index) },
  { weight: 4, arbitrary: command("LSET", aKey, nearIndex, element) },
  { weight: 8, arbitrary: command("LINSERT", aKey, where, element, element) },
  { weight: 5, arbitrary: command("LREM", aKey, nearIndex, element) },
  { weight: 2, arbitrary: command("LTRIM", aKey, index, index) },
  { weight: 5, arbitrary: command("LPOS", aKey, element, lposOptions) },
  { weight: 5, arbitrary: command("LMOVE", aKey, key, side, side) },
  { weight: 3, arbitrary: command("RPOPLPUSH", aKey, key) },
  {
    weight: 4,
    arbitrary: command("LMPOP", numberedKeys, side, options(both(word("COUNT"), count), junk)),
  },
  { weight: 1, arbitrary: crowd },
  { weight: 1, arbitrary: command("COPY", key, key) },
  { weight: 1, arbitrary: command("RENAME", key, key) },
  { weight: 1, arbitrary: command("DEL", key) },
  { weight: 1, arbitrary: command("SET", key, fc.constant("a string")) },
  { weight: 1, arbitrary: command("OBJECT ENCODING", key) },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LINSERT LREM LTRIM LPOS"
        .split(" "),
      ..."LMOVE RPOPLPUSH LMPOP".split(" "),
    ),
  },
);

const LIST_ENCODINGS = ['"quicklist"', '"listpack"'];

const differences: KnownDifference[] = [
  {
    reason: "Redis decides by how a list was filled and emptied, Redlite by what it holds",
    only: "from 8 on",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "encoding" &&
      [redis, ours].every((reply) => LIST_ENCODINGS.includes(format(reply))),
  },
  {
    reason: "Redis 8 holds a short list in one listpack and says so; 7.0 has quicklists only",
    only: "before 8",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "encoding" && format(redis) === '"quicklist"' &&
      format(ours) === '"listpack"',
  },
  {
    reason: "Redis 8 refuses the rank that has no opposite, which 7.0 takes for one never reached",
    only: "before 8",
    explains: ([name, ...words], _redis, ours) =>
      name === "lpos" && words.includes("-9223372036854775808") &&
      format(ours).startsWith("-ERR value is out of range, value must between"),
  },
];

export const lists: CommandGroup = { steps, differences };
