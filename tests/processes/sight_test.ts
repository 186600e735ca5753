/** What one process has committed every other process sees at its next command, whatever it keeps in memory. */

import { strict as assert } from "node:assert";
import type { Value, Words } from "../harness/database.ts";
import { type Group, startGroup } from "./group.ts";

const ROUNDS = 40;

/** Asks all processes at once, so that each has seen the state before and keeps what it likes of it. */
function ask(group: Group, ...commands: Words[]): Promise<Value[][]> {
  return Promise.all(
    group.members.map((member) => Promise.all(commands.map((words) => member.call(...words)))),
  );
}

/** Checks that all processes give these replies. */
async function allGive(group: Group, replies: readonly (readonly [Words, Value])[], when: string) {
  const answers = await ask(group, ...replies.map(([words]) => words));
  for (const [index, values] of answers.entries()) {
    for (const [i, [words, wanted]] of replies.entries()) {
      const { name } = group.members[index]!;
      assert.deepEqual(values[i], wanted, `${when}: ${words.join(" ")} in ${name}`);
    }
  }
}

Deno.test("what one process writes, all others read at once", async () => {
  await using group = await startGroup();
  for (let i = 1; i <= ROUNDS; i++) {
    const writer = group.members[i % 4]!;
    await writer.transaction([
      ["SET", "string", String(i)],
      ["SET", "long", String(i).repeat(1000)],
      ["HSET", "hash", "field", String(i)],
      ["RPUSH", "list", String(i)],
      ["SET", `key:${i}`, ""],
    ]);
    await allGive(group, [
      [["GET", "string"], String(i)],
      [["STRLEN", "long"], String(i).length * 1000],
      [["HGET", "hash", "field"], String(i)],
      [["LINDEX", "list", "-1"], String(i)],
      [["LLEN", "list"], i],
      [["DBSIZE"], 4 + i],
    ], `write ${i} by ${writer.name}`);
  }
});

Deno.test("ranks, indexes and lengths of large collections follow another process's changes", async () => {
  await using group = await startGroup();
  const members = Array.from({ length: 5000 }, (_, i) => `m${String(i).padStart(4, "0")}`);
  await group.members[0]!.transaction([
    ["ZADD", "zset", ...members.flatMap((member, i) => [String(i), member])],
    ["RPUSH", "list", ...members],
    ["HSET", "hash", ...members.flatMap((member) => [member, member])],
    ["SADD", "set", ...members],
  ]);
  for (let i = 1; i <= ROUNDS; i++) {
    const writer = group.members[i % 4]!;
    const dropped = members[2 * i]!;
    await writer.transaction([
      ["ZADD", "zset", "0.5", `new:${i}`],
      ["ZREM", "zset", dropped],
      ["LPUSH", "list", `new:${i}`],
      ["LREM", "list", "1", dropped],
      ["HSET", "hash", `new:${i}`, "v"],
      ["SREM", "set", dropped],
    ]);
    await allGive(group, [
      [["ZRANK", "zset", "m4999"], 4999],
      [["ZCOUNT", "zset", "-inf", "(1"], 1 + i],
      [["ZRANGE", "zset", "4999", "4999"], ["m4999"]],
      [["ZRANK", "zset", dropped], null],
      [["LINDEX", "list", "0"], `new:${i}`],
      [["LINDEX", "list", "4999"], "m4999"],
      [["LPOS", "list", "m4999"], 4999],
      [["LLEN", "list"], 5000],
      [["HLEN", "hash"], 5000 + i],
      [["SCARD", "set"], 5000 - i],
      [["SISMEMBER", "set", dropped], 0],
    ], `change ${i} by ${writer.name}`);
  }
});

