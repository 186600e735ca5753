/**
 * What the arguments of random commands are drawn from.
 *
 * All groups draw keys from one small pool, so that commands meet each other's leftovers and keys of the wrong type.
 * Nothing here depends on how fast a server is: expiries are far ahead or in the past, never near.
 */

import fc from "../harness/properties.ts";
import { type Argument, fromLatin1 } from "../harness/resp_client.ts";

const BINARY_KEY = fromLatin1("\x00\xff\r\n\x80k");
const LONG_KEY = "long:" + "k".repeat(1000);
export const KEYS: Argument[] = [
  "a",
  "b",
  "c",
  "key:1",
  "key:2",
  "h[x]llo*",
  "",
  BINARY_KEY,
  LONG_KEY,
];
/** Arguments for calls with any number of arguments; as an expiry none of the numbers is near. */
export const ARITY_ARGUMENTS = ["x", "100000", "-1", "foo"];
export const LCS_KEYS = ["lcs:1", "lcs:2"];
/** Every key any generated command can create. */
export const ALL_KEYS: Argument[] = [...KEYS, ...ARITY_ARGUMENTS, ...LCS_KEYS];
export const DATABASES = ["0", "1", "2", "15"];

export const database = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...DATABASES) },
  { weight: 1, arbitrary: fc.constantFrom("16", "-1", "abc", "", "9223372036854775808", "1.0") },
);

export const key = fc.constantFrom(...KEYS);
export const missingKey = fc.constant("never:set");

export const INTEGERS = [
  "0",
  "1",
  "-1",
  "10",
  "255",
  "10000",
  "-9999",
  "4294967296",
  "9223372036854775807",
  "9223372036854775806",
  "-9223372036854775808",
  "-9223372036854775807",
];
export const NOT_INTEGERS = [
  "",
  " 1",
  "1 ",
  "+1",
  "007",
  "-0",
  "1.5",
  "1e3",
  "abc",
  "9223372036854775808",
  "-9223372036854775809",
  "99999999999999999999",
];
export const FLOATS = [
  "0.1",
  "0.2",
  "-0.5",
  "1.0",
  "3.14159",
  "5.0e3",
  "1e17",
  "1e-5",
  "-2.5e2",
  "10.25",
  ".5",
  "5.",
];
export const NOT_FLOATS = [
  "inf",
  "-inf",
  "+inf",
  "infinity",
  "nan",
  "NaN",
  "",
  " 1.5",
  "1.5 ",
  "1.5x",
  "--1",
];

export const integer = fc.constantFrom(...INTEGERS);
export const anyInteger = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -100, max: 100 }).map(String) },
  { weight: 3, arbitrary: integer },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
export const anyFloat = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...FLOATS) },
  { weight: 2, arbitrary: integer },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_FLOATS) },
);

/** Bytes that differ along their length, so that a piece from the wrong place shows. */
export function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 97 + (i + (i >> 8)) % 26);
}

export const binary = fc.uint8Array({ maxLength: 12 });
export const value: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "v", "hello", "foobar", "été") },
  { weight: 5, arbitrary: integer },
  { weight: 2, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
  { weight: 3, arbitrary: fc.constantFrom(...FLOATS, ...NOT_FLOATS) },
  { weight: 3, arbitrary: binary },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 3000 }).map(patterned) },
  // 44 bytes is Redis's limit of an embedded string, 512 and 32768 are sizes at which a store may split a value.
  { weight: 2, arbitrary: fc.constantFrom(44, 45, 511, 512, 513).map(patterned) },
  { weight: 1, arbitrary: fc.constantFrom(32767, 32768, 32769, 70000).map(patterned) },
);
/** A value that is not megabytes after a few APPENDs. */
export const shortValue: fc.Arbitrary<Argument> = fc.oneof(
  fc.constantFrom("", "x", "tail", "1", "0", "-"),
  binary,
  fc.integer({ min: 10, max: 600 }).map(patterned),
);

/** Positions inside, at the edges of and beyond short strings and chunks; never so large that 512 MB are allocated. */
export const position = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: -3100, max: 3100 }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("511", "512", "513", "32767", "32768", "32769", "-32769"),
  },
  { weight: 1, arbitrary: fc.constantFrom(...INTEGERS.slice(-4), "4294967296") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
export const offset = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3100 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("511", "512", "513", "32767", "32768", "32769") },
  { weight: 2, arbitrary: fc.constantFrom("-1", "-100", "536870912", "9223372036854775807") },
  { weight: 1, arbitrary: fc.constantFrom("-9223372036854775808", ...NOT_INTEGERS) },
);

const WRONG_TIMES = [...NOT_INTEGERS, "9223372036854775807", "-9223372036854775808"];
function time(valid: fc.Arbitrary<string>, ...edges: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: valid },
    { weight: 2, arbitrary: fc.constantFrom("0", "-1", "-100", ...edges) },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG_TIMES) },
  );
}
export const far = fc.noBias(fc.integer({ min: 1, max: 1_000_000 }));
export const seconds = time(far.map((n) => `${n}000`), "9223372036854775");
export const milliseconds = time(far.map((n) => `${n}000000`));
export const unixSeconds = time(far.map((n) => String(33_000_000_000 + n)), "1", "1000000000");
export const unixMilliseconds = time(
  far.map((n) => String(33_000_000_000_000 + n)),
  "1",
  "1000000000000",
);

/**
 * Fields of hashes and members of sets and sorted sets: few, so that commands meet each other's. No two spell one
 * number, for where a reply may hold scores those would count as the same. 64 and 65 bytes are the two sides of the
 * longest element Redis packs.
 */
export const MEMBERS: Argument[] = [
  "1",
  "2",
  "-3",
  "10",
  "9223372036854775807",
  "99999999999999999999",
  "0.5",
  "a",
  "b",
  "c",
  "ab",
  "field",
  "été",
  "",
  fromLatin1("\x00\xff\r\n\x80m"),
  patterned(64),
  patterned(65),
  patterned(600),
];
export const member = fc.constantFrom(...MEMBERS);
export const missingMember = fc.constant("never:added");

/**
 * Counts for commands that choose at random. The lowest is out of range everywhere; those just above it are left out,
 * for they ask for that many members with repetition.
 */
export const choiceCount = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("9223372036854775807", "-9223372036854775808") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);

/** Patterns for keys, fields and members. */
export const pattern = fc.constantFrom<Argument[]>(
  "*",
  "a",
  "?",
  "key:*",
  "key:?",
  "k*:[12]",
  "key:[^1]",
  "key:[0-1]",
  "[a-b]",
  "[c-a]",
  "[^a]",
  "h\\[x\\]llo\\*",
  "h[[]x]llo[*]",
  "*l*l*",
  "l*k",
  "",
  "[",
  "[a",
  "\\",
  "**",
  "*?",
  fromLatin1("\x00*"),
  fromLatin1("?\xff*"),
);
