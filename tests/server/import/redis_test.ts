/** `import` from files of Redis and from servers: what comes out is what went in. */

import { strict as assert } from "node:assert";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { encode, format, fromLatin1, type RespClient } from "../../harness/resp_client.ts";
import {
  startOracle,
  startRedis,
  startRedlite,
  type TemporaryDirectory,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";
import { populate } from "../../store/rdb/file/populate.ts";
import { run } from "../run.ts";

/** What makes two servers alike: their digests, and when keys expire. */
async function facts(client: RespClient): Promise<string[]> {
  const replies: string[] = [];
  for (const key of ["expiring", "hashes", "text"]) {
    replies.push(format(await client.send("PEXPIRETIME", key)));
  }
  replies.push(format(await client.send("FCALL", "twice", "0", "21")));
  replies.push(format(await client.send("DEBUG", "DIGEST")));
  return replies;
}

/** Imports into the database of a directory. */
async function importInto({ path }: TemporaryDirectory, from: string, ...others: string[]) {
  return await run(["import", from, `${path}/redlite.db`, ...others]);
}

/** Checks that what is imported is what a server has: exported again, another one makes the same of it. */
async function assertImported(server: TestServer, from: string, how: RegExp): Promise<void> {
  await using directory = await temporaryDirectory();
  const { code, stdout, stderr } = await importInto(directory, from);
  assert.match(stdout, how, stderr);
  assert.equal(code, 0);
  await using client = await server.connect();
  assert.deepEqual(await factsOf(directory), await facts(client));
}

/** What redis-server makes of a directory's database. */
async function factsOf({ path }: TemporaryDirectory): Promise<string[]> {
  const { code, stdout, stderr } = await run(
    ["export", `${path}/redlite.db`, "--rdb", `${path}/dump.rdb`, "--replace"],
  );
  assert.equal(code, 0, stdout + stderr);
  await using redis = await startRedis({ directory: path });
  await using client = await redis.connect();
  return await facts(client);
}

const ALL =
  /imported into \S+: 1 library, (?=.*9 strings)(?=.*3 lists)(?=.*3 sets)(?=.*2 streams).*\nnot understood: 0\n/;

/** A server with one of everything. */
async function populated(server: TestServer, fields = false): Promise<void> {
  await using client = await server.connect();
  await populate(client, 300, fields);
}

/** Waits until the log is written anew. */
async function rewrite(client: RespClient): Promise<void> {
  await client.send("BGREWRITEAOF");
  for (;;) {
    const reply = format(await client.send("INFO", "persistence"));
    if (/aof_rewrite_in_progress:0/.test(reply) && /aof_rewrite_scheduled:0/.test(reply)) return;
  }
}

Deno.test({
  ...named("an RDB file of redis-server is imported as a whole", noRedis()),
  async fn() {
    await using server = await startRedis();
    await populated(server);
    await using client = await server.connect();
    await client.send("SAVE");
    await assertImported(server, `${server.directory}/dump.rdb`, ALL);
  },
});

Deno.test({
  ...named("a log of redis-server is imported, before and after it is written anew", noRedis(7)),
  async fn() {
    await using server = await startRedis({
      appendfsync: "always",
      args: ["--aof-timestamp-enabled", "yes"],
    });
    await populated(server);
    await using client = await server.connect();
    const folder = `${server.directory}/appendonlydir`;
    await assertImported(server, folder, /: 328 commands\nnot understood: 0\n/);
    await rewrite(client);
    await client.send("MULTI");
    await client.send("SET", "text", "changed");
    await client.send("INCRBYFLOAT", "float", "1.5");
    await client.send("EXEC");
    await client.send("SPOP", "sets", "5");
    await assertImported(server, folder, /: 1 library, (?=.*\d commands).*9 strings.*\nnot under/);
    await client.send("CONFIG", "SET", "aof-use-rdb-preamble", "no");
    await rewrite(client);
    const manifest = `${folder}/appendonly.aof.manifest`;
    await assertImported(server, manifest, /: \d+ commands\nnot understood: 0\n/);
  },
});

Deno.test({
  ...named("all data of a running redis-server are imported", noRedis()),
  async fn() {
    await using server = await startRedis({ password: "secret:@/" });
    await populated(server);
    const from = `redis://:${encodeURIComponent("secret:@/")}@127.0.0.1:${server.port}`;
    await assertImported(server, from, ALL);
  },
});

for (const name of ["redis-8", "valkey-9"] as const) {
  Deno.test({
    ...named(`all data of a running ${name} are imported, fields that expire too`, noOracle(name)),
    async fn() {
      await using server = await startOracle(name);
      await populated(server, true);
      await using directory = await temporaryDirectory();
      const { stdout } = await importInto(directory, `redis://127.0.0.1:${server.port}/0`);
      assert.match(stdout, /: 1 library, .*[89] strings.*\nnot understood: 0\n/);
      await using redlite = await startRedlite({ directory: directory.path });
      await using ours = await redlite.connect();
      const times = format(
        await ours.send("HPEXPIRETIME", "many fields", "FIELDS", "3", "f1", "f2", "f7"),
      );
      assert.equal(times, "[:4102444800000, :-1, :4102444800000]");
    },
  });
}

Deno.test({
  ...named("a server that lets nobody follow it is asked for one key after the other", noRedis()),
  async fn() {
    await using server = await startRedis();
    await populated(server);
    await using client = await server.connect();
    await client.send("ACL", "SETUSER", "hosted", "on", ">pw", "~*", "+@all", "-psync", "-sync");
    await using directory = await temporaryDirectory();
    const from = `redis://hosted:pw@127.0.0.1:${server.port}`;
    const { code, stdout, stderr } = await importInto(directory, from);
    assert.match(stderr, /gives no snapshot \(NOPERM .*\): keys are asked for one by one/);
    assert.match(stdout, ALL);
    assert.equal(code, 0);
    assert.deepEqual(await factsOf(directory), await facts(client));
  },
});

Deno.test("a log tells itself what expires: a key whose time was over lives on until it says so", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/old.aof`;
  await Deno.writeFile(
    path,
    encode(
      ["SET", "n", "5", "PXAT", "1000"],
      ["INCR", "n"],
      ["PERSIST", "n"],
      ["SET", "over", "1", "PXAT", "1000"],
      ["FT.NONSENSE", "x"],
    ),
  );
  const { code, stdout } = await importInto(directory, path);
  assert.match(stdout, /^not understood: command FT\.NONSENSE: unknown command/);
  assert.match(stdout, /: 4 commands\nnot understood: 1\n$/);
  assert.equal(code, 1);
  await using redlite = await startRedlite({ directory: directory.path });
  await using client = await redlite.connect();
  assert.equal(format(await client.send("GET", "n")), '"6"');
  assert.equal(format(await client.send("EXISTS", "over")), ":0");
});

Deno.test("a damaged file is told with its byte, and what came before it stands", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/damaged.rdb`;
  await Deno.writeFile(
    path,
    fromLatin1("REDIS0010\xfe\x00\x00\x01a\xc0\x01\x00\x01b\xc0\x02\x63rest"),
  );
  const { code, stdout } = await importInto(directory, path);
  assert.match(stdout, /: 2 strings\nnot understood: 0\n/);
  assert.match(stdout, /ended before all was read: a type or opcode .*\(99\) at byte 21\n$/);
  assert.equal(code, 1);
});

