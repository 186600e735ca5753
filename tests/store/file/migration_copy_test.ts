/** The copy that is kept of a file before it is brought forward. */

import { strict as assert } from "node:assert";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { APPLICATION_ID, SCHEMA_VERSION, TYPE } from "../../../src/store/file/schema.ts";
import { COLLECTION_TABLES, KEY_TABLES } from "../../../src/store/file/tables.ts";
import { COLLECTION_VIEWS, KEY_VIEWS } from "../../../src/store/file/views.ts";
import { DatabaseFile, get, number, put, testOnDrivers } from "../open.ts";

const SCHEMAS: readonly string[] = [
  KEY_TABLES + KEY_VIEWS,
  KEY_TABLES + KEY_VIEWS + COLLECTION_TABLES + COLLECTION_VIEWS,
];

/** Makes a file of an earlier version with one key in it, as another process left it. */
function makeOld(file: DatabaseFile, version: number): void {
  const old = file.driver.open(file.path);
  old.exec(`
    PRAGMA page_size = 2048;
    PRAGMA journal_mode = WAL;
    ${SCHEMAS[version - 1]}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${version};
    UPDATE sequences SET next = 2 WHERE name = 'space';
    INSERT INTO databases VALUES (0, 1, 1, 0);
    INSERT INTO keys(space, key, type, version, created_at, updated_at, value)
    VALUES (1, CAST('k' AS BLOB), ${TYPE.STRING}, 1, 1, 1, CAST('value' AS BLOB));
  `);
  old.close();
}

function versionOf(driver: Driver, path: string): number {
  const connection = driver.open(path, { readonly: true });
  try {
    return number(connection, "PRAGMA user_version");
  } finally {
    connection.close();
  }
}

const names = (file: DatabaseFile) =>
  [...Deno.readDirSync(file.directory)].map(({ name }) => name)
    .filter((name) => !/-(wal|shm|open\.\d+)$/.test(name)).sort();

for (const version of [1, 2]) {
  testOnDrivers(
    `a file of version ${version} is brought forward, and a copy is kept`,
    async (driver) => {
      await using file = new DatabaseFile(driver);
      makeOld(file, version);
      const told: string[] = [];
      const store = file.open({
        onProgress: ({ job, phase, done, total }) => told.push(`${job} ${phase} ${done}/${total}`),
      });
      const total = SCHEMA_VERSION - version;
      assert.deepEqual(told, [
        `migration copying the file 0/${total}`,
        ...Array.from(
          { length: total },
          (_, i) => `migration to format ${version + i + 1} ${i}/${total}`,
        ),
        `migration done ${total}/${total}`,
      ]);
      assert.equal(number(store.engine.connection, "PRAGMA user_version"), SCHEMA_VERSION);
      assert.equal(get(store, "k"), "value");
      put(store, "k", "changed");
      store.endTurn();
      assert.deepEqual(await store.checkIntegrity("full"), []);
      const copy = `${file.path}.v${version}.bak`;
      assert.deepEqual(names(file), ["test.db", `test.db.v${version}.bak`]);
      assert.equal(versionOf(driver, copy), version);
      // The copy is a file like the one it was made of: it can be brought forward itself.
      await using restored = new DatabaseFile(driver);
      await Deno.copyFile(copy, restored.path);
      assert.equal(get(restored.open(), "k"), "value");
    },
  );
}

testOnDrivers("what a process still has in the WAL is in the copy", async (driver) => {
  await using file = new DatabaseFile(driver);
  makeOld(file, 1);
  const other = file.connect();
  other.exec("UPDATE keys SET value = CAST('in the WAL' AS BLOB)");
  const store = file.open();
  assert.equal(get(store, "k"), "in the WAL");
  const copy = driver.open(`${file.path}.v1.bak`);
  assert.equal(
    number(copy, "SELECT count(*) FROM keys WHERE value = CAST('in the WAL' AS BLOB)"),
    1,
  );
  copy.close();
});

testOnDrivers("a migration that fails leaves the file as it was, and the copy", async (driver) => {
  await using file = new DatabaseFile(driver);
  makeOld(file, 1);
  const old = driver.open(file.path);
  old.exec("CREATE TABLE lists(of TEXT)");
  old.close();
  assert.throws(() => file.open(), /lists/);
  assert.equal(versionOf(driver, file.path), 1);
  assert.equal(versionOf(driver, `${file.path}.v1.bak`), 1);
});

testOnDrivers("where no copy can be kept the file is not touched", async (driver) => {
  await using file = new DatabaseFile(driver);
  makeOld(file, 2);
  await Deno.mkdir(`${file.path}.v2.bak`);
  assert.throws(() => file.open());
  assert.equal(versionOf(driver, file.path), 2);
  assert.deepEqual(names(file), ["test.db", "test.db.v2.bak"]);
});

testOnDrivers("new files, and files of this version, are opened without a copy", async (driver) => {
  await using file = new DatabaseFile(driver);
  await file.open().close();
  file.open();
  assert.deepEqual(names(file), ["test.db"]);
});
