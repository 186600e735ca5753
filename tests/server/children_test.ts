/** Servers that a program starts for itself: how it finds them, who else can, and that they end with it. */

import { strict as assert } from "node:assert";
import { dirname } from "node:path";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { ask, closed, Program } from "./children.ts";
import { run } from "./run.ts";

const PLACES = ["auto", "tcp"] as const;
const WATCHES: [name: string, parents: string[]][] = [
  ["a pipe", ["stdin"]],
  ["its process id", ["SELF"]],
  ["both", ["stdin", "SELF"]],
];

for (const [name, parents] of WATCHES) {
  Deno.test(`a server watches its program by ${name}: it ends by kill -9, and the next has all that was written`, async () => {
    await using directory = await temporaryDirectory();
    const db = ["--db", `${directory.path}/app.db`, "--private", "auto"];
    await using program = await Program.start(...db, "--parent", ...parents);
    const connection = await program.connect();
    await ask(connection, "SET written before", "+OK\r\n");
    await program.kill9();
    await using next = await Program.start(...db, "--parent", "stdin");
    const again = await next.connect();
    await ask(again, "GET written", "$6\r\nbefore\r\n");
    again.close();
    await closed(connection);
  });
}

Deno.test("a server that watches a process which is none of its parents ends with it", async () => {
  const other = new Deno.Command(Deno.execPath(), {
    args: ["eval", "await new Promise((r) => setTimeout(r, 1e9))"],
  }).spawn();
  const args = ["--storage", "memory", "--private", "auto", "--parent", String(other.pid)];
  await using program = await Program.start(...args);
  const connection = await program.connect();
  await ask(connection, "PING", "+PONG\r\n");
  other.kill("SIGKILL");
  await other.status;
  await closed(connection);
});

Deno.test("a server whose program is gone already ends by itself, without having been used", async () => {
  const gone = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  await gone.status;
  for (const parent of [String(gone.pid), "stdin"]) {
    const { code } = await run(["--storage", "memory", "--private", "auto", "--parent", parent]);
    assert.equal(code, 0);
  }
});