Deno.test("values of modules that are not there are counted by their type", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/modules.rdb`;
  const module = (key: string) => `\x07\x01${key}\x81\0\0\0\0\0\0\0\x01\x02\x05\0`;
  await Deno.writeFile(
    path,
    fromLatin1(`REDIS0010\xfe\x00${module("a")}${module("b")}\xff\0\0\0\0\0\0\0\0`),
  );
  const { code, stdout } = await importInto(directory, path);
  assert.match(
    stdout,
    /^not understood: key of the module type AAAAAAAAA "a" of database 0: Bad data format\n/,
  );
  assert.match(stdout, /: nothing\nnot understood: 2\n$/);
  assert.equal(code, 1);
});

Deno.test("a server is named by a URL that says what is meant", async () => {
  await using directory = await temporaryDirectory();
  const { stderr } = await importInto(directory, "redis://host/db");
  assert.match(stderr, /a server is named as redis:\/\/\[user:password@\]host\[:port\]/);
});

Deno.test("a log is taken as it was done: LIMIT stands there where nothing is approximate any more", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/streams.aof`;
  const added = [1, 2, 3, 4].map((n) => ["XADD", "s", `${n}-0`, "f", "v"]);
  await Deno.writeFile(
    path,
    encode(
      ...added,
      ["XADD", "s", "MAXLEN", "=", "3", "LIMIT", "100", "5-0", "f", "v"],
      ["XTRIM", "s", "MINID", "=", "4-0", "LIMIT", "10"],
      ["XIDMPRECORD", "s", "producer", "gone", "1-0"],
    ),
  );
  const { code, stdout } = await importInto(directory, path);
  assert.match(stdout, /: 7 commands\nnot understood: 0\n$/);
  assert.equal(code, 0);
  await using redlite = await startRedlite({ directory: directory.path });
  await using client = await redlite.connect();
  assert.equal(format(await client.send("XLEN", "s")), ":2");
  assert.match(
    format(await client.send("XTRIM", "s", "MINID", "=", "4-0", "LIMIT", "10")),
    /^-ERR/,
  );
});
