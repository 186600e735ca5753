/**
 * Random command sequences for the differential tests, and the rules by which two servers' replies count as the same.
 *
 * Keys come from a small pool so that commands meet each other's leftovers. Nothing generated depends on how fast a
 * server is: expiries are far ahead or in the past, never near.
 */

import fc from "fast-check";
import {
  type Argument,
  type Command,
  format,
  fromLatin1,
  latin1,
  quote,
  type Reply,
  toBytes,
} from "../harness/resp_client.ts";

/** One step of a sequence. */
export type Step =
  /** Commands sent together; `answered` are those that get a reply. */
  | { kind: "commands"; commands: Command[]; answered: Command[] }
  /** A whole SCAN iteration with these options; what counts is the set of keys it returned. */
  | { kind: "scan"; options: Argument[] }
  /** RANDOMKEY; what counts is whether there is a key and whether it exists. */
  | { kind: "random-key" };

/** Steps, and how many of them are sent in one write. */
export interface Sequence {
  steps: Step[];
  batch: number;
}

export type Group = "strings" | "keys" | "connection";

// ---------------------------------------------------------------------------------------------------------------------
// Pools

const BINARY_KEY = fromLatin1("\x00\xff\r\n\x80k");
const LONG_KEY = "long:" + "k".repeat(1000);
const KEYS: Argument[] = ["a", "b", "c", "key:1", "key:2", "h[x]llo*", "", BINARY_KEY, LONG_KEY];
/** Arguments for calls with any number of arguments; as an expiry none of the numbers is near. */
const ARITY_ARGUMENTS = ["x", "100000", "-1", "foo"];
const LCS_KEYS = ["lcs:1", "lcs:2"];
/** Every key any generated command can create. */
const ALL_KEYS: Argument[] = [...KEYS, ...ARITY_ARGUMENTS, ...LCS_KEYS];
const DATABASES = ["0", "1", "2", "15"];

const key = fc.constantFrom(...KEYS);
const missingKey = fc.constant("never:set");

const INTEGERS = [
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
const NOT_INTEGERS = [
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
const FLOATS = [
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
const NOT_FLOATS = [
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

const integer = fc.constantFrom(...INTEGERS);
const anyInteger = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -100, max: 100 }).map(String) },
  { weight: 3, arbitrary: integer },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
const anyFloat = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...FLOATS) },
  { weight: 2, arbitrary: integer },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_FLOATS) },
);

/** Bytes that differ along their length, so that a piece from the wrong place shows. */
function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 97 + (i + (i >> 8)) % 26);
}

const binary = fc.uint8Array({ maxLength: 12 });
const value: fc.Arbitrary<Argument> = fc.oneof(
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
const shortValue: fc.Arbitrary<Argument> = fc.oneof(
  fc.constantFrom("", "x", "tail", "1", "0", "-"),
  binary,
  fc.integer({ min: 10, max: 600 }).map(patterned),
);

/** Positions inside, at the edges of and beyond short strings and chunks; never so large that 512 MB are allocated. */
const position = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: -3100, max: 3100 }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("511", "512", "513", "32767", "32768", "32769", "-32769"),
  },
  { weight: 1, arbitrary: fc.constantFrom(...INTEGERS.slice(-4), "4294967296") },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
);
const offset = fc.oneof(
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
const far = fc.noBias(fc.integer({ min: 1, max: 1_000_000 }));
const seconds = time(far.map((n) => `${n}000`), "9223372036854775");
const milliseconds = time(far.map((n) => `${n}000000`));
const unixSeconds = time(far.map((n) => String(33_000_000_000 + n)), "1", "1000000000");
const unixMilliseconds = time(far.map((n) => String(33_000_000_000_000 + n)), "1", "1000000000000");

// ---------------------------------------------------------------------------------------------------------------------
// Putting commands together

type Part = fc.Arbitrary<Argument | Argument[]>;

/** A command name, subcommand or option in any mix of upper and lower case. */
function anyCase(word: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(word) },
    { weight: 1, arbitrary: fc.constant(word.toLowerCase()) },
    { weight: 1, arbitrary: fc.mixedCase(fc.constant(word)) },
  );
}

function plain(command: Command): Step {
  return { kind: "commands", commands: [command], answered: [command] };
}

