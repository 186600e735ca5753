import { strict as assert } from "node:assert";
import { named, standIn } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../../harness/servers.ts";
import { fields, text } from "../oracle_commands.ts";
import { OnClock } from "../on_clock.ts";
import { testReplies } from "../replies.ts";

/** The reply of VACUUM or AUTOVACUUM as numbers and words. */
async function facts(client: RespClient, ...words: string[]): Promise<Record<string, string>> {
  const reply = await client.send(...words);
  if (reply.type === "error") throw new Error(reply.value);
  return Object.fromEntries([...fields(reply)].map(([name, value]) => [name, text(value)]));
}

async function storage(client: RespClient): Promise<Map<string, string>> {
  const reply = await client.send("INFO", "storage");
  assert.ok(reply.type === "verbatim");
  const lines = new TextDecoder().decode(reply.value).trim().split("\r\n").slice(1);
  return new Map(lines.map((line) => line.split(":", 2) as [string, string]));
}

const fileSize = (server: TestServer) => Deno.statSync(server.databaseFile ?? "").size;

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ ...named(name, standIn()), fn });

test("after a hundred thousand keys and FLUSHALL, VACUUM makes the file small", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect({ resp: 3 });
  await client.send("DEBUG", "POPULATE", "100000", "key", "100");
  await client.send("FLUSHALL");
  await client.send("SET", "kept", "value");
  const outcome = await facts(client, "VACUUM");
  assert.ok(Number(outcome["bytes_before"]) > 10_000_000);
  assert.equal(Number(outcome["bytes_after"]), fileSize(server));
  assert.ok(Number(outcome["bytes_after"]) < 300_000);
  assert.ok(Number(outcome["pages_before"]) > Number(outcome["pages_after"]));
  assert.equal(format(await client.send("GET", "kept")), '"value"');
  assert.equal((await storage(client)).get("garbage_pending"), "0");
});

Deno.test("INFO storage tells how far what takes long has come", async () => {
  using server = new OnClock();
  const asked = (name: string) =>
    new RegExp(`^${name}:(.*)$`, "m").exec(String(server.ask("INFO storage")))?.[1]?.trim();
  assert.deepEqual([asked("backup_in_progress"), asked("backup_perc")], ["0", undefined]);
  const { jobs } = server.core.store;
  const gate = Promise.withResolvers<void>();
  const running = jobs.run("backup", undefined, async (job) => {
    job.at("copying", 1, 4);
    await gate.promise;
  });
  server.clock.advance(3000);
  assert.deepEqual(
    ["in_progress", "phase", "perc", "seconds"].map((name) => asked(`backup_${name}`)),
    ["1", "copying", "25.00", "3"],
  );
  gate.resolve();
  await running;
  assert.equal(asked("backup_in_progress"), "0");
});

test("VACUUM INCREMENTAL gives so many pages back, or all", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect({ resp: 3 });
  await client.send("DEBUG", "POPULATE", "20000", "key", "100");
  await client.send("FLUSHALL");
  const some = await facts(client, "VACUUM", "INCREMENTAL", "50");
  assert.ok([50, 51].includes(Number(some["pages_before"]) - Number(some["pages_after"])));
  await facts(client, "VACUUM", "incremental");
  assert.equal((await storage(client)).get("freelist_count"), "0");
  assert.ok(fileSize(server) < 300_000);
});

test("others are served while a VACUUM runs, and what waits behind it comes after", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using vacuuming = await server.connect({ resp: 3 });
  await using other = await server.connect();
  await other.send("DEBUG", "POPULATE", "60000", "key", "100");
  await other.send("FLUSHALL");
  await other.send("DEBUG", "POPULATE", "20000", "key", "100");
  let running = true;
  const replies = vacuuming.pipeline([["VACUUM"], ["GET", "n"]]).finally(() => running = false);
  let served = 0;
  while (running) {
    assert.equal(format(await other.send("INCR", "n")), `:${++served}`);
    assert.equal(format(await other.send("STRLEN", "key:19999")), ":100");
  }
  assert.ok(served > 10, `${served} commands served`);
  const [outcome, after] = await replies;
  assert.equal(outcome!.type, "map");
  // It ran when the VACUUM was over, so it saw the other's increments.
  assert.ok(Number(format(after!).replaceAll('"', "")) >= served - 1);
  assert.equal(format(await other.send("GET", "n")), `"${served}"`);
});

test("a VACUUM is seen by another process on the file, which works on", async () => {
  await using directory = await temporaryDirectory();
  await using first = await startRedlite({ directory: directory.path });
  await using second = await startRedlite({ directory: directory.path });
  await using a = await first.connect({ resp: 3 });
  await using b = await second.connect({ resp: 3 });
  await a.send("DEBUG", "POPULATE", "20000", "key", "100");
  assert.equal(format(await b.send("STRLEN", "key:1")), ":100");
  const vacuum = facts(a, "VACUUM");
  for (let i = 1; i <= 50; i++) assert.equal(format(await b.send("INCR", "n")), `:${i}`);
  await vacuum;
  assert.equal(format(await a.send("INCR", "n")), ":51");
  await b.send("FLUSHALL");
  const outcome = await facts(b, "VACUUM", "INCREMENTAL");
  assert.ok(Number(outcome["bytes_after"]) < 300_000);
  assert.equal(format(await a.send("DBSIZE")), ":0");
  assert.equal(format(await a.send("SET", "k", "v")), "+OK");
  assert.equal(format(await b.send("GET", "k")), '"v"');
  assert.equal((await storage(a)).get("page_count"), (await storage(b)).get("page_count"));
});

