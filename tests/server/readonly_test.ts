/** `--readonly`: what a process answers that may only read, while another one writes. */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";
import { run } from "./run.ts";

const REFUSED = "-READONLY You can't write against a read only replica.";

/** Starts a second server on another's file, for reading only. */
function startReader(writer: TestServer, ...args: string[]): Promise<TestServer> {
  return startRedlite({ directory: writer.directory, args: ["--readonly", ...args] });
}

Deno.test("a reader sees what another process writes, as it writes it", async () => {
  await using writing = await startRedlite();
  await using writer = await writing.connect();
  await writer.send("SET", "k", "0");
  await using reading = await startReader(writing);
  await using reader = await reading.connect();
  for (let i = 1; i <= 20; i++) {
    await writer.send("INCR", "k");
    await writer.send("RPUSH", "l", String(i));
    assert.equal(format(await reader.send("GET", "k")), `"${i}"`);
    assert.equal(format(await reader.send("LINDEX", "l", "-1")), `"${i}"`);
    assert.equal(format(await reader.send("DBSIZE")), ":2");
  }
});

Deno.test("a reader refuses every write, in Redis's words, and goes on", async () => {
  await using writing = await startRedlite();
  await using writer = await writing.connect();
  await writer.send("SET", "k", "v");
  await using reading = await startReader(writing);
  await using reader = await reading.connect();
  for (
    const line of [
      "SET k w",
      "DEL k",
      "LPUSH l a",
      "EXPIRE k 10",
      "FLUSHALL",
      "BLPOP l 1",
      "GETDEL k",
      "CONFIG REWRITE",
      "ACL SAVE",
      "DEBUG POPULATE 3",
      "VACUUM",
      "AUTOVACUUM ON",
    ]
  ) {
    assert.equal(format(await reader.send(...line.split(" "))), REFUSED, line);
  }
  const replies = await reader.pipeline([["MULTI"], ["SET", "k", "w"], ["EXEC"], ["GET", "k"]]);
  assert.deepEqual(replies.map(format), [
    "+OK",
    REFUSED,
    "-EXECABORT Transaction discarded because of previous errors.",
    '"v"',
  ]);
  assert.equal(format(await writer.send("GET", "k")), '"v"');
  assert.doesNotMatch(reading.log, / warning /);
});

Deno.test("a reader leaves expired keys and checkpoints to the writer, and shows none of them", async () => {
  await using writing = await startRedlite();
  await using writer = await writing.connect();
  await writer.send("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await using reading = await startReader(
    writing,
    "--maxmemory",
    "1",
    "--maxmemory-policy",
    "allkeys-lru",
  );
  await using reader = await reading.connect();
  await writer.send("SET", "brief", "v", "PXAT", "1");
  await writer.send("SET", "k", "v", "PX", "1");
  while (format(await writer.send("EXISTS", "k")) === ":1");
  assert.equal(format(await reader.send("EXISTS", "k", "brief")), ":0");
  assert.equal(format(await reader.send("DBSIZE")), ":0");
  for (const command of ["SAVE", "BGREWRITEAOF"]) {
    assert.match(format(await reader.send(command)), /^\+/);
  }
  assert.doesNotMatch(reading.log, / warning /);
});

Deno.test("a reader makes backups and checks, and queries", async () => {
  await using writing = await startRedlite();
  await using writer = await writing.connect();
  await writer.send("SET", "k", "v");
  await using reading = await startReader(writing);
  await using reader = await reading.connect({ resp: 3 });
  assert.match(format(await reader.send("BACKUP", "copy.db")), /^%\{"path"/);
  assert.equal(format(await reader.send("INTEGRITY")), "+OK");
  assert.match(format(await reader.send("SQL", "SELECT key FROM redlite_keys")), /\[\["k"\]\]/);
});

Deno.test("a reader reads a file that nobody else has open", async () => {
  await using writing = await startRedlite();
  {
    await using writer = await writing.connect();
    await writer.send("SET", "k", "v");
  }
  await writing.stop();
  const before = await Deno.readFile(writing.databaseFile ?? "");
  {
    await using reading = await startReader(writing);
    await using reader = await reading.connect();
    assert.equal(format(await reader.send("GET", "k")), '"v"');
    assert.equal((await reading.stop()).code, 0);
  }
  assert.deepEqual(await Deno.readFile(writing.databaseFile ?? ""), before);
});

Deno.test("without a file there is nothing to read", async () => {
  const directory = await Deno.makeTempDir();
  for (
    const [args, message] of [
      [["--db", `${directory}/none.db`], /^redlite: cannot open the database file \S+none\.db; /],
      [["--db", ":memory:"], /^redlite: --readonly needs a database file\n$/],
      [["--storage", "memory"], /^redlite: --readonly needs a database file\n$/],
    ] as const
  ) {
    const { code, stderr } = await run([...args, "--addr", "127.0.0.1:0", "--readonly"]);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  assert.deepEqual([...Deno.readDirSync(directory)], []);
  await Deno.remove(directory);
});

Deno.test("a file of an older format, or of another application, is not read", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const directory = await Deno.makeTempDir();
  const path = `${directory}/app.db`;
  const file = new DatabaseSync(path);
  file.exec("CREATE TABLE t(a)");
  const start = () => run(["--db", path, "--addr", "127.0.0.1:0", "--readonly"]);
  assert.match((await start()).stderr, /is no database of Redlite/);
  file.exec(`PRAGMA application_id = ${0x52444c54}; PRAGMA user_version = 2`);
  assert.match((await start()).stderr, /has format 2, .* open it once for writing/);
  file.exec("PRAGMA user_version = 999");
  assert.match((await start()).stderr, /has format 999, .*use a newer Redlite/);
  file.close();
  await Deno.remove(directory, { recursive: true });
});
