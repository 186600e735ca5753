/** Where the database of a program is served, and how that ends. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Redlite, RedliteError } from "../../../mod.ts";
import { hasOpenssl, makeCertificate } from "../../harness/certificate.ts";
import { format, RespClient } from "../../harness/resp_client.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { say, serve, until, waiting } from "./served.ts";

const connect = (port: number) => RespClient.connect({ port });

/** Says PING by a Unix socket. */
async function pingBy(path: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode("PING\r\n"));
  const buffer = new Uint8Array(64);
  const size = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, size ?? 0));
}

Deno.test("a server tells where it is", async () => {
  await using directory = await temporaryDirectory();
  await using db = Redlite.open(":memory:");
  await using tcp = await db.listen();
  assert.equal(tcp.url, `redis://127.0.0.1:${tcp.port}`);
  assert.deepEqual([tcp.hostname, tcp.path], ["127.0.0.1", undefined]);
  const path = join(directory.path, "redlite.sock");
  await using unix = await db.listen({ path, mode: 0o600 });
  assert.deepEqual([unix.url, unix.hostname, unix.port, unix.path], [
    `unix://${path}`,
    "",
    0,
    path,
  ]);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await using both = await db.listen({ port: 0, path: `${path}2` });
  assert.ok(both.port > 0 && both.path === `${path}2`);
});

Deno.test("places of one database share its clients, and close one by one", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "redlite.sock");
  await using db = Redlite.open(":memory:");
  const first = await db.listen({ path });
  const second = await db.listen();
  assert.equal(await pingBy(path), "+PONG\r\n");
  await using client = await connect(second.port);
  assert.deepEqual(await say(client, "SET k v", "CLIENT SETNAME tcp"), ["+OK", "+OK"]);
  const ports = new Map(Object.entries({ port: String(second.port), unixsocket: path }));
  assert.equal(db.config.get("port"), ports.get("port"));
  assert.equal(db.config.get("unixsocket"), ports.get("unixsocket"));
  await first.close();
  await first.closed;
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  assert.equal(db.config.get("unixsocket"), "");
  assert.match(String(db.call("CLIENT", "LIST")), /name=tcp/);
  assert.deepEqual(await say(client, "GET k"), ['"v"']);
  await second.close();
  await client.readUntilClosed();
  await assert.rejects(connect(second.port), Deno.errors.ConnectionRefused);
  assert.equal(db.get("k"), "v");
});

Deno.test("a database can be served again, at the same port", async () => {
  await using db = Redlite.open(":memory:");
  let port = 0;
  for (let i = 0; i < 3; i++) {
    const server = await db.listen({ port });
    port = server.port;
    await using client = await connect(port);
    assert.deepEqual(await say(client, "INCR n"), [`:${i + 1}`]);
    await server.close();
  }
});

Deno.test("listening again while the last server stops waits for its end", async () => {
  await using db = Redlite.open(":memory:");
  const first = await db.listen();
  const closing = first.close();
  await using second = await db.listen();
  await closing;
  await using client = await connect(second.port);
  assert.deepEqual(await say(client, "PING"), ["+PONG"]);
  const popped = db.blpop("queue");
  await say(client, "RPUSH queue x");
  assert.deepEqual(await popped, ["queue", "x"]);
});

Deno.test("several places may be asked for at once", async () => {
  await using db = Redlite.open(":memory:");
  const servers = await Promise.all([db.listen(), db.listen(), db.listen()]);
  for (const { port } of servers) {
    await using client = await connect(port);
    await say(client, "INCR n");
  }
  assert.equal(db.get("n"), "3");
  await Promise.all(servers.map((server) => server.close()));
});

Deno.test("a place that is taken is refused, and leaves everything as it was", async () => {
  await using db = Redlite.open(":memory:");
  await using server = await db.listen();
  const isTaken = (error: unknown) =>
    error instanceof Deno.errors.AddrInUse && error.message.includes("taken already");
  await assert.rejects(db.listen({ port: server.port }), isTaken);
  await using other = Redlite.open(":memory:");
  await assert.rejects(other.listen({ port: server.port }), isTaken);
  assert.equal(other.config.get("port"), "0");
  await using client = await connect(server.port);
  assert.deepEqual(await say(client, "PING"), ["+PONG"]);
});

