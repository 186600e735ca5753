/** Starting: wrong flags, files, ports and permissions are one clear line and a code that is not 0. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import type { RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { run } from "./run.ts";

/** What a start must refuse: its flags, and what the one line says. */
const REFUSED: [name: string, args: string[], message: RegExp][] = [
  ["an unknown flag", ["--nope"], /there is no flag --nope/],
  ["a configuration file that is not there", ["nope"], /can't open config file '.*nope': No such/],
  ["a database in the place of a configuration file", ["app.db"], /No such .*--db app.db$/m],
  ["a word that is no flag", ["--port", "0", "-x"], /"-x" is too much/],
  ["a flag without its value", ["--timeout"], /--timeout takes a value: SECONDS/],
  ["a value too many", ["--timeout", "1", "2"], /--timeout takes one value, so "2" is too much/],
  ["a switch with a value", ["--adopt", "yes"], /--adopt takes no value/],
  ["a port that is none", ["--port", "70000"], /--port is a number from 0 to 65535/],
  ["a level that is none", ["--appendfsync", "often"], /--appendfsync cannot be "often": .*always/],
  ["a size that is none", ["--maxmemory", "much"], /--maxmemory cannot be "much": .*memory value/],
  ["a size by a short name", ["--cache", "big"], /--cache cannot be "big": .*an integer/],
  ["a place in the background", ["--daemonize", "yes"], /stays in the foreground; let systemd/],
  ["a master without a port", ["--replicaof", "a"], /--replicaof cannot be .*number of arguments/],
  ["a mode that is none", ["--unixsocketperm", "888"], /--unixsocketperm cannot be "888"/],
  ["an address without a port", ["--addr", "localhost"], /--addr is HOST:PORT/],
  ["no place to listen on", ["--port", "0"], /there must be a --unixsocket/],
  ["an open address without a password", ["--addr", "0.0.0.0:0"], /set a --password/],
  ["an open host without a password", ["--bind", "127.0.0.1", "*"], /set a --password/],
  ["a library that is not there", ["--sqlite-lib", "/nowhere.so"], /no usable SQLite library/],
];

for (const [name, args, message] of REFUSED) {
  Deno.test(`a start with ${name} is refused in one line`, async () => {
    const { code, stdout, stderr } = await run([...args, "--storage", "memory"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("a database that is given as a configuration file is named as what it is", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app`;
  using database = new DatabaseSync(path);
  database.exec("CREATE TABLE notes(text)");
  const { code, stderr } = await run([path, "--addr", ":0"]);
  assert.equal(code, 1);
  assert.equal(
    stderr.trim(),
    `redlite: ${path} is a database, not a configuration file: give it as --db ${path}`,
  );
});

Deno.test("--version and --help, or -v and -h, print and end with code 0", async () => {
  for (const flag of ["--version", "-v"]) {
    const version = await run([flag]);
    assert.deepEqual([version.code, version.stdout.slice(0, 8)], [0, "redlite "]);
  }
  for (const flags of [["--help"], ["-h"], ["--db", "app.db", "-h"]]) {
    const help = await run(flags);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--appendfsync/);
  }
});

Deno.test("a file that is no database, or another application's, is refused and left as it is", async () => {
  await using directory = await temporaryDirectory();
  const text = `${directory.path}/notes.txt`;
  await Deno.writeTextFile(
    text,
    "these are notes, and long enough to be mistaken for a header\n".repeat(9),
  );
  const notes = await run(["--db", text, "--addr", ":0"]);
  assert.equal(notes.code, 1);
  assert.match(notes.stderr, /not an SQLite database/);
  const snapshot = `${directory.path}/dump.rdb`;
  await Deno.writeTextFile(snapshot, `REDIS0011${"\0".repeat(2000)}`);
  const rdb = await run(["--dir", directory.path, "--dbfilename", "dump.rdb", "--addr", ":0"]);
  assert.equal(rdb.code, 1);
  assert.match(rdb.stderr, /is a snapshot of redis-server; name another with --db or dbfilename/);
  assert.equal((await Deno.readTextFile(snapshot)).slice(0, 9), "REDIS0011");
  const foreign = `${directory.path}/app.db`;
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE mine(a); INSERT INTO mine VALUES (1)");
  database.close();
  const before = await Deno.readFile(foreign);
  const refused = await run(["--db", foreign, "--addr", ":0"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /another application/);
  assert.deepEqual(await Deno.readFile(foreign), before);
});

Deno.test("a port that is taken is named", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stderr } = await run(["--storage", "memory", "--port", String(port)]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is taken`));
});

Deno.test("a missing permission is one line that names the flag", async () => {
  await using directory = await temporaryDirectory();
  const args = ["--db", `${directory.path}/a.db`, "--addr", "127.0.0.1:0"];
  const net = await run(args, ["--no-prompt"]);
  assert.equal(net.code, 1);
  assert.match(net.stderr, /needs --allow-net=127\.0\.0\.1:0/);
  const file = await run(args, ["--no-prompt", "--allow-net"]);
  assert.equal(file.code, 1);
  assert.match(file.stderr, /needs --allow-read=\S+ --allow-write=\S+/);
});

Deno.test("settings kept by CONFIG REWRITE hold for the next start, and flags win over them", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await client.send("CONFIG", "SET", "timeout", "77", "appendfsync", "everysec");
    await client.send("CONFIG", "REWRITE");
  }
  await using server = await startRedlite({
    directory: directory.path,
    appendfsync: "no",
  });
  await using client = await server.connect();
  assert.equal(await parameter(client, "timeout"), "77");
  assert.equal(await parameter(client, "appendfsync"), "no");
});

/** What CONFIG GET says of one parameter. */
async function parameter(client: RespClient, name: string): Promise<string | undefined> {
  const reply = await client.send("CONFIG", "GET", name);
  const value = reply.type === "array" ? reply.items[1] : undefined;
  return value?.type === "bulk" ? new TextDecoder().decode(value.value) : undefined;
}

Deno.test("every parameter of CONFIG is a flag and an environment variable, and flags win", async () => {
  await using server = await startRedlite({
    args: [
      ...[
        "--maxmemory",
        "1gb",
        "--max-disk",
        "8gb",
        "--slowlog-log-slower-than",
        "-1",
        "--hash-max-ziplist-value=9",
      ],
      ...["--save", "900", "1", "--save", "300", "10", "--tcp-backlog", "77", "--daemonize", "no"],
      ...["--client-output-buffer-limit", "normal", "1mb", "512kb", "60"],
      ...["--notify-keyspace-events", "KEA", "--requirepass", "secret", "--timeout", "5"],
    ],
    env: { REDLITE_TIMEOUT: "9", REDLITE_TCP_KEEPALIVE: "60", REDLITE_PASSWORD: "other" },
    password: undefined,
  });
  await using client = await server.connect({ password: "secret" });
  const expected = {
    maxmemory: "1073741824",
    maxdisk: "8589934592",
    "slowlog-log-slower-than": "-1",
    "hash-max-listpack-value": "9",
    save: "900 1 300 10",
    "tcp-backlog": "77",
    "tcp-keepalive": "60",
    "client-output-buffer-limit":
      "normal 1048576 524288 60 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    "notify-keyspace-events": "AKE",
    requirepass: "secret",
    timeout: "5",
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(await parameter(client, name), value, name);
  }
});

Deno.test("several hosts share a port, and one that is not this machine's may be optional", async () => {
  await using server = await startRedlite({
    args: ["--bind", "127.0.0.1", "-192.0.2.77", "--password", "secret"],
    password: "secret",
  });
  await using client = await server.connect();
  assert.equal(await parameter(client, "bind"), "127.0.0.1 -192.0.2.77");
  const { code, stderr } = await run(["--bind", "192.0.2.77", "--password", "x", "--addr", ":0"]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot listen on 192\.0\.2\.77:0/);
});

Deno.test("flags may be spelt as the Redlite in Rust has them", async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/other.db`;
  await using server = await startRedlite({
    args: [
      ...["-d", file, "-a", "127.0.0.1:0"],
      ...["--max-memory", "1048576", "--eviction-policy", "allkeys-lru"],
    ],
  });
  await using client = await server.connect();
  assert.equal(await parameter(client, "dbfilename"), "other.db");
  assert.equal(await parameter(client, "maxmemory"), "1048576");
  assert.equal(await parameter(client, "maxmemory-policy"), "allkeys-lru");
});
