import { strict as assert } from "node:assert";
import { named, noTool } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const ENDLESS =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/** The reply of an SQL query. */
async function ask(client: RespClient, ...words: string[]): Promise<string> {
  return format(await client.send("SQL", ...words));
}

/** The rows of the reply, each as its values in RESP's shapes. */
function rows(reply: Reply): string[] {
  assert.ok(reply.type === "map");
  const found = reply.entries[1]![1];
  assert.ok(found.type === "array");
  return found.items.map(format);
}

Deno.test("SQL replies with the columns' names and the rows", async () => {
  await using server = await startRedlite();
  await using resp2 = await server.connect();
  await using resp3 = await server.connect({ resp: 3 });
  const query = "SELECT 1 AS n, 1.5 AS d, 'text' AS t, x'00ff' AS b, NULL AS absent";
  assert.equal(
    await ask(resp3, query),
    String
      .raw`%{"columns": ["n", "d", "t", "b", "absent"], "rows": [[:1, ,1.5, "text", "\x00\xff", _]]}`,
  );
  assert.equal(
    await ask(resp2, query),
    String
      .raw`["columns", ["n", "d", "t", "b", "absent"], "rows", [[:1, "1.5", "text", "\x00\xff", $-1]]]`,
  );
  assert.equal(
    await ask(resp3, "SELECT 1 AS a, 2 AS a WHERE 0"),
    '%{"columns": ["a", "a"], "rows": []}',
  );
});

Deno.test("SQL sees what its pipeline has written before, and not what comes after", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  const count = ["SQL", "SELECT count(*) FROM redlite_keys"];
  const replies = await client.pipeline([
    ["SET", "a", "1"],
    count,
    ["RPUSH", "l", "x", "y"],
    ["DEL", "a"],
    ["SQL", "SELECT key, length FROM redlite_keys"],
    ["SET", "b", "1"],
    count,
    ["PING"],
  ]);
  assert.deepEqual([1, 4, 6].map((i) => rows(replies[i]!)), [
    ["[:1]"],
    ['["l", :2]'],
    ["[:2]"],
  ]);
  assert.equal(format(replies[7]!), "+PONG");
});

Deno.test("arguments are texts, and BLOBs where they are no UTF-8", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  const reply = await client.send(
    "SQL",
    "SELECT typeof(?1), typeof(?2), typeof(?3), hex(?2)",
    "12",
    Uint8Array.of(0xff, 0xfe),
    "a\0b",
  );
  assert.deepEqual(rows(reply), ['["text", "blob", "blob", "FFFE"]']);
  await client.send("HSET", "user:1", "name", "Ada");
  assert.deepEqual(
    rows(await client.send("SQL", "SELECT value FROM redlite_hashes WHERE key = ?", "user:1")),
    ['["Ada"]'],
  );
  assert.match(
    await ask(client, "SELECT ?", "1", "2"),
    /^-ERR the statement takes 1 arguments, 2 /,
  );
});

Deno.test("SQL reads and nothing else", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "k", "v");
  for (
    const statement of [
      "DELETE FROM keys",
      "WITH a AS (SELECT 1) DELETE FROM keys",
      "WITH a AS (SELECT 1) INSERT INTO settings VALUES ('a', 'b')",
      "PRAGMA user_version = 99",
      "ATTACH 'other.db' AS other",
      "VACUUM",
      "SELECT 1; DELETE FROM keys",
      "SELECT load_extension('x')",
      "SELECT * FROM pragma_journal_mode('delete')",
      "SELECT writefile('x', 'y')",
    ]
  ) {
    assert.match(await ask(client, statement), /^-ERR /, statement);
  }
  assert.equal(format(await client.send("GET", "k")), '"v"');
  const names = [...Deno.readDirSync(server.directory)].map(({ name }) => name)
    .filter((name) => !/-(open\.\d+|log2?)$/.test(name)).sort();
  assert.deepEqual(names, [
    "redlite.db",
    "redlite.db-shm",
    "redlite.db-wal",
  ]);
});

Deno.test("SQLite's words about a wrong query reach the client, in UTF-8", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const reply = await client.send("SQL", "SELECT * FROM häuser");
  assert.ok(reply.type === "error");
  assert.equal(
    new TextDecoder().decode(Uint8Array.from(reply.value, (char) => char.charCodeAt(0))),
    "ERR no such table: häuser",
  );
});

Deno.test("others are served while a query runs", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using other = await server.connect();
  await client.send("CONFIG", "SET", "sql-timeout-ms", "0");
  let ended = false;
  const query = ask(client, ENDLESS).catch(() => {}).finally(() => ended = true);
  for (let i = 0; i < 50; i++) assert.equal(format(await other.send("INCR", "n")), `:${i + 1}`);
  assert.equal(ended, false);
  client.close();
  await query;
});

Deno.test("an endless query ends after sql-timeout-ms", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.equal(
    await ask(client, ENDLESS),
    "-ERR the statement took longer than 1000 ms (sql-timeout-ms)",
  );
  assert.deepEqual(await ask(client, "SELECT 1 AS a"), '["columns", ["a"], "rows", [[:1]]]');
});

