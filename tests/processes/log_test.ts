/** A server with a log before the database, and other processes that come and go. */

import { strict as assert } from "node:assert";
import { named, notLinux } from "../harness/lacking.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { hasTool, startRedlite, temporaryDirectory, type TestServer } from "../harness/servers.ts";

const lacking = notLinux() ?? (hasTool("sqlite3") ? undefined : "needs sqlite3");

/** A field of INFO persistence. */
async function fact(client: RespClient, name: string): Promise<string> {
  const text = format(await client.send("INFO", "persistence"));
  return new RegExp(`${name}:([^\\\\\\r\\n]*)`).exec(text)?.[1] ?? "";
}

/** Resolves when a field has a value. */
async function until(client: RespClient, name: string, value: string): Promise<void> {
  while (await fact(client, name) !== value) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function sqlite(path: string, sql: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sqlite3", {
    args: ["-cmd", ".timeout 60000", path, sql],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** Resolves when the file answers a question as it should: who comes anew may see what was up to a second before. */
async function untilSeen(path: string, sql: string, value: string): Promise<void> {
  while (await sqlite(path, sql) !== value) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** `sqlite3` with the database open, until it is closed. */
class Shell implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(path: string) {
    this.#child = new Deno.Command("sqlite3", {
      args: ["-cmd", ".timeout 60000", path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async ask(sql: string): Promise<string> {
    await this.#stdin.write(new TextEncoder().encode(`${sql};\n`));
    return ((await this.#lines.read()).value ?? "").trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#child.status;
    await this.#lines.cancel();
  }
}

function testLog(name: string, fn: (server: TestServer, path: string) => Promise<void>): void {
  Deno.test({
    ...named(name, lacking),
    async fn() {
      await using directory = await temporaryDirectory();
      await using server = await startRedlite({
        directory: directory.path,
        appendfsync: "everysec",
        args: ["--write-behind", "yes"],
      });
      await fn(server, `${directory.path}/redlite.db`);
    },
  });
}

const COUNT = "SELECT count(*) FROM redlite_strings";

testLog(
  "sqlite3 sees what was written, and the log ends and begins again",
  async (server, path) => {
    await using client = await server.connect();
    assert.equal(await fact(client, "write_behind_active"), "1");
    await client.pipeline(Array.from({ length: 50 }, (_, i) => ["SET", `k${i}`, "v"]));
    {
      await using shell = new Shell(path);
      // The first look may be of the moment before it was seen.
      await shell.ask(COUNT);
      await client.send("SET", "another", "v");
      assert.equal(await shell.ask(COUNT), "51");
      assert.equal(await fact(client, "write_behind_active"), "0");
      await client.send("SET", "further", "v");
      assert.equal(await shell.ask(COUNT), "52");
      await until(client, "write_behind_log_size", "0");
    }
    await until(client, "write_behind_active", "1");
    assert.equal(format(await client.send("SET", "k", "v")), "+OK");
    await untilSeen(path, COUNT, "53");
  },
);

testLog("two servers with logs on one file lose nothing of each other's", async (server, path) => {
  await using client = await server.connect();
  const write = (client: RespClient, count: number) =>
    client.pipeline(Array.from({ length: count }, () => ["INCR", "sum"]));
  await write(client, 100);
  for (let round = 1; round <= 3; round++) {
    {
      await using second = await startRedlite({
        directory: path.replace("/redlite.db", ""),
        args: ["--write-behind", "yes"],
      });
      await using other = await second.connect();
      await Promise.all([write(client, 100), write(other, 100)]);
      assert.equal(format(await other.send("GET", "sum")), `"${100 + (round - 1) * 300 + 200}"`);
      assert.equal(await fact(other, "write_behind_active"), "0");
      if (round === 2) await second.kill9();
    }
    await until(client, "write_behind_active", "1");
    await write(client, 100);
    assert.equal(format(await client.send("GET", "sum")), `"${100 + round * 300}"`);
  }
});

testLog("CONFIG SET write-behind ends the log and begins it", async (server, path) => {
  await using client = await server.connect();
  await client.send("SET", "k", "1");
  assert.equal(format(await client.send("CONFIG", "SET", "write-behind", "no")), "+OK");
  await client.send("SET", "k", "2");
  assert.equal(await fact(client, "write_behind_active"), "0");
  await until(client, "write_behind_log_size", "0");
  assert.equal(format(await client.send("CONFIG", "SET", "write-behind", "yes")), "+OK");
  await until(client, "write_behind_active", "1");
  await client.send("SET", "k", "3");
  await untilSeen(path, "SELECT value FROM redlite_strings", "3");
});

Deno.test("where no log can be kept the server says so, at the start and when one is asked for", async () => {
  await using server = await startRedlite({
    args: ["--write-behind", "yes", "--sqlite-driver", "builtin"],
  });
  const told = () => server.log.match(/write-behind has no effect: who else .* on Linux alone/g);
  assert.equal(told()?.length, 1, server.log);
  await using client = await server.connect();
  assert.match(await fact(client, "write_behind_obstacle"), /^who else has the database open/);
  await client.send("CONFIG", "SET", "write-behind", "no");
  assert.equal(format(await client.send("CONFIG", "SET", "write-behind", "yes")), "+OK");
  while (told()?.length !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(format(await client.send("SET", "k", "v")), "+OK");
});

testLog("SQL, BACKUP and INTEGRITY see what was answered before them", async (server, path) => {
  await using client = await server.connect();
  for (let i = 1; i <= 20; i++) {
    await client.send("SET", `k${i}`, "v");
    assert.match(format(await client.send("SQL", COUNT)), new RegExp(`\\b${i}\\b`));
  }
  await client.send("SET", "last", "v");
  assert.match(format(await client.send("BACKUP", "copy.db")), /copy/);
  assert.equal(await sqlite(path.replace("redlite.db", "copy.db"), COUNT), "21");
  await client.send("SET", "k", "v");
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
  assert.match(format(await client.send("VACUUM")), /pages_after/);
  assert.equal(format(await client.send("DBSIZE")), ":22");
});

/** Has turns follow one another, so that the transaction stays open, until it goes out of scope. */
async function keepOpen(server: TestServer): Promise<AsyncDisposable> {
  const client = await server.connect();
  let going = true;
  const writing = (async () => {
    while (going) await client.send("INCR", "noise");
  })();
  await using observer = await server.connect();
  while (Number(await fact(observer, "write_behind_pending_turns")) === 0) {
    // Until something is in the log alone.
  }
  return {
    async [Symbol.asyncDispose]() {
      going = false;
      await writing;
      client.close();
    },
  };
}

testLog("WATCH notices what is not in a row yet", async (server) => {
  await using client = await server.connect();
  await using other = await server.connect();
  await using _open = await keepOpen(server);
  const transaction = async () => {
    await client.send("MULTI");
    await client.send("INCR", "k");
    return format(await client.send("EXEC"));
  };
  await client.send("WATCH", "k");
  await other.send("SET", "k", "5");
  assert.equal(await transaction(), "*-1");
  await client.send("WATCH", "k");
  await other.send("SET", "another", "5");
  assert.equal(await transaction(), "[:6]");
});

testLog("tracked keys that are not in a row yet are told of", async (server) => {
  await using client = await server.connect({ resp: 3 });
  await using other = await server.connect();
  await using _open = await keepOpen(server);
  await other.send("SET", "k", "1");
  await client.send("CLIENT", "TRACKING", "ON");
  assert.equal(format(await client.send("GET", "k")), '"1"');
  await other.send("SET", "k", "2");
  assert.match(format(await client.readReply()), /invalidate.*k/);
  assert.equal(format(await client.send("GET", "k")), '"2"');
  await other.send("PEXPIRE", "k", "1");
  assert.match(format(await client.readReply()), /invalidate.*k/);
});

testLog("a replica has what is in the log alone, and no more", async (server) => {
  await using client = await server.connect();
  await using _open = await keepOpen(server);
  await client.send("SET", "k", "1");
  await using replica = await startRedlite({
    args: ["--replicaof", `127.0.0.1 ${server.port}`, "--write-behind", "yes"],
  });
  await using reader = await replica.connect();
  while (format(await reader.send("GET", "k")) !== '"1"') {
    await new Promise((r) => setTimeout(r, 10));
  }
  await client.send("SET", "k", "2");
  assert.equal(format(await client.send("WAIT", "1", "0")), ":1");
  assert.equal(format(await reader.send("GET", "k")), '"2"');
});
