/** Unix sockets: who may connect, and what becomes of the file. */

import { strict as assert } from "node:assert";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { run } from "../run.ts";

/** Sends one inline command and returns the first bytes of its reply. */
async function ask(path: string, command: string): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode(`${command}\r\n`));
  const buffer = new Uint8Array(256);
  const size = await connection.read(buffer) ?? 0;
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, size));
}

function modeOf(path: string): number {
  return (Deno.lstatSync(path).mode ?? 0) & 0o777;
}

Deno.test("a Unix socket serves, is replaced after a crash, and is refused while a server lives", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  {
    await using server = await startRedlite({ args: ["--unixsocket", path] });
    assert.equal(await ask(path, "PING"), "+PONG\r\n");
    const second = await run(["--storage", "memory", "--port", "0", "--unixsocket", path]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /is taken/);
    assert.equal(await ask(path, "PING"), "+PONG\r\n");
    await server.kill9();
  }
  await using _again = await startRedlite({ args: ["--unixsocket", path] });
  assert.equal(await ask(path, "PING"), "+PONG\r\n");
});

Deno.test("a file in the way that is no socket is left alone", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/notes.txt`;
  await Deno.writeTextFile(path, "notes");
  const { code, stderr } = await run(["--storage", "memory", "--port", "0", "--unixsocket", path]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot listen on .*notes\.txt/);
  assert.equal(await Deno.readTextFile(path), "notes");
});

Deno.test("the socket's file is gone when the server has stopped", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  {
    await using _server = await startRedlite({ args: ["--unixsocket", path] });
    assert.ok(Deno.lstatSync(path).isSocket);
  }
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

Deno.test("--unixsocketperm is the mode of the file, whatever the umask", async () => {
  await using directory = await temporaryDirectory();
  for (const [perm, mode] of [["700", 0o700], ["0770", 0o770], ["777", 0o777]] as const) {
    const path = `${directory.path}/${perm}.sock`;
    await using _server = await startRedlite({
      args: ["--unixsocket", path, "--unixsocketperm", perm],
    });
    assert.equal(modeOf(path), mode);
    const shown = perm.replace(/^0/, "");
    assert.match(await ask(path, "CONFIG GET unixsocketperm"), new RegExp(`\\r\\n${shown}\\r\\n$`));
  }
});

Deno.test("the umask is as before once the socket is there", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  await using server = await startRedlite({
    args: ["--unixsocket", path, "--unixsocketperm", "777"],
  });
  const umask = Deno.umask();
  assert.equal(modeOf(`${server.directory}/redlite.db`), 0o644 & ~umask);
});

Deno.test("without a mode the umask decides", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  await using _server = await startRedlite({ args: ["--unixsocket", path] });
  assert.equal(modeOf(path), 0o777 & ~Deno.umask());
});

Deno.test("a missing permission for the socket is one line that names the flags", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.sock`;
  const args = ["--storage", "memory", "--port", "0", "--unixsocket", path];
  const paths = [`--allow-read=${path}`, `--allow-write=${path}`] as const;
  for (const flags of [[], paths, ["--allow-net", paths[0]]]) {
    const { code, stderr } = await run(args, ["--no-prompt", ...flags]);
    assert.equal(code, 1);
    assert.match(stderr, /needs --allow-net=unix:\S+ --allow-read=\S+ --allow-write=\S+\n$/);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
  const perm = await run([...args, "--unixsocketperm", "700"], [
    "--no-prompt",
    "--allow-net",
    ...paths,
  ]);
  assert.equal(perm.code, 1);
  assert.match(perm.stderr, /--unixsocketperm\) needs --allow-sys/);
});
