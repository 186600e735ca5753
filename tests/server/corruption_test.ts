/** A damaged page is reported where it is read, and everything else goes on. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { format } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { run } from "./run.ts";

const KEYS = 60;
const DAMAGED =
  "-CORRUPT the database file is damaged: database disk image is malformed; INTEGRITY lists where";

/** The pages of a table's leaves, in order. */
function leaves(path: string, table: string): number[] {
  const file = new DatabaseSync(path);
  const rows = file.prepare(
    "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
  ).all(table);
  file.close();
  return rows.map(({ pageno }) => Number(pageno));
}

/** Overwrites a page's head. The file is open nowhere. */
async function damage(path: string, page: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek((page - 1) * 2048, Deno.SeekMode.Start);
  await file.write(new Uint8Array(64).fill(0xff));
}

/** Makes a file with keys on many pages. */
async function makeFile(directory: string): Promise<string> {
  await using server = await startRedlite({ directory });
  await using client = await server.connect();
  await client.pipeline(
    Array.from({ length: KEYS }, (_, i) => ["SET", `key:${i}`, "x".repeat(300)]),
  );
  await client.pipeline(
    Array.from({ length: KEYS }, (_, i) => ["HSET", "hash", `field:${i}`, "x".repeat(300)]),
  );
  return server.databaseFile ?? "";
}

Deno.test("reads of a damaged page answer so, and all others go on", async () => {
  await using directory = await temporaryDirectory();
  const path = await makeFile(directory.path);
  const page = leaves(path, "keys")[2]!;
  await damage(path, page);
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  // In one pipeline, and so in one turn.
  const replies = await client.pipeline([
    ...Array.from({ length: KEYS }, (_, i) => ["GET", `key:${i}`]),
    ["HGET", "hash", "field:7"],
    ["PING"],
  ]);
  const values = replies.map(format);
  const damaged = values.filter((value) => value === DAMAGED).length;
  const whole = values.filter((value) => value === `"${"x".repeat(300)}"`).length;
  assert.ok(damaged > 0 && damaged < 10, `${damaged} damaged`);
  assert.equal(whole, KEYS - damaged + 1);
  assert.equal(values[KEYS + 1], "+PONG");

  const problems = await client.send("INTEGRITY");
  assert.ok(problems.type === "array");
  assert.ok(problems.items.some((item) => format(item).includes(`age ${page}`)), format(problems));
  assert.equal((await client.send("INTEGRITY", "QUICK")).type, "array");

  const lost = values.indexOf(DAMAGED);
  assert.equal(
    format(await client.send("SET", `key:${lost}`, "v")),
    `${DAMAGED}; nothing was written`,
  );
  assert.equal(format(await client.send("SET", "zzz", "v")), "+OK");
  assert.equal(format(await client.send("GET", "zzz")), '"v"');
  assert.equal(format(await client.send("HSET", "hash", "new", "v")), ":1");
  assert.match(
    format(await client.send("SQL", "SELECT sum(length(value)) FROM keys")),
    /^-CORRUPT /,
  );
  assert.match(format(await client.send("SQL", "SELECT count(*) FROM hashes")), /\[\[:61\]\]/);
  assert.equal((await server.stop()).code, 0);
  assert.equal(server.log.match(/warning the database file is damaged: /g)?.length, 1, server.log);
});

Deno.test("a damaged page of elements leaves the keys readable", async () => {
  await using directory = await temporaryDirectory();
  const path = await makeFile(directory.path);
  await damage(path, leaves(path, "hashes")[1]!);
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  assert.equal(format(await client.send("HGETALL", "hash")), DAMAGED);
  assert.equal(format(await client.send("HLEN", "hash")), `:${KEYS}`);
  const values = await client.pipeline(
    Array.from({ length: KEYS }, (_, i) => ["HGET", "hash", `field:${i}`]),
  );
  const damaged = values.filter((value) => format(value) === DAMAGED).length;
  assert.ok(damaged > 0 && damaged < KEYS / 2, `${damaged} damaged`);
  assert.equal(format(await client.send("GET", "key:1")), `"${"x".repeat(300)}"`);
});

Deno.test("a file whose first page is damaged is refused in a line", async () => {
  await using directory = await temporaryDirectory();
  const path = await makeFile(directory.path);
  {
    using file = await Deno.open(path, { write: true });
    await file.seek(100, Deno.SeekMode.Start);
    await file.write(new Uint8Array(64).fill(0xff));
  }
  const { code, stderr } = await run(["--db", path, "--addr", "127.0.0.1:0"]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^redlite: the database file \S+ is damaged \(.*\); put a backup in its place\n$/,
  );
});
