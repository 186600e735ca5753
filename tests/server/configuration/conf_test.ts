/** A redis.conf as the first argument: its syntax, what wins, what has no effect, its errors, and CONFIG REWRITE. */

import { strict as assert } from "node:assert";
import { rewriteConf } from "../../../src/server/configuration/conf_rewrite.ts";
import { parameterNamed } from "../../../src/clients/configuration/configuration.ts";
import { fields, text } from "../../commands/oracle_commands.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import {
  startRedis,
  startRedlite,
  type TemporaryDirectory,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";
import { run } from "../run.ts";

/** Writes a file into a directory. */
async function write(directory: TemporaryDirectory, name: string, text: string): Promise<string> {
  const path = `${directory.path}/${name}`;
  await Deno.writeTextFile(path, text);
  return path;
}

/** What CONFIG GET tells of some parameters. */
async function parameters(server: TestServer, names: readonly string[]) {
  await using client = await server.connect({ resp: 3 });
  const all = fields(await client.send("CONFIG", "GET", "*"));
  return names.map((name) => {
    const value = all.get(name);
    return [name, value && text(value)];
  });
}

const CONF = `# comments, and lines with nothing

  TIMEOUT   17
maxmemory 100mb
maxmemory-policy "allkeys-lru"
save 900 1
save ""
save 300 10 60 5
save "30 7"
latency-tracking-info-percentiles 1 2.5 99
client-output-buffer-limit pubsub 1mb 512kb 60
client-output-buffer-limit normal 10 20 30
notify-keyspace-events 'Ex'
proc-title-template "{title} \\x7bport}\\n"
slave-priority 7
oom-score-adj-values 1 2 3
shutdown-on-sigint nosave force
hash-max-ziplist-entries 99
include %/more-*.conf
slowlog-max-len 5
slowlog-max-len 6
`;
const NAMES = [
  "timeout",
  "maxmemory",
  "maxmemory-policy",
  "save",
  "latency-tracking-info-percentiles",
  "client-output-buffer-limit",
  "notify-keyspace-events",
  "proc-title-template",
  "replica-priority",
  "oom-score-adj-values",
  "shutdown-on-sigint",
  "hash-max-listpack-entries",
  "slowlog-max-len",
  "slowlog-log-slower-than",
  "latency-monitor-threshold",
  "hz",
];

Deno.test({
  ...named("a configuration file says the same here as to redis-server", noRedis()),
  async fn() {
    await using directory = await temporaryDirectory();
    await write(directory, "more-1.conf", "slowlog-log-slower-than 1\nhz 20\n");
    await write(directory, "more-2.conf", "slowlog-log-slower-than 2\n");
    const conf = await write(directory, "redis.conf", CONF.replaceAll("%", directory.path));
    const args = ["--hz", "30", "--latency-monitor-threshold", "9", "--save", "1", "2"];
    args.push("--client-output-buffer-limit", "normal", "0", "0", "0");
    await using redis = await startRedis({ conf, args });
    await using redlite = await startRedlite({ conf, args: ["--save", "", ...args] });
    assert.deepEqual(await parameters(redlite, NAMES), await parameters(redis, NAMES));
  },
});

/** Lines that end the start. */
const WRONG = [
  "maxmemory much",
  '"unbalanced',
  'requirepass "a"b',
  "port 0 1",
  "port 70000",
  "timeout",
  "nope 1",
  "include a b",
  "rename-command NOPE x",
  "rename-command GET SET",
  "rename-command GET",
  "save 1",
  "appendfsync often",
  "client-output-buffer-limit x 1 1 1",
  "hz fast",
];

Deno.test({
  ...named("a wrong line ends the start with the words of redis-server", noRedis()),
  async fn() {
    await using directory = await temporaryDirectory();
    for (const line of WRONG) {
      const conf = await write(
        directory,
        "redis.conf",
        `# first\n\ntimeout 5\n  ${line}  \nhz 7\n`,
      );
      const args = [conf, "--save", ""];
      const theirs = await new Deno.Command("redis-server", { args, stdin: "null" }).output();
      const ours = await run([conf, "--storage", "memory", "--addr", ":0"]);
      assert.equal(ours.code, 1, line);
      assert.equal(ours.stdout, "");
      const expected = new TextDecoder().decode(theirs.stderr).replace(/Redis [\d.]+/, "Redlite X");
      assert.equal(
        ours.stderr.replace(/Redlite [\d.]+/, "Redlite X").replace(` ${conf}, at`, ", at"),
        expected,
        line,
      );
    }
  },
});

