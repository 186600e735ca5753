/** Transactions: how they begin and end, and who holds the locks. */

import assert from "node:assert/strict";
import { firstNumber, isBusy, type Register } from "./scene.ts";

export function transactions(test: Register, shared: Register): void {
  test("tells whether a transaction is open", (scene) => {
    const db = scene.open();
    for (const write of [false, true]) {
      assert.equal(db.autocommit, true);
      db.begin(write);
      assert.equal(db.autocommit, false);
      db.commit();
      assert.equal(db.autocommit, true);
      db.begin(write);
      db.rollback();
      assert.equal(db.autocommit, true);
    }
    db.rollback();
    assert.equal(db.autocommit, true);
  });

  shared("shows a transaction's writes to others after its commit only", (scene) => {
    const [writer, reader] = scene.pair("wal");
    writer.begin(true);
    writer.exec("INSERT INTO t VALUES (1)");
    assert.equal(firstNumber(writer, "SELECT count(*) FROM t"), 1);
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 0);
    writer.commit();
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 1);
  });

  shared("leaves nothing of a transaction that is rolled back", (scene) => {
    const [writer, reader] = scene.pair("wal");
    writer.begin(true);
    writer.exec("INSERT INTO t VALUES (1)");
    writer.rollback();
    assert.equal(firstNumber(writer, "SELECT count(*) FROM t"), 0);
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 0);
  });

  shared("reads one snapshot in a read transaction", (scene) => {
    const [writer, reader] = scene.pair("wal");
    reader.begin(false);
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 0);
    writer.exec("INSERT INTO t VALUES (1)");
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 0);
    reader.commit();
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 1);
  });

  shared(
    "says busy when another connection has the write lock, and works once it has not",
    (scene) => {
      const [first, second] = scene.pair("wal");
      first.begin(true);
      assert.throws(() => second.begin(true), isBusy);
      assert.equal(second.autocommit, true);
      assert.throws(() => second.exec("INSERT INTO t VALUES (1)"), isBusy);
      first.rollback();
      second.begin(true);
      second.exec("INSERT INTO t VALUES (2)");
      second.commit();
      assert.equal(firstNumber(first, "SELECT sum(a) FROM t"), 2);
    },
  );

  shared("says busy when a locked database is read, not that it is empty", (scene) => {
    const [first, second] = scene.pair("delete");
    first.exec("INSERT INTO t VALUES (1)");
    const statement = second.prepare("SELECT a FROM t");
    first.exec("BEGIN EXCLUSIVE");
    assert.throws(() => statement.step(), isBusy);
    assert.throws(() => statement.run(), isBusy);
    first.rollback();
    assert.equal(statement.step(), true);
    assert.equal(statement.columnNumber(0), 1);
  });

  shared("says busy when a snapshot that is no longer the newest is written to", (scene) => {
    const [first, second] = scene.pair("wal");
    second.begin(false);
    assert.equal(firstNumber(second, "SELECT count(*) FROM t"), 0);
    first.exec("INSERT INTO t VALUES (1)");
    const insert = second.prepare("INSERT INTO t VALUES (2)");
    assert.throws(() => insert.run(), isBusy);
    assert.equal(second.autocommit, false);
    second.rollback();
    insert.run();
    assert.equal(firstNumber(first, "SELECT sum(a) FROM t"), 3);
  });

  shared("keeps a transaction open when its commit is refused", (scene) => {
    const [writer, reader] = scene.pair("delete");
    reader.begin(false);
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 0);
    writer.begin(true);
    writer.exec("INSERT INTO t VALUES (1)");
    assert.throws(() => writer.commit(), isBusy);
    assert.equal(writer.autocommit, false);
    reader.commit();
    writer.commit();
    assert.equal(firstNumber(reader, "SELECT count(*) FROM t"), 1);
  });
}