function commandOf(words: string, parts: Part[]): fc.Arbitrary<Command> {
  const names: Part[] = words.split(" ").map(anyCase);
  return fc.tuple(...names, ...parts).map((pieces) => pieces.flat());
}

/** A step of one command: its name (and subcommand), then its arguments. */
function command(words: string, ...parts: Part[]): fc.Arbitrary<Step> {
  return commandOf(words, parts).map(plain);
}

/** Several commands in one step, all answered unless `answered` picks some. */
function together(
  commands: fc.Arbitrary<Command>[],
  answered: (commands: Command[]) => Command[] = (all) => all,
): fc.Arbitrary<Step> {
  return fc.tuple(...commands).map((all) => ({
    kind: "commands",
    commands: all,
    answered: answered(all),
  }));
}

function several(arbitrary: Part, minLength: number, maxLength: number): Part {
  return fc.array(arbitrary, { minLength, maxLength }).map((pieces) => pieces.flat());
}

function both(first: Part, second: Part): Part {
  return fc.tuple(first, second).map((pieces) => pieces.flat());
}

/** Options as a client would send them: mostly none or one, sometimes several that may exclude each other. */
function options(...choices: Part[]): Part {
  const choice = fc.oneof(...choices);
  return fc.oneof(
    { weight: 3, arbitrary: several(choice, 0, 1) },
    { weight: 2, arbitrary: several(choice, 2, 2) },
    { weight: 1, arbitrary: several(choice, 2, 4) },
  );
}

const word = anyCase;
const junk: Part = fc.constantFrom("FOO", "", "1", "EX", "GT");

/** Calls with too few, enough or too many arguments of every command of a group. */
function anyArity(...names: string[]): fc.Arbitrary<Step> {
  const name = fc.constantFrom(...names).chain(anyCase);
  return fc.tuple(name, fc.array(fc.constantFrom(...ARITY_ARGUMENTS), { maxLength: 5 }))
    .map((pieces) => plain(pieces.flat()));
}

// ---------------------------------------------------------------------------------------------------------------------
// Strings

const pair = both(key, value);
const expiry = fc.oneof(
  both(word("EX"), seconds),
  both(word("PX"), milliseconds),
  both(word("EXAT"), unixSeconds),
  both(word("PXAT"), unixMilliseconds),
);
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

