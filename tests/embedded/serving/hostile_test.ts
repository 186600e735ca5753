/** Servers of programs where things go wrong: clients, disks, files, and programs that close in the middle. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Redlite, RedliteError } from "../../../mod.ts";
import { format, RespClient } from "../../harness/resp_client.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { say, serve, until, waiting } from "./served.ts";

const connect = (port: number) => RespClient.connect({ port });
const MODULE = new URL("../../../mod.ts", import.meta.url).href;

Deno.test("a database that is closed while a server starts is not served", async () => {
  const db = Redlite.open(":memory:");
  const listening = db.listen();
  const refused = assert.rejects(listening, /the database is closed/);
  await db.close();
  await refused;
});

Deno.test("what a script of a client publishes is heard when it is committed, and not before", async () => {
  await using served = await serve({ scriptTimeout: 20 });
  const { db, server } = served;
  const client = await served.connect();
  const heard: string[] = [];
  const news = db.subscribe("news");
  const listening = (async () => {
    for await (const { message } of news) heard.push(message);
  })();
  const script = "redis.call('set', 'k', ARGV[1]) redis.call('publish', 'news', ARGV[1]) ";
  await say(client, "PING");
  await client.send("EVAL", script, "0", "committed");
  client.send("EVAL", `${script} while true do end`, "0", "never").catch(() => {});
  await until(() => {
    try {
      db.get("k");
      return false;
    } catch {
      return true;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(heard, ["committed"]);
  await server.close();
  db.publish("news", "after");
  await until(() => heard.length === 2);
  assert.deepEqual([heard, db.get("k")], [["committed", "after"], "committed"]);
  await news.return();
  await listening;
});

Deno.test("a database that is open for reading only is served for reading", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app.db");
  await using writer = Redlite.open(path);
  writer.set("k", "v");
  await using reader = Redlite.open(path, { readonly: true });
  await using server = await reader.listen();
  await using client = await connect(server.port);
  assert.deepEqual(await say(client, "GET k"), ['"v"']);
  assert.match((await say(client, "SET k w"))[0] ?? "", /^-READONLY/);
  writer.set("k", "w");
  assert.deepEqual(await say(client, "GET k"), ['"w"']);
});

Deno.test("another process's lock holds clients up one by one, and the program for its time", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app.db");
  await using db = Redlite.open(path, { busyTimeout: 100, driver: "builtin" });
  await using server = await db.listen();
  await using client = await connect(server.port);
  await say(client, "SET k v");
  const program = `
    import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(Deno.args[0]);
    db.exec("BEGIN IMMEDIATE");
    console.log("locked");
    await Deno.stdin.read(new Uint8Array(1));
    db.exec("COMMIT");
    console.log("free");`;
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["eval", program, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = holder.stdout.getReader();
  await output.read();
  const written = client.send("SET", "k", "w");
  assert.throws(
    () => db.set("k", "x"),
    (error) => error instanceof RedliteError && error.code === "BUSY",
  );
  assert.equal(db.get("k"), "v");
  await holder.stdin.close();
  await output.read();
  assert.equal(format(await written), "+OK");
  db.set("k", "x");
  assert.deepEqual(await say(client, "GET k"), ['"x"']);
  await output.cancel();
  await holder.status;
});

Deno.test("what takes long goes on beside clients", async () => {
  await using directory = await temporaryDirectory();
  const db = Redlite.open(join(directory.path, "app.db"));
  await using _closed = { [Symbol.asyncDispose]: () => db.close() };
  await using server = await db.listen();
  await using client = await connect(server.port);
  for (let i = 0; i < 2000; i++) db.set(`k${i}`, "v".repeat(500));
  const replies = client.pipeline(Array.from({ length: 2000 }, (_, i) => ["SET", `c${i}`, "v"]));
  const [vacuumed, backup, problems] = await Promise.all([
    db.vacuum(),
    db.backup(join(directory.path, "backup.db")),
    db.integrity(),
  ]);
  assert.ok(vacuumed.bytesAfter > 0 && backup.bytes > 0);
  assert.deepEqual(problems, []);
  assert.equal((await replies).filter((reply) => reply.type === "simple").length, 2000);
  assert.deepEqual(await say(client, "SAVE", "DBSIZE"), ["+OK", ":4000"]);
  assert.equal(db.call("SAVE"), "OK");
  await db.sync();
});

Deno.test("clients that flood, wait, subscribe and queue are gone when the program closes", async () => {
  for (const close of ["server", "database", "using"] as const) {
    const db = Redlite.open(":memory:");
    const server = await db.listen();
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(server.port)));
    const endings: Promise<unknown>[] = [];
    const [flooding, ...others] = clients;
    await Promise.all(clients.map((client) => say(client, "PING")));
    endings.push(
      flooding!.pipeline(Array.from({ length: 20_000 }, (_, i) => ["SET", `k${i}`, "v"])),
    );
    for (const [i, client] of others.entries()) {
      if (i % 3 === 0) endings.push(client.send("BLPOP", "none", "0"));
      else if (i % 3 === 1) await say(client, "SUBSCRIBE news");
      else await say(client, "WATCH k", "MULTI", "SET k v");
    }
    const settled = Promise.allSettled(endings);
    await until(() => waiting(db) === 3);
    if (close === "server") await server.close();
    else if (close === "database") await db.close();
    else db[Symbol.dispose]();
    await settled;
    await server.closed;
    if (close === "server") {
      db.set("k", "still here");
      assert.equal(db.call("PUBSUB", "NUMSUB", "news") instanceof Array, true);
      assert.equal(db.publish("news", "nobody"), 0);
      assert.equal(waiting(db), 0);
    }
    await db.close();
    for (const client of clients) client.close();
  }
});

Deno.test("bytes that are no protocol disturb neither the program nor others", async () => {
  await using served = await serve();
  const { db, server } = served;
  const client = await served.connect();
  for (
    const bytes of [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\0\xff\xfe",
      "*-5\r\n$9\r\n",
      "*1\r\n$-4\r\n",
    ]
  ) {
    const connection = await Deno.connect({ port: server.port });
    await connection.write(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    connection.close();
  }
  db.set("k", "v");
  assert.deepEqual(await say(client, "GET k"), ['"v"']);
});

Deno.test("a client that shuts down, kills and debugs does not end the program", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  await say(client, "CLIENT KILL ID 1", "CLIENT UNBLOCK 1", "DEBUG SLEEP 0", "SCRIPT KILL");
  for (const line of ["DEBUG SEGFAULT", "DEBUG PANIC", "DEBUG OOM", "DEBUG RESTART", "QUIT"]) {
    const other = await served.connect();
    await other.raw(new TextEncoder().encode(`${line}\r\n`));
    other.close();
  }
  db.set("k", "v");
  assert.deepEqual(await say(client, "GET k"), ['"v"']);
});

Deno.test("a full disk fails the program's writes and the clients', and neither's reads", async () => {
  await using directory = await temporaryDirectory();
  const program = `
    import { Redlite, StorageError } from "${MODULE}";
    import { RespClient, format } from "${new URL(
    "../../harness/resp_client.ts",
    import.meta.url,
  )}";
    const server = await Redlite.serve("app.db");
    const client = await RespClient.connect({ port: server.port });
    const waiter = await RespClient.connect({ port: server.port });
    server.db.set("k", "v");
    const popped = waiter.send("BLPOP", "queue", "0");
    popped.catch(() => {});
    let outcome = "never full";
    const value = "v".repeat(30000);
    for (let i = 0; i < 1000; i++) {
      try {
        server.db.set("big" + i, value);
      } catch (error) {
        outcome = String(error instanceof StorageError);
        break;
      }
    }
    const pushed = (() => {
      try {
        server.db.rpush("queue", value);
        return "pushed";
      } catch (error) {
        return error.constructor.name;
      }
    })();
    // One after the other: what comes together is one transaction, and fails together.
    const replies = [];
    for (const words of [["SET", "k", value], ["GET", "k"], ["CLIENT", "LIST"]]) {
      replies.push(await client.send(...words));
    }
    console.log(outcome, pushed, server.db.get("k"), format(replies[0]).split(" ")[0],
      format(replies[1]), /cmd=blpop/.test(format(replies[2])));
    Deno.exit(0);`;
  await Deno.writeTextFile(join(directory.path, "program.ts"), program);
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `trap '' XFSZ; ulimit -f 1500; exec "$0" run -A --no-check --quiet program.ts`,
      Deno.execPath(),
    ],
    cwd: directory.path,
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    'true StorageError v -IOERR "v" true\n',
    new TextDecoder().decode(stderr),
  );
});
