/** Backups put in the place of databases, by our hand and by others', and logs that are left beside them. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { HeldLocks } from "../../src/store/place/descriptors.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { run } from "../server/run.ts";
import { faultsOf } from "./file_check.ts";

const names = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => !name.includes("-open.")).sort();

/** A database of many pages, a backup of it, and the WAL of a server that was killed later. */
async function crash(directory: string): Promise<void> {
  await using server = await startRedlite({ directory, args: ["--write-behind", "no"] });
  await using client = await server.connect();
  const set = (value: string) =>
    client.pipeline(Array.from({ length: 300 }, (_, i) => ["SET", `k${i}`, value.repeat(100)]));
  await set("old");
  await client.send("BACKUP", "backup.db");
  await set("new");
  // New pages, too: what a log says of the file's size does not fit the backup.
  await client.pipeline(
    Array.from({ length: 300 }, (_, i) => ["SET", `more${i}`, "x".repeat(300)]),
  );
  await client.send("SAVE");
  await client.send("SET", "last", "in the log only");
  await server.kill9();
}

Deno.test("--restore puts a backup in the place of a crashed database, and keeps that", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await crash(path);
  const { code, stdout, stderr } = await run([
    "--restore",
    `${path}/backup.db`,
    "--db",
    `${path}/redlite.db`,
  ]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^restored .*redlite\.db from .*backup\.db: \d+ bytes\nwhat was there before is/,
  );
  const previous = /before is (.*)\n/.exec(stdout)?.[1] ?? "";
  assert.deepEqual(faultsOf(`${path}/redlite.db`), []);
  {
    await using db = Redlite.open(`${path}/redlite.db`);
    assert.equal(db.get("k1"), "old".repeat(100));
    assert.equal(db.get("last"), null);
  }
  await using before = Redlite.open(previous);
  assert.equal(before.get("last"), "in the log only");
});

Deno.test({
  ...named("Redlite.restore over what is open here is refused, and takes no locks", notLinux()),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = await Deno.realPath(directory.path);
    await using db = Redlite.open(`${path}/app.db`);
    db.set("k", "v");
    await db.backup(`${path}/backup.db`);
    db.set("k", "in the log");
    const locks = new HeldLocks(`${path}/app.db`);
    assert.equal(locks.held(), true);
    await assert.rejects(
      Redlite.restore(`${path}/backup.db`, `${path}/app.db`),
      /is not restored: it is open somewhere/,
    );
    assert.equal(locks.held(), true);
    assert.equal(db.get("k"), "in the log");
  },
});

Deno.test("Redlite.restore makes a database where there is none, from one that is in use", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await using from = Redlite.open(`${path}/from.db`);
  from.rpush("list", "a", "b");
  const outcome = await Redlite.restore(`${path}/from.db`, `${path}/to.db`);
  assert.equal(outcome.previous, undefined);
  await using to = Redlite.open(`${path}/to.db`);
  assert.deepEqual(to.lrange("list", 0, -1), ["a", "b"]);
});

Deno.test("a database that is open is not restored, here or elsewhere", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "k", "v");
  await client.send("BACKUP", "backup.db");
  const backup = `${server.directory}/backup.db`;
  await assert.rejects(
    Redlite.restore(backup, `${server.directory}/redlite.db`),
    /is not restored: it is open somewhere/,
  );
  await using db = Redlite.open(`${server.directory}/own.db`);
  await assert.rejects(Redlite.restore(backup, `${server.directory}/own.db`), /is not restored/);
  db.set("k", "v");
  assert.equal((await client.send("SET", "k", "w")).type, "simple");
});

Deno.test("a damaged backup, or what is none, is not restored", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  {
    await using db = Redlite.open(`${path}/app.db`);
    for (let i = 0; i < 300; i++) db.set(`k${i}`, "x".repeat(300));
    await db.backup(`${path}/backup.db`);
  }
  {
    using file = await Deno.open(`${path}/backup.db`, { write: true });
    await file.seek(30 * 2048, Deno.SeekMode.Start);
    await file.write(new Uint8Array(512).fill(0xff));
  }
  await Deno.writeTextFile(`${path}/notes.txt`, "no database at all, and long enough".repeat(50));
  const before = await Deno.readFile(`${path}/app.db`);
  await assert.rejects(Redlite.restore(`${path}/backup.db`, `${path}/app.db`), /is damaged/);
  await assert.rejects(Redlite.restore(`${path}/notes.txt`, `${path}/app.db`));
  await assert.rejects(Redlite.restore(`${path}/absent.db`, `${path}/app.db`));
  assert.deepEqual(await Deno.readFile(`${path}/app.db`), before);
  assert.deepEqual(names(path), ["app.db", "backup.db", "notes.txt"]);
});

Deno.test("a backup that is copied over a crashed database is not opened with the old log", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await crash(path);
  await Deno.copyFile(`${path}/backup.db`, `${path}/redlite.db`);
  const backup = await Deno.readFile(`${path}/backup.db`);
  assert.throws(
    () => Redlite.open(`${path}/redlite.db`),
    /redlite\.db-wal is not the log of .*redlite\.db: /,
  );
  const { code, stderr } = await run(["--db", `${path}/redlite.db`, "--addr", "127.0.0.1:0"]);
  assert.equal(code, 1);
  assert.match(stderr, /is not the log of/);
  assert.deepEqual(await Deno.readFile(`${path}/redlite.db`), backup);
  await Deno.rename(`${path}/redlite.db-wal`, `${path}/old.wal`);
  await using db = Redlite.open(`${path}/redlite.db`);
  assert.equal(db.get("k1"), "old".repeat(100));
});

Deno.test("a newer database under an old log is not opened with it", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await crash(path);
  {
    await using db = Redlite.open(`${path}/newer.db`);
    for (let i = 0; i < 3000; i++) db.set(`k${i}`, "x".repeat(300));
  }
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await Deno.remove(`${path}/redlite.db`);
  await Deno.copyFile(`${path}/newer.db`, `${path}/redlite.db`);
  assert.throws(() => Redlite.open(`${path}/redlite.db`), /is not the log of/);
});

Deno.test("a log that is the database's own is taken, also when both were copied", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await crash(path);
  for (const suffix of ["", "-wal"]) {
    await Deno.copyFile(`${path}/redlite.db${suffix}`, `${path}/copy.db${suffix}`);
  }
  for (const name of ["copy.db", "redlite.db"]) {
    await using db = Redlite.open(`${path}/${name}`);
    assert.equal(db.get("last"), "in the log only");
  }
});

Deno.test("the tools refuse what they cannot use in one line", async () => {
  for (
    const [args, message] of [
      [["--restore"], /--restore takes a value/],
      [["--salvage", "a.db"], /--salvage takes two values/],
      [["--check", "a.db", "--restore", "b.db"], /one too many/],
      [["--check", "a.db", "--port", "1"], /--port says nothing beside --check/],
      [["--check", "/nowhere/a.db"], /cannot open|no such file/],
    ] as const
  ) {
    const { code, stderr } = await run([...args]);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
});