Deno.test("a wrong line of an included file is named by that file", async () => {
  await using directory = await temporaryDirectory();
  const more = await write(directory, "more.conf", "\nstorage nowhere\n");
  const conf = await write(directory, "redis.conf", `include ${more}\n`);
  const { code, stderr } = await run([conf]);
  assert.equal(code, 1);
  assert.match(stderr, /configuration file \S+more\.conf, at line 2\n>>> 'storage nowhere'\n/);
  await write(directory, "more.conf", `include ${conf}`);
  assert.match((await run([conf])).stderr, /The files include each other/);
});

Deno.test("what would make it another server is refused, with what to do where there is something", async () => {
  await using directory = await temporaryDirectory();
  const refused = {
    "daemonize yes": /let systemd run it/,
    "replicaof 127.0.0.1": /wrong number of arguments/,
    "replicaof 127.0.0.1 70000": /Invalid master port/,
    "tls-auth-clients yes": /cannot ask clients for certificates/,
    "check app.db": /Bad directive/,
  };
  for (const [line, message] of Object.entries(refused)) {
    const conf = await write(directory, "redis.conf", line);
    const { code, stderr } = await run([conf, "--storage", "memory"]);
    assert.equal(code, 1, line);
    assert.match(stderr, message);
  }
});

Deno.test("a line that has no effect is a line in the log, and so is each value that cannot be", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(
    directory,
    "redis.conf",
    "daemonize no\nappendonly no\nrdbcompression yes\nreplicaof no one\nloadmodule /x.so\ntimeout 3\n",
  );
  await using server = await startRedlite({ conf });
  const told = [...server.log.matchAll(/redis\.conf:(.*)/g)].map(([, note]) => note);
  assert.deepEqual(told, [
    "2: appendonly stays yes: every write goes to the database file",
    "3: rdbcompression has no effect here",
    "5: modules of Redis are not loaded; JSON and search are here, extensions come by --ext",
  ]);
});

Deno.test("names of files begin at dir: the database, the log, the pidfile, the socket", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(
    directory,
    "redis.conf",
    `dir ${directory.path}\ndbfilename data.db\nlogfile log\npidfile pid\nunixsocket socket\nport 0\n` +
      "unixsocketperm 700\n",
  );
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "server.ts", conf],
    cwd: new URL("../../../", import.meta.url),
    stdout: "piped",
    stderr: "inherit",
  });
  const child = command.spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? "", /ready on \S+socket/);
  const entries = [...Deno.readDirSync(directory.path)].map(({ name }) => name);
  for (const name of ["data.db", "log", "pid", "socket"]) {
    assert.ok(entries.includes(name), name);
  }
  assert.equal(await Deno.readTextFile(`${directory.path}/pid`), `${child.pid}\n`);
  child.kill("SIGTERM");
  await child.status;
  await reader.cancel();
  assert.throws(() => Deno.statSync(`${directory.path}/pid`), Deno.errors.NotFound);
});

Deno.test("- reads lines from the standard input, after those of a file", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(directory, "redis.conf", "timeout 5\n");
  for (const args of [["-"], [conf, "--hz", "20", "-"]]) {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "server.ts", ...args],
      cwd: new URL("../../../", import.meta.url),
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("timeout 6\nhz slow\n"));
    await writer.close();
    const { code, stderr } = await child.output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /configuration file on stdin, at line 2\n>>> 'hz slow'\n/,
    );
  }
});

Deno.test("commands get other names, or none, for clients; rules, errors and statistics keep their own", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(
    directory,
    "redis.conf",
    'rename-command GET FETCH\nrename-command flushall ""\nuser bob on nopass +get ~*\n',
  );
  await using server = await startRedlite({ conf, args: ["--rename-command", "CLIENT", "cl"] });
  await using client = await server.connect();
  const replies: [command: string[], reply: RegExp][] = [
    [["SET", "k", "v"], /OK/],
    [["get", "k"], /unknown command 'get', with args beginning with: 'k' /],
    [["fetch", "k"], /"v"/],
    [["FETCH"], /wrong number of arguments for 'get' command/],
    [["FLUSHALL"], /unknown command 'FLUSHALL'/],
    [["CL", "SETNAME", "x"], /OK/],
    [["CL", "NOPE"], /unknown subcommand 'NOPE'. Try CL HELP./],
    [["EVAL", "return redis.call('fetch', 'k')", "0"], /"v"/],
    [["EVAL", "return redis.call('get', 'k')", "0"], /Unknown Redis command called from script/],
    [["COMMAND", "LIST", "FILTERBY", "PATTERN", "f[el][tu]*"], /^\*\[\]$|flushdb/],
    [["ACL", "SETUSER", "eve", "+fetch"], /Unknown command/],
    [["AUTH", "bob", "x"], /OK/],
    [["FETCH", "k"], /"v"/],
  ];
  for (const [command, reply] of replies) {
    assert.match(format(await client.send(...command)), reply, command.join(" "));
  }
});

