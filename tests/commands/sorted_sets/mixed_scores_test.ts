import { testReplies } from "../replies.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testReplies("a range of members of different scores goes on until a member comes after it", [
  ["ZADD z 1 a 2 b 3 c 4 d", ":4"],
  ["ZRANGE z [b [c BYLEX", '["b", "c"]'],
  ["ZREVRANGEBYLEX z [c [b", '["c", "b"]'],
  ["ZLEXCOUNT z (a [c", ":2"],
  ["ZRANGESTORE d z [b + BYLEX", ":3"],
  ["ZREMRANGEBYLEX z [b (d", ":2"],
  ["ZRANGE z 0 -1", '["a", "d"]'],
  ["ZADD y 1 b 2 d 3 a 4 c", ":4"],
  ["ZRANGE y [b [c BYLEX", '["b"]'],
  ["ZRANGE y [b [c BYLEX REV", "[]"],
  ["ZRANGE y [a [c BYLEX", '["b"]'],
  ["ZRANGE y [a [c BYLEX LIMIT 2 5", '["a", "c"]'],
  ["ZRANGE y [d [e BYLEX", "[]"],
]);

const BOUNDS = [
  "- +",
  "[m1040 [m1060",
  "(m1040 (m1041",
  "[m1040 (m1040",
  "- (m1001",
  "[m1199 +",
  "[x +",
  "- [a",
  "+ -",
];

testSameAsRedis("ranges of members in the order of many different scores", [
  `ZADD z ${Array.from({ length: 200 }, (_, i) => `${i >> 1} m${1000 + i}`).join(" ")}`,
  "OBJECT ENCODING z",
  ...BOUNDS.flatMap((bounds) => [
    `ZRANGE z ${bounds} BYLEX`,
    `ZRANGE z ${bounds.split(" ").reverse().join(" ")} BYLEX REV LIMIT 3 5`,
    `ZLEXCOUNT z ${bounds}`,
    `ZRANGESTORE d z ${bounds} BYLEX LIMIT 1 10`,
  ]),
  "ZREMRANGEBYLEX z [m1040 (m1060",
  "ZREMRANGEBYLEX z (m1190 +",
  "ZRANGE z 0 -1 WITHSCORES",
  "ZREMRANGEBYLEX z - +",
  "EXISTS z",
]);
