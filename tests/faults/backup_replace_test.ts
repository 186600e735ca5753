/** What BACKUP … REPLACE replaces, and what must never go by it. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const ask = async (client: RespClient, path: string) =>
  format(await client.send("BACKUP", path, "REPLACE"));

/** Files in a directory with their bytes, without those of the open database. */
async function contents(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { name, isFile } of Deno.readDirSync(directory)) {
    if (isFile && !name.startsWith("redlite.db")) {
      files.set(name, await Deno.readFile(`${directory}/${name}`));
    }
  }
  return files;
}

Deno.test("REPLACE leaves everything that is no database of Redlite", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const { directory } = server;
  await Deno.writeTextFile(`${directory}/acl.py`, "users = []\n");
  await Deno.writeTextFile(`${directory}/server.key`, `-----BEGIN${"x".repeat(2000)}`);
  await Deno.writeTextFile(`${directory}/empty`, "");
  const foreign = new DatabaseSync(`${directory}/foreign.db`);
  foreign.exec("CREATE TABLE t(a)");
  foreign.close();
  const before = await contents(directory);
  for (const name of before.keys()) {
    assert.match(await ask(client, name), /^-ERR .* is no database of Redlite/, name);
  }
  assert.deepEqual(await contents(directory), before);
});

Deno.test("REPLACE leaves a database whose WAL a crash has left", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const { directory } = server;
  await using crashed = await temporaryDirectory();
  {
    const args = ["--write-behind", "no"];
    await using other = await startRedlite({ directory: crashed.path, args });
    await using writer = await other.connect();
    await writer.send("SET", "only", "in the WAL");
    await other.kill9();
  }
  await Deno.copyFile(`${crashed.path}/redlite.db`, `${directory}/other.db`);
  await Deno.copyFile(`${crashed.path}/redlite.db-wal`, `${directory}/other.db-wal`);
  assert.match(await ask(client, "other.db"), /^-ERR .*other\.db-wal, so it is open, or was not/);
  await using db = Redlite.open(`${directory}/other.db`);
  assert.equal(db.get("only"), "in the WAL");
});

Deno.test("REPLACE leaves a database that another server has open", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const path = `${server.directory}/other.db`;
  await using other = await startRedlite({ args: ["--db", path] });
  await using writer = await other.connect();
  assert.match(await ask(client, "other.db"), /^-ERR .*is not replaced/);
  assert.equal(format(await writer.send("SET", "k", "v")), "+OK");
  assert.equal((await other.stop()).code, 0);
  await using db = Redlite.open(path);
  assert.equal(db.get("k"), "v");
});

Deno.test("REPLACE leaves a database that somebody reads without a WAL", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.match(await ask(client, "copy.db"), /copy\.db/);
  const reader = new DatabaseSync(`${server.directory}/copy.db`);
  reader.exec("PRAGMA journal_mode = DELETE; BEGIN; SELECT count(*) FROM keys");
  assert.match(await ask(client, "copy.db"), /^-ERR .*is not replaced: it is open somewhere/);
  reader.close();
  assert.match(await ask(client, "copy.db"), /^\["path"/);
});

Deno.test("a program's REPLACE leaves what the program itself has open", async () => {
  await using directory = await temporaryDirectory();
  await using db = Redlite.open(`${directory.path}/app.db`);
  const path = `${directory.path}/second.db`;
  {
    await using second = Redlite.open(path);
    second.set("k", "v");
    await assert.rejects(db.backup(path, { replace: true }), /is not replaced/);
    assert.equal(second.get("k"), "v");
  }
  await db.backup(path, { replace: true });
});

Deno.test("a damaged database does not replace its last good backup", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  {
    await using db = Redlite.open(path);
    for (let i = 0; i < 500; i++) db.set(`k${i}`, "x".repeat(300));
    await db.backup(`${directory.path}/copy.db`);
  }
  {
    using file = await Deno.open(path, { write: true });
    await file.seek(30 * 2048, Deno.SeekMode.Start);
    await file.write(new Uint8Array(512).fill(0xff));
  }
  const good = await Deno.readFile(`${directory.path}/copy.db`);
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  assert.match(await ask(client, "copy.db"), /^-CORRUPT the database is damaged, so no backup/);
  assert.deepEqual(await Deno.readFile(`${directory.path}/copy.db`), good);
  assert.deepEqual([...(await contents(directory.path)).keys()], ["copy.db"]);
  await server.stop();
  assert.match(server.log, /the database is damaged: .*age 31/);
});
