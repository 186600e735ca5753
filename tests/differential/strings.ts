/** Random commands on strings. */

import fc from "../harness/properties.ts";
import type { CommandGroup } from "./command_group.ts";
import {
  anyArity,
  both,
  command,
  commandOf,
  expiry,
  junk,
  options,
  pair,
  several,
  type Step,
  together,
  word,
} from "./pieces.ts";
import {
  anyFloat,
  anyInteger,
  FLOATS,
  INTEGERS,
  key,
  LCS_KEYS,
  milliseconds,
  missingKey,
  offset,
  position,
  seconds,
  shortValue,
  value,
} from "./pools.ts";

const smallAlphabet = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
const lcsOptions = options(
  word("LEN"),
  word("IDX"),
  both(word("IDX"), both(word("MINMATCHLEN"), anyInteger)),
  word("WITHMATCHLEN"),
  both(word("IDX"), word("WITHMATCHLEN")),
  both(word("MINMATCHLEN"), anyInteger),
  junk,
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command("SET", key, value) },
  {
    weight: 8,
    arbitrary: command(
      "SET",
      key,
      value,
      options(word("NX"), word("XX"), word("GET"), word("KEEPTTL"), expiry, expiry, junk),
    ),
  },
  { weight: 6, arbitrary: command("GET", key) },
  { weight: 3, arbitrary: command("GETEX", key, options(word("PERSIST"), expiry, expiry, junk)) },
  { weight: 2, arbitrary: command("GETDEL", key) },
  { weight: 2, arbitrary: command("GETSET", key, value) },
  { weight: 2, arbitrary: command("MGET", several(fc.oneof(key, missingKey), 1, 5)) },
  { weight: 2, arbitrary: command("MSET", several(pair, 1, 4)) },
  { weight: 2, arbitrary: command("MSETNX", several(pair, 1, 3)) },
  { weight: 1, arbitrary: command("MSET", several(pair, 1, 2), key) },
  { weight: 2, arbitrary: command("SETNX", key, value) },
  { weight: 2, arbitrary: command("SETEX", key, seconds, value) },
  { weight: 2, arbitrary: command("PSETEX", key, milliseconds, value) },
  { weight: 5, arbitrary: command("APPEND", key, shortValue) },
  { weight: 3, arbitrary: command("STRLEN", key) },
  { weight: 2, arbitrary: command("INCR", key) },
  { weight: 2, arbitrary: command("DECR", key) },
  { weight: 3, arbitrary: command("INCRBY", key, anyInteger) },
  { weight: 3, arbitrary: command("DECRBY", key, anyInteger) },
  { weight: 3, arbitrary: command("INCRBYFLOAT", key, anyFloat) },
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.constantFrom(...INTEGERS, ...FLOATS)).chain(([name, number]) =>
      together([
        fc.constant(["SET", name, number]),
        commandOf("INCRBYFLOAT", [fc.constant(name), anyFloat]),
        commandOf("INCRBY", [fc.constant(name), anyInteger]),
        fc.constant(["GET", name]),
      ])
    ),
  },
  { weight: 4, arbitrary: command("GETRANGE", key, position, position) },
  { weight: 1, arbitrary: command("SUBSTR", key, position, position) },
  { weight: 5, arbitrary: command("SETRANGE", key, offset, shortValue) },
  {
    weight: 3,
    arbitrary: together([
      commandOf("MSET", [
        fc.constant(LCS_KEYS[0]!),
        smallAlphabet,
        fc.constant(LCS_KEYS[1]!),
        smallAlphabet,
      ]),
      commandOf("LCS", [fc.constant(LCS_KEYS), lcsOptions]),
    ]),
  },
  { weight: 1, arbitrary: command("LCS", several(missingKey, 2, 2), lcsOptions) },
  { weight: 2, arbitrary: command("EXISTS", several(key, 1, 3)) },
  { weight: 2, arbitrary: command("PTTL", key) },
  {
    weight: 2,
    arbitrary: anyArity(
      ..."GET SET GETEX GETDEL GETSET MGET MSET MSETNX SETNX SETEX PSETEX APPEND STRLEN INCR".split(
        " ",
      ),
      ..."DECR INCRBY DECRBY INCRBYFLOAT GETRANGE SUBSTR SETRANGE LCS".split(" "),
    ),
  },
);

export const strings: CommandGroup = { steps };
