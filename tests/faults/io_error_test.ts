/** Files that are taken away, made read-only or damaged: no crash, nothing wrong served, and errors that say what it is. */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/engine/clock.ts";
import { WalSync } from "../../src/engine/wal_sync.ts";
import { named, notLinux, onWindows } from "../harness/lacking.ts";
import { encode, format, RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";
import { faultsOf } from "./file_check.ts";
import { SMALL_DISK } from "./small_disk.ts";

/** Why no log can be kept before a database. */
const noLog = notLinux() ??
  (DRIVERS.some(({ info }) => info.name === "ffi") ? undefined : "no native library");
const LARGE = "x".repeat(10_000);

/** Sets numbered keys, and gives the replies. */
async function set(client: RespClient, from: number, to: number): Promise<string[]> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const replies = await client.pipeline(numbers.map((i) => ["SET", `key:${i}`, `value:${i}`]));
  return replies.map(format);
}

async function fill(client: RespClient, from: number, to: number): Promise<void> {
  for (const reply of await set(client, from, to)) assert.equal(reply, "+OK");
}

/**
 * Sets numbered keys when a file is gone: as soon as that is noticed, which is within a second, the rest is refused.
 *
 * @returns How many keys there are.
 */
async function fillOn(client: RespClient, from: number, to: number): Promise<number> {
  const replies = await set(client, from, to);
  const refusedAt = replies.findIndex((reply) => reply !== "+OK");
  if (refusedAt < 0) return to;
  for (const reply of replies.slice(refusedAt)) assert.match(reply, /^-MISCONF .* was removed/);
  return from + refusedAt;
}

/** Checks that numbered keys are there, and no others. */
async function assertKeys(client: RespClient, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    assert.equal(format(await client.send("GET", `key:${i}`)), `"value:${i}"`);
  }
  assert.equal(format(await client.send("DBSIZE")), `:${count}`);
}

async function assertStops(server: TestServer): Promise<void> {
  assert.equal((await server.stop()).code, 0, server.log);
}

for (const suffix of ["-wal", "-shm"]) {
  Deno.test({
    ...named(
      `a server whose ${suffix} file is removed goes on, and its end leaves everything in the database file`,
      onWindows(),
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const file = `${directory.path}/redlite.db`;
      let count: number;
      {
        await using server = await startRedlite({ directory: directory.path });
        await using client = await server.connect();
        await fill(client, 0, 50);
        await Deno.remove(file + suffix);
        count = await fillOn(client, 50, 100);
        await assertKeys(client, count);
        await assertStops(server);
      }
      assert.deepEqual(faultsOf(file), []);
      await using server = await startRedlite({ directory: directory.path });
      await using client = await server.connect();
      await assertKeys(client, count);
    },
  });
}

Deno.test({
  ...named(
    "a server whose database file is removed goes on with what it has open, and a new one begins anew",
    onWindows(),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    {
      await using server = await startRedlite({ directory: directory.path });
      await using client = await server.connect();
      await fill(client, 0, 50);
      for (const suffix of ["", "-wal", "-shm"]) {
        await Deno.remove(`${directory.path}/redlite.db${suffix}`);
      }
      await assertKeys(client, await fillOn(client, 50, 100));
      await assertStops(server);
    }
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    assert.equal(format(await client.send("DBSIZE")), ":0");
    await fill(client, 0, 10);
    await assertKeys(client, 10);
  },
});

/** Nothing is read-only to root but a file system that is. */
const mounts = Deno.build.os === "linux" && Deno.uid() === 0;
const canMakeReadOnly = mounts ? SMALL_DISK === "a tmpfs" : Deno.build.os !== "windows";

/** Makes a directory read-only for whoever opens a file in it from now on. */
async function makeReadOnly(directory: string): Promise<AsyncDisposable> {
  const undo = new AsyncDisposableStack();
  const run = async (command: string, ...args: string[]) => {
    assert.ok((await new Deno.Command(command, { args }).output()).success, command);
  };
  if (mounts) {
    await run("mount", "--bind", directory, directory);
    undo.defer(() => run("umount", directory));
    await run("mount", "-o", "remount,ro,bind", directory);
    return undo;
  }
  for (const [path, mode] of [[`${directory}/redlite.db`, 0o444], [directory, 0o555]] as const) {
    await Deno.chmod(path, mode);
    undo.defer(() => Deno.chmod(path, mode | 0o200));
  }
  return undo;
}

