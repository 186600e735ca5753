import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const NUMBERS = Array.from({ length: 100 }, (_, i) => String((i * 37) % 50));

testSameAsRedis("SORT with a small LIMIT gives what stands at the front of the whole order", [
  `RPUSH long ${NUMBERS.join(" ")}`,
  "MSET w_1 1 w_2 1 w_3 0 w_30 b w_40 a",
  "SORT long LIMIT 0 5",
  "SORT long LIMIT 3 4",
  "SORT long LIMIT 0 1 DESC",
  "SORT long LIMIT 0 0",
  "SORT long LIMIT 2 0",
  "SORT long ALPHA LIMIT 0 7",
  "SORT long ALPHA DESC LIMIT 1 7",
  "SORT long LIMIT 95 20",
]);

testSameAsRedis("SORT orders numbers and text", [
  "RPUSH list 3 1 2 10 -1.5 1e2 inf",
  "SORT list",
  "SORT list DESC",
  "SORT list ASC DESC",
  "SORT list ALPHA",
  "SORT list ALPHA DESC",
  "SORT list LIMIT 1 2",
  "SORT list LIMIT 1 -1",
  "SORT list LIMIT -5 2",
  "SORT list LIMIT 100 2",
  "SORT list LIMIT 2 0",
  "SORT_RO list LIMIT 0 3",
  "SADD set 5 4 30 -2",
  "SORT set",
  "SORT set DESC LIMIT 0 2",
  "ZADD zset 3 10 2 20 1 30",
  "SORT zset",
  "SORT zset DESC",
  "SORT zset BY nosort",
  "SORT zset BY nosort DESC",
  "SORT zset BY nosort LIMIT 1 1",
  "SORT zset BY nosort DESC LIMIT 0 2",
  "SORT list BY nosort",
  "SORT list BY nosort DESC",
  "SORT missing",
  "SORT_RO missing",
]);

testSameAsRedis("SORT takes weights and values from other keys", [
  "RPUSH list a b c d",
  "MSET w_a 3 w_b 1 w_c 2",
  "SORT list BY w_*",
  "SORT list BY w_* DESC",
  "SORT list BY w_* GET w_*",
  "SORT list BY w_* GET # GET w_* GET nothing_* GET plain",
  "SORT list BY w_* ALPHA",
  "HSET h_a n 9 name ann",
  "HSET h_b n 7 name bob",
  "HSET h_c n 8",
  "SORT list BY h_*->n",
  "SORT list BY h_*->n GET h_*->name GET #",
  "SORT list BY h_*->missing GET #",
  "SORT list BY *->n",
  "SORT list BY h_*-> ALPHA",
  "SORT list GET w_*->n ALPHA",
  "SORT list GET h_* ALPHA",
  "SET w_a x",
  "SORT list BY w_*",
  "SORT list BY w_* ALPHA",
]);

testSameAsRedis("SORT stores a list, over whatever is there", [
  "RPUSH list 3 1 2",
  "SET destination x",
  "SORT list STORE destination",
  "TYPE destination",
  "LRANGE destination 0 -1",
  "MSET v_1 one v_3 three",
  "SORT list GET v_* STORE destination",
  "LRANGE destination 0 -1",
  "SORT list DESC STORE list",
  "LRANGE list 0 -1",
  "SADD set b a c",
  "SORT set BY nosort STORE destination",
  "LRANGE destination 0 -1",
  "SORT missing STORE destination",
  "EXISTS destination",
  "SORT missing STORE destination",
  "SORT list STORE one STORE two",
  "EXISTS one two",
]);

testSameAsRedis("SORT refuses what it cannot sort", [
  "RPUSH list a 1",
  "RPUSH blank 1 ''",
  "SORT blank",
  "SORT list",
  "SORT list DESC STORE destination",
  "EXISTS destination",
  "SET string x",
  "SORT string",
  "HSET hash f v",
  "SORT hash",
  "SORT_RO string",
  "SORT list LIMIT 1",
  "SORT list LIMIT a b",
  "SORT list LIMIT 1 b",
  "SORT list BY",
  "SORT list GET",
  "SORT list STORE",
  "SORT list NONSENSE",
  "SORT_RO list STORE destination",
  "SORT",
  "RPUSH nan nan 1",
  "SORT nan",
  "COMMAND GETKEYS SORT list BY w_* GET x_* STORE destination",
  "COMMAND GETKEYS SORT_RO list BY w_*",
]);

Deno.test("SORT reads numbers as Redis 8 does: beyond a double's range, but not in hexadecimal", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("RPUSH", "wide", "1e400", "1", "-1e400", "1e-400");
  assert.equal(format(await client.send("SORT", "wide")), '["-1e400", "1e-400", "1", "1e400"]');
  for (const number of ["0x10", " 1", "1 ", "1e", "."]) {
    await client.send("DEL", "list");
    await client.send("RPUSH", "list", number, "1");
    assert.match(format(await client.send("SORT", "list")), /can't be converted into double/);
  }
});
