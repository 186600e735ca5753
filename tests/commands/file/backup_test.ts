import { strict as assert } from "node:assert";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../../harness/servers.ts";

/** Starts a server on a file of this directory, and asks it for a key. */
async function keyIn(directory: string, name: string, key: string): Promise<string> {
  await using other = await temporaryDirectory();
  await Deno.copyFile(`${directory}/${name}`, `${other.path}/redlite.db`);
  await using server = await startRedlite({ directory: other.path });
  await using client = await server.connect();
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
  return format(await client.send("GET", key));
}

/** Waits until no background save runs. */
async function saved(client: RespClient): Promise<string> {
  for (;;) {
    const info = await client.send("INFO", "persistence");
    const text = format(info);
    if (text.includes("rdb_bgsave_in_progress:0")) return text;
  }
}

const names = (server: TestServer) =>
  [...Deno.readDirSync(server.directory)].map(({ name }) => name)
    .filter((name) => !/-(open\.\d+|log2?)$/.test(name)).sort();

Deno.test("BACKUP writes what its pipeline has written, and tells where and how much", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  const [, reply, after] = await client.pipeline([
    ["SET", "k", "before"],
    ["BACKUP", "copy.db"],
    ["SET", "k", "after"],
  ]);
  const { size } = await Deno.stat(`${server.directory}/copy.db`);
  const path = `${await Deno.realPath(server.directory)}/copy.db`;
  assert.equal(
    format(reply!),
    `%{"path": "${path}", "pages": :${size / 2048}, "bytes": :${size}}`,
  );
  assert.equal(format(after!), "+OK");
  assert.equal(await keyIn(server.directory, "copy.db", "k"), '"before"');
});

Deno.test("BACKUP is consistent while clients write, and holds nobody up", async () => {
  await using server = await startRedlite({ appendfsync: "everysec" });
  await using client = await server.connect({ resp: 3 });
  await using writer = await server.connect();
  // A transaction writes both keys: a copy has both numbers alike.
  await writer.pipeline(
    Array.from({ length: 2000 }, (_, i) => ["SET", `fill:${i}`, "x".repeat(1000)]),
  );
  let done = false;
  const backup = client.send("BACKUP", "copy.db").finally(() => done = true);
  let written = 0;
  for (; !done; written++) {
    await writer.pipeline([["MULTI"], ["INCR", "a"], ["INCR", "b"], ["EXEC"]]);
  }
  assert.equal((await backup).type, "map");
  const reply = await client.send(
    "SQL",
    "SELECT count(*) FROM redlite_strings WHERE key IN ('a', 'b')",
  );
  assert.match(format(reply), new RegExp(`\\[:${written === 0 ? 0 : 2}\\]`));
  const a = await keyIn(server.directory, "copy.db", "a");
  assert.equal(await keyIn(server.directory, "copy.db", "b"), a);
});

Deno.test("BACKUP keeps to the database's directory and overwrites only what it is told to", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = async (...words: string[]) => format(await client.send("BACKUP", ...words));
  assert.match(await ask("copy.db"), /^\["path", /);
  assert.equal(await ask("copy.db"), "-ERR the backup file exists; REPLACE overwrites it");
  assert.match(await ask("copy.db", "replace"), /^\["path", /);
  assert.equal(await ask("copy.db", "NX"), "-ERR syntax error");
  for (const path of ["../copy.db", "/tmp/redlite-copy.db", "none/copy.db", "redlite.db", ""]) {
    assert.match(await ask(path), /^-ERR the (directory of the )?backup path /, path);
    assert.match(await ask(path, "REPLACE"), /^-ERR the (directory of the )?backup path /, path);
  }
  assert.deepEqual(names(server), ["copy.db", "redlite.db", "redlite.db-shm", "redlite.db-wal"]);
});

Deno.test("BACKUP HELP tells how to use it, and Redis's subcommands are no names of files", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const help = await client.send("BACKUP", "help");
  assert.ok(help.type === "array");
  assert.match(format(help.items[0]!), /^\+BACKUP path \[REPLACE\]$/);
  assert.equal(format(await client.send("BACKUP", "HELP", "REPLACE")), "-ERR syntax error");
  for (const word of ["START", "status", "LIST", "SEAL", "ABORT", "CLEANUP"]) {
    assert.equal(format(await client.send("BACKUP", word, "REPLACE")), "-ERR syntax error");
  }
  assert.deepEqual(names(server), ["redlite.db", "redlite.db-shm", "redlite.db-wal"]);
  assert.match(format(await client.send("BACKUP", "./HELP")), /^\["path", /);
  assert.ok(names(server).includes("HELP"));
});

Deno.test("BGSAVE writes a backup beside the file, and LASTSAVE and INFO tell of it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const replies = await client.pipeline([
    ["SET", "k", "before"],
    ["BGSAVE"],
    ["BGSAVE"],
    ["BGSAVE", "SCHEDULE"],
    ["INFO", "persistence"],
  ]);
  assert.deepEqual(replies.slice(1, 4).map(format), [
    "+Background saving started",
    "-ERR Background save already in progress",
    "-ERR Background save already in progress",
  ]);
  assert.match(format(replies[4]!), /rdb_bgsave_in_progress:1/);
  const info = await saved(client);
  assert.match(info, /rdb_last_bgsave_status:ok/);
  assert.match(info, /rdb_saves:1/);
  const last = Number(format(await client.send("LASTSAVE")).slice(1));
  assert.match(info, new RegExp(`rdb_last_save_time:${last}`));
  assert.equal(await keyIn(server.directory, "redlite.db.backup", "k"), '"before"');
});

