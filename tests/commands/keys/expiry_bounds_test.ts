import { INT64_MAX, INT64_MIN } from "../../../src/store/values/integers.ts";
import { redisMajorVersion } from "../../harness/servers.ts";
import { testReplies } from "../replies.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

/** Some integers at and around another. */
const around = (value: bigint) => [-2n, -1n, 0n, 1n, 2n].map((by) => value + by);
/** Longer than it has been since 1970, in milliseconds: what is added to a relative time does not reach over it. */
const AGES = 10n ** 13n;

/** The bounds of what is an integer, of what is one in milliseconds, of what is one from now on, and of Redis 8's fields. */
const VALUES = [
  ...around(0n),
  ...around(INT64_MAX),
  ...around(INT64_MIN),
  ...around(INT64_MAX / 1000n),
  ...around(INT64_MIN / 1000n),
  ...[1n, -1n].flatMap((sign) =>
    [INT64_MAX - AGES, (INT64_MAX - AGES) / 1000n].map((n) => sign * n)
  ),
  ...around(1n << 46n),
  ...around((1n << 46n) / 1000n),
].map(String);

const UNITS = ["EX", "PX", "EXAT", "PXAT"];
const EXPIRIES = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];
/** What takes milliseconds from now on: one or two may be over before the next command. */
const RELATIVE_MS = /\b(H?PEXPIRE|PX|PSETEX)\b/;

/** Each command at each bound, and whether the key and its two fields are still there. */
function lines(commands: readonly string[]): string[] {
  return commands.flatMap((command) =>
    VALUES.filter((value) => !/^[12]$/.test(value) || !RELATIVE_MS.test(command)).flatMap((
      value,
    ) => [
      "DEL k h",
      "SET k v",
      "HSET h f v g v",
      command.replace("?", value),
      "EXISTS k h",
      "HLEN h",
    ])
  );
}

testSameAsRedis(
  "times to live of keys have the bounds of Redis's",
  lines([
    ...EXPIRIES.map((name) => `${name} k ?`),
    ...["NX", "XX", "GT", "LT"].map((option) => `EXPIRE k ? ${option}`),
    "EXPIRE none ?",
    ...UNITS.map((unit) => `SET k v ${unit} ?`),
    ...UNITS.map((unit) => `GETEX k ${unit} ?`),
    "SETEX k ? v",
    "PSETEX k ? v",
  ]),
);

if (redisMajorVersion() >= 8) {
  testSameAsRedis(
    "times to live of fields have the bounds of Redis's",
    lines([
      ...EXPIRIES.map((name) => `H${name} h ? FIELDS 1 f`),
      ...UNITS.map((unit) => `HGETEX h ${unit} ? FIELDS 1 f`),
      ...UNITS.map((unit) => `HSETEX h ${unit} ? FIELDS 1 f v`),
    ]),
  );
}

const TOO_FAR = "-ERR invalid expire time in 'expire' command";

testReplies(
  "a number of seconds that is none in milliseconds is refused, however far in the past",
  [
    ["SET k v", "+OK"],
    ["EXPIRE k -9223372036854776", TOO_FAR],
    ["EXPIRE k 9223372036854776", TOO_FAR],
    ["EXPIREAT k -9223372036854776", "-ERR invalid expire time in 'expireat' command"],
    ["MSETEX 1 k v EX 9223372036854776", "-ERR invalid expire time in 'msetex' command"],
    ["TTL k", ":-1"],
    ["EXPIRE k -9223372036854775", ":1"],
    ["EXISTS k", ":0"],
  ],
);