Deno.test("a key deleted, renamed, moved or of another type is so in all processes", async () => {
  await using group = await startGroup();
  for (let i = 0; i < ROUNDS; i++) {
    const [writer, other] = [group.members[i % 4], group.members[(i + 1) % 4]];
    await writer!.transaction([["SET", "a", `a${i}`], ["RPUSH", "b", "1", "2"], ["SET", "c", "x"]]);
    await allGive(group, [
      [["GET", "a"], `a${i}`],
      [["TYPE", "b"], "list"],
      [["EXISTS", "c"], 1],
    ], `round ${i}`);
    await other!.transaction([
      ["RENAME", "a", "renamed"],
      ["DEL", "b"],
      ["HSET", "b", "field", String(i)],
      ["MOVE", "c", "1"],
    ]);
    await allGive(group, [
      [["GET", "a"], null],
      [["GET", "renamed"], `a${i}`],
      [["HGET", "b", "field"], String(i)],
      [["EXISTS", "c"], 0],
      [["DBSIZE"], 2],
    ], `round ${i}, changed`);
    await writer!.transaction([["DEL", "renamed", "b"], ["SWAPDB", "0", "1"]]);
    await allGive(group, [[["GET", "c"], "x"], [["DBSIZE"], 1]], `round ${i}, swapped`);
    await other!.call("FLUSHDB");
    await allGive(group, [[["GET", "c"], null], [["DBSIZE"], 0]], `round ${i}, flushed`);
  }
});

Deno.test("an expiry that one process sets holds in all, also when it is over", async () => {
  await using group = await startGroup();
  const [first, second] = [group.members[0], group.members[3]];
  await first!.transaction([["SET", "string", "v"], ["SADD", "set", "a", "b"]]);
  await allGive(group, [[["TTL", "string"], -1], [["SCARD", "set"], 2]], "without expiry");
  const atMs = String(Date.now() + 3_600_000);
  await second!.transaction([["PEXPIREAT", "string", atMs], ["PEXPIREAT", "set", atMs]]);
  await allGive(group, [
    [["PEXPIRETIME", "string"], Number(atMs)],
    [["PEXPIRETIME", "set"], Number(atMs)],
  ], "with expiry");
  // Whichever process sweeps them first: they are gone in all when the clock has passed.
  const soonMs = String(Date.now() + 50);
  await first!.transaction([["PEXPIREAT", "string", soonMs], ["PEXPIREAT", "set", soonMs]]);
  while (Date.now() <= Number(soonMs)) await new Promise((resolve) => setTimeout(resolve, 5));
  await allGive(group, [
    [["GET", "string"], null],
    [["EXISTS", "set"], 0],
    [["DBSIZE"], 0],
  ], "expired");
  await first!.call("SET", "string", "again");
  await allGive(group, [[["GET", "string"], "again"], [["TTL", "string"], -1]], "set again");
});

Deno.test("a process sees its own writes between those of others in their order", async () => {
  await using group = await startGroup();
  for (let i = 0; i < ROUNDS; i++) {
    await Promise.all(
      group.members.map((member) => member.call("RPUSH", "log", `${i}:${member.name}`)),
    );
    const logs = await ask(group, ["LRANGE", "log", "0", "-1"]);
    for (const [log] of logs) assert.deepEqual(log, logs[0]![0]);
    const last = (logs[0]![0] as string[]).slice(-4);
    assert.deepEqual(last.sort(), group.members.map(({ name }) => `${i}:${name}`).sort());
  }
});

Deno.test("documents are read as another process left them", async () => {
  await using group = await startGroup();
  const items = Array.from({ length: 1000 }, (_, id) => ({ id, visits: 0 }));
  await group.members[0]!.call("JSON.SET", "large", "$", JSON.stringify(items));
  await group.members[1]!.call("JSON.SET", "small", "$", '{"visits":0}');
  for (let i = 1; i <= ROUNDS; i++) {
    const writer = group.members[i % 4]!;
    await writer.transaction([
      ["JSON.NUMINCRBY", "large", "$[500].visits", "1"],
      ["JSON.ARRAPPEND", "large", "$", `{"id":${999 + i}}`],
      ["JSON.NUMINCRBY", "small", "$.visits", "1"],
    ]);
    await allGive(group, [
      [["JSON.GET", "large", "$[500].visits"], `[${i}]`],
      [["JSON.GET", "large", "$[-1].id"], `[${999 + i}]`],
      [["JSON.ARRLEN", "large", "$"], [1000 + i]],
      [["JSON.GET", "small"], `{"visits":${i}}`],
    ], `write ${i} by ${writer.name}`);
  }
  await group.members[2]!.call("DEL", "large");
  await allGive(group, [[["JSON.GET", "large"], null]], "deleted");
});
