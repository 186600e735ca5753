/**
 * Scripts and what Redis 8.0.6 answers to them, one after the other on an empty database, with the
 * keys `k1 k2` and the arguments `a1 a2`. Addresses are cut off, as in `table: 0x`.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { named, noRedis, standIn } from "../harness/lacking.ts";
import { format, latin1, type RespClient } from "../harness/resp_client.ts";
import { startRedis, startRedlite } from "../harness/servers.ts";
import scripts from "./scripts.json" with { type: "json" };

const withoutAddresses = (text: string) => text.replace(/0x[0-9a-f]+/g, "0x");

/** Runs a script, and reads as many bytes as its reply should have. */
async function bytesOf(client: RespClient, script: string, size: number): Promise<string> {
  const words = ["EVAL", script, "2", "k1", "k2", "a1", "a2"];
  const command = words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
  await client.raw(new TextEncoder().encode(`*${words.length}\r\n${command}*1\r\n$4\r\nPING\r\n`));
  let text = "";
  while (!withoutAddresses(text).endsWith("+PONG\r\n") || withoutAddresses(text).length < size) {
    text += latin1(await client.readRaw(1));
  }
  return withoutAddresses(text).slice(0, -"+PONG\r\n".length);
}

Deno.test({
  ...named("scripts are answered as by Redis 8, byte for byte", standIn()),
  async fn() {
    await using server = await startRedlite();
    await using client = await server.connect();
    for (const { script, reply } of scripts) {
      assert.equal(await bytesOf(client, script, reply.length), reply, script);
    }
  },
});

Deno.test({
  ...named("scripts are answered as by Redis 7, in RESP3", noRedis(7)),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect({ resp: 3 });
    await using theirs = await redis.connect({ resp: 3 });
    for (const { script } of scripts.filter(({ redis7 }) => redis7)) {
      const command = ["EVAL", script, "2", "k1", "k2", "a1", "a2"];
      const wanted = format(await theirs.send(...command));
      assert.equal(
        withoutAddresses(format(await ours.send(...command))),
        withoutAddresses(wanted),
        script,
      );
    }
  },
});
