/** Random commands on hashes. */

import fc from "../harness/properties.ts";
import { randomChoice } from "./checks.ts";
import type { CommandGroup } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
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
  FLOATS,
  INTEGERS,
  key,
  member,
  missingKey,
  missingMember,
  value,
} from "./pools.ts";
import { walks } from "./walks.ts";

/** Values of which some are numbers, and some longer than Redis packs. */
const fieldValue = fc.oneof(value, fc.constantFrom(...INTEGERS, ...FLOATS, "v".repeat(65)));
const fieldAndValue: Part = both(member, fieldValue);
const field = fc.oneof({ weight: 5, arbitrary: member }, { weight: 1, arbitrary: missingMember });

/** More fields than Redis packs, so that the hash is a table from then on. */
const large: fc.Arbitrary<Step> = key.chain((name) =>
  together([
    fc.constant([
      "HSET",
      name,
      ...Array.from({ length: 513 }, (_, i) => [`many:${i}`, String(i)]).flat(),
    ]),
    fc.constant(["OBJECT", "ENCODING", name]),
    fc.constant(["HLEN", name]),
  ])
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: command("HSET", key, several(fieldAndValue, 1, 5)) },
  { weight: 2, arbitrary: command("HMSET", key, several(fieldAndValue, 1, 3)) },
  { weight: 1, arbitrary: command("HSET", key, fieldAndValue, member) },
  { weight: 1, arbitrary: command("HMSET", key, fieldAndValue, member) },
  { weight: 3, arbitrary: command("HSETNX", key, member, fieldValue) },
  { weight: 5, arbitrary: command("HGET", key, field) },
  { weight: 3, arbitrary: command("HMGET", key, several(field, 1, 4)) },
  { weight: 3, arbitrary: command("HGETALL", fc.oneof(key, missingKey)) },
  { weight: 2, arbitrary: command("HKEYS", key) },
  { weight: 2, arbitrary: command("HVALS", key) },
  { weight: 3, arbitrary: command("HLEN", key) },
  { weight: 3, arbitrary: command("HSTRLEN", key, field) },
  { weight: 3, arbitrary: command("HEXISTS", key, field) },
  { weight: 5, arbitrary: command("HDEL", key, several(field, 1, 4)) },
  { weight: 3, arbitrary: command("HINCRBY", key, member, anyInteger) },
  { weight: 3, arbitrary: command("HINCRBYFLOAT", key, member, anyFloat) },
  { weight: 3, arbitrary: command("OBJECT ENCODING", key) },
  { weight: 2, arbitrary: command("DEL", key) },
  { weight: 1, arbitrary: command("SET", key, fc.constant("v")) },
  { weight: 2, arbitrary: command("RENAME", key, key) },
  { weight: 2, arbitrary: command("COPY", key, key, options(word("REPLACE"))) },
  { weight: 1, arbitrary: large },
  ...walks("HSCAN"),
  { weight: 2, arbitrary: key.map((name) => randomChoice("HRANDFIELD", name)) },
  {
    weight: 3,
    arbitrary: fc.tuple(key, choiceCount).map(([name, count]) =>
      randomChoice("HRANDFIELD", name, count)
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, choiceCount, fc.constantFrom("WITHVALUES", "withvalues", "FOO"))
      .map(([name, count, word]) => randomChoice("HRANDFIELD", name, count, word)),
  },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."HSET HMSET HSETNX HGET HMGET HGETALL HDEL HEXISTS HKEYS HVALS HLEN HSTRLEN".split(" "),
      ..."HINCRBY HINCRBYFLOAT".split(" "),
    ),
  },
);

export const hashes: CommandGroup = { steps };