Deno.test("the end of a program ends its server, with nothing left of a log or a socket", async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/app.db`;
  const program = await Program.start("--db", file, "--private", "unix", "--parent", "stdin");
  const { unix } = program.handshake;
  const connection = await program.connect();
  await ask(connection, "SET k v", "+OK\r\n");
  connection.close();
  await program[Symbol.asyncDispose]();
  assert.deepEqual([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["app.db"]);
  assert.ok(unix);
  assert.throws(() => Deno.lstatSync(dirname(unix)), Deno.errors.NotFound);
});

Deno.test("signals that go to all processes of a terminal or a service leave a program its server", async () => {
  await using program = await Program.start(
    ...["--storage", "memory", "--private", "auto", "--parent", "stdin"],
  );
  const connection = await program.connect();
  await ask(connection, "PING", "+PONG\r\n");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.kill(program.handshake.pid, signal);
    await ask(connection, "PING", "+PONG\r\n");
  }
  connection.close();
});

Deno.test("the handshake tells version, process, place and what the server can do", async () => {
  await using program = await Program.start(
    "--storage",
    "memory",
    "--private",
    "auto",
    "--parent",
    "stdin",
  );
  const { redlite, redis, pid, unix, port, password, capabilities } = program.handshake;
  assert.match(redlite, /^\d+\.\d+\.\d+$/);
  assert.match(redis, /^8\./);
  assert.ok(pid > 0);
  assert.ok(unix);
  assert.deepEqual([port, password], [undefined, undefined]);
  assert.deepEqual(capabilities, [
    ...["backup", "geo", "history", "json", "keyinfo", "scripts", "search", "sql", "vacuum"],
    "vectors",
  ]);
});

Deno.test("the handshake of a server without extensions does not tell of what they bring", async () => {
  await using program = await Program.start(
    ...["--storage", "memory", "--private", "auto", "--parent", "stdin", "--ext", "none"],
  );
  assert.deepEqual(
    program.handshake.capabilities,
    ["backup", "history", "json", "keyinfo", "scripts", "search", "sql", "vacuum"],
  );
});

Deno.test("a private socket is this user's alone, and so is its directory", async () => {
  await using program = await Program.start(
    "--storage",
    "memory",
    "--private",
    "unix",
    "--parent",
    "stdin",
  );
  const { unix } = program.handshake;
  assert.ok(unix);
  assert.equal((Deno.lstatSync(unix).mode ?? 0) & 0o777, 0o600);
  assert.equal((Deno.lstatSync(dirname(unix)).mode ?? 0) & 0o777, 0o700);
});

Deno.test("a private port is on loopback, and asks for a password that is another at each start", async () => {
  const args = ["--storage", "memory", "--private", "tcp", "--parent", "stdin"];
  await using program = await Program.start(...args);
  await using other = await Program.start(...args);
  const { host, password, unix } = program.handshake;
  assert.equal(host, "127.0.0.1");
  assert.equal(unix, undefined);
  assert.match(password ?? "", /^[0-9a-f]{64}$/);
  assert.notEqual(password, other.handshake.password);
  const connection = await program.connect();
  await ask(connection, "PING", "-NOAUTH Authentication required.\r\n");
  await ask(connection, `AUTH ${password}`, "+OK\r\n");
  await ask(connection, "PING", "+PONG\r\n");
  connection.close();
});

Deno.test("CONFIG REWRITE keeps a file's own password, not the one of a private place", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await client.send("CONFIG", "SET", "requirepass", "own");
    await client.send("AUTH", "own");
    await client.send("CONFIG", "REWRITE");
  }
  for (const place of PLACES) {
    await using program = await Program.start(
      ...["--db", `${directory.path}/redlite.db`, "--private", place, "--parent", "stdin"],
    );
    const connection = await program.connect();
    const { password } = program.handshake;
    if (password !== undefined) await ask(connection, `AUTH ${password}`, "+OK\r\n");
    await ask(connection, "CONFIG REWRITE", "+OK\r\n");
    connection.close();
  }
  await using server = await startRedlite({ directory: directory.path, password: "own" });
  await using client = await server.connect();
  const reply = await client.send("PING");
  assert.deepEqual(reply, { type: "simple", value: "PONG" });
});

Deno.test("two programs on one file have a server each, and see what the other writes", async () => {
  await using directory = await temporaryDirectory();
  const args = ["--db", `${directory.path}/app.db`, "--private", "auto", "--parent", "stdin"];
  await using one = await Program.start(...args);
  await using two = await Program.start(...args);
  assert.notEqual(one.handshake.pid, two.handshake.pid);
  const [first, second] = [await one.connect(), await two.connect()];
  await ask(first, "INCR visits", ":1\r\n");
  await ask(second, "INCR visits", ":2\r\n");
  await ask(first, "GET visits", "$1\r\n2\r\n");
  first.close();
  second.close();
});

Deno.test("a start that fails is told in the handshake", async () => {
  const refused: [args: string[], message: RegExp][] = [
    [["--db", "/nowhere/app.db", "--private", "auto"], /cannot open .*\/nowhere\/app\.db/],
    [["--storage", "memory", "--private", "maybe"], /--private is one of auto, unix, tcp/],
    [["--storage", "memory", "--private", "auto", "--parent", "0"], /--parent is process ids/],
    [["--storage", "memory", "--private", "auto", "--port", "1"], /--port has no place beside/],
    [["--storage", "memory", "--private", "auto", "--password", "x"], /has no place beside/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await run([...args, "--handshake"]);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(JSON.parse(stdout).error, message);
  }
});

Deno.test("the socket of a server that was killed is swept away by a later start", async () => {
  const args = ["--storage", "memory", "--private", "unix", "--parent", "stdin"];
  const killed = await Program.start(...args);
  const connection = await killed.connect();
  Deno.kill(killed.handshake.pid, "SIGKILL");
  await closed(connection);
  await killed[Symbol.asyncDispose]();
  const directory = dirname(killed.handshake.unix ?? "");
  const longAgo = new Date(Date.now() - 3_600_000);
  Deno.utimeSync(directory, longAgo, longAgo);
  await using living = await Program.start(...args);
  Deno.utimeSync(dirname(living.handshake.unix ?? ""), longAgo, longAgo);
  await using _later = await Program.start(...args);
  assert.throws(() => Deno.lstatSync(directory), Deno.errors.NotFound);
  const still = await living.connect();
  await ask(still, "PING", "+PONG\r\n");
  still.close();
});
