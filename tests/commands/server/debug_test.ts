import { strict as assert } from "node:assert";
import { join } from "node:path";
import geo from "../../../ext/geo.ts";
import vec from "../../../ext/vec.ts";
import { ManualClock } from "../../../src/engine/clock.ts";
import { Store } from "../../../src/store/store.ts";
import type { Context } from "../../../src/commands/table/command.ts";
import type { Host } from "../../../src/commands/table/host.ts";
import type { Client } from "../../../src/commands/table/client.ts";
import { debugCommand } from "../../../src/commands/server/debug.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { RespWriter } from "../../../src/resp/writer.ts";
import { ConfigurationValues } from "../../../src/clients/configuration/configuration.ts";
import { named, standIn } from "../../harness/lacking.ts";
import { format, latin1 } from "../../harness/resp_client.ts";
import { SEED } from "../../harness/seed.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../../store/open.ts";
import { contentOf } from "../effects/content.ts";
import { Dice } from "../effects/dice.ts";
import { GENERATORS } from "../effects/generators.ts";
import { TestStore } from "../effects/stores.ts";
import { items, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const LINES = [
  "debug error FOO",
  "debug error a b",
  "debug error ERR_x",
  "debug log",
  "debug structsize",
  "debug htstats 99",
  "debug htstats x",
  "debug htstats-key nokey",
  "debug change-repl-id",
  "debug reload foo",
  "debug reload nosave foo",
  "debug set-active-expire 1",
  "debug set-active-expire x",
  "debug set-active-expire 1",
  "debug sleep 0",
  "debug sleep x",
  "debug sleep",
  "debug sdslen nokey",
  "debug listpack nokey",
  "debug object nokey",
  "debug quicklist-packed-threshold 100b",
  "debug quicklist-packed-threshold 1zz",
  "debug replybuffer resizing 0",
  "debug replybuffer foo 1",
  "debug replybuffer peak-reset-time never",
  "debug replybuffer peak-reset-time x",
  "debug set-disable-deny-scripts 1",
  "debug pause-cron 0",
  "debug client-eviction",
  "debug populate 3 pp 20",
  "get pp:0",
  "get pp:2",
  "debug populate 3 pq 3",
  "get pq:0",
  "debug populate 1",
  "get key:0",
  "debug populate x",
  "debug populate 1 a -1",
  "dbsize",
  "debug listpack key:0",
  "debug htstats-key key:0",
  "debug digest-value nokey",
  "debug digest-value",
  "debug stringmatch-len 100 a*a",
  "debug jmap",
  "debug foo",
  "debug protocol",
  "debug protocol foo",
  "debug protocol string",
  "debug protocol integer",
  "debug protocol double",
  "debug protocol bignum",
  "debug protocol null",
  "debug protocol array",
  "debug protocol set",
  "debug protocol map",
  "debug protocol verbatim",
  "debug protocol true",
  "debug protocol false",
  "debug",
  "set i 12",
  "debug sdslen i",
];

testSameAsRedis("DEBUG answers as Redis's", LINES);

Deno.test("DEBUG HTSTATS says nothing of an empty database but titles, as Redis 8", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  assert.equal(
    text(await client.send("DEBUG", "HTSTATS", "0")),
    "[Dictionary HT]\n[Expires HT]\n",
  );
});

/** What DEBUG answers a client of this address, without a server. */
function debug(words: string[], client: Partial<Client>, allowed: string): string {
  const args = new Arguments();
  args.fill(["DEBUG", ...words]);
  const reply = new RespWriter();
  const host: Partial<Host> = {
    config: new ConfigurationValues({ "enable-debug-command": allowed }),
  };
  const context: Partial<Context> = { args, reply, host: host as Host, client: client as Client };
  try {
    debugCommand.handler?.(context as Context);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return latin1(reply.bytes.subarray(0, reply.end));
}

Deno.test("DEBUG is for local clients unless the configuration says otherwise", () => {
  const far = { unixSocket: false, address: "192.0.2.1:5000" };
  const near = { unixSocket: false, address: "127.0.0.1:5000" };
  const refused = /^ERR DEBUG command not allowed\./;
  assert.match(debug(["STRINGMATCH-TEST"], far, "local"), refused);
  assert.match(debug(["STRINGMATCH-TEST"], near, "local"), /^\+Apparently/);
  assert.match(debug(["STRINGMATCH-TEST"], { ...near, address: "[::1]:1" }, "local"), /^\+/);
  assert.match(debug(["STRINGMATCH-TEST"], { unixSocket: true, address: "/s:0" }, "local"), /^\+/);
  assert.match(debug(["STRINGMATCH-TEST"], far, "yes"), /^\+/);
  assert.match(debug(["STRINGMATCH-TEST"], near, "no"), refused);
});

Deno.test("DEBUG OBJECT tells encoding and length of a value", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.pipeline([["SET", "i", "12"], ["SET", "s", "hello"], ["SET", "l", "v".repeat(100)]]);
  const about = async (key: string) => {
    const reply = await client.send("DEBUG", "OBJECT", key);
    assert.equal(reply.type, "simple");
    return text(reply);
  };
  const shape =
    /^Value at:0x[0-9a-f]+ refcount:\d+ encoding:(\w+) serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+$/;
  assert.equal(shape.exec(await about("i"))?.[1], "int");
  assert.equal(shape.exec(await about("s"))?.[1], "embstr");
  assert.equal(shape.exec(await about("l"))?.[1], "raw");
  assert.match(await about("s"), /serializedlength:6 /);
});

