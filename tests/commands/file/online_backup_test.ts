/** BACKUP START and its kin: what they say, and that the files hold all that was written until SEAL. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { run } from "../../server/run.ts";
import { populate } from "../../store/rdb/file/populate.ts";

type Ask = (...words: string[]) => Promise<string>;
const asking = (client: RespClient): Ask => async (...words) => format(await client.send(...words));

/** Waits until a backup has its first file. */
async function begun(ask: Ask): Promise<void> {
  while (!/"incrementing"/.test(await ask("BACKUP", "STATUS")));
}

const CHANGES = [
  ["SET", "text", "changed"],
  ["INCRBYFLOAT", "float", "1.5"],
  ["LPUSH", "list", "new"],
  ["SET", "expires", "1", "EX", "1000000"],
  ["DEL", "sets"],
  ["SELECT", "3"],
  ["SET", "elsewhere", "2"],
  ["XADD", "x", "1-1", "f", "v"],
  ["SELECT", "0"],
];

for (const storage of ["file", "memory"]) {
  Deno.test({
    ...named(`redis-server starts from a backup, storage ${storage}`, noRedis(7)),
    async fn() {
      await using directory = await temporaryDirectory();
      const { path } = directory;
      const args = ["--storage", storage, "--dir", path, "--backupdirname", "appendonlydir"];
      await using server = await startRedlite({
        args: storage === "memory" ? args : args.slice(4),
      });
      await using client = await server.connect();
      const ask = asking(client);
      await populate(client, 200);
      assert.equal(await ask("BACKUP", "START"), "+OK");
      await begun(ask);
      const folder = `${storage === "memory" ? path : server.directory}/appendonlydir`;
      const base = `${await Deno.realPath(folder)}/appendonly.aof.1.base.rdb`;
      assert.match(await ask("BACKUP", "LIST"), /^\["\S+appendonly\.aof\.1\.base\.rdb"\]$/);
      for (const change of CHANGES) await ask(...change);
      assert.equal(await ask("BACKUP", "SEAL"), "+OK");
      await ask("SET", "text", "too late");
      assert.match(
        await ask("BACKUP", "STATUS"),
        /"state", "sealed", "error", "", "start_time", "\d{10}"/,
      );
      assert.match(await ask("BACKUP", "LIST"), /base\.rdb", .*incr\.aof", .*manifest"\]$/);
      assert.ok((await Deno.stat(base)).isFile);

      await using wanted = await startRedis();
      await using filled = await wanted.connect();
      await populate(filled, 200);
      for (const change of CHANGES) await filled.send(...change);
      await filled.send("DEL", "expires");
      await using copy = await temporaryDirectory();
      await Deno.mkdir(`${copy.path}/appendonlydir`);
      for (const { name } of [...Deno.readDirSync(folder)]) {
        await Deno.copyFile(`${folder}/${name}`, `${copy.path}/appendonlydir/${name}`);
      }
      await using redis = await startRedis({ directory: copy.path, appendfsync: "everysec" });
      await using loaded = await redis.connect();
      assert.match(format(await loaded.send("TTL", "expires")), /^:\d{6,7}$/);
      await loaded.send("DEL", "expires");
      assert.equal(
        format(await loaded.send("DEBUG", "DIGEST")),
        format(await filled.send("DEBUG", "DIGEST")),
      );
      assert.equal(await ask("BACKUP", "CLEANUP"), "+OK");
      assert.deepEqual([...Deno.readDirSync(folder)], []);
      assert.match(await ask("BACKUP", "STATUS"), /"state", "idle"/);
    },
  });
}

Deno.test("Redlite takes a backup back, with the types that Redis does not know", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  await ask("JSON.SET", "j", "$", '{"a":1}');
  await ask("BACKUP", "START");
  await begun(ask);
  await ask("JSON.NUMINCRBY", "j", "$.a", "2");
  await ask("BACKUP", "SEAL");
  const into = `${server.directory}/copy.db`;
  const { stdout } = await run(["import", `${server.directory}/backupdir`, into]);
  assert.match(stdout, /: 1 JSON document, 1 command\nnot understood: 0\n/);
  using db = Redlite.open(into);
  assert.equal(db.call("JSON.GET", "j"), '{"a":3}');
});

Deno.test("what is of no use in a state is refused, and an aborted backup leaves nothing", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  const refused = (word: string, state: string) =>
    `-ERR BACKUP ${word} is of no use now: the backup is ${state}`;
  for (const word of ["SEAL", "ABORT", "CLEANUP"]) {
    assert.equal(await ask("BACKUP", word), refused(word, "idle"));
  }
  assert.equal(await ask("BACKUP", "LIST"), "[]");
  await ask("BACKUP", "START");
  await begun(ask);
  assert.equal(await ask("BACKUP", "START"), refused("START", "incrementing"));
  assert.equal(await ask("BACKUP", "ABORT"), "+OK");
  assert.match(await ask("BACKUP", "STATUS"), /"state", "failed", "error", "aborted"/);
  assert.deepEqual([...Deno.readDirSync(`${server.directory}/backupdir`)], []);
  assert.equal(await ask("BACKUP", "START"), "+OK");
  await begun(ask);
  await ask("BACKUP", "SEAL");
  assert.equal(await ask("BACKUP", "ABORT"), refused("ABORT", "sealed"));
  await ask("BACKUP", "CLEANUP");
  await Deno.writeTextFile(`${server.directory}/backupdir/other`, "");
  assert.match(await ask("BACKUP", "START"), /^-ERR the folder of backups is not empty/);
});

Deno.test("a sealed backup is removed when backup-sealed-ttl is over", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  await ask("BACKUP", "START");
  await begun(ask);
  await ask("BACKUP", "SEAL");
  assert.match(await ask("BACKUP", "STATUS"), /"state", "sealed"/);
  await ask("CONFIG", "SET", "backup-sealed-ttl", "1");
  while (!/"state", "idle"/.test(await ask("BACKUP", "STATUS")));
  while ([...Deno.readDirSync(`${server.directory}/backupdir`)].length > 0);
});

Deno.test("after another process's commit a backup is none, and says so", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  await ask("SET", "a", "1");
  await ask("BACKUP", "START");
  await begun(ask);
  {
    using db = Redlite.open(`${server.directory}/redlite.db`);
    db.set("b", "2");
  }
  await ask("SET", "c", "3");
  assert.match(
    await ask("BACKUP", "SEAL"),
    /^-ERR the backup failed: another process has written to the database meanwhile/,
  );
  assert.match(await ask("BACKUP", "STATUS"), /"state", "failed", "error", "another process/);
});
