/** Statements: steps, resets, bindings, rows. */

import assert from "node:assert/strict";
import { SQLITE } from "../../../src/sqlite/sqlite.ts";
import { firstNumber, firstRow, isError, numbered, type Register, text } from "./scene.ts";

export function statements(test: Register, shared: Register): void {
  test("steps, resets and binds anew, again and again", (scene) => {
    const db = numbered(scene.open(), 5);
    const statement = db.prepare("SELECT a * 10 FROM n WHERE a = ?");
    for (const key of [1, 5, 3, 99, 3, 1]) {
      statement.bindInteger(1, key);
      assert.equal(statement.step(), key <= 5);
      if (key <= 5) assert.equal(statement.columnNumber(0), key * 10);
      statement.reset();
    }
  });

  test("keeps its bindings over a reset", (scene) => {
    const statement = scene.open().prepare("SELECT ?1 + ?2");
    statement.bindInteger(1, 1);
    statement.bindInteger(2, 2);
    assert.equal(statement.step(), true);
    assert.equal(statement.columnNumber(0), 3);
    statement.reset();
    statement.bindInteger(2, 20);
    assert.equal(statement.step(), true);
    assert.equal(statement.columnNumber(0), 21);
  });

  test("walks all rows in their order and then says that it is done", (scene) => {
    const statement = numbered(scene.open(), 300).prepare("SELECT a FROM n ORDER BY a DESC");
    const read: number[] = [];
    while (statement.step()) read.push(statement.columnNumber(0));
    assert.deepEqual(read, Array.from({ length: 300 }, (_, i) => 300 - i));
  });

  test("starts over after a reset in the middle of a result", (scene) => {
    const statement = numbered(scene.open(), 10).prepare("SELECT a FROM n WHERE a >= ? ORDER BY a");
    for (const from of [1, 4, 4]) {
      statement.bindInteger(1, from);
      for (const expected of [from, from + 1]) {
        assert.equal(statement.step(), true);
        assert.equal(statement.columnNumber(0), expected);
      }
      statement.reset();
    }
  });

  shared("holds no lock after a reset in the middle of a result", (scene) => {
    const [reader, writer] = scene.pair("delete");
    writer.exec("INSERT INTO t VALUES (1), (2), (3)");
    const statement = reader.prepare("SELECT a FROM t");
    assert.equal(statement.step(), true);
    statement.reset();
    writer.exec("DROP TABLE t");
    assert.throws(() => statement.step(), isError(SQLITE.ERROR));
  });

  test("runs two statements over one table side by side", (scene) => {
    const db = numbered(scene.open(), 3);
    const outer = db.prepare("SELECT a FROM n ORDER BY a");
    const inner = db.prepare("SELECT count(*) FROM n WHERE a > ?");
    const counts: number[] = [];
    while (outer.step()) {
      inner.bindInteger(1, outer.columnNumber(0));
      assert.equal(inner.step(), true);
      counts.push(inner.columnNumber(0));
      inner.reset();
    }
    assert.deepEqual(counts, [2, 1, 0]);
  });

  test("runs to the end and discards rows", (scene) => {
    const db = scene.open("vacuum.db");
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE fat (b)");
    db.exec("INSERT INTO fat VALUES (zeroblob(200000)); DELETE FROM fat");
    assert.ok(firstNumber(db, "PRAGMA freelist_count") > 10);
    // This pragma frees one page a row, so what stops at the first row leaves the others.
    db.prepare("PRAGMA incremental_vacuum").run();
    assert.equal(firstNumber(db, "PRAGMA freelist_count"), 0);
  });

  test("changes every row though its RETURNING is not read to the end", (scene) => {
    const db = numbered(scene.open(), 3);
    const statement = db.prepare("UPDATE n SET a = a + 10 RETURNING a");
    assert.equal(statement.step(), true);
    assert.equal(statement.columnNumber(0), 11);
    statement.reset();
    assert.equal(firstNumber(db, "SELECT sum(a) FROM n"), 36);
    statement.run();
    assert.equal(firstNumber(db, "SELECT sum(a) FROM n"), 66);
  });

  test("counts the rows that the last change changed", (scene) => {
    const db = numbered(scene.open(), 5);
    db.exec("UPDATE n SET a = a + 10 WHERE a > 2");
    assert.equal(db.changes(), 3);
    assert.equal(firstNumber(db, "SELECT count(*) FROM n"), 5);
    assert.equal(db.changes(), 3);
    const remove = db.prepare("DELETE FROM n WHERE a = ?");
    for (const [key, changed] of [[1, 1], [1, 0]] as const) {
      remove.bindInteger(1, key);
      remove.run();
      assert.equal(db.changes(), changed);
      remove.reset();
    }
  });

  test("executes several statements at once", (scene) => {
    const db = scene.open();
    db.exec(`
      -- A comment; with a semicolon.
      CREATE TABLE log (line TEXT);
      CREATE TABLE t (a);
      CREATE TRIGGER logged AFTER INSERT ON t BEGIN
        INSERT INTO log VALUES ('one; ü');
        INSERT INTO log VALUES ('two');
      END; /* ; */ ;;
      SELECT 1 UNION SELECT 2;
      INSERT INTO t VALUES (1)
    `);
    assert.equal(firstNumber(db, "SELECT count(*) FROM log"), 2);
    assert.equal(firstRow(db, "SELECT line FROM log", [text])[0], "one; ü");
  });

  test("executes a statement whose rows are past what a number can hold", (scene) => {
    scene.open().exec("SELECT 9223372036854775807; SELECT -9223372036854775808");
  });

  test("executes nothing", (scene) => {
    const db = scene.open();
    for (const sql of ["", " \n", ";", "-- only a comment", "/* another */ ; -- and one"]) {
      db.exec(sql);
    }
    assert.throws(() => db.prepare(" -- empty"), isError(SQLITE.ERROR));
  });
}