Deno.test("DEBUG SLEEP makes everybody wait", async () => {
  await using redlite = await startRedlite();
  await using sleeper = await redlite.connect();
  await using other = await redlite.connect();
  await other.send("PING");
  const start = performance.now();
  const slept = sleeper.send("DEBUG", "SLEEP", "0.3");
  while (format(await other.send("PING")) === "+PONG" && performance.now() - start < 200);
  assert.equal(format(await slept), "+OK");
  assert.ok(performance.now() - start >= 300);
});

Deno.test("DEBUG SET-ACTIVE-EXPIRE 0 leaves expired keys to those who come upon them", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const expired = async () =>
    /expired_keys:(\d+)/.exec(text(await client.send("INFO", "stats")))?.[1];
  await client.send("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.send("SET", "k", "v", "PX", "1");
  await client.send("DEBUG", "SLEEP", "0.25");
  assert.equal(await expired(), "0");
  assert.equal(format(await client.send("EXISTS", "k")), ":0");
  while (await expired() === "0");
});

Deno.test("DEBUG DIGEST depends on what is stored, not on how it came there", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const digest = async () => text(await client.send("DEBUG", "DIGEST"));
  assert.equal(await digest(), "0".repeat(40));
  await client.pipeline([["SET", "a", "12"], ["SET", "b", "v".repeat(5000)]]);
  const first = await digest();
  assert.match(first, /^[0-9a-f]{40}$/);
  await client.pipeline([["FLUSHALL"], ["SET", "b", ""], ["APPEND", "b", "v".repeat(5000)], [
    "SET",
    "a",
    "11",
  ], ["INCR", "a"]]);
  assert.equal(await digest(), first);
  await client.send("SET", "a", "13");
  assert.notEqual(await digest(), first);
});

Deno.test("DEBUG DIGEST-VALUE does not depend on the key's name", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.pipeline([["SET", "a", "v"], ["SET", "b", "v"], ["SET", "c", "w"]]);
  const digests = items(await client.send("DEBUG", "DIGEST-VALUE", "a", "b", "c")).map(text);
  assert.equal(digests[0], digests[1]);
  assert.notEqual(digests[0], digests[2]);
});

Deno.test("DEBUG PROTOCOL attrib and push have more than one part in RESP3", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  const raw = async (type: string, wanted: string) => {
    await client.raw(new TextEncoder().encode(`DEBUG PROTOCOL ${type}\r\n`));
    assert.equal(latin1(await client.readRaw(wanted.length)), wanted);
  };
  await raw(
    "attrib",
    "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n" +
      "$39\r\nSome real reply following the attribute\r\n",
  );
  await raw(
    "push",
    ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n" +
      "$40\r\nSome real reply following the push reply\r\n",
  );
});

Deno.test("DEBUG PROTOCOL attrib is the plain reply in RESP2, and push an error", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  assert.equal(
    format(await client.send("DEBUG", "PROTOCOL", "attrib")),
    '"Some real reply following the attribute"',
  );
  assert.equal(
    format(await client.send("DEBUG", "PROTOCOL", "push")),
    "-ERR RESP2 is not supported by this command",
  );
});

Deno.test("DEBUG RELOAD and LOADAOF read everything from the file, which has it", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "test.db");
  const clock = new ManualClock();
  const store = new Store(DRIVERS[0]!, path, { clock, extensions: [geo(), vec()] });
  using original = new TestStore(clock, store);
  await original.core.prepareScripts();
  const dice = new Dice(SEED);
  const names = Object.keys(GENERATORS).filter((name) => !/^(flush|sql|vacuum)/.test(name));
  for (const subcommand of ["RELOAD", "LOADAOF"]) {
    for (let i = 0; i < 400; i++) {
      const name = dice.one(names);
      const words = GENERATORS[name]?.(dice, original) ?? [];
      original.ask(
        ...name.split("|"),
        ...words.map((word) => typeof word === "number" ? `${word}` : word),
      );
    }
    const before = contentOf(original);
    assert.equal(original.run(["DEBUG", subcommand]), "OK");
    assert.deepEqual(contentOf(original), before, subcommand);
  }
});

Deno.test({
  ...named("DEBUG refuses to bring the server down", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    for (const name of ["SEGFAULT", "PANIC", "RESTART", "CRASH-AND-RECOVER", "OOM", "ASSERT"]) {
      assert.equal(
        format(await client.send("DEBUG", name)),
        `-ERR DEBUG ${name} is refused: it would bring the server down`,
      );
    }
    assert.equal(format(await client.send("PING")), "+PONG");
  },
});

Deno.test({
  ...named("DEBUG LOG writes its message quoted, in one line", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.send("DEBUG", "LOG", "hello\nredlite: forged");
    await redlite.stop();
    assert.ok(redlite.log.includes('redlite: DEBUG LOG: "hello\\nredlite: forged"\n'));
  },
});

Deno.test("DEBUG HELP has a line and a text for each subcommand", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const lines = items(await client.send("DEBUG", "HELP")).map(text);
  assert.equal(lines[0], "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  assert.ok(lines.includes("SLEEP <seconds>"));
  assert.deepEqual(lines.slice(-2)[0], "HELP");
});
