import { strict as assert } from "node:assert";
import { ConfigurationValues } from "../../../src/clients/configuration/configuration.ts";
import { CommandError } from "../../../src/store/values/errors.ts";
import { named, standIn } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { fields, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const LINES = [
  "config get",
  "config set",
  "config set a",
  "config set a b",
  "config set databases 3",
  "config set hz abc",
  "config set hz 1000",
  "config get hz",
  "config set hz 0",
  "config get hz",
  "config set maxmemory 1mb",
  "config get maxmemory",
  "config set maxmemory 1zz",
  "config set maxmemory 1.5gb",
  "config set maxmemory gb",
  "config set maxmemory 1k",
  "config get maxmemory",
  "config set maxmemory 0",
  "config set maxmemory-policy foo",
  "config set appendonly maybe",
  "config set timeout -1",
  "config set timeout 5 timeout 6",
  "config set timeout 5 TIMEOUT 6",
  "config set timeout 5 foo 6",
  "config set timeout 5 databases 6",
  "config set foo 5 databases 6",
  "config set databases 5 foo 6",
  "config get timeout",
  "config set timeout ''",
  "config set timeout _5",
  "config set notify-keyspace-events AKE",
  "config get notify-keyspace-events",
  "config set notify-keyspace-events Kz",
  "config get notify-keyspace-events",
  "config set notify-keyspace-events KEn",
  "config get notify-keyspace-events",
  "config set notify-keyspace-events KExg$lshzetm",
  "config get notify-keyspace-events",
  "config set notify-keyspace-events gx",
  "config get notify-keyspace-events",
  "config set notify-keyspace-events q",
  "config set notify-keyspace-events ''",
  "config get notify-keyspace-events",
  "config set client-output-buffer-limit foo",
  "config set client-output-buffer-limit normal_1mb_2mb_3_pubsub_5_6_7",
  "config get client-output-buffer-limit",
  "config set client-output-buffer-limit master_1_2_3",
  "config set client-output-buffer-limit normal_1_2x_3",
  "config set client-output-buffer-limit normal_1_2_-3",
  "config set client-output-buffer-limit normal_-1_2_3",
  "config set client-output-buffer-limit replica_1_2_3",
  "config set client-output-buffer-limit ''",
  "config get client-output-buffer-limit",
  "config set appendfsync x",
  "config set proto-max-bulk-len 1",
  "config set maxclients 0",
  "config set save foo",
  "config set save 900",
  "config set save 900_1_300_10",
  "config get save",
  "config set save 0_1",
  "config set save ''",
  "config get save",
  "config set slave-read-only no",
  "config get replica-read-only",
  "config set replica-read-only no slave-read-only yes",
  "config set tcp-keepalive 99999999999999999999",
  "config set slowlog-max-len -1",
  "config set slowlog-log-slower-than -2",
  "config set CLUSTER-ENABLED yes",
  "config set hash-max-ziplist-entries 5",
  "config get hash-max-listpack-entries",
  "config get hash-max-ziplist-entries",
  "config set daemonize yes",
  "config set io-threads 4",
  "config set lazyfree-lazy-expire 1",
  "config set list-max-listpack-size -9",
  "config set active-expire-effort 11",
  "config set dir /nonexistent",
  "config set dbfilename a/b",
  "config set supervised x",
  "config set tcp-backlog 4",
  "config set unixsocketperm 4",
  "config set stream-node-max-bytes -1",
  "config set hash-max-listpack-value 5.5",
  "config set client-query-buffer-limit 100",
  "config set repl-timeout 0",
  "config set lua-time-limit -4",
  "config set slave-priority -1",
  "config set maxmemory-policy NoEviction",
  "config set timeout 5 foo",
  "config set timeout 0",
  "config set logfile ''",
  "config set enable-debug-command yes",
  "config get TimeOut timeout",
  "config get nope",
  "config foo",
  "config resetstat",
  "config resetstat x",
  "config get requirepass",
];

testSameAsRedis("CONFIG answers as Redis's", LINES);

Deno.test("CONFIG GET tells a parameter once, whatever patterns match it", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  const reply = await client.send("CONFIG", "GET", "maxmem*", "MAXMEMORY*", "maxmemory", "time?ut");
  assert.ok(reply.type === "map");
  const names = reply.entries.map(([name]) => text(name));
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("maxmemory") && names.includes("maxmemory-policy"));
  assert.ok(names.includes("timeout"));
});

Deno.test("CONFIG GET * tells all parameters, also by their older names", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  const all = fields(await client.send("CONFIG", "GET", "*"));
  for (const name of ["save", "appendonly", "maxmemory", "slave-read-only", "databases", "port"]) {
    assert.ok(all.has(name), name);
  }
  assert.equal(text(all.get("port")), String(redlite.port));
});