Deno.test("a BGSAVE that fails is told by INFO and the log, and the next may succeed", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await Deno.mkdir(`${server.directory}/redlite.db.backup`);
  assert.equal(format(await client.send("BGSAVE")), "+Background saving started");
  assert.match(await saved(client), /rdb_last_bgsave_status:err/);
  assert.match(server.log, /background save: ERR the backup path is no file/);
  await Deno.remove(`${server.directory}/redlite.db.backup`);
  await client.send("BGSAVE");
  assert.match(await saved(client), /rdb_last_bgsave_status:ok/);
});

Deno.test("what is kept in memory has no directory for a backup, and is checked all the same", async () => {
  await using server = await startRedlite({ args: ["--storage", "memory"] });
  await using client = await server.connect();
  await client.send("RPUSH", "l", "a", "b");
  assert.match(format(await client.send("BACKUP", "copy.db")), /^-ERR .*no directory for a backup/);
  assert.equal(format(await client.send("BGSAVE")), "+Background saving started");
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
  assert.equal(format(await client.send("INTEGRITY", "QUICK")), "+OK");
});

Deno.test("BACKUP and INTEGRITY are refused in MULTI, and to who may not use @admin", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("ACL", "SETUSER", "bob", "on", ">secret", "~*", "+@all", "-@admin");
  for (const command of [["BACKUP", "copy.db"], ["INTEGRITY"]]) {
    await client.send("MULTI");
    assert.equal(
      format(await client.send(...command)),
      "-ERR Command not allowed inside a transaction",
    );
    await client.send("DISCARD");
    await using other = await server.connect();
    await other.send("AUTH", "bob", "secret");
    assert.match(format(await other.send(...command)), /^-NOPERM /);
  }
});

Deno.test("a client may be unblocked while its backup goes on", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using other = await server.connect();
  await client.pipeline(Array.from({ length: 40 }, (_, i) => ["SET", `k${i}`, "x".repeat(1e6)]));
  const id = format(await client.send("CLIENT", "ID")).slice(1);
  const backup = client.send("BACKUP", "copy.db");
  while (format(await other.send("CLIENT", "UNBLOCK", id)) === ":0");
  assert.match(format(await backup), /^-UNBLOCKED |^\["path"/);
  assert.equal(format(await client.send("PING")), "+PONG");
});

Deno.test("INTEGRITY takes what the history keeps for what it is", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const elements = Array.from({ length: 200 }, (_, i) => `e${i}`);
  await client.pipeline([
    ["HISTORY", "ENABLE", "GLOBAL"],
    ["RPUSH", "list", ...elements],
    ["SADD", "set", ...elements],
    ["SET", "string", "x".repeat(400_000)],
    ["DEL", "list", "string"],
    ["SET", "set", "v"],
  ]);
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
  assert.equal(format(await client.send("FLUSHALL")), "+OK");
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
});
