/** What drivers tell of statements, and what the native library's does on other threads. */

import { strict as assert } from "node:assert";
import { named } from "../harness/lacking.ts";
import { type Connection, SqliteError } from "../../src/sqlite/sqlite.ts";
import { DatabaseFile, DRIVERS, number, testOnDrivers } from "../store/open.ts";

const ENDLESS =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/** Registers a test on the native library, if there is one. */
function testNative(name: string, body: (file: DatabaseFile) => Promise<void>): void {
  const driver = DRIVERS.find(({ info }) => info.name === "ffi")!;
  Deno.test({
    ...named(name, driver === undefined ? "no native SQLite library" : undefined),
    fn: async () => {
      await using file = new DatabaseFile(driver ?? DRIVERS[0]!);
      await body(file);
    },
  });
}

testOnDrivers("a statement tells its columns' names and what a row holds", async (driver) => {
  await using file = new DatabaseFile(driver);
  const statement = file.connect().prepare(
    `SELECT 1 AS one, 1.5 AS "a half", 'text' AS t, x'00' AS b, NULL AS n`,
  );
  assert.deepEqual(statement.columnNames(), ["one", "a half", "t", "b", "n"]);
  assert.ok(statement.step());
  assert.deepEqual([0, 1, 2, 3, 4].map((column) => statement.columnType(column)), [
    "integer",
    "real",
    "text",
    "blob",
    "null",
  ]);
  statement.finalize();
});

testNative("a statement tells how many parameters it takes", async (file) => {
  const connection = await Promise.resolve(file.connect());
  assert.equal(connection.prepare("SELECT ?1, ?2, ?1").parameterCount(), 2);
  assert.equal(connection.prepare("SELECT 1").parameterCount(), 0);
});

testNative("rows come one by one from another thread", async (file) => {
  const statement = file.connect().prepare("VALUES (1), (2)");
  assert.equal(await statement.stepAsync?.(), true);
  assert.equal(statement.columnNumber(0), 1);
  assert.equal(await statement.stepAsync?.(), true);
  assert.equal(statement.columnNumber(0), 2);
  assert.equal(await statement.stepAsync?.(), false);
});

testNative("a statement on another thread is interrupted, and the next one runs", async (file) => {
  const connection = file.connect();
  const statement = connection.prepare(ENDLESS);
  let ended = false;
  const step = (statement.stepAsync?.() ?? Promise.resolve(false)).finally(() => ended = true);
  const outcome = assert.rejects(
    step,
    (error) => error instanceof SqliteError && error.interrupted,
  );
  assert.equal(number(file.connect(), "SELECT 7"), 7);
  // One that comes before the other thread has begun is forgotten.
  while (!ended) {
    connection.interrupt?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await outcome;
  statement.finalize();
  assert.equal(number(connection, "SELECT 8"), 8);
});

/** Writes a table of some pages. */
function fill(connection: Connection): void {
  connection.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE t(n INTEGER PRIMARY KEY, data BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO t SELECT i, randomblob(200) FROM n;
  `);
}

testNative("a copy in slices is of one moment, whatever is written meanwhile", async (file) => {
  const writer = file.connect();
  fill(writer);
  const source = file.connect();
  const target = file.driver.open(`${file.directory}/copy.db`);
  source.begin(false);
  const copy = target.copyFrom?.(source);
  assert.ok(copy !== undefined);
  let slices = 0;
  while (!await copy.step(20)) {
    writer.exec(`UPDATE t SET data = zeroblob(200) WHERE n % 7 = ${slices++ % 7}`);
  }
  assert.ok(slices > 3, `${slices} slices`);
  copy.end();
  assert.equal(copy.pages, number(source, "PRAGMA page_count"));
  const sum = "SELECT count(*) FROM t WHERE data <> zeroblob(200)";
  assert.equal(number(target, sum), 2000);
  assert.equal(number(source, sum), 2000);
  assert.equal(number(target, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
  source.rollback();
  assert.ok(number(source, sum) < 2000);
  target.close();
});

testNative("a copy that ends early leaves its connections usable", async (file) => {
  const source = file.connect();
  fill(source);
  const target = file.driver.open(`${file.directory}/copy.db`);
  const copy = target.copyFrom?.(source);
  assert.equal(await copy?.step(5), false);
  copy?.end();
  copy?.end();
  assert.equal(number(target, "PRAGMA page_count"), 0);
  assert.equal(number(source, "SELECT count(*) FROM t"), 2000);
  target.close();
});
