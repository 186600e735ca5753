/**
 * Clients that wait in XREAD and XREADGROUP. What each of a script's clients gets is told here as Redis 8
 * tells it; other servers play the same scripts, but for those they answer by other rules.
 */

import { strict as assert } from "node:assert";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";

/** A client, its command line, and the reply; a line of a client that waits has it later. */
type Line = readonly [client: string, line: string, reply: string];

interface Script {
  readonly name: string;
  readonly lines: readonly Line[];
  /** Redis before 8 replies something else. */
  readonly since8?: true;
}

const GROUP: Line = ["w", "XGROUP CREATE s g $ MKSTREAM", "+OK"];
const READ_GROUP = "XREADGROUP GROUP g a BLOCK 0 STREAMS s >";
const GONE = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";
const ADD: Line = ["w", "XADD s 1-1 a b", '"1-1"'];
const ADD_AGAIN: Line = ["w", "XADD s 1-2 a b", '"1-2"'];
const FIRST = '["1-1", ["a", "b"]]', SECOND = '["1-2", ["a", "b"]]';
const MULTI: Line = ["w", "MULTI", "+OK"];
const queued = (line: string): Line => ["w", line, "+QUEUED"];

const SCRIPTS: readonly Script[] = [
  {
    name: "everybody who waits in XREAD gets an entry",
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s $", `[["s", [${FIRST}]]]`],
      ["b", "XREAD BLOCK 0 STREAMS s 0", `[["s", [${FIRST}]]]`],
      ADD,
    ],
  },
  {
    name: "$ is the last id of when the waiting began",
    lines: [ADD, ["a", "XREAD BLOCK 0 STREAMS s $", `[["s", [${SECOND}]]]`], ADD_AGAIN],
  },
  {
    name: "XREAD gets all that a transaction added",
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s $", `[["s", [${FIRST}, ${SECOND}]]]`],
      MULTI,
      queued("XADD s 1-1 a b"),
      queued("XADD s 1-2 a b"),
      ["w", "EXEC", '["1-1", "1-2"]'],
    ],
  },
  {
    name: "+ is the last entry of when the waiting ends",
    since8: true,
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s +", `[["s", [${SECOND}]]]`],
      MULTI,
      queued("XADD s 1-1 a b"),
      queued("XADD s 1-2 a b"),
      ["w", "EXEC", '["1-1", "1-2"]'],
    ],
  },
  {
    name: "XREAD waits on while its key holds something else",
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s $", `[["s", [${FIRST}]]]`],
      ["w", "SET s x", "+OK"],
      ["w", "DEL s", ":1"],
      ADD,
    ],
  },
  {
    name: "XREAD waits on if what was added is gone again",
    since8: true,
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s $", `[["s", [${SECOND}]]]`],
      MULTI,
      queued("XADD s 1-1 a b"),
      queued("XDEL s 1-1"),
      ["w", "EXEC", '["1-1", :1]'],
      ADD_AGAIN,
    ],
  },
  {
    name: "XREAD gets what a renamed key holds",
    lines: [
      ["a", "XREAD BLOCK 0 STREAMS s 0", `[["s", [${FIRST}]]]`],
      ["w", "XADD t 1-1 a b", '"1-1"'],
      ["w", "RENAME t s", "+OK"],
    ],
  },
  {
    name: "consumers of a group are served in the order they came",
    lines: [
      GROUP,
      ["a", READ_GROUP, `[["s", [${FIRST}]]]`],
      ["b", "XREADGROUP GROUP g b BLOCK 0 STREAMS s >", `[["s", [${SECOND}]]]`],
      ADD,
      ADD_AGAIN,
    ],
  },
  {
    name: "the first consumer gets what a transaction added, and the next what it left",
    lines: [
      GROUP,
      ["a", "XREADGROUP GROUP g a COUNT 1 BLOCK 0 STREAMS s >", `[["s", [${FIRST}]]]`],
      ["b", "XREADGROUP GROUP g b BLOCK 0 STREAMS s >", `[["s", [${SECOND}]]]`],
      MULTI,
      queued("XADD s 1-1 a b"),
      queued("XADD s 1-2 a b"),
      ["w", "EXEC", '["1-1", "1-2"]'],
    ],
  },
  {
    name: "a consumer is told that its group is destroyed",
    since8: true,
    lines: [GROUP, ["a", READ_GROUP, GONE], ["w", "XGROUP DESTROY s g", ":1"]],
  },
  {
    name: "a consumer is told that its stream is deleted",
    since8: true,
    lines: [GROUP, ["a", READ_GROUP, GONE], ["w", "DEL s", ":1"]],
  },
  {
    name: "a consumer is told that one of its streams is deleted",
    since8: true,
    lines: [
      GROUP,
      ["w", "XGROUP CREATE t g $ MKSTREAM", "+OK"],
      ["a", "XREADGROUP GROUP g a BLOCK 0 STREAMS t s > >", GONE],
      ["w", "DEL s", ":1"],
    ],
  },
  {
    name: "a consumer is told that its stream has another name",
    since8: true,
    lines: [GROUP, ["a", READ_GROUP, GONE], ["w", "RENAME s t", "+OK"]],
  },
  {
    name: "a consumer is told that its key holds something else",
    since8: true,
    lines: [
      GROUP,
      ["a", READ_GROUP, "-WRONGTYPE Operation against a key holding the wrong kind of value"],
      ["w", "SET s x", "+OK"],
    ],
  },
  {
    name: "a consumer is told that its database is flushed",
    since8: true,
    lines: [GROUP, ["a", READ_GROUP, GONE], ["w", "FLUSHDB", "+OK"]],
  },
  {
    name: "a consumer is told that its database is another",
    since8: true,
    lines: [GROUP, ["a", READ_GROUP, GONE], ["w", "SWAPDB 0 1", "+OK"]],
  },
  {
    name: "a consumer gets what comes in place of its stream",
    lines: [
      GROUP,
      ["w", "XADD t 1-1 a b", '"1-1"'],
      ["w", "XGROUP CREATE t g 0", "+OK"],
      ["a", READ_GROUP, `[["s", [${FIRST}]]]`],
      ["w", "RENAME t s", "+OK"],
    ],
  },
  {
    name: "a group that begins anew wakes nobody until something is added",
    lines: [
      ADD,
      ["w", "XGROUP CREATE s g $", "+OK"],
      ["a", READ_GROUP, `[["s", [${FIRST}, ${SECOND}]]]`],
      ["w", "XGROUP SETID s g 0", "+OK"],
      ADD_AGAIN,
    ],
  },
  {
    name: "nobody waits in a transaction",
    lines: [
      GROUP,
      MULTI,
      queued("XREAD BLOCK 0 STREAMS s $"),
      queued(READ_GROUP),
      ["w", "EXEC", "[*-1, *-1]"],
    ],
  },
  {
    name: "nobody waits for what is pending",
    lines: [GROUP, ["a", "XREADGROUP GROUP g a BLOCK 0 STREAMS s 0", '[["s", []]]']],
  },
  {
    name: "who waited in vain gets nothing",
    lines: [
      GROUP,
      ["a", "XREAD BLOCK 1 STREAMS s $", "*-1"],
      ["b", "XREADGROUP GROUP g a BLOCK 1 STREAMS s >", "*-1"],
    ],
  },
];

