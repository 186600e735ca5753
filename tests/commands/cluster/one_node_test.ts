import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { testReplies } from "../replies.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import {
  freePort,
  startRedis,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";

const ENABLED = ["--cluster-enabled", "yes"];

/** Starts a redis-server that is a cluster of one node, with all slots. */
async function startCluster(): Promise<TestServer> {
  const place = ["--cluster-announce-ip", "127.0.0.1", "--cluster-port", String(freePort())];
  const server = await startRedis({ args: [...ENABLED, ...place] });
  await using client = await server.connect();
  await client.send("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  while (!format(await client.send("CLUSTER", "INFO")).includes("cluster_state:ok")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return server;
}

const words = (line: string) => line.split(" ").map((word) => word.replaceAll("_", " "));

const idOf = async (client: RespClient): Promise<string> =>
  JSON.parse(format(await client.send("CLUSTER", "MYID")));

/** What a node says, without what is its own. */
async function said(
  client: RespClient,
  line: string,
  port: number,
  id: string,
): Promise<string> {
  const answer = format(await client.send(...words(line.replaceAll("ME", id))));
  return answer.replaceAll(id, "ME").replaceAll(String(port), "PORT").replace(/@\d+/, "@BUS")
    // What Redis has sent to replicas counts SELECTs that it sends again.
    .replace(/("replication-offset",? ?)\d+/, "$1N");
}

const SCRIPT = "#!lua\\n";

const LINES = [
  ...["cluster info", "cluster nodes", "cluster slots", "cluster shards", "cluster links"],
  ...[
    "cluster keyslot a",
    "cluster keyslot {}a",
    "cluster keyslot {a}b",
    "cluster keyslot x{a}{b}",
  ],
  ...["cluster keyslot {", "cluster keyslot a{b", "cluster countkeysinslot 15495", "readonly"],
  ...["cluster getkeysinslot 15495 10", "cluster getkeysinslot 15495 0", "readwrite", "asking"],
  ...["cluster getkeysinslot 15495 -1", "cluster getkeysinslot 99999 1", "cluster keyslot"],
  ...["cluster countkeysinslot -1", "cluster countkeysinslot x", "cluster replicas ME"],
  ...["cluster replicas x", "cluster slaves ME", "cluster forget ME", "cluster forget x"],
  ...["cluster replicate ME", "cluster replicate x", "cluster count-failure-reports ME"],
  ...["cluster count-failure-reports x", "cluster setslot 5 importing ME"],
  ...["cluster setslot 5 importing x", "cluster setslot 5 migrating x", "cluster setslot 5 foo"],
  ...["cluster setslot 5 stable", "cluster setslot 99999 stable", "cluster setslot 5 node x"],
  ...["cluster addslots 99", "cluster addslots x", "cluster addslots 99 99999"],
  ...["cluster addslotsrange 1 2", "cluster addslotsrange 1 2 3", "cluster addslotsrange 2 1"],
  ...["cluster failover", "cluster failover force", "cluster failover foo"],
  ...["cluster saveconfig", "cluster set-config-epoch -1", "cluster set-config-epoch x"],
  ...["set a 1", "cluster reset", "cluster reset foo", "select 0", "select 1", "select -1"],
  ...["select x", "swapdb 0 0", "swapdb 0 1", "move a 0", "move a 1"],
  ...["copy a {a}b db 0", "copy a b", "mset a 1 b 2", "mset {x}a 1 {x}b 2"],
  ...[
    "mget a b",
    "mget a",
    "watch a b",
    "rename a b",
    "unlink a b",
    "bitop and a b c",
    "info cluster",
  ],
  "ssubscribe a b",
  ...["spublish a b", "publish a b", "multi", "set a 1", "set b 1", "exec", "exec", "multi"],
  ...[
    "mget a b",
    "exec",
    "multi",
    "get a",
    "get {a}b",
    "ping",
    "exec",
    "multi",
    "select 1",
    "exec",
  ],
  ...["eval return_1 2 a b", "eval return_redis.send('get','x') 1 a", "object encoding a"],
  ...["eval redis.send('get','x')_return_redis.send('get','a') 0"],
  ...["dbsize", "randomkey x"],
  ...["zunionstore a 2 b c", "xread streams a b 0 0", "blpop a b 0.01"],
  "eval return_redis.pcall('select',1).err 0",
];

Deno.test({
  ...named("a cluster of one node answers as Redis's does", noRedis()),
  async fn() {
    await using redis = await startCluster();
    await using redlite = await startRedlite({ args: ENABLED });
    for (const resp of [2, 3] as const) {
      await using ours = await redlite.connect({ resp });
      await using theirs = await redis.connect({ resp });
      const ourId = await idOf(ours), theirId = await idOf(theirs);
      for (const line of LINES) {
        const wanted = await said(theirs, line, redis.port, theirId);
        assert.equal(await said(ours, line, redlite.port, ourId), wanted, `${line} in RESP${resp}`);
      }
      await ours.send("FLUSHALL");
      await theirs.send("FLUSHALL");
    }
  },
});

/** Scripts, and what of a script's error is not where it was raised. */
const SCRIPTS = [
  `${SCRIPT}return redis.send('get', 'x')`,
  `${SCRIPT}redis.send('get', 'x') return redis.send('get', '{x}y')`,
  `${SCRIPT}return redis.pcall('get', 'x').err`,
  "#!lua flags=allow-cross-slot-keys\\nredis.send('get', 'x') return redis.send('get', 'a')",
  "#!lua flags=no-cluster\\nreturn 1",
];

Deno.test({
  ...named("scripts reach for keys of one slot, as they say", noRedis()),
  async fn() {
    await using redis = await startCluster();
    await using redlite = await startRedlite({ args: ENABLED });
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const short = (reply: string) => reply.replace(/ script: .*/, "");
    for (const script of SCRIPTS) {
      for (const rest of [["0"], ["1", "x"], ["1", "a"], ["1", "{x}b"]]) {
        const line = ["EVAL", script.replaceAll("\\n", "\n"), ...rest];
        const wanted = short(format(await theirs.send(...line)));
        assert.equal(short(format(await ours.send(...line))), wanted, line.join(" "));
      }
    }
  },
});

Deno.test({
  ...named("any key is in the slot that Redis has it in", noRedis()),
  async fn() {
    await using redis = await startCluster();
    await using redlite = await startRedlite({ args: ENABLED });
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const part = fc.oneof(fc.constantFrom("{", "}", "a"), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const key = parts.join("");
        const slot = format(await theirs.send("CLUSTER", "KEYSLOT", key));
        assert.equal(format(await ours.send("CLUSTER", "KEYSLOT", key)), slot);
      }),
      { numRuns: 300 },
    );
  },
});

