import { strict as assert } from "node:assert";
import { PARAMETERS } from "../../../src/clients/configuration/parameters.ts";
import { named, standIn } from "../../harness/lacking.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { format } from "../../harness/resp_client.ts";
import { fields, text } from "../../commands/oracle_commands.ts";
import { testReplies } from "../../commands/replies.ts";
import { testSameAsRedis } from "../../commands/same_as_redis.ts";
import { REDIS_8_PARAMETERS } from "./redis8_parameters.ts";

/** Parameters of another value than Redis's, and why. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  appendfsync: "a write is answered when it is on the disk",
  appendonly: "every write goes to the file",
  bind: "nobody else is let in unless told",
  dbfilename: "the database file",
  dir: "where it is",
  "enable-debug-command": "it can do no harm to the process",
  port: "the harness takes any that is free",
  "replica-lazy-flush": "deleting is always in the background",
  "slave-lazy-flush": "the same",
  save: "there are no save points",
  "tls-auth-clients": "the runtime cannot ask for certificates",
};

/** Parameters that Redis 8.0.6 does not have, and why they are here. */
const OURS: Readonly<Record<string, string>> = {
  "array-slice-size": "of Redis 8.8",
  "array-sparse-kmax": "of Redis 8.8",
  "array-sparse-kmin": "of Redis 8.8",
  "backup-sealed-ttl": "of newer Redis",
  backupdirname: "of newer Redis",
  "bf-error-rate": "of a module of Redis 8",
  "bf-expansion-factor": "of a module of Redis 8",
  "bf-initial-size": "of a module of Redis 8",
  "cf-bucket-size": "of a module of Redis 8",
  "cf-expansion-factor": "of a module of Redis 8",
  "cf-initial-size": "of a module of Redis 8",
  "cf-max-expansions": "of a module of Redis 8",
  "cf-max-iterations": "of a module of Redis 8",
  "ts-chunk-size-bytes": "of a module of Redis 8",
  "ts-compaction-policy": "of a module of Redis 8",
  "ts-duplicate-policy": "of a module of Redis 8",
  "ts-encoding": "of a module of Redis 8",
  "ts-ignore-max-time-diff": "of a module of Redis 8",
  "ts-ignore-max-val-diff": "of a module of Redis 8",
  "ts-retention-policy": "of a module of Redis 8",
  cache: "Redlite's own",
  "cache-mb": "Redlite's own",
  checkpoints: "Redlite's own",
  extensions: "what the server was started with",
  "vec.memory": "an extension's that comes with it",
  http: "Redlite's own",
  "log-format": "Redlite's own",
  maxdisk: "Redlite's own",
  "slowlog-max-argc": "of newer Redis",
  "sql-max-rows": "Redlite's own",
  "sql-timeout-ms": "Redlite's own",
  "sqlite-driver": "Redlite's own",
  "sqlite-lib": "Redlite's own",
  "stream-idmp-duration": "of newer Redis",
  "stream-idmp-maxsize": "of newer Redis",
  "write-behind": "Redlite's own",
};

Deno.test({
  ...named(
    "CONFIG GET * tells the names and values of Redis 8, but for those left out by name",
    standIn(),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect({ resp: 3 });
    const ours = fields(await client.send("CONFIG", "GET", "*"));
    for (const [name, value] of REDIS_8_PARAMETERS) {
      const told = ours.get(name);
      assert.ok(told !== undefined, `${name} is missing`);
      if (OTHER_VALUES[name] !== undefined) assert.notEqual(text(told), value, name);
      else assert.equal(text(told), value, name);
    }
    const added = [...ours.keys()].filter((name) => !REDIS_8_PARAMETERS.has(name)).sort();
    assert.deepEqual(added, Object.keys(OURS).sort());
  },
});

Deno.test("the start takes every value that a parameter has by itself", () => {
  for (const { name, type, initial } of PARAMETERS) {
    if (name === "latency-tracking-info-percentiles") continue;
    assert.equal(type(initial, initial), initial, name);
  }
});

