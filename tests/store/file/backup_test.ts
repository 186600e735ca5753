import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { backupPath } from "../../../src/store/file/backup_path.ts";
import { CommandError } from "../../../src/store/values/errors.ts";
import type { Backups } from "../../../src/store/file/backup.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, DRIVERS, get, number, put, testOnDrivers } from "../open.ts";

function backupsOf(store: Store): Backups {
  assert.ok(store.backups !== undefined);
  return store.backups;
}

/** What is in a directory, by name. */
const names = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => !/-open\.\d+$/.test(name)).sort();

/** Opens a backup and reads a key of it. */
async function keyOf(driver: Driver, path: string, key: string): Promise<string | undefined> {
  await using copy = new DatabaseFile(driver);
  await Deno.copyFile(path, copy.path);
  return get(copy.open(), key);
}

testOnDrivers("a backup is a whole database of what is committed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "value");
  store.endTurn();
  const path = join(file.directory, "copy.db");
  const { pages, bytes, path: written } = await backupsOf(store).backup(path, false);
  assert.equal(written, path);
  assert.equal(bytes, (await Deno.stat(path)).size);
  assert.equal(pages, bytes / 2048);
  assert.equal(await keyOf(driver, path, "k"), "value");
  assert.deepEqual(names(file.directory).filter((name) => !name.startsWith("test.db")), [
    "copy.db",
  ]);
  assert.equal((await Deno.stat(path)).mode, (await Deno.stat(file.path)).mode);
});

testOnDrivers("a backup is of one moment, whatever turns write meanwhile", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  // Each turn writes the same number everywhere: two numbers in a copy would be two moments.
  const write = (round: number) => {
    for (let i = 0; i < 300; i++) put(store, `key:${i}`, String(round).padStart(300, "0"));
    store.endTurn();
  };
  write(0);
  let done = false;
  const backup = backupsOf(store).backup(join(file.directory, "copy.db"), false)
    .finally(() => done = true);
  for (let round = 1; !done; round++) {
    write(round);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const { path } = await backup;
  const copy = driver.open(path);
  assert.equal(number(copy, "SELECT count(*) FROM keys"), 300);
  assert.equal(number(copy, "SELECT count(DISTINCT value) FROM keys"), 1);
  assert.equal(number(copy, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
  copy.close();
});

testOnDrivers("a backup takes the place of a file only if it is told to", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "old");
  store.endTurn();
  const path = join(file.directory, "copy.db");
  await backupsOf(store).backup(path, false);
  put(store, "k", "new");
  store.endTurn();
  await assert.rejects(backupsOf(store).backup(path, false), /the backup file exists/);
  assert.equal(await keyOf(driver, path, "k"), "old");
  await backupsOf(store).backup(path, true);
  assert.equal(await keyOf(driver, path, "k"), "new");
  await Deno.mkdir(join(file.directory, "folder"));
  await assert.rejects(
    backupsOf(store).backup(join(file.directory, "folder"), true),
    /the backup path is no file/,
  );
});

testOnDrivers("a backup that fails leaves nothing behind", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "value");
  store.endTurn();
  await assert.rejects(backupsOf(store).backup(join(file.directory, "none", "copy.db"), false));
  assert.deepEqual(names(file.directory), ["test.db", "test.db-shm", "test.db-wal"]);
  assert.equal(get(store, "k"), "value");
});

testOnDrivers(
  "closing the store ends a backup early, and no part of it is left",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    put(store, "k", new Uint8Array(30_000_000));
    store.endTurn();
    const backup = backupsOf(store).backup(join(file.directory, "copy.db"), false);
    const outcome = backup.then(() => "written", (error) => (error as Error).message);
    await store.close();
    const found = await outcome;
    // Where the copy is made at once it was complete before anybody could close anything.
    assert.ok(found === "the database is closed" || driver.info.name === "builtin", found);
    assert.deepEqual(
      names(file.directory),
      found === "written" ? ["copy.db", "test.db"] : ["test.db"],
    );
  },
);

testOnDrivers("a background save tells how it went", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const backups = backupsOf(store);
  const before = backups.lastSaveAt;
  put(store, "k", "value");
  store.endTurn();
  file.clock.advance(5000);
  let commit = () => {};
  const ended = Promise.withResolvers<void>();
  backups.onFailed = () => ended.resolve();
  backups.save((callback) => commit = callback);
  assert.equal(backups.savingSinceMs, file.clock.now());
  commit();
  while (backups.savingSinceMs !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.deepEqual([backups.lastSaveOk, backups.saves, backups.lastSaveAt - before], [true, 1, 5]);
  assert.equal(await keyOf(driver, `${file.path}.backup`, "k"), "value");
  await Deno.remove(`${file.path}.backup`);
  await Deno.mkdir(`${file.path}.backup`);
  backups.save((callback) => callback());
  await ended.promise;
  assert.deepEqual([backups.lastSaveOk, backups.saves], [false, 1]);
});

Deno.test("a client's path stays in the database's directory", async () => {
  await using file = new DatabaseFile(DRIVERS[0]!);
  file.open();
  const root = Deno.realPathSync(file.directory);
  await Deno.mkdir(join(root, "sub"));
  await Deno.symlink("/tmp", join(root, "out"));
  await Deno.symlink(join(root, "sub"), join(root, "in"));
  await Deno.symlink(file.path, join(root, "link.db"));
  for (
    const [given, target] of [
      ["a.db", "a.db"],
      ["./a.db", "a.db"],
      ["sub/a.db", "sub/a.db"],
      ["sub/../a.db", "a.db"],
      ["in/a.db", "sub/a.db"],
      [join(root, "sub", "a.db"), "sub/a.db"],
      ["test.db.backup", "test.db.backup"],
    ] as const
  ) {
    assert.equal(backupPath(file.path, given), join(root, target));
  }
  assert.equal(backupPath(join(root, "link.db"), "a.db"), join(root, "a.db"));
  for (
    const given of [
      "",
      ".",
      "..",
      "sub/..",
      "../a.db",
      "/a.db",
      "/etc/passwd",
      `${root}-other/a.db`,
      "out/a.db",
      "none/a.db",
      "test.db",
      "TEST.DB",
      "test.db-wal",
      "test.db-shm",
      "test.db-journal",
      "./sub/../test.db",
      "a\0.db",
      "test.db/a.db",
    ]
  ) {
    assert.throws(() => backupPath(file.path, given), CommandError, given);
  }
  // The database's own name counts, whatever it was opened by.
  assert.throws(() => backupPath(join(root, "link.db"), "test.db"), CommandError);
});
