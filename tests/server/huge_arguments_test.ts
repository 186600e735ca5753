/**
 * Huge arguments where a text, a name or a number is meant: each gets a reply or an error, and the server goes on.
 * With a heap of 64 MB whatever holds a character of JavaScript for each byte more than a few times ends it.
 *
 * `deno task soak:huge` runs every command with 512 MB in every position.
 */

import { strict as assert } from "node:assert";
import { startRedlite, type TestServer } from "../harness/servers.ts";
import type { RespClient } from "../harness/resp_client.ts";
import { fill, type HugeCommand, hugeCommands, runHuge, shown } from "./huge_arguments.ts";

const MB = 1024 * 1024;
const SMALL_HEAP = ["-A", "--v8-flags=--max-old-space-size=64"];

/** Commands with `@` in place of the huge argument. */
const LINES = [
  "SET k @",
  "INCRBYFLOAT k 1",
  "INCR k",
  "SETRANGE k 3 x",
  "GETBIT k @",
  "SET @ v",
  "@",
  "COMMAND GETKEYS @",
  "INCRBYFLOAT s @",
  "HINCRBYFLOAT h f @",
  "HSET h @ 1",
  "HINCRBYFLOAT h @ 1",
  "ZADD z @ member",
  "ZADD z 1 @",
  "ZRANGEBYLEX z [@ +",
  "ARSET a @ 1",
  "ARSET a 0 @",
  "AROP a 0 1 SUM",
  "ARGREP a 0 1 RE @",
  "SADD t @",
  "RPUSH l @",
  "LPOS l @",
  "SORT l BY @",
  "SORT l ALPHA",
  "SUBSCRIBE @",
  "PSUBSCRIBE @",
  "SSUBSCRIBE @",
  "PUBLISH @ message",
  "PUBLISH channel @",
  "PUBSUB NUMSUB @",
  "WATCH @",
  "BLPOP @ 0.01",
  "KEYS @",
  "SCAN 0 MATCH @",
  "SCAN @",
  "SELECT @",
  "AUTH default @",
  "AUTH @ password",
  "CLIENT SETNAME @",
  "CLIENT TRACKING ON BCAST PREFIX @",
  "CLIENT KILL ADDR @",
  "CONFIG SET requirepass @",
  "CONFIG GET @",
  "ACL SETUSER @ on",
  "ACL SETUSER user >@",
  "ACL DRYRUN default GET @",
  "SQL @",
  "SQL SELECT ? @",
  "PFADD hll @",
  "RESTORE r 0 @",
  "EXPIRE s @",
  "HISTORY GET @",
  "ECHO @",
  "XADD x * field @",
  "XADD x @ field value",
  "XGROUP CREATE x @ 0",
  "XGROUP CREATECONSUMER x @ consumer",
  "XREADGROUP GROUP @ consumer STREAMS x >",
  "XREAD BLOCK 1 STREAMS @ $",
  "XGROUP CREATE @ group 0",
  "LATENCY HISTORY @",
];

function commandOf(line: string): HugeCommand {
  const sql = line.startsWith("SQL ");
  const words = sql && line !== "SQL @" ? ["SQL", "SELECT ?", "@"] : line.split(" ");
  const at = words.findIndex((word) => word.includes("@"));
  return { args: words, at: at < 0 ? words.length : at };
}

/** Whoever is told of other clients' keys, values and commands, or waits for them. */
async function crowd(server: TestServer): Promise<RespClient[]> {
  const lines = [
    ["MONITOR"],
    ["CLIENT", "TRACKING", "ON", "BCAST"],
    ["WATCH", "other"],
    ["PSUBSCRIBE", "__key*__:*"],
  ];
  return await Promise.all(lines.map(async (line) => {
    const client = await server.connect({ resp: 3 });
    await client.send(...line);
    return client;
  }));
}

Deno.test("arguments of 16 MB where names, numbers and texts are meant do not end a server with a heap of 64 MB", async () => {
  await using server = await startRedlite({
    appendfsync: "no",
    permissions: SMALL_HEAP,
    args: ["--storage", "memory", "--notify-keyspace-events", "KEA"],
  });
  await using client = await server.connect();
  const others = await crowd(server);
  await client.send("HISTORY", "ENABLE", "GLOBAL");
  for (const line of fill) await client.send(...line);
  const content = new Uint8Array(16 * MB).fill(0x31);
  for (const line of LINES) {
    const command = commandOf(line);
    if (command.at < command.args.length) {
      const reply = await runHuge(server, command, content, 60_000);
      assert.match(reply, /^[+\-:$*>%_,(#=~]|^closed$/, shown(command));
    } else {
      await client.send(...command.args);
    }
    assert.deepEqual(await client.send("PING"), { type: "simple", value: "PONG" }, shown(command));
  }
  for (const other of others) await other[Symbol.asyncDispose]();
});

const soakMb = Number(Deno.env.get("REDLITE_TEST_HUGE_MB") ?? 0);

Deno.test({
  name: `every command with ${soakMb || 512} MB in every position` +
    (soakMb > 0 ? "" : " (skipped: only as `deno task soak:huge`: it takes an hour)"),
  ignore: soakMb === 0,
  async fn() {
    await using server = await startRedlite({
      appendfsync: "no",
      args: ["--storage", "memory", "--client-output-buffer-limit", "normal", "2gb", "0", "0"],
    });
    const content = new Uint8Array(soakMb * MB).fill(0x31);
    const bound = 8 * content.length + 1024 * MB;
    for (const command of hugeCommands({ options: true })) {
      {
        await using client = await server.connect();
        await client.send("FLUSHALL");
        for (const line of fill) await client.send(...line);
      }
      const began = performance.now();
      const reply = await runHuge(server, command, content, 600_000);
      await using client = await server.connect({ timeoutMs: 600_000 });
      await client.send("PING");
      const resident = await residentBytes(server);
      const seconds = (performance.now() - began) / 1000;
      if (seconds > 10) console.log(`${shown(command)}: ${seconds.toFixed(1)} s, ${reply}`);
      assert.ok(resident < bound, `${shown(command)}: ${Math.round(resident / MB)} MB`);
    }
  },
});

async function residentBytes(server: TestServer): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}
