/** Starting: wrong flags, files, ports and permissions are one clear line and a code that is not 0. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the server until it ends by itself. */
async function run(
  args: string[],
  permissions: string[] = ["-A"],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "server.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** What a start must refuse: its flags, and what the one line says. */
const REFUSED: [name: string, args: string[], message: RegExp][] = [
  ["an unknown flag", ["--nope"], /Unknown option '--nope'/],
  ["a port that is none", ["--port", "70000"], /--port is a number from 0 to 65535/],
  ["a level that is none", ["--appendfsync", "often"], /--appendfsync is one of always/],
  ["an address without a port", ["--addr", "localhost"], /--addr is HOST:PORT/],
  ["no place to listen on", ["--port", "0"], /there must be a --unixsocket/],
  ["an open address without a password", ["--addr", "0.0.0.0:0"], /set a --password/],
  ["a library that is not there", ["--sqlite-lib", "/nowhere.so"], /no usable SQLite library/],
];

for (const [name, args, message] of REFUSED) {
  Deno.test(`a start with ${name} is refused in one line`, async () => {
    const { code, stdout, stderr } = await run([...args, "--storage", "memory"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("--version and --help print and end with code 0", async () => {
  const version = await run(["--version"]);
  assert.deepEqual([version.code, version.stdout.slice(0, 8)], [0, "redlite "]);
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--appendfsync/);
});

Deno.test("a file that is no database, or another application's, is refused and left as it is", async () => {
  await using directory = await temporaryDirectory();
  const text = `${directory.path}/notes.txt`;
  await Deno.writeTextFile(
    text,
    "these are notes, and long enough to be mistaken for a header\n".repeat(9),
  );
  const notes = await run(["--db", text, "--addr", ":0"]);
  assert.equal(notes.code, 1);
  assert.match(notes.stderr, /not an SQLite database/);
  const foreign = `${directory.path}/app.db`;
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE mine(a); INSERT INTO mine VALUES (1)");
  database.close();
  const before = await Deno.readFile(foreign);
  const refused = await run(["--db", foreign, "--addr", ":0"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /another application/);
  assert.deepEqual(await Deno.readFile(foreign), before);
});

Deno.test("a port that is taken is named", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stderr } = await run(["--storage", "memory", "--port", String(port)]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is taken`));
});

Deno.test("a missing permission is one line that names the flag", async () => {
  await using directory = await temporaryDirectory();
  const args = ["--db", `${directory.path}/a.db`, "--addr", "127.0.0.1:0"];
  const net = await run(args, ["--no-prompt"]);
  assert.equal(net.code, 1);
  assert.match(net.stderr, /needs --allow-net=127\.0\.0\.1:0/);
  const file = await run(args, ["--no-prompt", "--allow-net"]);
  assert.equal(file.code, 1);
  assert.match(file.stderr, /needs --allow-read=\S+ --allow-write=\S+/);
});

Deno.test("a Unix socket serves, is replaced after a crash, and is refused while a server lives", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  const ask = async () => {
    const connection = await Deno.connect({ transport: "unix", path });
    await connection.write(new TextEncoder().encode("PING\r\n"));
    const buffer = new Uint8Array(64);
    const size = await connection.read(buffer) ?? 0;
    connection.close();
    return new TextDecoder().decode(buffer.subarray(0, size));
  };
  {
    await using server = await startRedlite({ args: ["--unixsocket", path] });
    assert.equal(await ask(), "+PONG\r\n");
    const second = await run(["--storage", "memory", "--port", "0", "--unixsocket", path]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /is taken/);
    await server.kill9();
  }
  await using _again = await startRedlite({ args: ["--unixsocket", path] });
  assert.equal(await ask(), "+PONG\r\n");
});

Deno.test("settings kept by CONFIG REWRITE hold for the next start, and flags win over them", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await client.send("CONFIG", "SET", "timeout", "77", "appendfsync", "everysec");
    await client.send("CONFIG", "REWRITE");
  }
  await using server = await startRedlite({
    directory: directory.path,
    appendfsync: "no",
  });
  await using client = await server.connect();
  const get = async (name: string) => {
    const reply = await client.send("CONFIG", "GET", name);
    return reply.type === "array" ? reply.items[1] : undefined;
  };
  const text = (reply: unknown) => new TextDecoder().decode((reply as { value: Uint8Array }).value);
  assert.equal(text(await get("timeout")), "77");
  assert.equal(text(await get("appendfsync")), "no");
});
