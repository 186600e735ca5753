/** `export`: files that redis-server loads to the same data, and JSON. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, noRedis, noTool } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { populate } from "../../store/rdb/file/populate.ts";
import { run } from "../run.ts";

/** A database with one of everything that Redis 7.0 knows, in a directory. */
async function populated(path: string): Promise<string> {
  await using server = await startRedlite({ directory: path });
  await using client = await server.connect();
  await populate(client, 300);
  return `${path}/redlite.db`;
}

/** What redis-server has when the same is done there. */
async function facts(client: RespClient): Promise<string[]> {
  const replies = [format(await client.send("DEBUG", "DIGEST"))];
  for (const key of ["expiring", "hashes", "text"]) {
    replies.push(format(await client.send("PEXPIRETIME", key)));
  }
  replies.push(format(await client.send("FCALL", "twice", "0", "21")));
  return replies;
}

function checks(tool: string, file: string): void {
  const { success, stdout } = new Deno.Command(tool, { args: [file] }).outputSync();
  assert.ok(success, new TextDecoder().decode(stdout));
}

Deno.test({
  ...named(
    "redis-server makes the same data of an exported RDB file and log as of the commands",
    noRedis(7) ?? noTool("redis-check-rdb"),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const from = await populated(path);
    await using filled = await startRedis();
    await using wanted = await filled.connect();
    await populate(wanted, 300);

    const rdb = await run(["export", from, "--rdb", `${path}/dump.rdb`]);
    assert.match(rdb.stdout, /^exported 21 keys of \S+ into \S+: \d+ bytes\n$/);
    checks("redis-check-rdb", `${path}/dump.rdb`);
    await using ofRdb = await startRedis({ directory: path });
    await using client = await ofRdb.connect();
    assert.deepEqual(await facts(client), await facts(wanted));

    await using logs = await temporaryDirectory();
    const log = `${logs.path}/appendonly.aof`;
    await run(["export", from, `--aof=${log}`]);
    checks("redis-check-aof", log);
    await using ofLog = await startRedis({ directory: logs.path, appendfsync: "everysec" });
    await using other = await ofLog.connect();
    assert.deepEqual(await facts(other), await facts(wanted));
  },
});

Deno.test("JSON has a line a key, whatever its type and its bytes", async () => {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/app.db`;
  {
    using db = Redlite.open(from);
    const run = (...words: (string | Uint8Array)[]) => db.call(...words as [string]);
    run("SET", "s", "größe\n");
    run("SET", Uint8Array.of(0xff), Uint8Array.of(0, 0xfe), "PXAT", "4102444800000");
    run("RPUSH", "l", "a", "1");
    run("SADD", "t", "m");
    run("ZADD", "z", "1.5", "a", "inf", "b", "-2", "c");
    run("HSET", "h", "f", "v", "g", "w");
    run("HPEXPIREAT", "h", "4102444800000", "FIELDS", "1", "g");
    run("XADD", "x", "1-1", "n", "1");
    run("XGROUP", "CREATE", "x", "readers", "0");
    run("JSON.SET", "j", "$", '{"a":[1,2.50,"ü"]}');
    run("SELECT", "2");
    run("SET", "other", "1");
  }
  const { code, stdout, stderr } = await run(["export", from, "--json", "-"]);
  assert.match(stderr, /exported 9 keys/);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    {
      db: 0,
      key: "h",
      type: "hash",
      value: [["g", "w", 4102444800000], ["f", "v"]],
    },
    { db: 0, key: "j", type: "ReJSON-RL", value: { a: [1, 2.5, "ü"] } },
    { db: 0, key: "l", type: "list", value: ["a", "1"] },
    { db: 0, key: "s", type: "string", value: "größe\n" },
    { db: 0, key: "t", type: "set", value: ["m"] },
    {
      db: 0,
      key: "x",
      type: "stream",
      value: {
        entries: [["1-1", ["n", "1"]]],
        last_id: "1-1",
        max_deleted_id: "0-0",
        entries_added: 1,
        groups: [{ name: "readers", last_id: "0-0", entries_read: -1, consumers: [] }],
      },
    },
    { db: 0, key: "z", type: "zset", value: [["c", -2], ["a", 1.5], ["b", "inf"]] },
    {
      db: 0,
      key: { base64: "/w==" },
      type: "string",
      expires_at_ms: 4102444800000,
      value: { base64: "AP4=" },
    },
    { db: 2, key: "other", type: "string", value: "1" },
  ]);
});

Deno.test("what Redis has no format for is left out and counted, and kept with --all", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const from = `${path}/app.db`;
  {
    using db = Redlite.open(from);
    db.call("SET", "s", "1");
    db.call("JSON.SET", "j", "$", "[1]");
    db.call("HSET", "h", "f", "v");
    db.call("HEXPIRE", "h", "1000", "FIELDS", "1", "f");
  }
  const { code, stdout } = await run(["export", from, "--rdb", `${path}/a.rdb`]);
  assert.equal(code, 1);
  assert.match(stdout, /^left out: 1 keys: of the type ReJSON-RL\n/);
  assert.match(stdout, /note: 1 hashes with fields that expire, which Redis reads since 7\.4\n/);
  assert.match(stdout, /exported 2 keys/);
  for (const kind of ["rdb", "aof"]) {
    const all = await run(["export", from, `--${kind}`, `${path}/all`, "--all", "--replace"]);
    assert.equal(all.code, 0, all.stdout);
    const into = `${path}/${kind}.db`;
    const back = await run(["import", `${path}/all`, into]);
    assert.match(back.stdout, /\nnot understood: 0\n$/);
    using db = Redlite.open(into);
    assert.equal(db.call("JSON.GET", "j"), "[1]");
    assert.equal(db.call("HLEN", "h"), 1);
  }
});

Deno.test("a file that is there stays unless --replace says so, and nothing unfinished is left", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  {
    using db = Redlite.open(`${path}/app.db`);
    db.set("k", "v");
  }
  await Deno.writeTextFile(`${path}/out`, "precious");
  const kept = await run(["export", `${path}/app.db`, "--rdb", `${path}/out`]);
  assert.equal(kept.code, 1);
  assert.match(kept.stderr, /is there already: --replace overwrites it/);
  assert.equal(await Deno.readTextFile(`${path}/out`), "precious");
  const words = ["export", `${path}/app.db`, "--rdb", `${path}/out`, "--replace"];
  assert.equal((await run(words)).code, 0);
  assert.match(await Deno.readTextFile(`${path}/out`), /^REDIS0010/);
  const names = [...Deno.readDirSync(path)].map(({ name }) => name);
  assert.ok(!names.some((name) => name.endsWith(".part")), names.join());
});

Deno.test("a command line that says too little, or too much, is refused in one line", async () => {
  for (
    const [words, message] of [
      [[], /export takes a database, and the file to write/],
      [["a.db"], /export takes a database/],
      [["a.db", "--rdb", "a", "--aof", "b"], /export takes a database/],
      [["a.db", "--rdb", "a", "--port", "1"], /--port says nothing beside export/],
      [["/nowhere/a.db", "--rdb", "a"], /there is no file \/nowhere\/a\.db/],
    ] as const
  ) {
    const { code, stderr } = await run(["export", ...words]);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});
