import { strict as assert } from "node:assert";
import { SQLITE, SqliteError } from "../../../src/sqlite/sqlite.ts";
import { ForeignFile } from "../../../src/store/file/migrate.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "../../../src/store/file/schema.ts";
import { DatabaseFile, get, number, put, testOnDrivers } from "../open.ts";

testOnDrivers("a new file is marked as ours", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { engine: { connection } } = file.open();
  assert.equal(number(connection, "PRAGMA application_id"), APPLICATION_ID);
  assert.equal(number(connection, "PRAGMA user_version"), SCHEMA_VERSION);
});

testOnDrivers("an empty file is taken", async (driver) => {
  await using file = new DatabaseFile(driver);
  Deno.writeFileSync(file.path, new Uint8Array(0));
  const store = file.open();
  put(store, "k", "value");
  store.endTurn();
  assert.equal(get(store, "k"), "value");
});

testOnDrivers("a database without tables is taken", async (driver) => {
  await using file = new DatabaseFile(driver);
  const empty = file.connect();
  empty.exec("PRAGMA user_version = 7; CREATE TABLE t(a); DROP TABLE t");
  empty.close();
  put(file.open(), "k", "value");
});

testOnDrivers("another application's file is refused and stays as it was", async (driver) => {
  await using file = new DatabaseFile(driver);
  const theirs = file.connect();
  theirs.exec("CREATE TABLE notes(text); INSERT INTO notes VALUES ('hello')");
  theirs.close();
  const before = Deno.readFileSync(file.path);
  assert.throws(() => file.open(), (error: unknown) => {
    assert.ok(error instanceof ForeignFile);
    assert.ok(error.message.includes(file.path));
    return true;
  });
  assert.deepEqual(Deno.readFileSync(file.path), before);
});

testOnDrivers(
  "a file marked as another application's is refused without tables",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const theirs = file.connect();
    theirs.exec("PRAGMA application_id = 1234");
    theirs.close();
    assert.throws(() => file.open(), ForeignFile);
  },
);

testOnDrivers("a file that is adopted keeps its own tables", async (driver) => {
  await using file = new DatabaseFile(driver);
  const theirs = file.connect();
  theirs.exec("CREATE TABLE notes(text); INSERT INTO notes VALUES ('hello')");
  theirs.close();
  const store = file.open({ adopt: true });
  put(store, "k", "value");
  store.endTurn();
  await store.close();
  const reopened = file.open();
  assert.equal(get(reopened, "k"), "value");
  assert.equal(number(reopened.engine.connection, "SELECT count(*) FROM notes"), 1);
});

testOnDrivers("a newer format is refused and named", async (driver) => {
  await using file = new DatabaseFile(driver);
  await file.open().close();
  const later = file.connect();
  later.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  later.close();
  assert.throws(() => file.open(), (error: unknown) => {
    assert.ok(error instanceof ForeignFile);
    assert.match(error.message, new RegExp(`format ${SCHEMA_VERSION + 1}`));
    return true;
  });
});

testOnDrivers("a newer format is refused when the file is to be adopted, too", async (driver) => {
  await using file = new DatabaseFile(driver);
  await file.open().close();
  const later = file.connect();
  later.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  later.close();
  assert.throws(() => file.open({ adopt: true }), ForeignFile);
});

testOnDrivers("a file that is no database is refused and stays as it was", async (driver) => {
  await using file = new DatabaseFile(driver);
  const contents = new TextEncoder().encode("this is not a database\n".repeat(100));
  Deno.writeFileSync(file.path, contents);
  assert.throws(() => file.open(), (error: unknown) => {
    assert.ok(error instanceof SqliteError);
    assert.equal(error.primary, SQLITE.NOTADB);
    return true;
  });
  assert.deepEqual(Deno.readFileSync(file.path), contents);
});

testOnDrivers("a file that was refused may be opened once it is another", async (driver) => {
  await using file = new DatabaseFile(driver);
  Deno.writeTextFileSync(file.path, "this is not a database\n".repeat(100));
  assert.throws(() => file.open());
  Deno.removeSync(file.path);
  put(file.open(), "k", "value");
});

testOnDrivers("a file in a directory that does not exist cannot be opened", async (driver) => {
  await using file = new DatabaseFile(driver);
  Deno.removeSync(file.directory, { recursive: true });
  assert.throws(() => file.open(), SqliteError);
  Deno.mkdirSync(file.directory);
});

testOnDrivers("data survives reopening", async (driver) => {
  await using file = new DatabaseFile(driver);
  for (let i = 0; i < 3; i++) {
    const store = file.open();
    if (i > 0) assert.equal(get(store, "k"), `${i - 1}`);
    put(store, "k", `${i}`);
    store.endTurn();
    await store.close();
  }
});

testOnDrivers("a turn that was not ended is not stored", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "value");
  await store.close();
  assert.equal(get(file.open(), "k"), undefined);
});

testOnDrivers("closing twice does nothing", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  await store.close();
  await store.close();
  store.closeNow();
});