Deno.test("CONFIG REWRITE changes the lines that no longer hold, and adds what the next start would not know", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(
    directory,
    "redis.conf",
    "# kept\nmaxmemory 1mb\n\n\n\n# and this\nsave 900 1\nsave 300 10\nappendonly no\nTimeout 5\n" +
      "hz 20\nhz 30\ncache 32\nuser bob on nopass +get ~*\nrename-command GET FETCH\n",
  );
  {
    const env = { REDLITE_WRITE_BEHIND: "no" };
    await using server = await startRedlite({ conf, env, args: ["--slowlog-max-len", "9"] });
    await using client = await server.connect();
    const set = ["CONFIG", "SET", "maxmemory", "1048576", "save", "60 1", "timeout", "6"];
    assert.equal(format(await client.send(...set, "requirepass", 'a "b"')), "+OK");
    assert.equal(format(await client.send("ACL", "SETUSER", "bob", "+set")), "+OK");
    assert.equal(format(await client.send("CONFIG", "REWRITE")), "+OK");
    assert.match(format(await client.send("INFO", "server")), new RegExp(`config_file:${conf}`));
  }
  const lines = (await Deno.readTextFile(conf)).split("\n");
  assert.deepEqual(lines.slice(0, 11), [
    "# kept",
    "maxmemory 1mb",
    "",
    "# and this",
    "save 60 1",
    "appendonly no",
    "timeout 6",
    "hz 20",
    "hz 30",
    "cache 32",
    "user bob on nopass sanitize-payload ~* resetchannels -@all +get +set",
  ]);
  assert.deepEqual(lines.slice(11, 16), [
    "rename-command GET FETCH",
    "",
    "# Generated by CONFIG REWRITE",
    'requirepass "a \\"b\\""',
    "slowlog-max-len 9",
  ]);
  await using again = await startRedlite({ conf, password: undefined });
  await using client = await again.connect({ password: 'a "b"' });
  assert.match(format(await client.send("CONFIG", "GET", "save")), /"60 1"/);
  assert.match(format(await client.send("CONFIG", "GET", "cache-mb")), /"32"/);
});

Deno.test({
  ...named("redis-server reads what CONFIG REWRITE has written as Redlite does", noRedis()),
  async fn() {
    await using directory = await temporaryDirectory();
    const conf = await write(directory, "redis.conf", CONF.replace(/include.*\n/, ""));
    {
      await using server = await startRedlite({ conf, env: { REDLITE_WRITE_BEHIND: "no" } });
      await using client = await server.connect();
      const values = {
        "client-output-buffer-limit": "normal 1mb 2 3 replica 5 6 7",
        "shutdown-on-sigterm": "save now",
        "latency-tracking-info-percentiles": "50",
        "proc-title-template": '{title} "quoted\\"',
        save: "",
        "oom-score-adj-values": "4 5 6",
        "notify-keyspace-events": "KEA",
      };
      const set = await client.send("CONFIG", "SET", ...Object.entries(values).flat());
      assert.equal(format(set), "+OK");
      assert.equal(format(await client.send("CONFIG", "REWRITE")), "+OK");
    }
    const own = /^(dbfilename|cache-mb|port|bind).*\n/gm;
    await Deno.writeTextFile(conf, (await Deno.readTextFile(conf)).replace(own, ""));
    // The harness asks redis-server for no save points, as they are here.
    await using redis = await startRedis({ conf });
    await using redlite = await startRedlite({ conf, env: { REDLITE_WRITE_BEHIND: "no" } });
    assert.deepEqual(await parameters(redlite, NAMES), await parameters(redis, NAMES));
  },
});

Deno.test("a line that is none any more becomes a comment when the file is written", () => {
  const old = new TextEncoder().encode('"open\nnope 1\nhz 20\n\n\n');
  const hz = parameterNamed("hz")!;
  assert.equal(
    rewriteConf(old, [{ parameter: hz, value: "10", forced: false }]),
    '# ??? "open\n# ??? nope 1\nhz 10\n',
  );
});

Deno.test("CONFIG REWRITE of a file that cannot be written is Redis's error", async () => {
  await using directory = await temporaryDirectory();
  const conf = await write(directory, "redis.conf", "timeout 5\n");
  await using server = await startRedlite({ conf });
  await using client = await server.connect();
  await Deno.remove(conf);
  await Deno.mkdir(`${conf}/taken`, { recursive: true });
  assert.match(format(await client.send("CONFIG", "REWRITE")), /^-ERR Rewriting config file: /);
});
