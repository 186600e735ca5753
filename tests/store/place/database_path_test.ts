import { strict as assert } from "node:assert";
import { join } from "node:path";
import { databasePath } from "../../../src/store/place/database_path.ts";
import { Store } from "../../../src/store/store.ts";
import { DatabaseFile, type DRIVERS, put, testOnDrivers } from "../open.ts";

/** A store on a path that has been written to, and is closed again. */
async function write(driver: typeof DRIVERS[number], path: string): Promise<Store> {
  const store = new Store(driver, path, { durability: "always" });
  put(store, "k", "v");
  store.endTurn();
  await store.walSync.sync();
  store.checkpoint();
  return store;
}

testOnDrivers("a database is used through a symbolic link as by its own name", async (driver) => {
  await using file = new DatabaseFile(driver);
  const data = join(file.directory, "data");
  Deno.mkdirSync(data);
  const real = join(Deno.realPathSync(data), "real.db");
  const link = join(file.directory, "app.db");
  Deno.symlinkSync("data/real.db", link);
  // It leads nowhere at first: opening makes what it names.
  for (let round = 0; round < 2; round++) {
    const store = await write(driver, link);
    assert.equal(store.path, real);
    assert.ok(Deno.statSync(`${real}-wal`).isFile);
    assert.ok(store.backups?.savePath === `${real}.backup`);
    await store.close();
  }
  const names = [...Deno.readDirSync(file.directory)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["app.db", "data"]);
});

testOnDrivers("links to links, and links to directories, are followed", async (driver) => {
  await using file = new DatabaseFile(driver);
  const at = (name: string) => join(file.directory, name);
  Deno.mkdirSync(at("data"));
  Deno.symlinkSync("data", at("directory"));
  Deno.symlinkSync("directory/real.db", at("one"));
  Deno.symlinkSync(at("one"), at("two"));
  const store = await write(driver, at("two"));
  assert.equal(store.path, join(Deno.realPathSync(at("data")), "real.db"));
  await store.close();
});

testOnDrivers("names that mean something in a URI are names", async (driver) => {
  await using file = new DatabaseFile(driver);
  for (const name of ["a?mode=ro", "b#c", "d%41", "e f", "ü", ":memory:", "file:x"]) {
    const path = join(file.directory, name);
    const store = await write(driver, path);
    await store.close();
    assert.ok(Deno.statSync(path).isFile, name);
  }
});

testOnDrivers("what is no path of a database is refused when it is opened", async (driver) => {
  await using file = new DatabaseFile(driver);
  const at = (name: string) => join(file.directory, name);
  Deno.symlinkSync("loop", at("loop"));
  new Deno.Command("mkfifo", { args: [at("pipe")] }).outputSync();
  for (
    const [path, message] of [
      ["", /the path of the database is empty/],
      ["a\0b", /a zero byte/],
      ["file:app.db", /is a URI; name the database by its path/],
      ["file::memory:?cache=shared", /is a URI/],
      [file.directory, /is a directory; name a file in it/],
      [at("new/"), /is a directory; name a file in it/],
      [at("pipe"), /is no regular file/],
      ["/dev/null", /is no regular file/],
      [at("loop"), /too many symbolic links/],
    ] as const
  ) assert.throws(() => new Store(driver, path), message, path);
  assert.deepEqual([...Deno.readDirSync(file.directory)].map(({ name }) => name).sort(), [
    "loop",
    "pipe",
  ]);
});

Deno.test("a relative path is one of the working directory", () => {
  assert.equal(databasePath("no-such.db"), join(Deno.realPathSync("."), "no-such.db"));
  assert.equal(databasePath("./file:a.db"), join(Deno.realPathSync("."), "file:a.db"));
});