Deno.test({
  ...named(
    "a directory that becomes read-only does not stop who has the file open; who comes later is told",
    canMakeReadOnly ? undefined : "no directory can be made read-only",
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await fill(client, 0, 50);
    await using _readOnly = await makeReadOnly(directory.path);
    await fill(client, 50, 100);
    await assertKeys(client, 100);
    const later = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "server.ts", "--db", server.databaseFile ?? "", "--addr", "127.0.0.1:0"],
      cwd: new URL("../../", import.meta.url),
    }).output();
    assert.equal(later.code, 1);
    assert.equal(
      new TextDecoder().decode(later.stderr),
      `redlite: the database file ${server.databaseFile} cannot be written to\n`,
    );
    await fill(client, 100, 150);
    await assertKeys(client, 150);
  },
});

Deno.test("a damaged page is reported and not served, and the server goes on with the others", async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/redlite.db`;
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    await fill(client, 0, 2000);
    assert.equal(format(await client.send("SET", "large", LARGE)), "+OK");
    await assertStops(server);
  }
  await damage(file, "value:1000");
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  const replies = [];
  for (let i = 0; i < 2000; i++) replies.push(format(await client.send("GET", `key:${i}`)));
  const failed = replies.filter((reply) => reply.startsWith("-"));
  assert.ok(failed.length > 0 && failed.length < 100, `${failed.length} keys are damaged`);
  for (const [i, reply] of replies.entries()) {
    if (reply.startsWith("-")) assert.match(reply, /^-(IOERR|CORRUPT) .*malformed/);
    else assert.equal(reply, `"value:${i}"`);
  }
  // Also a write that comes upon it leaves nothing half done.
  assert.match(
    format(await client.send("APPEND", "key:1000", "x")),
    /^-(IOERR|CORRUPT) .*malformed/,
  );
  assert.equal(format(await client.send("SET", "key:1999", "new")), "+OK");
  assert.equal(format(await client.send("GET", "large")), `"${LARGE}"`);
});

/** Writes over the page that holds a text, in a file that no process has open. */
async function damage(file: string, text: string): Promise<void> {
  const bytes = await Deno.readFile(file);
  const pageSize = bytes[16]! * 256 + bytes[17]!;
  const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
  assert.ok(at > pageSize, `${text} is not in the file`);
  const page = Math.floor(at / pageSize) * pageSize;
  bytes.fill(0xa5, page, page + pageSize);
  await Deno.writeFile(file, bytes);
}

for (
  const [writeBehind, error] of [
    ["no", /cannot sync the write-ahead log: Input\/output error/],
    ["yes", /cannot sync the write-ahead log: the log could not be written/],
  ] as const
) {
  const log = writeBehind === "yes" ? ", with a log before the database" : "";
  Deno.test({
    ...named(
      `a write that cannot be synced is not acknowledged, and ends the server${log}`,
      writeBehind === "yes" ? noLog : undefined,
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          new URL("failing_sync_server.ts", import.meta.url).pathname,
          `${directory.path}/redlite.db`,
          "--appendfsync",
          "always",
          "--write-behind",
          writeBehind,
        ],
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const written = new Response(child.stderr).text();
      const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      try {
        const port = Number(/127\.0\.0\.1:(\d+)/.exec((await output.read()).value ?? "")?.[1]);
        {
          await using client = await RespClient.connect({ port });
          await fill(client, 0, 10);
          await Deno.writeTextFile(`${directory.path}/broken`, "");
          assert.deepEqual(await unanswered(client, "SET", "key:10", "value:10"), []);
        }
        assert.equal((await child.status).code, 1);
        assert.match(await written, error);
      } finally {
        await output.cancel();
      }
      // What was answered is there at the next start; what was not may be.
      await using server = await startRedlite({ directory: directory.path });
      await using client = await server.connect();
      for (let i = 0; i < 10; i++) {
        assert.equal(format(await client.send("GET", `key:${i}`)), `"value:${i}"`);
      }
    },
  });
}

/** Sends a command and gives the replies until the connection is closed. */
async function unanswered(client: RespClient, ...command: string[]): Promise<unknown[]> {
  await client.raw(encode(command));
  return await client.readUntilClosed();
}

Deno.test("after a sync that failed the WAL is opened anew, and closed", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/test.db`;
  await Deno.writeTextFile(`${path}-wal`, "frames");
  const { syncData } = Deno.FsFile.prototype;
  const files = new Set<Deno.FsFile>();
  Deno.FsFile.prototype.syncData = function (): Promise<void> {
    files.add(this);
    return files.size === 1 ? Promise.reject(new Error("Input/output error")) : syncData.call(this);
  };
  try {
    const sync = new WalSync(path, "no", new ManualClock());
    sync.committed(1);
    await assert.rejects(sync.sync(), /Input\/output error/);
    assert.equal(sync.syncedTurn, 0);
    await sync.sync();
    assert.equal(sync.syncedTurn, 1);
    await sync.close();
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
  assert.equal(files.size, 2);
  for (const file of files) assert.throws(() => file.close(), Deno.errors.BadResource);
});