const denied = (option: string) =>
  `-ERR ${option} option of SORT denied in Cluster mode when keys formed by the pattern may be in ` +
  "different slots.";

testReplies(
  "what Redis 8 says to keys of several slots, and to other databases",
  [
    ["config get databases", '["databases", "1"]'],
    ["sort a by x*", denied("BY")],
    ["sort {a}l by {b}w_*", denied("BY")],
    ["sort {a}l by {*}a", denied("BY")],
    ["sort {a}l get {b}*->f", denied("GET")],
    ["sort {a}l get a", denied("GET")],
    ["rpush {a}l 2 1", ":2"],
    ["mset {a}w_1 a {a}w_2 b", "+OK"],
    ["sort {a}l by {a}w_* get # get {a}w_* alpha", '["1", "a", "2", "b"]'],
    ["sort {a}l by nosort get #", '["2", "1"]'],
    ["copy a {a}b db 1", "-ERR DB index is out of range"],
    [
      "eval return_redis.pcall('mget','x','a').err 0",
      `"ERR Command 'mget' in script attempted to access keys that don't hash to the same slot"`,
    ],
  ],
  2,
  ENABLED,
);

Deno.test("the node's id is the same at the next start, and its slots cannot be taken", async () => {
  await using directory = await temporaryDirectory();
  const options = { args: ENABLED, directory: directory.path };
  const ids: string[] = [];
  for (let start = 0; start < 2; start++) {
    await using server = await startRedlite(options);
    await using client = await server.connect();
    ids.push(format(await client.send("CLUSTER", "MYID")));
    const alone = "-ERR this is a cluster of one node, which keeps all slots";
    for (const line of ["FLUSHSLOTS", "DELSLOTS 1", "DELSLOTSRANGE 1 2", "MEET 127.0.0.1 7000"]) {
      assert.equal(format(await client.send("CLUSTER", ...words(line))), alone, line);
    }
    await client.send("SET", "a", "1");
    const stats = await client.send("CLUSTER", "SLOT-STATS", "ORDERBY", "KEY-COUNT", "LIMIT", "2");
    assert.equal(format(stats), '[[:15495, ["key-count", :1]], [:0, ["key-count", :0]]]');
    assert.match(format(await client.send("INFO", "server")), /redis_mode:cluster/);
  }
  assert.match(ids[0]!, /[0-9a-f]{40}/);
  assert.equal(ids[0], ids[1]);
});
