/** Random commands on hashes whose fields expire. */

import fc from "../harness/properties.ts";
import { type Argument, format } from "../harness/resp_client.ts";
import { iteration, randomChoice } from "./checks.ts";
import type { CommandGroup, KnownDifference } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
  expiry,
  junk,
  options,
  type Part,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import {
  anyFloat,
  anyInteger,
  choiceCount,
  far,
  key,
  member,
  milliseconds,
  missingMember,
  seconds,
  unixMilliseconds,
  unixSeconds,
  value,
} from "./pools.ts";

const fieldValue = fc.oneof(value, fc.constantFrom("1", "2.5", "v"));
const field = fc.oneof({ weight: 6, arbitrary: member }, { weight: 1, arbitrary: missingMember });

/** A count that is mostly right, and what it counts. */
function counted(item: Part, maxLength: number): Part {
  return fc.tuple(word("FIELDS"), fc.array(item, { minLength: 1, maxLength })).chain((
    [name, items],
  ) =>
    fc.oneof(
      { weight: 14, arbitrary: fc.constant(String(items.length)) },
      { weight: 2, arbitrary: fc.constantFrom("0", "1", "2", "-1", "x", "", "2147483648") },
    ).map((count) => [name, count, ...items.flat()])
  );
}
const fields = counted(field, 4);
const pairs = counted(both(field, fieldValue), 3);
const condition = fc.constantFrom<Argument[]>(
  [],
  ["NX"],
  ["XX"],
  ["gt"],
  ["LT"],
  ["NX", "XX"],
  ["GT", "LT"],
  ["FOO"],
  [""],
);
/** The odd half second keeps GT and LT from ever comparing a relative expiry with itself a moment earlier. */
const halfSeconds = fc.oneof(
  { weight: 5, arbitrary: far.map((n) => `${n}500`) },
  { weight: 1, arbitrary: fc.constantFrom("0", "-1", "x", "9223372036854775807") },
);

/** A large hash of which one field expires. */
const large: fc.Arbitrary<Step> = fc.tuple(key, fc.constantFrom(510, 511, 512, 513)).chain((
  [name, count],
) =>
  together([
    fc.constant(["HSET", name, "first", "1", "second", "2"]),
    fc.constant(["HEXPIRE", name, "100000", "FIELDS", "1", "second"]),
    fc.constant(["OBJECT", "ENCODING", name]),
    fc.constant([
      "HSET",
      name,
      ...Array.from({ length: count }, (_, i) => [`many:${i}`, String(i)]).flat(),
    ]),
    fc.constant(["OBJECT", "ENCODING", name]),
    fc.constant(["HTTL", name, "FIELDS", "3", "first", "second", "many:1"]),
    fc.constant(["HLEN", name]),
  ])
);

