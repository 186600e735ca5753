/** Random commands on the bits of strings. */

import fc from "../harness/properties.ts";
import { type Argument, format } from "../harness/resp_client.ts";
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
import { anyInteger, key, missingKey, NOT_INTEGERS, position, value } from "./pools.ts";

/** Bits in, at the edges of and beyond short strings and chunks. */
const bitOffset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 70 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 25_000 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("262143", "262144", "-1", "4294967296") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
const bit = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("0", "1", "1") },
  { weight: 1, arbitrary: fc.constantFrom("2", "-1", "x", "") },
);
const unit = fc.oneof(
  { weight: 5, arbitrary: word("BIT") },
  { weight: 3, arbitrary: word("BYTE") },
  { weight: 1, arbitrary: junk },
);
const range: Part = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Argument[]>([]) },
  { weight: 1, arbitrary: position },
  { weight: 3, arbitrary: both(position, position) },
  { weight: 5, arbitrary: both(both(position, position), unit) },
);
const aKey = fc.oneof({ weight: 6, arbitrary: key }, { weight: 1, arbitrary: missingKey });

const encoding = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("u1", "u8", "i8", "u16", "i5", "u63", "i64", "i32", "u7"),
  },
  { weight: 1, arbitrary: fc.constantFrom("u64", "i65", "u0", "i0", "x8", "8", "", "u", "I8") },
);
const fieldOffset = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `#${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("-1", "#-1", "x", "", "#", "# 1") },
);
const get = both(word("GET"), both(encoding, fieldOffset));
const place = both(encoding, both(fieldOffset, anyInteger));
const overflow = both(word("OVERFLOW"), fc.constantFrom("WRAP", "sat", "FAIL", "foo"));

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command("SET", key, value) },
  { weight: 8, arbitrary: command("SETBIT", key, bitOffset, bit) },
  { weight: 5, arbitrary: command("GETBIT", aKey, bitOffset) },
  { weight: 6, arbitrary: command("BITCOUNT", aKey, range) },
  { weight: 6, arbitrary: command("BITPOS", aKey, bit, range) },
  {
    weight: 8,
    arbitrary: command(
      "BITOP",
      fc.constantFrom("AND", "or", "XOR", "NOT", "FOO"),
      key,
      several(aKey, 1, 4),
    ),
  },
  { weight: 3, arbitrary: command("BITOP", word("NOT"), key, aKey) },
  {
    weight: 8,
    arbitrary: command(
      "BITFIELD",
      aKey,
      several(
        fc.oneof(get, both(word("SET"), place), both(word("INCRBY"), place), overflow, junk),
        1,
        4,
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: command(
      "BITFIELD",
      key,
      overflow,
      both(word("INCRBY"), place),
      both(word("SET"), place),
    ),
  },
  { weight: 3, arbitrary: command("BITFIELD_RO", aKey, several(fc.oneof(get, get, junk), 0, 3)) },
  { weight: 2, arbitrary: command("BITFIELD_RO", aKey, options(get, overflow)) },
  { weight: 3, arbitrary: command("GET", key) },
  { weight: 1, arbitrary: command("STRLEN", key) },
  { weight: 2, arbitrary: command("OBJECT ENCODING", key) },
  { weight: 1, arbitrary: command("DEL", key) },
  { weight: 1, arbitrary: command("RPUSH", key, fc.constant("x")) },
  { weight: 1, arbitrary: command("EXPIRE", key, fc.constant("100000")) },
  {
    weight: 2,
    arbitrary: anyArity("GETBIT", "BITCOUNT", "BITPOS", "BITOP", "BITFIELD", "BITFIELD_RO"),
  },
);

const differences: KnownDifference[] = [
  {
    reason: "Redis 8 reads all arguments before it looks for the key",
    only: "before 8",
    explains: ([name], redis, ours) =>
      ["bitcount", "bitpos"].includes(name!) && ours.type === "error" &&
      (redis.type === "integer" || format(redis).startsWith("-WRONGTYPE")),
  },
];

export const bitmaps: CommandGroup = { steps, differences };