test("a VACUUM that finds the disk full leaves everything as it was", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await client.send("DEBUG", "POPULATE", "8000", "key", "100");
  }
  // The file itself has room, what VACUUM builds beside it has not.
  const limit = Math.ceil(Deno.statSync(`${directory.path}/redlite.db`).size / 1024) - 100;
  await using server = await startRedlite({ directory: directory.path, maxFileKib: limit });
  await using client = await server.connect();
  assert.match(format(await client.send("VACUUM")), /^-(MISCONF|IOERR) /);
  assert.equal(format(await client.send("DBSIZE")), ":8000");
  assert.equal(format(await client.send("SET", "k", "v")), "+OK");
});

test("a client that is let go, or gone, does not end the VACUUM", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await using other = await server.connect({ resp: 3 });
  await other.send("DEBUG", "POPULATE", "100000", "key", "100");
  await other.send("FLUSHALL");
  const id = format(await client.send("CLIENT", "ID")).slice(1);
  const reply = client.send("VACUUM");
  while (format(await other.send("CLIENT", "UNBLOCK", id)) !== ":1");
  assert.match(format(await reply), /^-ERR no longer waiting/);
  while ((await storage(other)).get("vacuum_in_progress") === "1");
  assert.equal((await storage(other)).get("freelist_count"), "0");
});

test("AUTOVACUUM tells and keeps what is set, for the next start too", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect({ resp: 3 });
    const status = await facts(client, "AUTOVACUUM");
    assert.equal(status["state"], "on");
    assert.equal(status["mode"], "incremental");
    assert.equal(status["interval"], "60000");
    assert.equal(status["last_run"], "0");
    assert.equal(format(await client.send("AUTOVACUUM", "OFF", "INTERVAL", "5000")), "+OK");
    await client.send("CONFIG", "SET", "hz", "20");
    await client.send("CONFIG", "REWRITE");
  }
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect({ resp: 3 });
  const status = await facts(client, "AUTOVACUUM", "STATUS");
  assert.deepEqual([status["state"], status["interval"]], ["off", "5000"]);
  assert.equal(format(await client.send("AUTOVACUUM", "on")), "+OK");
  for (
    const [word, state] of [["on", "on"], ["0", "off"], ["TRUE", "on"], ["false", "off"], [
      "1",
      "on",
    ]]
  ) {
    assert.equal(format(await client.send("AUTOVACUUM", word!)), "+OK");
    assert.equal((await facts(client, "AUTOVACUUM"))["state"], state);
  }
  assert.equal((await storage(client)).get("autovacuum_interval"), "5000");
});

test("a file of an earlier version is told to be rewritten first", async () => {
  await using directory = await temporaryDirectory();
  const { DatabaseSync } = await import("node:sqlite");
  const old = new DatabaseSync(`${directory.path}/redlite.db`);
  old.exec("CREATE TABLE notes(text)");
  old.close();
  await using server = await startRedlite({ directory: directory.path, args: ["--adopt"] });
  await using client = await server.connect({ resp: 3 });
  assert.match(
    format(await client.send("VACUUM", "INCREMENTAL")),
    /^-ERR this file was not made to give single pages back/,
  );
  assert.equal((await facts(client, "AUTOVACUUM"))["mode"], "none");
  await facts(client, "VACUUM");
  assert.equal((await facts(client, "AUTOVACUUM"))["mode"], "incremental");
  await facts(client, "VACUUM", "INCREMENTAL");
});

testReplies("VACUUM and AUTOVACUUM refuse what they do not know", [
  ["VACUUM FULL", "-ERR syntax error"],
  ["VACUUM INCREMENTAL x", "-ERR value is not an integer or out of range"],
  ["VACUUM INCREMENTAL 0", "-ERR pages must be positive"],
  ["VACUUM INCREMENTAL 1 2", "-ERR syntax error"],
  ["AUTOVACUUM MAYBE", "-ERR syntax error"],
  ["AUTOVACUUM INTERVAL", "-ERR syntax error"],
  ["AUTOVACUUM ON OFF", "-ERR syntax error"],
  ["AUTOVACUUM STATUS INTERVAL 5000", "-ERR syntax error"],
  ["AUTOVACUUM ON INTERVAL x", "-ERR value is not an integer or out of range"],
  [
    "AUTOVACUUM ON INTERVAL 999",
    "-ERR the interval must be between 1000 and 2147483647 milliseconds",
  ],
  ["AUTOVACUUM INTERVAL 1000", "+OK"],
  ["MULTI", "+OK"],
  ["VACUUM", "-ERR Command not allowed inside a transaction"],
  ["EXEC", "-EXECABORT Transaction discarded because of previous errors."],
]);

Deno.test("a database in memory has no file to vacuum", () => {
  using server = new OnClock();
  const refusal = "ERR this database is kept in memory: it has no file to vacuum";
  for (
    const line of ["VACUUM", "VACUUM INCREMENTAL", "AUTOVACUUM ON", "AUTOVACUUM INTERVAL 5000"]
  ) {
    assert.equal(server.ask(line), refusal, line);
  }
  const status = server.ask("AUTOVACUUM") as Map<string, unknown>;
  assert.equal(status.get("state"), "off");
});