Deno.test("what cannot be listened on is refused in one line", async () => {
  await using db = Redlite.open(":memory:");
  const long = `/tmp/${"x".repeat(200)}.sock`;
  const cases: [Parameters<typeof db.listen>[0], RegExp][] = [
    [{ path: long }, /^cannot listen on \/tmp\/x+\.sock: [^\n]+$/],
    [{ path: "/no/such/directory/redlite.sock" }, /^cannot listen on \/no\/such[^\n]+$/],
    [{ hostname: "192.0.2.1", password: "p" }, /^cannot listen on 192\.0\.2\.1:0: [^\n]+$/],
    [{ hostname: "0.0.0.0" }, /lets other machines in: give a password/],
    [{ port: 70000 }, /option port must be a whole number from 0 to 65535, not 70000/],
    [{ port: -1 }, /option port must be a whole number/],
    [{ path: "" }, /option path must not be empty/],
    [{ tls: {} }, /TLS needs a certificate/],
    [{ tls: { cert: "nonsense", key: "nonsense" } }, /holds no certificate in PEM form/],
    [{ users: ["bob nonsense"] }, /user 'bob' has the rule 'nonsense'/],
    [{ maxclients: 0 }, /maxclients/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(
      db.listen(options),
      (error) => error instanceof Error && message.test(error.message),
      `${message}`,
    );
  }
  // @ts-expect-error there is no such option
  await assert.rejects(db.listen({ prot: 1 }), /there is no option prot, but port, hostname/);
  // @ts-expect-error of another type
  await assert.rejects(db.listen({ password: 5 }), /option password must be a string/);
  db.set("k", "v");
});

Deno.test("other machines are let in with a password, or where protected mode is off", async () => {
  await using db = Redlite.open(":memory:");
  await using open = await db.listen({ hostname: "0.0.0.0", protectedMode: false });
  assert.equal(open.url, `redis://127.0.0.1:${open.port}`);
  await open.close();
  db.config.set("protected-mode", true);
  await assert.rejects(db.listen({ hostname: "0.0.0.0" }), /lets other machines in/);
  await using guarded = await db.listen({ hostname: "0.0.0.0", password: "secret" });
  await using client = await connect(guarded.port);
  assert.deepEqual(await say(client, "PING"), ["-NOAUTH Authentication required."]);
});

Deno.test("TLS takes texts and files", { ignore: !hasOpenssl() }, async () => {
  await using directory = await temporaryDirectory();
  const { cert, key, certFile, keyFile } = await makeCertificate(directory.path, "localhost");
  await using db = Redlite.open(":memory:");
  for (const tls of [{ cert, key }, { certFile, keyFile }]) {
    await using server = await db.listen({ tls });
    assert.equal(server.url, `rediss://127.0.0.1:${server.port}`);
    await using client = await RespClient.connect({
      hostname: "localhost",
      port: server.port,
      certificate: cert,
    });
    assert.deepEqual(await say(client, "PING"), ["+PONG"]);
    assert.equal(db.config.get("tls-cert-file"), tls.certFile ?? "");
    assert.match(
      (await say(client, "CONFIG SET tls-cert-file x.crt"))[0] ?? "",
      /^-ERR CONFIG SET/,
    );
  }
  assert.equal(db.config.get("tls-cert-file"), "");
});

Deno.test("closing twice is closing once, and the program goes on", async () => {
  await using db = Redlite.open(":memory:");
  const server = await db.listen();
  await using client = await connect(server.port);
  await say(client, "SET k v");
  await Promise.all([server.close(), server.close()]);
  await server.close();
  await server.closed;
  assert.equal(db.get("k"), "v");
});

Deno.test("clients that wait are let go when the server closes, and the program's calls wait on", async () => {
  await using served = await serve();
  const { db, server } = served;
  const client = await served.connect();
  const popped = client.send("BLPOP", "queue", "0");
  popped.catch(() => {});
  const own = db.blpop("jobs");
  await until(() => waiting(db) === 2);
  await server.close();
  await assert.rejects(popped);
  db.rpush("queue", "x");
  db.rpush("jobs", "y");
  assert.deepEqual(await own, ["jobs", "y"]);
  assert.equal(db.llen("queue"), 1);
});

Deno.test("what a client was answered has left before the server closes", async () => {
  await using served = await serve({ appendfsync: "always" });
  const client = await served.connect();
  const replies = client.pipeline(Array.from({ length: 100 }, (_, i) => ["SET", `k${i}`, "v"]));
  assert.equal((await replies).length, 100);
  await served.server.close();
  assert.equal(served.db.dbsize(), 100);
});

Deno.test("closing the database closes its servers", async () => {
  const db = Redlite.open(":memory:");
  const servers = [await db.listen(), await db.listen()];
  await using client = await connect(servers[0]!.port);
  await say(client, "PING");
  await db.close();
  await client.readUntilClosed();
  for (const { closed, port } of servers) {
    await closed;
    await assert.rejects(connect(port), Deno.errors.ConnectionRefused);
  }
  await assert.rejects(db.listen(), /the database is closed/);
});

Deno.test("a using block closes a database that is served", async () => {
  let port = 0;
  let closed = Promise.resolve();
  {
    using db = Redlite.open(":memory:");
    const server = await db.listen();
    ({ port, closed } = server);
    await using client = await connect(port);
    await say(client, "PING");
  }
  await closed;
  // It may still get into the system's queue, which nobody looks at.
  await assert.rejects(connect(port));
});

Deno.test("SHUTDOWN closes the server, and neither the database nor the program", async () => {
  await using served = await serve();
  const { db, server } = served;
  const client = await served.connect();
  await say(client, "SET k v");
  await client.raw(new TextEncoder().encode("SHUTDOWN\r\n"));
  await server.closed;
  assert.equal(db.get("k"), "v");
  await using again = await db.listen();
  await using other = await connect(again.port);
  assert.deepEqual(await say(other, "GET k"), ['"v"']);
});

Deno.test("SHUTDOWN of the program itself is refused", async () => {
  await using served = await serve();
  assert.throws(() => served.db.call("SHUTDOWN"), RedliteError);
  const client = await served.connect();
  assert.deepEqual(await say(client, "PING"), ["+PONG"]);
});

Deno.test("CONFIG SET does not move a program's server", async () => {
  await using served = await serve();
  const client = await served.connect();
  assert.match(
    (await say(client, "CONFIG SET port 1234"))[0] ?? "",
    /^-ERR CONFIG SET failed .* the program that serves the database says where and how it listens/,
  );
  assert.equal(served.db.config.get("port"), String(served.server.port));
});

Deno.test("what an operator should know goes where the program says, and nowhere else", async () => {
  const lines: string[] = [];
  await using served = await serve({}, {
    log: (message, level) => lines.push(`${level}: ${message}`),
  });
  const client = await served.connect();
  await client.raw(new TextEncoder().encode("*1\r\n$nonsense\r\n"));
  await client.readUntilClosed();
  assert.ok(lines.some((line) => line.startsWith("notice: listening on 127.0.0.1:")), `${lines}`);
  assert.ok(lines.some((line) => /^warning: .*protocol error/.test(line)), `${lines}`);
});

Deno.test("two databases are served in one process", async () => {
  await using first = await serve();
  await using second = await serve();
  const [one, two] = [await first.connect(), await second.connect()];
  await say(one, "SET k 1", "SUBSCRIBE news");
  assert.deepEqual(await say(two, "GET k", "PUBLISH news x"), ["$-1", ":0"]);
});

Deno.test("two objects of one file are served in one process", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app.db");
  await using one = Redlite.open(path);
  await using two = Redlite.open(path);
  await using first = await one.listen();
  await using second = await two.listen();
  await using a = await connect(first.port);
  await using b = await connect(second.port);
  const popped = b.send("BLPOP", "queue", "0");
  assert.deepEqual(await say(a, "SET k v", "RPUSH queue x"), ["+OK", ":1"]);
  assert.equal(format(await popped), '["queue", "x"]');
  assert.deepEqual(await say(b, "GET k"), ['"v"']);
  two.set("k", "w");
  assert.equal(one.get("k"), "w");
});
