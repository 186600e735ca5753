/** Random commands on filters and sketches get the same replies from Redlite and from RedisBloom. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { SEED } from "../../harness/seed.ts";
import { Dice } from "../effects/dice.ts";
import { randomCommand, type Words } from "./generated.ts";

const COMMANDS = Number(Deno.env.get("REDLITE_TEST_COMMANDS") ?? 3000);

/** Digits that say the same: the compiler of RedisBloom may round products and sums at once. */
const EXACT_DIGITS = 14;

/** A reply, with the last digits of doubles left out. */
function shown(reply: Parameters<typeof format>[0]): string {
  return format(reply).replaceAll(
    /-?\d+\.\d{5,}(?:e[+-]?\d+)?/g,
    (digits) => Number(digits).toPrecision(EXACT_DIGITS),
  );
}

async function assertSame(
  clients: readonly [RespClient, RespClient],
  command: Words,
  context: string,
): Promise<void> {
  const [ours, theirs] = await Promise.all(clients.map((client) => client.send(...command)));
  assert.equal(shown(ours!), shown(theirs!), `${context}: ${command.join(" ")}`);
}

const KEYS = [..."bcmtd"].flatMap((prefix) => [1, 2, 3, 4].map((n) => `${prefix}${n}`));

/** A command that tells whether a value that came from elsewhere is as it was there. */
const TELLING: Readonly<Record<string, (key: string) => Words>> = {
  b: (key) => ["BF.DEBUG", key],
  c: (key) => ["CF.DEBUG", key],
  m: (key) => ["CMS.QUERY", key, "item1", "item2", "item3"],
  t: (key) => ["TOPK.LIST", key, "WITHCOUNT"],
  d: (key) => ["TDIGEST.QUANTILE", key, "0", "0.3", "0.5", "1"],
};
/** And one that changes it. */
const CHANGING: Readonly<Record<string, (key: string) => Words>> = {
  b: (key) => ["BF.MADD", key, "other", "item1", "another"],
  c: (key) => ["CF.INSERT", key, "ITEMS", "other", "item1", "another"],
  m: (key) => ["CMS.INCRBY", key, "item1", "3"],
  t: (key) => ["TOPK.ADD", key, "item1"],
  d: (key) => ["TDIGEST.ADD", key, "1", "2", "3"],
};

for (const resp of [2, 3] as const) {
  Deno.test({
    ...named(
      `random commands on filters and sketches are answered as by RedisBloom, in RESP${resp}`,
      noOracle("redis-stack"),
    ),
    async fn() {
      await using redlite = await startRedlite();
      await using stack = await startOracle("redis-stack");
      await using ours = await redlite.connect({ resp });
      await using theirs = await stack.connect({ resp });
      const both = [ours, theirs] as const;
      const dice = new Dice(SEED + resp);
      for (const client of both) await client.send("SET", "text", "no filter");
      for (let i = 0; i < COMMANDS; i++) {
        await assertSame(both, randomCommand(dice), `seed ${SEED}, command ${i}`);
      }
      // What each holds moves to the other.
      for (const key of KEYS) {
        const payloads = await Promise.all(both.map((client) => client.send("DUMP", key)));
        const [own, their] = payloads;
        assert.equal(own?.type, their?.type, key);
        if (own?.type !== "bulk" || their?.type !== "bulk") continue;
        assert.equal(format(await ours.send("RESTORE", `${key}:moved`, "0", their.value)), "+OK");
        assert.equal(format(await theirs.send("RESTORE", `${key}:moved`, "0", own.value)), "+OK");
        for (const change of [TELLING, CHANGING, TELLING]) {
          await assertSame(both, change[key[0]!]!(`${key}:moved`), "moved");
        }
      }
    },
  });
}

/** Copies a filter piece by piece. */
async function pieces(command: string, key: string, from: RespClient, to: RespClient) {
  let iterator = "0";
  for (;;) {
    const reply = await from.send(`${command}.SCANDUMP`, key, iterator);
    assert.ok(reply.type === "array");
    const [next, data] = reply.items;
    assert.ok(next?.type === "integer");
    if (next.value === 0n) return;
    assert.ok(data?.type === "bulk");
    iterator = String(next.value);
    assert.equal(format(await to.send(`${command}.LOADCHUNK`, key, iterator, data.value)), "+OK");
  }
}

Deno.test({
  ...named("filters move to RedisBloom and from it piece by piece", noOracle("redis-stack")),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    await using ours = await redlite.connect();
    await using theirs = await stack.connect();
    const items = Array.from({ length: 3000 }, (_, i) => `item${i}`);
    await ours.send("BF.INSERT", "bf:own", "CAPACITY", "100", "ITEMS", ...items);
    await theirs.send("BF.INSERT", "bf:their", "CAPACITY", "100", "ITEMS", ...items);
    await ours.send("CF.INSERT", "cf:own", "CAPACITY", "500", "ITEMS", ...items);
    await theirs.send("CF.INSERT", "cf:their", "CAPACITY", "500", "ITEMS", ...items);
    for (const [command, key] of [["BF", "bf"], ["CF", "cf"]] as const) {
      await pieces(command, `${key}:own`, ours, theirs);
      await pieces(command, `${key}:their`, theirs, ours);
      for (const name of ["own", "their"]) {
        const both = [ours, theirs] as const;
        await assertSame(both, [`${command}.INFO`, `${key}:${name}`], "moved");
        const asked = items.flatMap((item) => [item, `no ${item}`]);
        await assertSame(both, [`${command}.MEXISTS`, `${key}:${name}`, ...asked], "moved");
      }
    }
  },
});
