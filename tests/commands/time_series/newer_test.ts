/** What time series of Redis 8 know beyond RedisTimeSeries 1.12, by the documentation. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { startRedlite } from "../../harness/servers.ts";
import { format } from "../../harness/resp_client.ts";
import { testReplies } from "../replies.ts";

testReplies("TS.NRANGE joins series by their times", [
  ["TS.CREATE a", "+OK"],
  ["TS.CREATE b", "+OK"],
  ["TS.MADD a 1000 10 a 2000 12 b 1000 20 b 3000 25", "[:1000, :2000, :1000, :3000]"],
  ["TS.NRANGE 2 a b - +", "[[:1000, [+10, +20]], [:2000, [+12, +NaN]], [:3000, [+NaN, +25]]]"],
  ["TS.NREVRANGE 2 a b - + COUNT 1", "[[:3000, [+NaN, +25]]]"],
  ["TS.MADD a 2100 20 b 3100 15", "[:2100, :3100]"],
  [
    "TS.NRANGE 2 a b - + AGGREGATION avg,max sum 1000",
    "[[:1000, [+10, +10, +20]], [:2000, [+16, +20, +NaN]], [:3000, [+NaN, +NaN, +40]]]",
  ],
  ["TS.NRANGE 2 a b - + AGGREGATION avg 1000", "-ERR TSDB: Couldn't parse AGGREGATION"],
  ["TS.NRANGE 0 a b - +", "-ERR TSDB: numkeys must be a positive integer"],
  ["TS.NRANGE 1 c - +", "-ERR TSDB: the key does not exist"],
]);

testReplies("several aggregators give as many values", [
  ["TS.ADD a 1 1 LABELS k v", ":1"],
  ["TS.ADD a 2 4", ":2"],
  ["TS.RANGE a - + AGGREGATION min,max,avg 10", "[[:0, +1, +4, +2.5]]"],
  ["TS.RANGE a - + AGGREGATION min,none 10", "-ERR TSDB: Unknown aggregation type"],
]);

testReplies("what is no number is kept and counted apart", [
  ["TS.ADD a 1 NaN", ":1"],
  ["TS.ADD a 2 4", ":2"],
  ["TS.ADD a 3 nan", ":3"],
  ["TS.RANGE a - +", "[[:1, +NaN], [:2, +4], [:3, +NaN]]"],
  ["TS.RANGE a - + AGGREGATION avg,count,countNaN,countAll 10", "[[:0, +4, +1, +2, +3]]"],
]);

testReplies("TS.QUERYLABELS tells of labels and their values", [
  ["TS.CREATE a LABELS room study type heat", "+OK"],
  ["TS.CREATE b LABELS room hall type heat", "+OK"],
  ["TS.QUERYLABELS LABELS", '["room", "type"]'],
  ["TS.QUERYLABELS VALUES room", '["hall", "study"]'],
  ["TS.QUERYLABELS VALUES room FILTER room=hall", '["hall"]'],
  ["TS.QUERYLABELS VALUES none", "[]"],
  ["TS.QUERYLABELS VALUES", "-ERR wrong number of arguments for 'ts.querylabels' command"],
]);

testReplies("buckets without samples are not more than a reply may have", [
  ["TS.ADD t 1 1", ":1"],
  ["TS.ADD t 9007199254740990 1", ":9007199254740990"],
  ["TS.ADD t 9007199254740993 1", "-ERR TSDB: invalid timestamp"],
  ["TS.RANGE t - + AGGREGATION count 1 EMPTY COUNT 2", "[[:1, +1], [:2, +0]]"],
  [
    "TS.REVRANGE t - + AGGREGATION twa 1 EMPTY",
    "-ERR TSDB: more than 10000000 values: ask for fewer by COUNT or longer buckets",
  ],
]);

testReplies("TS.READ reads from a time on", [
  ["TS.MADD t 1 1", "[-ERR TSDB: the key is not a TSDB key]"],
  ["TS.READ t 0", "[]"],
  ["TS.ADD t 100 1", ":100"],
  ["TS.ADD t 200 2", ":200"],
  ["TS.READ t 101", "[[:200, +2]]"],
  ["TS.READ t +", "[[:200, +2]]"],
  ["TS.READ t $", "[]"],
  ["TS.READ t 0 BLOCK 10 3", "[[:100, +1], [:200, +2]]"],
  ["TS.READ t 0 BLOCK 0 2", "[[:100, +1], [:200, +2]]"],
  ["TS.READ t x", "-ERR TSDB: invalid timestamp"],
  ["TS.READ t 0 BLOCK 1", "-ERR wrong number of arguments for 'ts.read' command"],
]);

Deno.test("TS.READ waits for so many samples, and until its key is gone", async () => {
  await using server = await startRedlite();
  await using reader = await server.connect();
  await using writer = await server.connect();
  const first = reader.send("TS.READ", "t", "$", "BLOCK", "0", "2");
  for (const time of ["5", "6"]) await writer.send("TS.ADD", "t", time, time);
  assert.equal(format(await first), "[[:5, +5], [:6, +6]]");
  const most = await reader.send("TS.READ", "t", "-", "MAX_COUNT", "1");
  assert.equal(format(most), "[[:5, +5]]");
  const second = reader.send("TS.READ", "t", "$", "BLOCK", "0", "1");
  await writer.send("TS.ADD", "t", "3", "1");
  await writer.send("DEL", "t");
  assert.equal(format(await second), "[]");
});

Deno.test("series are made as the parameters say, with compactions of their own", () => {
  using db = Redlite.open(":memory:", { driver: "builtin" });
  db.call("CONFIG", "SET", "ts-compaction-policy", "max:1s:1h;avg:10s:0");
  db.call("CONFIG", "SET", "ts-duplicate-policy", "sum", "ts-retention-policy", "60000");
  for (const time of [100, 100, 1200]) db.ts.add("t", time, 2, { labels: { a: "b" } });
  assert.deepEqual(db.ts.range("t_MAX_1000"), [[0, 4]]);
  assert.equal(db.ts.info("t").retentionTime, 60_000);
  assert.deepEqual(db.ts.queryindex("time_bucket=10000", "a=b"), ["t_AVG_10000"]);
});
