/** `--load` and `--rdb`: what an empty database begins with, and the file that saves write. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, fromLatin1 } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { populate } from "../../store/rdb/file/populate.ts";
import { run } from "../run.ts";

/** A file of a string, and of a value of a module that is not there. */
const RDB = fromLatin1(
  "REDIS0010\xfe\x00\x00\x01a\xc0\x01\x07\x01m\x81\0\0\0\0\0\0\0\x01\x02\x05\0\xff\0\0\0\0\0\0\0\0",
);

Deno.test("an empty database begins with a file, and one with keys does not", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await Deno.writeFile(`${path}/dump.rdb`, RDB);
  const args = ["--load", `${path}/dump.rdb`];
  {
    await using server = await startRedlite({ directory: path, args });
    assert.match(server.log, /not loaded: key of the module type AAAAAAAAA "m"/);
    assert.match(server.log, /loaded from \S+: 1 string; not understood: 1/);
    await using client = await server.connect();
    assert.equal(format(await client.send("GET", "a")), '"1"');
    await client.send("SET", "a", "2");
  }
  await using server = await startRedlite({ directory: path, args });
  assert.match(server.log, /the database has 1 keys: \S+ is not loaded/);
  await using client = await server.connect();
  assert.equal(format(await client.send("GET", "a")), '"2"');
});

Deno.test("a file that is damaged or not there lets no server start, and leaves the database empty", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await Deno.writeFile(`${path}/dump.rdb`, RDB.subarray(0, 20));
  const start = (...args: string[]) =>
    run(["--db", `${path}/app.db`, "--addr", "127.0.0.1:0", ...args]);
  const damaged = await start("--load", `${path}/dump.rdb`);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /dump\.rdb cannot be loaded: the file ends too early .* at byte 20/);
  const absent = await start("--load", `${path}/nothing`);
  assert.match(absent.stderr, /there is no file \S+nothing/);
  const { stdout } = await run(["export", `${path}/app.db`, "--json", "-"]);
  assert.equal(stdout, "");
});

Deno.test({
  ...named("a database in memory is kept in the RDB file, which redis-server loads", noRedis(7)),
  async fn() {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const file = `${path}/dump.rdb`;
    const args = ["--storage", "memory", "--load", file, "--rdb", file];
    let digest: string;
    {
      await using server = await startRedlite({ args });
      await using client = await server.connect();
      await populate(client, 100);
      assert.equal(format(await client.send("SAVE")), "+OK");
      const saved = await Deno.readFile(file);
      await client.send("SET", "later", "1");
      assert.equal(format(await client.send("BGSAVE")), "+Background saving started");
      for (;;) {
        const info = format(await client.send("INFO", "persistence"));
        if (/rdb_bgsave_in_progress:0/.test(info)) break;
      }
      assert.ok((await Deno.readFile(file)).length > saved.length);
      assert.match(format(await client.send("INFO", "persistence")), /rdb_saves:2/);
      await client.send("SET", "last", "1");
      digest = format(await client.send("DEBUG", "DIGEST"));
      await server.stop();
    }
    await using again = await startRedlite({ args });
    await using client = await again.connect();
    assert.equal(format(await client.send("DEBUG", "DIGEST")), digest);
    await using redis = await startRedis({ directory: path });
    await using other = await redis.connect();
    assert.equal(format(await other.send("DBSIZE")), format(await client.send("DBSIZE")));
    assert.equal(format(await other.send("GET", "last")), '"1"');
  },
});

Deno.test("beside a database file SAVE writes the RDB file of what is committed", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await using server = await startRedlite({ args: ["--rdb", `${path}/dump.rdb`] });
  await using client = await server.connect();
  const replies = await client.pipeline([["SET", "a", "1"], ["SAVE"], ["SET", "b", "1"]]);
  assert.deepEqual(replies.map(format), ["+OK", "+OK", "+OK"]);
  const { stdout } = await run(["import", `${path}/dump.rdb`, `${path}/app.db`]);
  assert.match(stdout, /: 1 string\n/);
});