const values: Readonly<Record<string, readonly string[]>> = {
  "active-defrag-cycle-max": ["0", "99", "100", "x", "25"],
  "active-defrag-ignore-bytes": ["0", "1k", "x", "100mb"],
  "active-defrag-threshold-lower": ["1001", "5", "10"],
  activedefrag: ["yes", "maybe", "no"],
  "aof-load-truncated": ["x", "NO", "yes"],
  "appenddirname": ["x"],
  appendfilename: ["x", "a/b"],
  "bind-source-addr": ["10.0.0.1", "''"],
  "cluster-announce-hostname": ["a_b", "a!b", "a-b.c", "x".repeat(256), "''"],
  "cluster-announce-port": ["65536", "7", "0"],
  "cluster-config-file": ["x"],
  "cluster-node-timeout": ["-1", "5", "15000"],
  "cluster-preferred-endpoint-type": ["x", "HOSTNAME", "ip"],
  "cluster-slave-no-failover": ["yes", "no"],
  "crash-log-enabled": ["no", "yes"],
  "disable-thp": ["no"],
  dir: ["/tmp"],
  dbfilename: ["x", "a/b"],
  "enable-protected-configs": ["yes"],
  masterauth: ["secret", "''"],
  masteruser: ["someone", "''"],
  "oom-score-adj": ["x", "relative", "absolute", "no"],
  "oom-score-adj-values": [
    "1_2_3",
    "-2000_0_2000",
    "0_200_2001",
    "x_1_2",
    "0_200",
    "0__200_800",
    "1_2_3_4",
    "800_200_0",
    "0_200_800",
  ],
  "proc-title-template": [
    "{foo}",
    "{title",
    "x{title}y",
    "{port}_{unixsocket}_{tls-port}_{config-file}",
    "''",
    "a}b",
    "{{title}}",
    "{title}_{listen-addr}_{server-mode}",
  ],
  "repl-diskless-load": ["x", "swapdb", "disabled"],
  "set-proc-title": ["no"],
  "shutdown-on-sigint": ["save_nosave", "now_force_nosave", "default_now", "''", "save_save"],
  "shutdown-on-sigterm": ["x", "now_save", "SAVE__NOW", "nosave_force", "FORCE", "default"],
  "slave-announce-port": ["70000", "7", "0"],
  "syslog-ident": ["x"],
  "tls-session-cache-size": ["-1", "7", "20480"],
  port: ["abc", "70000", "-1"],
  "tls-port": ["abc", "70000"],
};

testSameAsRedis(
  "parameters take and refuse what Redis's do",
  Object.entries(values).flatMap(([name, values]) =>
    values.flatMap((value) => [
      `config set ${name} ${value}`,
      ...name === "dir" || name === "dbfilename" || name.endsWith("port")
        ? []
        : [`config get ${name}`],
    ])
  ),
);

const failed = (name: string, reason: string) =>
  `-ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;

testReplies("parameters that came with Redis 7.2 and 8 take what they do there", [
  [
    "config set hide-user-data-from-log x",
    failed("hide-user-data-from-log", "argument must be 'yes' or 'no'"),
  ],
  ["config set hide-user-data-from-log yes", "+OK"],
  ["config set locale-collate nowhere", failed("locale-collate", "Invalid locale name")],
  ["config set locale-collate C", "+OK"],
  [
    "config set max-new-connections-per-cycle 0",
    failed("max-new-connections-per-cycle", "argument must be between 1 and 1000 inclusive"),
  ],
]);

Deno.test({
  ...named("protected parameters can be set where enable-protected-configs says so", standIn()),
  async fn() {
    await using redlite = await startRedlite({ args: ["--enable-protected-configs", "local"] });
    await using client = await redlite.connect();
    const set = async (...words: string[]) => format(await client.send("CONFIG", "SET", ...words));
    const inUse = "the database file is in use: start with another --db";
    assert.equal(await set("dir", redlite.directory), "+OK");
    assert.equal(await set("dir", "/"), failed("dir", inUse));
    assert.equal(await set("dir", "/no/such"), failed("dir", "No such file or directory"));
    assert.equal(await set("dbfilename", "redlite.db"), "+OK");
    assert.equal(await set("dbfilename", "other.db"), failed("dbfilename", inUse));
    assert.equal(
      await set("dbfilename", "a/b"),
      failed("dbfilename", "dbfilename can't be a path, just a filename"),
    );
    assert.equal(
      format(await client.send("CONFIG", "GET", "dbfilename")),
      '["dbfilename", "redlite.db"]',
    );
  },
});

Deno.test({
  ...named("--dir and --dbfilename name the database file", standIn()),
  async fn() {
    await using temporary = await temporaryDirectory();
    const directory = await Deno.realPath(temporary.path);
    await Deno.mkdir(`${directory}/in`);
    const args = ["--addr", "127.0.0.1:0", "--dir", `${directory}/in`, "--dbfilename", "dump.db"];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "server.ts", ...args, "--shutdown-on-sigterm", "nosave"],
      cwd: new URL("../../../", import.meta.url),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let out = "";
    while (!out.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) break;
      out += value;
    }
    assert.match(out, /ready on .*\/in\/dump\.db/);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    await reader.cancel();
    assert.ok((await Deno.stat(`${directory}/in/dump.db`)).isFile);
  },
});