Deno.test("sql-timeout-ms and sql-max-rows are set by CONFIG SET", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("CONFIG", "SET", "sql-max-rows", "2", "sql-timeout-ms", "0");
  assert.match(await ask(client, "VALUES (1), (2)"), /^\[/);
  assert.equal(
    await ask(client, "VALUES (1), (2), (3)"),
    "-ERR the result has more than 2 rows; add a LIMIT, or raise sql-max-rows",
  );
  await client.send("CONFIG", "SET", "sql-timeout-ms", "20");
  assert.match(await ask(client, ENDLESS), /took longer than 20 ms/);
  await client.send("CONFIG", "SET", "sql-timeout-ms", "1");
  for (let i = 0; i < 20; i++) assert.match(await ask(client, ENDLESS), /took longer than 1 ms/);
  await client.send("CONFIG", "SET", "sql-timeout-ms", "0");
  assert.match(await ask(client, "SELECT zeroblob(70000000)"), /more than 67108864 bytes/);
});

Deno.test("a client that is gone does not keep the server from serving or stopping", async () => {
  await using server = await startRedlite();
  const client = await server.connect();
  await client.send("CONFIG", "SET", "sql-timeout-ms", "0");
  await client.raw(new TextEncoder().encode(`SQL "${ENDLESS}"\r\n`));
  await using other = await server.connect();
  assert.equal(format(await other.send("PING")), "+PONG");
  client.close();
  assert.equal(format(await other.send("SET", "k", "v")), "+OK");
  const { code } = await server.stop();
  assert.equal(code, 0);
});

Deno.test("SQL is refused in MULTI, and to who may not use @admin or @dangerous", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("MULTI");
  assert.equal(
    await ask(client, "SELECT 1"),
    "-ERR Command not allowed inside a transaction",
  );
  await client.send("DISCARD");
  await client.send("ACL", "SETUSER", "bob", "on", ">secret", "~*", "+@all", "-@admin");
  await client.send("AUTH", "bob", "secret");
  assert.match(await ask(client, "SELECT 1"), /^-NOPERM /);
});

Deno.test("where a query cannot be interrupted it must be allowed without a limit of time", async () => {
  await using server = await startRedlite({ args: ["--sqlite-driver", "builtin"] });
  await using client = await server.connect();
  assert.match(await ask(client, "SELECT 1"), /^-ERR this SQLite cannot be interrupted/);
  await client.send("CONFIG", "SET", "sql-timeout-ms", "0");
  const replies = await client.pipeline([
    ["SET", "k", "v"],
    ["SQL", "SELECT key FROM redlite_strings"],
  ]);
  assert.equal(format(replies[1]!), '["columns", ["key"], "rows", [["k"]]]');
});

Deno.test({
  ...named(
    "SQL joins Redlite's data with a table of the user's own, and so does sqlite3",
    noTool("sqlite3"),
  ),
  fn: async () => {
    await using server = await startRedlite();
    await using client = await server.connect({ resp: 3 });
    await client.send("HSET", "user:1", "name", "Ada");
    await client.send("HSET", "user:2", "name", "Grace");
    const sqlite3 = async (sql: string): Promise<string> => {
      const { code, stdout, stderr } = await new Deno.Command("sqlite3", {
        args: ["-cmd", ".timeout 60000", server.databaseFile ?? "", sql],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    await sqlite3(`
    CREATE TABLE orders(number INTEGER PRIMARY KEY, customer TEXT, total REAL);
    INSERT INTO orders VALUES (1, 'user:1', 9.5), (2, 'user:2', 20), (3, 'user:1', 0.5);
  `);
    const join = `
    SELECT h.value AS name, count(*) AS orders, sum(o.total) AS total
    FROM orders o JOIN redlite_hashes h ON h.key = o.customer AND h.field = 'name'
    GROUP BY h.value ORDER BY name`;
    assert.equal(await sqlite3(join), "Ada|2|10.0\nGrace|1|20.0\n");
    assert.deepEqual(rows(await client.send("SQL", join)), [
      '["Ada", :2, ,10]',
      '["Grace", :1, ,20]',
    ]);
    assert.equal(format(await client.send("FLUSHALL")), "+OK");
    assert.deepEqual(rows(await client.send("SQL", "SELECT count(*) FROM orders")), ["[:3]"]);
  },
});

Deno.test("SQL is for those who may read every key", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  await admin.send("SET", "secret", "s3cret");
  const query = "SELECT value FROM redlite_strings WHERE key = 'secret'";
  for (
    const [rules, allowed] of [
      ["~app:* +@all", false],
      ["+@all", false],
      ["%W~* +@all", false],
      ["~app:* +@all (~* +get)", false],
      ["~* +@all -sql (~app:* +sql)", false],
      ["~* +@all", true],
      ["%R~* +@all", true],
      ["~app:* +@all (%R~* +sql)", true],
    ] as const
  ) {
    await admin.send(
      "ACL",
      "SETUSER",
      "bob",
      "reset",
      "on",
      "nopass",
      ...rules.match(/\([^)]*\)|\S+/g) ?? [],
    );
    await using client = await server.connect();
    await client.send("AUTH", "bob", "any");
    const answer = await ask(client, query);
    assert.equal(answer.includes("s3cret"), allowed, rules);
    if (allowed) continue;
    assert.match(answer, /^-NOPERM No permissions to access a key/, rules);
    const dryRun = format(await admin.send("ACL", "DRYRUN", "bob", "SQL", query));
    assert.match(dryRun, /no permissions to access the '\*' key/, rules);
  }
});