/** Whether a client waits for what a later line brings. */
const waits = ([client, line]: Line) =>
  client !== "w" && line.includes("BLOCK 0") && !/^XREADGROUP.* 0$/.test(line);

async function blockedClients(client: RespClient): Promise<number> {
  const info = await client.send("INFO", "clients");
  assert(info.type === "bulk" || info.type === "verbatim");
  return Number(/blocked_clients:(\d+)/.exec(new TextDecoder().decode(info.value))?.[1]);
}

/** Plays a script on a server and compares what each client gets. */
async function play(server: TestServer, { lines }: Script): Promise<void> {
  await using writer = await server.connect();
  await using a = await server.connect();
  await using b = await server.connect();
  await using observer = await server.connect();
  await writer.send("FLUSHALL");
  const clients: Record<string, RespClient> = { w: writer, a, b };
  const later: { words: string; wanted: string; answer: Promise<Reply> }[] = [];
  let blocked = 0;
  for (const line of lines) {
    const [name, words, wanted] = line;
    const answer = clients[name]?.send(...words.split(" "));
    assert(answer !== undefined);
    if (!waits(line)) {
      assert.equal(format(await answer), wanted, words);
      continue;
    }
    later.push({ words, wanted, answer });
    blocked++;
    while (await blockedClients(observer) < blocked);
  }
  for (const { words, wanted, answer } of later) assert.equal(format(await answer), wanted, words);
}

Deno.test("clients that wait for entries get what Redis 8 gives them", async (t) => {
  await using redlite = await startRedlite();
  for (const script of SCRIPTS) {
    await t.step(script.name, async () => await play(redlite, script));
  }
});

/** Registers that another server plays the scripts, but for those that it answers by other rules. */
function testPlayed(
  by: string,
  lacking: string | undefined,
  start: () => Promise<TestServer>,
  otherwise: (script: Script) => string | undefined,
): void {
  Deno.test({
    ...named(`clients that wait for entries get the same from ${by}`, lacking),
    async fn(t) {
      await using server = await start();
      for (const script of SCRIPTS) {
        await t.step({
          ...named(script.name, otherwise(script)),
          fn: async () => await play(server, script),
        });
      }
    },
  });
}

testPlayed(
  "the redis-server on the PATH",
  noRedis(),
  startRedis,
  ({ since8 }) => since8 ? noRedis(8) : undefined,
);
testPlayed("Redis 8", noOracle("redis-8"), () => startOracle("redis-8"), () => undefined);
testPlayed("Valkey 9", noOracle("valkey-9"), () => startOracle("valkey-9"), () => undefined);

Deno.test("a waiting consumer claims an entry once it is idle long enough", async () => {
  await using server = await startRedlite();
  await using writer = await server.connect();
  await using waiting = await server.connect();
  await writer.pipeline([
    ["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"],
    ["XADD", "s", "1-1", "a", "b"],
    ["XREADGROUP", "GROUP", "g", "other", "STREAMS", "s", ">"],
  ]);
  const words = "XREADGROUP GROUP g me BLOCK 0 CLAIM 30 STREAMS s >".split(" ");
  const reply = format(await waiting.send(...words));
  assert.match(reply, /^\[\["s", \[\["1-1", \["a", "b"\], :\d+, :1\]\]\]\]$/);
  assert.equal(
    format(await writer.send("XPENDING", "s", "g")),
    '[:1, "1-1", "1-1", [["me", "1"]]]',
  );
});

Deno.test("a waiting consumer gets what another process on the file adds", async () => {
  await using server = await startRedlite();
  await using other = await startRedlite({ directory: server.directory });
  await using waiting = await server.connect();
  await using writer = await other.connect();
  await writer.send("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM");
  const [read, delivered] = [
    waiting.send("XREADGROUP", "GROUP", "g", "a", "BLOCK", "0", "STREAMS", "s", ">"),
    writer.send("XADD", "s", "1-1", "a", "b"),
  ];
  assert.equal(format(await delivered), '"1-1"');
  assert.equal(format(await read), `[["s", [${FIRST}]]]`);
  assert.equal(format(await writer.send("XPENDING", "s", "g")), '[:1, "1-1", "1-1", [["a", "1"]]]');
});
