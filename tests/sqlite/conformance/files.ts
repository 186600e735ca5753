/** Errors, images and files. */

import assert from "node:assert/strict";
import { missingFeatures } from "../../../src/sqlite/library.ts";
import { SQLITE, SqliteError } from "../../../src/sqlite/sqlite.ts";
import { type Deviations, firstNumber, isCode, isError, numbered, type Register } from "./scene.ts";

export function errors(test: Register, deviations: Deviations): void {
  test("reports constraints by their extended codes", (scene) => {
    const db = scene.open();
    db.exec("CREATE TABLE k (id INTEGER PRIMARY KEY, u UNIQUE, m NOT NULL, c CHECK (c > 0))");
    db.exec("INSERT INTO k VALUES (1, 1, 1, 1)");
    const primaryKey = deviations.primaryKeyIsUnique ? 2067 : 1555;
    for (
      const [row, code] of [
        ["1, 2, 1, 1", primaryKey],
        ["2, 1, 1, 1", 2067],
        ["2, 2, NULL, 1", 1299],
        ["2, 2, 1, 0", 275],
      ] as const
    ) {
      const sql = `INSERT INTO k VALUES (${row})`;
      assert.throws(() => db.prepare(sql).run(), isCode(code), sql);
      assert.throws(() => db.prepare(sql).step(), isCode(code), sql);
      assert.throws(() => db.prepare(`${sql} RETURNING id`).step(), isCode(code), sql);
      assert.throws(() => db.exec(`SELECT 1; ${sql}; SELECT 2`), isCode(code), sql);
    }
    assert.equal(firstNumber(db, "SELECT count(*) FROM k"), 1);
  });

  test("says what SQLite said", (scene) => {
    const db = scene.open();
    assert.throws(() => db.prepare("SELECT FROM"), (error: unknown) => {
      assert.ok(error instanceof SqliteError);
      assert.equal(error.primary, SQLITE.ERROR);
      assert.equal(error.busy, false);
      assert.match(error.message, /syntax error/);
      return true;
    });
    assert.throws(() => db.exec("SELECT * FROM nowhere"), /no such table: nowhere/);
  });

  test("can use a statement after it failed", (scene) => {
    const db = scene.open();
    db.exec("CREATE TABLE k (id INTEGER PRIMARY KEY)");
    const insert = db.prepare("INSERT INTO k VALUES (?) RETURNING id");
    for (const [id, fails] of [[1, false], [1, true], [1, true], [2, false]] as const) {
      insert.bindInteger(1, id);
      if (fails) {
        assert.throws(() => insert.step(), SqliteError);
      } else {
        assert.equal(insert.step(), true);
        assert.equal(insert.columnNumber(0), id);
        insert.reset();
      }
    }
    insert.bindInteger(1, 3);
    insert.run();
    assert.equal(firstNumber(db, "SELECT count(*) FROM k"), 3);
  });

  test("keeps what a list of statements did before one failed", (scene) => {
    const db = scene.open();
    assert.throws(() => db.exec("CREATE TABLE a (x); SELEC; CREATE TABLE b (x)"), SqliteError);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_schema"), 1);
  });

  test("refuses a finalized statement", (scene) => {
    const statement = scene.open().prepare("SELECT 1");
    assert.equal(statement.step(), true);
    statement.finalize();
    statement.finalize();
    assert.throws(() => statement.step(), SqliteError);
  });
}