Deno.test("CONFIG SET sets all of its parameters or none", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const reply = await client.send("CONFIG", "SET", "timeout", "7", "hz", "20", "maxclients", "x");
  assert.equal(reply.type, "error");
  assert.equal(format(await client.send("CONFIG", "GET", "timeout")), '["timeout", "0"]');
  assert.equal(format(await client.send("CONFIG", "GET", "hz")), '["hz", "10"]');
});

Deno.test({
  ...named("CONFIG SET refuses what Redlite cannot be, and says why", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    assert.equal(format(await client.send("CONFIG", "SET", "appendonly", "YES")), "+OK");
    assert.equal(
      format(await client.send("CONFIG", "SET", "appendonly", "no")),
      "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - " +
        "argument must be 'yes': every write goes to the database file",
    );
  },
});

Deno.test("CONFIG SET requirepass asks new connections for it", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.send("CONFIG", "SET", "requirepass", "secret");
  await using other = await redlite.connect();
  assert.equal(format(await other.send("GET", "k")), "-NOAUTH Authentication required.");
  assert.equal(format(await other.send("AUTH", "secret")), "+OK");
});

Deno.test({
  ...named("CONFIG REWRITE keeps the values for the next start", standIn()),
  async fn() {
    await using directory = await temporaryDirectory();
    {
      await using redlite = await startRedlite({ directory: directory.path });
      await using client = await redlite.connect();
      await client.send("CONFIG", "SET", "timeout", "300", "slowlog-max-len", "5");
      assert.equal(format(await client.send("CONFIG", "REWRITE")), "+OK");
      await client.send("CONFIG", "SET", "slowlog-max-len", "6");
    }
    await using redlite = await startRedlite({ directory: directory.path });
    await using client = await redlite.connect();
    assert.equal(format(await client.send("CONFIG", "GET", "timeout")), '["timeout", "300"]');
    assert.equal(
      format(await client.send("CONFIG", "GET", "slowlog-max-len")),
      '["slowlog-max-len", "5"]',
    );
  },
});

Deno.test("CONFIG RESETSTAT sets the counters to zero", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.pipeline([["GET", "k"], ["GET"], ["CONFIG", "RESETSTAT"]]);
  const reply = await client.send("INFO", "stats", "commandstats", "errorstats");
  const info = text(reply);
  assert.match(info, /keyspace_misses:0\r\n/);
  assert.match(info, /total_error_replies:0\r\n/);
  assert.doesNotMatch(info, /cmdstat_get:|errorstat_ERR:/);
});

Deno.test("the fields follow the parameters", () => {
  const config = new ConfigurationValues({ maxclients: "5" });
  assert.equal(config.maxClients, 5);
  config.set([
    ["maxclients", "6"],
    ["proto-max-bulk-len", "1mb"],
    ["client-output-buffer-limit", "normal 1kb 512 9"],
  ]);
  assert.equal(config.maxClients, 6);
  assert.equal(config.protoMaxBulkLen, 1024 * 1024);
  assert.deepEqual(config.outputBufferLimit, { hard: 1024, soft: 512, seconds: 9 });
  assert.deepEqual(config.pubsubOutputBufferLimit, { hard: 33554432, soft: 8388608, seconds: 60 });
});

Deno.test("maxmemory-samples are 1 to 64, as in Redis 8", () => {
  const config = new ConfigurationValues({});
  for (const value of ["0", "65"]) {
    assert.throws(
      () => config.set([["maxmemory-samples", value]]),
      /argument must be between 1 and 64 inclusive/,
    );
  }
  config.set([["maxmemory-samples", "64"]]);
  assert.equal(config.get("maxmemory-samples"), "64");
});

Deno.test("a value that cannot be put into effect brings all earlier ones back", () => {
  const applied: string[] = [];
  const config = new ConfigurationValues({}, {
    appendfsync: (value) => void applied.push(value),
    loglevel() {
      throw new Error("no log");
    },
  });
  assert.throws(
    () => config.set([["appendfsync", "no"], ["loglevel", "debug"]]),
    (error) =>
      error instanceof CommandError && error.message ===
        "ERR CONFIG SET failed (possibly related to argument 'loglevel') - no log",
  );
  assert.deepEqual(applied, ["no", "always"]);
  assert.equal(config.appendfsync, "always");
  assert.equal(config.get("loglevel"), "notice");
});

Deno.test("what is kept are the changeable values that differ from the defaults", () => {
  let kept: Record<string, string> = {};
  const config = new ConfigurationValues({ databases: "4", timeout: "9" }, {}, (values) => {
    kept = values;
  });
  config.set([["slave-read-only", "no"], ["hz", "10"]]);
  config.rewrite();
  assert.deepEqual(kept, { timeout: "9", "replica-read-only": "no" });
});

Deno.test("an initial value that is none is refused by name, an unknown name is passed over", () => {
  assert.throws(
    () => new ConfigurationValues({ timeout: "soon" }),
    /timeout cannot be "soon": argument couldn't be parsed into an integer/,
  );
  assert.equal(new ConfigurationValues({ "from-the-future": "1" }).maxClients, 10000);
});
