/** Fills a server with a value of each type, in each encoding, small and large. */

import { strict as assert } from "node:assert";
import type { RespClient } from "../../../harness/resp_client.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const LIBRARY =
  "#!lua name=mylib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)";
/** In the year 2100. */
const LATER = "4102444800000";

/** Commands that every server since Redis 7.0 knows. */
function commands(count: number): string[][] {
  const all = range(count);
  return [
    ["SET", "text", "hello"],
    ["SET", "integer", "-123456"],
    ["SET", "longer", "9223372036854775807"],
    ["SET", "empty", ""],
    ["SET", "compressed", "abc".repeat(count)],
    ["SET", "", "the key is empty"],
    ["SET", "k".repeat(300), "the key is long"],
    ["SET", "expiring", "1", "PXAT", LATER],
    ["RPUSH", "list", "a", "1", "b".repeat(70)],
    ["RPUSH", "lists", ...all.map((i) => `element ${i} ${"x".repeat(i % 100)}`)],
    ["RPUSH", "plain", "p".repeat(count * 20), "q"],
    ["SADD", "intset", "1", "-70000", "9000000000"],
    ["SADD", "set", "a", "b", "1"],
    ["SADD", "sets", ...all.map((i) => `member ${i}`)],
    ["ZADD", "zset", "1.5", "a", "-inf", "b", "3", "c"],
    ["ZADD", "zsets", ...all.flatMap((i) => [String(i / 7), `member ${i}`])],
    ["HSET", "hash", "f", "v", "n", "12"],
    ["HSET", "hashes", ...all.flatMap((i) => [`field ${i}`, `value ${i}`])],
    ["EXPIREAT", "hashes", "4102444800"],
    ["XADD", "stream", "1-1", "f", "v", "g", "w"],
    ["XADD", "stream", "2-1", "f", "v", "g", "w"],
    ["XADD", "stream", "3-1", "other", "v"],
    ["XDEL", "stream", "2-1"],
    ["XGROUP", "CREATE", "stream", "readers", "0"],
    ["XREADGROUP", "GROUP", "readers", "one", "COUNT", "1", "STREAMS", "stream", ">"],
    ["XGROUP", "CREATECONSUMER", "stream", "readers", "idle"],
    ...all.map((i) => ["XADD", "streams", `${i + 1}-0`, "n", String(i)]),
    ["SELECT", "3"],
    ["SET", "elsewhere", "1"],
    ["SELECT", "0"],
    ["FUNCTION", "LOAD", LIBRARY],
  ];
}

/** Fields that expire, where they can. */
const FIELDS: readonly string[][] = [
  ["HSET", "fields", "a", "1", "b", "2"],
  ["HPEXPIREAT", "fields", LATER, "FIELDS", "1", "a"],
  ["HSET", "many fields", ...range(600).flatMap((i) => [`f${i}`, "v"])],
  ["HPEXPIREAT", "many fields", LATER, "FIELDS", "2", "f1", "f7"],
];

/**
 * Makes the keys.
 *
 * @param count How many elements the large ones have.
 * @param fields Whether the server knows fields that expire.
 */
export async function populate(client: RespClient, count: number, fields = false): Promise<void> {
  for (const words of [...commands(count), ...fields ? FIELDS : []]) {
    const reply = await client.send(...words);
    assert.notEqual(reply.type, "error", words.slice(0, 3).join(" "));
  }
}