export function images(test: Register): void {
  test("a database begins as the image of another one, and goes on by itself", (scene) => {
    const { serialize } = numbered(scene.open(), 300);
    if (serialize === undefined) return;
    const image = serialize();
    const copy = scene.driver.open(":memory:", { image });
    assert.equal(firstNumber(copy, "SELECT sum(a) FROM n"), 45150);
    copy.exec("CREATE TABLE more (b); INSERT INTO more VALUES (zeroblob(300000))");
    assert.equal(firstNumber(copy, "SELECT length(b) FROM more"), 300_000);
    copy.close();
    const again = scene.driver.open(":memory:", { image });
    assert.throws(() => again.exec("SELECT * FROM more"), isError(SQLITE.ERROR));
    again.close();
  });

  test("the image of a file with a log holds what is in the log, and says that there is none", (scene) => {
    const db = scene.open("image.db");
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    if (db.serialize === undefined) return;
    const image = db.serialize();
    assert.deepEqual([...image.subarray(18, 20)], [1, 1]);
    const copy = scene.driver.open(":memory:", { image });
    assert.equal(firstNumber(copy, "SELECT a FROM t"), 7);
    copy.close();
  });

  test("bytes that are no database's are refused", (scene) => {
    if (scene.open().serialize === undefined) return;
    for (const image of [new Uint8Array(0), new Uint8Array(4096)]) {
      assert.throws(() => scene.driver.open(":memory:", { image }), isError(SQLITE.NOTADB));
    }
  });
}

export function files(test: Register): void {
  test("refuses to open a directory", (scene) => {
    Deno.mkdirSync(scene.path("directory"));
    assert.throws(() => scene.open("directory"), isError(SQLITE.CANTOPEN));
  });

  test("finds on first use that a file is no database", (scene) => {
    Deno.writeTextFileSync(scene.path("text"), "This is not a database. ".repeat(100));
    const db = scene.open("text");
    assert.throws(() => db.exec("SELECT * FROM sqlite_schema"), isError(SQLITE.NOTADB));
    assert.throws(() => db.begin(true), isError(SQLITE.NOTADB));
    assert.equal(db.autocommit, true);
  });

  test("only reads what it opened readonly", (scene) => {
    numbered(scene.open("file.db"), 3).close();
    const db = scene.open("file.db", { readonly: true });
    assert.equal(firstNumber(db, "SELECT count(*) FROM n"), 3);
    assert.throws(() => db.exec("DELETE FROM n"), isError(SQLITE.READONLY));
    assert.throws(() => db.prepare("DELETE FROM n").run(), isError(SQLITE.READONLY));
  });

  for (const options of [{ create: false }, { readonly: true }, { readonly: true, create: true }]) {
    test(`does not create a file with ${JSON.stringify(options)}`, (scene) => {
      assert.throws(() => scene.open("missing.db", options), isError(SQLITE.CANTOPEN));
      assert.deepEqual([...Deno.readDirSync(scene.directory)], []);
    });
  }

  test("opens an existing file without creating", (scene) => {
    numbered(scene.open("file.db"), 3).close();
    const db = scene.open("file.db", { create: false });
    db.exec("INSERT INTO n VALUES (4)");
    assert.equal(firstNumber(db, "SELECT count(*) FROM n"), 4);
    assert.equal(firstNumber(scene.open(undefined, { create: false }), "SELECT 1"), 1);
  });

  test("opens a file whose name is special in a URI", (scene) => {
    const name = "a b?mode=memory#ü%20.db";
    numbered(scene.open(name), 2).close();
    assert.deepEqual([...Deno.readDirSync(scene.directory)].map((entry) => entry.name), [name]);
  });

  test("leaves foreign keys off, as SQLite does", (scene) => {
    assert.equal(firstNumber(scene.open(), "PRAGMA foreign_keys"), 0);
  });

  test("closes twice, rolls back what was open and refuses everything afterwards", (scene) => {
    const db = numbered(scene.open("file.db"), 2);
    const statement = db.prepare("SELECT a FROM n");
    assert.equal(statement.step(), true);
    db.begin(true);
    db.exec("INSERT INTO n VALUES (3)");
    db.close();
    assert.equal(db.autocommit, true);
    assert.throws(() => db.prepare("SELECT 1"), SqliteError);
    assert.throws(() => db.exec("SELECT 1"), SqliteError);
    assert.throws(() => statement.step(), SqliteError);
    db.close();
    assert.equal(firstNumber(scene.open("file.db"), "SELECT count(*) FROM n"), 2);
  });

  test("looks for missing features and leaves no trace", (scene) => {
    const db = scene.open("file.db");
    assert.deepEqual(missingFeatures(db), []);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_schema"), 0);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_temp_schema"), 0);
    assert.equal(Deno.statSync(scene.path("file.db")).size, 0);
  });
}