const nothing = fc.constant<Argument[]>([]);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: command("HSET", key, several(both(member, fieldValue), 1, 5)) },
  { weight: 5, arbitrary: command("HEXPIRE", key, seconds, fields) },
  { weight: 5, arbitrary: command("HPEXPIRE", key, milliseconds, fields) },
  { weight: 5, arbitrary: command("HEXPIREAT", key, unixSeconds, condition, fields) },
  { weight: 8, arbitrary: command("HPEXPIREAT", key, unixMilliseconds, condition, fields) },
  { weight: 3, arbitrary: command("HEXPIRE", key, halfSeconds, condition, fields) },
  { weight: 3, arbitrary: command("HPEXPIRE", key, halfSeconds, condition, fields) },
  { weight: 3, arbitrary: command("HTTL", key, fields) },
  { weight: 3, arbitrary: command("HPTTL", key, fields) },
  { weight: 3, arbitrary: command("HEXPIRETIME", key, fields) },
  { weight: 3, arbitrary: command("HPEXPIRETIME", key, fields) },
  { weight: 4, arbitrary: command("HPERSIST", key, fields) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST").chain((
      name,
    ) => command(name, key, several(junk, 0, 1), fields, several(junk, 0, 1))),
  },
  {
    weight: 6,
    arbitrary: command("HGETEX", key, fc.oneof(nothing, word("PERSIST"), expiry, expiry), fields),
  },
  { weight: 1, arbitrary: command("HGETEX", key, word("PERSIST"), expiry, fields) },
  { weight: 5, arbitrary: command("HGETDEL", key, fields) },
  {
    weight: 2,
    arbitrary: command("HGETDEL", key, several(junk, 0, 1), fields, several(junk, 0, 1)),
  },
  {
    weight: 8,
    arbitrary: command(
      "HSETEX",
      key,
      fc.oneof(nothing, word("FNX"), word("FXX"), junk),
      fc.oneof(nothing, word("KEEPTTL"), expiry, expiry, junk),
      pairs,
    ),
  },
  { weight: 1, arbitrary: command("HSETEX", key, expiry, word("KEEPTTL"), pairs) },
  { weight: 1, arbitrary: command("HSETEX", key, word("FNX"), word("FXX"), pairs) },
  { weight: 1, arbitrary: command("HSETEX", key, pairs, member) },
  { weight: 4, arbitrary: command("HGETALL", key) },
  { weight: 2, arbitrary: command("HKEYS", key) },
  { weight: 2, arbitrary: command("HVALS", key) },
  { weight: 2, arbitrary: command("HLEN", key) },
  { weight: 2, arbitrary: command("HGET", key, field) },
  { weight: 2, arbitrary: command("HMGET", key, several(field, 1, 4)) },
  { weight: 3, arbitrary: command("HDEL", key, several(field, 1, 3)) },
  { weight: 2, arbitrary: command("HSETNX", key, member, fieldValue) },
  { weight: 2, arbitrary: command("HINCRBY", key, member, anyInteger) },
  { weight: 2, arbitrary: command("HINCRBYFLOAT", key, member, anyFloat) },
  { weight: 3, arbitrary: command("OBJECT ENCODING", key) },
  { weight: 2, arbitrary: command("COPY", key, key, options(word("REPLACE"))) },
  { weight: 1, arbitrary: command("RENAME", key, key) },
  { weight: 1, arbitrary: command("PEXPIRE", key, fc.constantFrom("100000000", "-1")) },
  { weight: 1, arbitrary: command("PERSIST", key) },
  { weight: 1, arbitrary: command("DEL", key) },
  { weight: 1, arbitrary: command("SET", key, fc.constant("v")) },
  { weight: 1, arbitrary: large },
  { weight: 2, arbitrary: key.map((name) => iteration(["HSCAN", name], ["COUNT", "3"])) },
  { weight: 2, arbitrary: command("HSCAN", key, fc.constant("0"), word("NOVALUES")) },
  {
    weight: 2,
    arbitrary: fc.tuple(key, choiceCount).map(([name, count]) =>
      randomChoice("HRANDFIELD", name, count, "WITHVALUES")
    ),
  },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST"
        .split(" "),
      ..."HGETEX HGETDEL HSETEX".split(" "),
    ),
  },
);

const WITH_OPTIONS = "hexpire hpexpire hexpireat hpexpireat hgetex hsetex".split(" ");
/** How Redis 8.2 refuses what is not in its place. */
const OUT_OF_PLACE = [
  "Mandatory argument FIELDS is missing or not at the right position",
  "Number of fields must be a positive integer",
  "The `numfields` parameter must match the number of arguments",
  "wrong number of arguments for 'hsetex' command",
].map((text) => `-ERR ${text}`);

const differences: KnownDifference[] = [
  {
    reason:
      "Redis takes the options and FIELDS in any order only since 8.4, and names what is wrong",
    only: "from 8 on",
    explains: ([name], redis, ours) =>
      WITH_OPTIONS.includes(name!) && OUT_OF_PLACE.includes(format(redis)) && ours.type === "error",
  },
];

export const hashExpiry: CommandGroup = {
  steps,
  since8: true,
  differences,
  tolerances: { httl: 2n, hpttl: 2000n, hexpiretime: 2n, hpexpiretime: 2000n },
};