const strings: fc.Arbitrary<Step> = fc.oneof(
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
        fc.constant(LCS_KEYS[0]),
        smallAlphabet,
        fc.constant(LCS_KEYS[1]),
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

// ---------------------------------------------------------------------------------------------------------------------
// Keys

const database = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...DATABASES) },
  { weight: 1, arbitrary: fc.constantFrom("16", "-1", "abc", "", "9223372036854775808", "1.0") },
);
const conditions = options(word("NX"), word("XX"), word("GT"), word("LT"), junk);
const orderConditions = options(word("GT"), word("LT"), word("XX"));
const pattern = fc.constantFrom<Argument[]>(
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
const scanOption: Part = fc.oneof(
  both(word("MATCH"), pattern),
  both(word("COUNT"), fc.constantFrom("1", "2", "10", "1000")),
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

const keys: fc.Arbitrary<Step> = fc.oneof(
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
    arbitrary: several(scanOption, 0, 3).map((options): Step => ({
      kind: "scan",
      options: [options].flat(),
    })),
  },
  {
    weight: 1,
    arbitrary: command(
      "SCAN",
      fc.constantFrom("abc", "-1", "", "1.5", "0"),
      options(both(word("COUNT"), fc.constantFrom("0", "-5", "abc")), word("MATCH"), junk),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: "random-key" }) },
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

// ---------------------------------------------------------------------------------------------------------------------
// Connection

const message = fc.oneof(fc.constantFrom("", "hello", "hello world"), binary, value);
// One option at a time: Redis 7.0 acts on each as it reads it, Redis 8 on all after it has read them.
const helloOptions = fc.oneof(
  fc.constant<Argument[]>([]),
  both(word("AUTH"), fc.constantFrom(["default", "any"], ["nobody", "pw"], ["default"])),
  both(word("SETNAME"), fc.constantFrom("conn", "a b", "")),
  junk,
);

const connection: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: command("PING", several(message, 0, 2)) },
  { weight: 3, arbitrary: command("ECHO", message) },
  { weight: 2, arbitrary: command("HELLO") },
  {
    weight: 4,
    arbitrary: command("HELLO", fc.constantFrom("2", "3", "3", "1", "4", "abc", ""), helloOptions),
  },
  {
    weight: 3,
    arbitrary: command("CLIENT SETNAME", fc.constantFrom("me", "", "a b", "x\ny", "é", "n:1")),
  },
  { weight: 3, arbitrary: command("CLIENT GETNAME") },
  { weight: 1, arbitrary: command("CLIENT NO-EVICT", fc.constantFrom("on", "OFF", "foo", "")) },
  {
    weight: 1,
    arbitrary: together(
      [
        commandOf("CLIENT REPLY OFF", []),
        commandOf("SET", [key, value]),
        commandOf("NONSENSE", []),
        commandOf("CLIENT REPLY ON", []),
      ],
      (all) => all.slice(3),
    ),
  },
  {
    weight: 1,
    arbitrary: together(
      [commandOf("CLIENT REPLY SKIP", []), commandOf("GET", [key]), commandOf("ECHO", [message])],
      (all) => all.slice(2),
    ),
  },
  { weight: 1, arbitrary: command("CLIENT REPLY", fc.constantFrom("ON", "foo", "")) },
  { weight: 1, arbitrary: command("CLIENT", several(fc.constantFrom("x", "y"), 0, 2)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("SETNAME", "GETNAME", "NO-EVICT", "REPLY", "ID").chain((sub) =>
      command(`CLIENT ${sub}`, several(fc.constantFrom("x", "y"), 2, 3))
    ),
  },
  { weight: 2, arbitrary: command("RESET") },
  { weight: 2, arbitrary: command("SELECT", database) },
  { weight: 1, arbitrary: command("AUTH", several(fc.constantFrom("default", "nobody"), 1, 3)) },
  { weight: 2, arbitrary: anyArity("PING", "ECHO", "HELLO", "SELECT", "RESET") },
  { weight: 1, arbitrary: command("NONSENSE", several(message, 0, 4)) },
  { weight: 1, arbitrary: command("GETT", several(key, 1, 3)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", " ", "get\r\n", "SET KEY", "\x00").map((w) => plain([w])),
  },
  { weight: 1, arbitrary: command("NOPE", several(fc.constant("x".repeat(60)), 1, 5)) },
  { weight: 2, arbitrary: command("SET", key, value) },
  { weight: 2, arbitrary: command("GET", key) },
);

const GROUPS: Record<Group, fc.Arbitrary<Step>> = { strings, keys, connection };

/** Steps of one group, or of all. */
export function steps(group: Group | "all"): fc.Arbitrary<Step> {
  return group === "all" ? fc.oneof(strings, keys, connection) : GROUPS[group];
}

/** Whole sequences of one group, or of all mixed. */
export function sequences(group: Group | "all"): fc.Arbitrary<Sequence> {
  return fc.record({
    steps: fc.array(steps(group), { minLength: 1, maxLength: 60, size: "max" }),
    batch: fc.constantFrom(1, 3, 20),
  });
}

/** Reads everything a sequence can have left behind: values and expiries of every key in every database used. */
export const FINAL_STATE: Step = (() => {
  const commands: Command[] = DATABASES.flatMap((database): Command[] => [
    ["SELECT", database],
    ["MGET", ...ALL_KEYS],
    ...ALL_KEYS.map((key): Command => ["PTTL", key]),
    ["KEYS", "*"],
    ["DBSIZE"],
  ]);
  return { kind: "commands", commands, answered: commands };
})();

// ---------------------------------------------------------------------------------------------------------------------
// When two replies are the same

/**
 * A difference that is meant to be: Redlite follows Redis 8 where that changed what Redis 7.0, which the tests run,
 * replies, and has no part in what belongs to one server only.
 */
interface KnownDifference {
  reason: string;
  /** Whether the two replies differ in this way and no other. */
  explains(command: string[], redis: Reply, ours: Reply): boolean;
}

/** All deliberate differences; anything else that differs is a bug. */
const KNOWN_DIFFERENCES: KnownDifference[] = [
  {
    reason:
      "HELLO tells the server's version and the connection's number, which are each server's own",
    explains: ([name], redis, ours) =>
      name === "hello" && format(withoutIdentity(redis)) === format(withoutIdentity(ours)),
  },
  {
    reason:
      "Redis shares the objects of small integers and counts INT_MAX references to them; we share nothing",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "refcount" && redis.type === "integer" &&
      redis.value === 2147483647n && ours.type === "integer" && ours.value >= 1n,
  },
  {
    reason: "The help texts are ours",
    explains: ([name, sub], redis, ours) =>
      name === "object" && sub === "help" && redis.type === "array" && ours.type === "array",
  },
  {
    reason: "Redis 8 refuses an empty SCAN cursor, which Redis 7.0 reads as 0",
    explains: ([name, cursor], _redis, ours) =>
      name === "scan" && cursor === "" && format(ours) === "-ERR invalid cursor",
  },
  {
    reason: "An expiry beyond 2^53 milliseconds (the year 287396) is kept as that",
    explains: ([name], redis, ours) =>
      ["ttl", "pttl", "expiretime", "pexpiretime"].includes(name) && redis.type === "integer" &&
      ours.type === "integer" && ours.value > 9_000_000_000_000n && redis.value >= ours.value,
  },
];

/** Integers that may differ by so much because the servers got the command, or its expiry, at different moments. */
const TOLERANCES: Record<string, bigint> = {
  ttl: 2n,
  pttl: 2000n,
  expiretime: 2n,
  pexpiretime: 2000n,
  "object idletime": 2n,
};

/** Whether the two servers' replies to a command count as the same. */
export function isSame(command: Command, redis: Reply, ours: Reply): boolean {
  if (format(redis) === format(ours)) return true;
  const words = command.slice(0, 2).map((argument) => latin1(toBytes(argument)).toLowerCase());
  if (KNOWN_DIFFERENCES.some((known) => known.explains(words, redis, ours))) return true;
  const tolerance = TOLERANCES[words[0]] ?? TOLERANCES[words.join(" ")];
  if (tolerance !== undefined && redis.type === "integer" && ours.type === "integer") {
    const apart = redis.value - ours.value;
    return redis.value >= 0n && ours.value >= 0n && apart <= tolerance && -apart <= tolerance;
  }
  if (words[0] === "keys") return format(sorted(redis)) === format(sorted(ours));
  // A single SCAN call may return any part of the keyspace; whole iterations are steps of their own.
  if (words[0] === "scan") return redis.type === "array" && ours.type === "array";
  return false;
}

/** An array or set in the order of its items' canonical text; other replies as they are. */
export function sorted(reply: Reply): Reply {
  if (reply.type !== "array" && reply.type !== "set") return reply;
  const texts = reply.items.map((item) => ({ item, text: format(item) }));
  texts.sort((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
  return { ...reply, items: texts.map(({ item }) => item) };
}

/** A HELLO reply with the values of `version` and `id` emptied, in either protocol. */
function withoutIdentity(hello: Reply): Reply {
  const emptied = (name: Reply, value: Reply): Reply =>
    name.type === "bulk" && ["version", "id"].includes(latin1(name.value))
      ? { type: "simple", value: value.type }
      : value;
  if (hello.type === "map") {
    return {
      type: "map",
      entries: hello.entries.map(([name, value]) => [name, emptied(name, value)]),
    };
  }
  if (hello.type !== "array") return hello;
  const items = hello.items.map((item, i) =>
    i % 2 === 0 ? item : emptied(hello.items[i - 1], item)
  );
  return { type: "array", items };
}

// ---------------------------------------------------------------------------------------------------------------------
// Showing them

/** Text cut to a length a terminal can show. */
export function shorten(text: string, limit = 200): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

/** A command as one would type it into redis-cli. */
export function showCommand(command: Command): string {
  return command.map((argument) => {
    const bytes = toBytes(argument);
    const text = quote(bytes);
    if (bytes.length > 200) return `${text.slice(0, 40)}…(${bytes.length} bytes)"`;
    return /^[\w:*.+-]+$/.test(text.slice(1, -1)) ? text.slice(1, -1) : text;
  }).join(" ");
}

/** A step in one line. */
export function showStep(step: Step): string {
  switch (step.kind) {
    case "commands":
      return step.commands.map(showCommand).join(" ; ");
    case "scan":
      return `a whole iteration of ${showCommand(["SCAN", "0", ...step.options])}`;
    case "random-key":
      return "RANDOMKEY";
  }
}
