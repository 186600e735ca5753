import { type Line, testReplies } from "../replies.ts";

/** Lines that all have one reply. */
const all = (reply: string, ...lines: string[]): Line[] => lines.map((line) => [line, reply]);

testReplies("a float is never hexadecimal, wherever one is read", [
  ["RPUSH l 0x10 2", ":2"],
  ["SET s 0x10", "+OK"],
  ["HSET h f 0x10", ":1"],
  ["ZADD z 1 a", ":1"],
  ["SET one 1", "+OK"],
  ...all(
    "-ERR value is not a valid float",
    "ZADD z 0x10 a",
    "ZADD z 0X1p4 a",
    "ZADD z INCR -0x10 a",
    "ZINCRBY z 0x10 a",
    "INCRBYFLOAT one 0x10",
    "INCRBYFLOAT s 1",
    "HINCRBYFLOAT h f2 0x10",
  ),
  ["HINCRBYFLOAT h f 1", "-ERR hash value is not a float"],
  ...all(
    "-ERR min or max is not a float",
    "ZRANGEBYSCORE z 0x1 2",
    "ZREVRANGEBYSCORE z 2 (0x1",
    "ZCOUNT z 0 0x2",
    "ZREMRANGEBYSCORE z 0x0 0x2",
    "ZRANGE z 0x0 2 BYSCORE",
    "ZRANGESTORE d z 0x0 2 BYSCORE",
  ),
  ...all(
    "-ERR weight value is not a float",
    "ZUNION 1 z WEIGHTS 0x2",
    "ZUNIONSTORE d 1 z WEIGHTS 0x2",
    "ZINTER 1 z WEIGHTS 0x2",
    "ZINTERSTORE d 1 z WEIGHTS 0x2",
  ),
  ...all(
    "-ERR timeout is not a float or out of range",
    "BLPOP none 0x0.1",
    "BRPOP none 0x0.1",
    "BRPOPLPUSH none d 0x0.1",
    "BLMOVE none d LEFT LEFT 0x0.1",
    "BLMOVEM none d LEFT LEFT 0x0.1",
    "BLMPOP 0x0.1 1 none LEFT",
    "BZPOPMIN none 0x0.1",
    "BZPOPMAX none 0x0.1",
    "BZMPOP 0x0.1 1 none MIN",
  ),
  ["SORT l", "-ERR One or more scores can't be converted into double"],
  ["ZSCORE z a", '"1"'],
  ["GET one", '"1"'],
]);
