/**
 * Four processes work on one file at the same time: no update is lost, and what holds in one process holds in all.
 *
 * `REDLITE_TEST_SECONDS` makes each load last longer.
 */

import { strict as assert } from "node:assert";
import { faultsOf } from "../faults/file_check.ts";
import { type Group, startGroup } from "./group.ts";
import { ACCOUNTS_SUM, LISTS_SUM, QUEUE } from "./programs.ts";

const SECONDS = Number(Deno.env.get("REDLITE_TEST_SECONDS") ?? 2);

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** What every process says to a read must be the same. */
async function allSay(group: Group, words: readonly [string, ...string[]], value: unknown) {
  for (const member of group.members) {
    assert.deepEqual(await member.call(...words), value, `${words.join(" ")} in ${member.name}`);
  }
}

/** Checks the file while the processes have it open. */
function assertSound(group: Group): void {
  assert.deepEqual(faultsOf(group.path), []);
}

Deno.test("increments of four processes sum up", async () => {
  await using group = await startGroup();
  const counts = await group.runAll(SECONDS, () => "increments") as number[];
  assert.ok(counts.every((count) => count > 0), `increments: ${counts}`);
  const total = sum(counts);
  await allSay(group, ["GET", "counter"], String(total));
  await allSay(group, ["HGET", "hash", "field"], String(2 * total));
  await allSay(group, ["ZCOUNT", "zset", String(3 * total), String(3 * total)], 1);
  assertSound(group);
});

Deno.test("WATCH and EXEC of servers and transactions of programs lose no update", async () => {
  await using group = await startGroup();
  const counts = await group.runAll(SECONDS, () => "updates") as number[];
  assert.ok(counts.every((count) => count > 0), `updates: ${counts}`);
  await allSay(group, ["GET", "watched"], String(sum(counts)));
  assertSound(group);
});

Deno.test("transfers of four processes keep the sums, at every moment", async () => {
  await using group = await startGroup();
  const elements = Array.from({ length: LISTS_SUM }, (_, i) => `element:${i}`);
  await group.members[2]!.transaction([
    ["MSET", "account:a", String(ACCOUNTS_SUM), "account:b", "0"],
    ["RPUSH", "list:a", ...elements],
  ]);
  const counts = await group.runAll(SECONDS, () => "transfers") as number[];
  assert.ok(counts.every((count) => count > 0), `transfers: ${counts}`);
  // Every element is still there, and none twice.
  const [a, b] = await group.members[0]!.transaction([
    ["LRANGE", "list:a", "0", "-1"],
    ["LRANGE", "list:b", "0", "-1"],
  ]) as string[][];
  assert.deepEqual([...a!, ...b!].sort(), elements.sort());
  assertSound(group);
});

Deno.test("every element pushed is popped once, by whichever process waits for it", async () => {
  await using group = await startGroup();
  // A server and a program push, the others wait: each pusher's end is one waiter's end too.
  const results = await group.runAll(
    SECONDS,
    (process) => process % 2 === 0 ? "pushes" : "pops",
  );
  const pushed = [0, 2].map((process) => results[process] as number);
  const popped = [1, 3].map((process) => results[process] as string[]);
  assert.ok(pushed.every((count) => count > 0), `pushed: ${pushed}`);
  assert.ok(popped.every((elements) => elements.length > 0), "one process popped everything");
  const wanted = [0, 2].flatMap((process) =>
    Array.from({ length: results[process] as number }, (_, i) => `${process}:${i}`)
  );
  const left = await group.members[0]!.call("LRANGE", QUEUE, "0", "-1") as string[];
  assert.deepEqual([...popped.flat(), ...left].sort(), wanted.sort());
  // Who pops gets the elements of each pusher in the order they were pushed.
  for (const elements of popped) {
    for (const process of [0, 2]) {
      const numbers = elements.map((element) => element.split(":").map(Number))
        .filter(([from]) => from === process).map(([, number]) => number);
      assert.deepEqual(numbers, numbers.toSorted((x, y) => x! - y!));
    }
  }
  assertSound(group);
});

Deno.test("large collections that four processes add to hold every element", async () => {
  await using group = await startGroup();
  const counts = await group.runAll(SECONDS, () => "growth") as number[];
  assert.ok(counts.every((count) => count > 0), `added: ${counts}`);
  for (const command of ["ZCARD zset", "HLEN hash", "SCARD set", "LLEN list"]) {
    const [name, key] = command.split(" ");
    await allSay(group, [name!, key!], sum(counts));
  }
  const members = counts.flatMap((count, process) =>
    Array.from({ length: count }, (_, i) => `${process}:${i}`)
  ).sort();
  const all = await group.members[1]!.call("LRANGE", "list", "0", "-1") as string[];
  assert.deepEqual(all.sort(), members);
  const ranked = await group.members[3]!.call("ZRANGE", "zset", "0", "-1") as string[];
  assert.deepEqual(ranked.sort(), members);
  assertSound(group);
});
