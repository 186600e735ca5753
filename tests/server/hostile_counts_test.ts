/** Counts, offsets, patterns and payloads made to exhaust the server: each gets a reply or an error, and it goes on. */

import { strict as assert } from "node:assert";
import { type Command, encode } from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";

const MOST = "9223372036854775807", LEAST = "-9223372036854775808";
const times = (text: string, count: number) => text.repeat(count);
const many = (count: number, words: (i: number) => Command) =>
  Array.from({ length: count }, (_, i) => words(i)).flat();

const FILL: readonly Command[] = [
  ["RPUSH", "l", "a", "b"],
  ["SADD", "t", "a", "b"],
  ["ZADD", "z", "1", "a", "2", "b"],
  ["HSET", "h", "f", "v"],
  ["SET", "s", "abc"],
  ["ARSET", "a", "0", times("a", 20_000)],
  ["SET", times("a", 20_000), "1"],
];

const HOSTILE: readonly Command[] = [
  ["LPOP", "none", MOST],
  ["LPOS", "l", "a", "COUNT", MOST, "RANK", LEAST],
  ["LRANGE", "l", LEAST, MOST],
  ["LREM", "l", LEAST, "a"],
  ["LMPOP", "1", "none", "LEFT", "COUNT", MOST],
  ["SRANDMEMBER", "t", MOST],
  ["SRANDMEMBER", "t", "-1000000000"],
  ["SRANDMEMBER", "t", `-${MOST}`],
  ["ZRANDMEMBER", "z", "-1000000000", "WITHSCORES"],
  ["ZRANDMEMBER", "z", `-${MOST}`],
  ["HRANDFIELD", "h", "-1000000000", "WITHVALUES"],
  ["HRANDFIELD", "h", `-${MOST}`],
  ["SETRANGE", "far", "536870912", "x"],
  ["SETRANGE", "far", MOST, "x"],
  ["SETBIT", "b", "4294967296", "1"],
  ["BITFIELD", "b", "SET", "u8", `#${MOST}`, "1"],
  ["BITFIELD", "s", ...many(5000, () => ["GET", "u8", "0"])],
  ["RESTORE", "r", "0", new Uint8Array(1000).fill(255)],
  ["RESTORE", "r", MOST, "x"],
  ["KEYS", times("*a", 2000) + "b"],
  ["KEYS", times("[", 50_000)],
  ["KEYS", times("\\", 50_000)],
  ["SCAN", "0", "MATCH", times("?", 50_000), "COUNT", MOST],
  ["ARGREP", "a", "0", "1", "RE", times("(", 30_000) + times(")", 30_000)],
  ["ARGREP", "a", "0", "1", "RE", times("[", 60_000)],
  ["ARGREP", "a", "0", "1", "RE", times("(a*)*", 1000)],
  ["ARGREP", "a", "0", "1", "RE", "((((a{1,1000}){1,1000}){1,1000}){1,1000})"],
  ["ARGREP", "a", "0", "1", "RE", times("a|", 30_000)],
  ["AROP", "a", "0", "18446744073709551614", "SUM"],
  ["ARGETRANGE", "a", "0", "18446744073709551614"],
  ["ACL", "SETUSER", "u", "on", `~${times("*a", 30_000)}`],
  ["ACL", "SETUSER", "u", times("(", 30_000)],
  ["ACL", "LOG", MOST],
  ["SORT", "l", "ALPHA", "LIMIT", MOST, MOST],
  ["SORT", "l", "ALPHA", "LIMIT", LEAST, LEAST],
  ["ZUNION", MOST, "z"],
  ["ZMPOP", MOST, "z", "MIN"],
  ["SINTERCARD", "2147483647", "t"],
  ["COMMAND", "GETKEYS", "ZUNIONSTORE", "d", "99999999", "a"],
  ["MEMORY", "USAGE", "z", "SAMPLES", MOST],
  ["SLOWLOG", "GET", MOST],
  ["CONFIG", "SET", "save", times("1 1 ", 10_000)],
  ["HELLO", "3", ...many(5000, () => ["SETNAME", "x"])],
  ["EXPIRE", "s", MOST],
  ["SETEX", "s", MOST, "v"],
  ["HPEXPIRE", "h", "1", "FIELDS", MOST, "f"],
  ["BLPOP", "none", "1e400"],
  ["BLMPOP", "0.001", MOST, "x", "LEFT"],
  ["LOLWUT", "VERSION", "5", "1000000000", "1000000000", "1000000000"],
  ["SWAPDB", MOST, "0"],
  ["HISTORY", "AT", ...many(5000, () => ["0", "HISTORY", "AT"]), "0", "GET", "x"],
  ["COMMAND", "GETKEYS", "HISTORY", "AT", ...many(5000, () => ["0", "HISTORY", "AT"]), "0", "GET"],
  ["CLIENT", "TRACKING", "ON", "BCAST", ...many(10_000, (i) => ["PREFIX", `p${i}:`])],
  ["XREAD", "COUNT", MOST, "STREAMS", ...many(1000, () => ["x"]), ...many(1000, () => ["0"])],
];

/** The beginning of the reply to one command, on a connection of its own. */
async function beginningOf(server: TestServer, command: Command): Promise<string> {
  using connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const bytes = encode(command);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  const room = new Uint8Array(1);
  const size = await connection.read(room);
  return size === null ? "closed" : String.fromCharCode(room[0]!);
}

Deno.test("counts, offsets, patterns and payloads without bounds end no server with a heap of 128 MB", async () => {
  await using server = await startRedlite({
    appendfsync: "no",
    permissions: ["-A", "--v8-flags=--max-old-space-size=128"],
    args: ["--storage", "memory"],
  });
  await using client = await server.connect();
  for (const command of FILL) await client.send(...command);
  for (const command of HOSTILE) {
    const shown = command.slice(0, 5).map((word) => String(word).slice(0, 30)).join(" ");
    assert.match(await beginningOf(server, command), /^[-+:$*%~_,(#]$/, shown);
    assert.deepEqual(await client.send("PING"), { type: "simple", value: "PONG" }, shown);
  }
});
