/** The database's files are removed, replaced or written over while a server has them open. */

import { strict as assert } from "node:assert";
import { named, notLinux } from "../harness/lacking.ts";
import { Redlite, StorageError } from "../../mod.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";
import { faultsOf } from "./file_check.ts";

const KEYS = 2000;

interface Scene {
  readonly server: TestServer;
  readonly client: RespClient;
  readonly directory: string;
  /** The database file. */
  readonly path: string;
}

/** Runs a test on a server with some keys, half of them in the database file and half beside it only. */
function testOnServer(
  name: string,
  body: (scene: Scene) => Promise<void>,
  drivers: readonly string[] = DRIVERS.map(({ info }) => info.name),
): void {
  for (const driver of drivers) {
    Deno.test(`${name} (${driver})`, async () => {
      await using directory = await temporaryDirectory();
      await using server = await startRedlite({
        directory: directory.path,
        args: ["--sqlite-driver", driver],
        appendfsync: "everysec",
      });
      await using client = await server.connect();
      const path = `${directory.path}/redlite.db`;
      for (let i = 0; i < KEYS; i++) {
        if (i === KEYS / 2) await client.send("SAVE");
        await client.send("SET", `k${i}`, `value ${i}`);
      }
      await body({ server, client, directory: directory.path, path });
    });
  }
}

/** Writes until that is refused. @param again Is done before each write. @returns The error. */
async function refusal(client: RespClient, again = () => Promise.resolve()): Promise<string> {
  const deadline = Date.now() + 120_000;
  for (let i = 0; Date.now() < deadline; i++) {
    await again();
    const reply = await client.send("SET", "late", String(i));
    if (reply.type === "error") return reply.value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("writes are not refused");
}

/** Makes sure that a file holds all that was acknowledged. */
async function assertWhole(path: string): Promise<void> {
  assert.deepEqual(faultsOf(path), []);
  await using db = Redlite.open(path);
  for (let i = 0; i < KEYS; i++) assert.equal(db.get(`k${i}`), `value ${i}`);
}

async function otherDatabase(path: string): Promise<void> {
  await using other = Redlite.open(path);
  for (let i = 0; i < 500; i++) other.set(`other${i}`, "x".repeat(200));
}

async function assertOther(path: string): Promise<void> {
  assert.deepEqual(faultsOf(path), []);
  await using db = Redlite.open(path);
  assert.equal(db.dbsize(), 500);
  assert.equal(db.get("other499"), "x".repeat(200));
}

testOnServer(
  "a database file that is removed: writes are refused, a backup has everything",
  async ({ server, client, directory, path }) => {
    await Deno.remove(path);
    assert.match(await refusal(client), /^MISCONF .*redlite\.db was removed.*writes are refused/);
    assert.equal(format(await client.send("GET", "k7")), '"value 7"');
    assert.equal((await client.send("INFO")).type, "bulk");
    assert.match(format(await client.send("BACKUP", "saved.db")), /saved\.db/);
    assert.match(format(await client.send("BACKUP", "saved.db", "REPLACE")), /saved\.db/);
    assert.equal((await server.stop()).code, 0);
    assert.equal(server.log.split("was removed").length, 2, server.log);
    await assertWhole(`${directory}/saved.db`);
  },
);

testOnServer("a database file that is put back: writes go on", async ({ server, client, path }) => {
  await Deno.rename(path, `${path}.moved`);
  await refusal(client);
  await Deno.rename(`${path}.moved`, path);
  for (let refused = true; refused;) {
    refused = (await client.send("SET", "late", "now")).type === "error";
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal((await server.stop()).code, 0);
  assert.match(server.log, /writes go on/);
  await assertWhole(path);
});

testOnServer(
  "a WAL that is removed: writes are refused, and everything is in the file at the end",
  async ({ server, client, directory, path }) => {
    await Deno.remove(`${path}-wal`);
    assert.match(await refusal(client), /^MISCONF .*redlite\.db-wal was removed/);
    assert.match(format(await client.send("BACKUP", "saved.db")), /saved\.db/);
    assert.equal((await server.stop()).code, 0);
    await assertWhole(`${directory}/saved.db`);
    await assertWhole(path);
  },
);

testOnServer(
  "a file that is moved over the database stays as it is",
  async ({ server, client, directory, path }) => {
    await otherDatabase(`${directory}/other.db`);
    await Deno.rename(`${directory}/other.db`, path);
    assert.match(
      await refusal(client),
      /^MISCONF another file was put in the place of .*redlite\.db;/,
    );
    assert.match(format(await client.send("BACKUP", "saved.db")), /saved\.db/);
    assert.match(format(await client.send("INTEGRITY")), /^-MISCONF|^OK/);
    assert.equal((await server.stop()).code, 0);
    await assertWhole(`${directory}/saved.db`);
    await assertOther(path);
  },
);

testOnServer(
  "a file that is copied over the database: writes are refused, and nothing is written into it",
  async ({ server, client, directory, path }) => {
    await otherDatabase(`${directory}/other.db`);
    await client.send("SAVE");
    await client.send("SET", "after", "the checkpoint");
    // One copy is noticed that comes after a look at the file as the checkpoint left it.
    const copy = () => Deno.copyFile(`${directory}/other.db`, path);
    assert.match(
      await refusal(client, copy),
      /^MISCONF another program wrote into .*redlite\.db/,
    );
    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(await Deno.readFile(path), await Deno.readFile(`${directory}/other.db`));
  },
  DRIVERS.length === 2 ? ["ffi"] : [],
);

testOnServer(
  "a WAL that another program cuts: writes are refused",
  async ({ client, path, server }) => {
    // What a log before the database has is committed first: a WAL that is in the file may be cut.
    assert.equal(format(await client.send("INTEGRITY")), "+OK");
    await Deno.truncate(`${path}-wal`, 100);
    const error = await refusal(client).catch((error) => {
      throw new Error(server.log, { cause: error });
    });
    assert.match(error, /^MISCONF .*redlite\.db-wal was cut by another program/);
  },
  DRIVERS.length === 2 ? ["ffi"] : [],
);

Deno.test({
  ...named("a program that copies its open database by itself is told what that did", notLinux()),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    await using db = Redlite.open(path);
    db.set("k", "v");
    Deno.copyFileSync(path, `${directory.path}/copy.db`);
    const deadline = Date.now() + 120_000;
    let told: unknown;
    for (let i = 0; told === undefined && Date.now() < deadline; i++) {
      try {
        db.set("k", String(i));
      } catch (error) {
        told = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(told instanceof StorageError);
    assert.match(told.message, /something in this process opened and closed .*app\.db/);
  },
});
