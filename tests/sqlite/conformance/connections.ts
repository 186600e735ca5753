/** Other connections to a file: their commits, checkpoints, other threads. */

import assert from "node:assert/strict";
import { SQLITE } from "../../../src/sqlite/sqlite.ts";
import { firstNumber, isError, type Register, write } from "./scene.ts";

export function otherConnections(test: Register): void {
  for (const mode of ["wal", "delete"] as const) {
    test(`sees that another connection has committed (journal_mode ${mode})`, (scene) => {
      const [own, other] = scene.pair(mode);
      own.changedByOthers();
      assert.equal(own.changedByOthers(), false);
      write(own);
      assert.equal(own.changedByOthers(), false, "after a commit of its own");
      write(other);
      assert.equal(own.changedByOthers(), true, "after another's commit");
      assert.equal(own.changedByOthers(), false, "when asked again");
      write(own);
      write(other);
      write(own);
      assert.equal(own.changedByOthers(), true, "after another's commit between its own");
      assert.equal(own.changedByOthers(), false, "when asked again");
    });

    test(`sees in a transaction that another connection has committed (journal_mode ${mode})`, (scene) => {
      const [own, other] = scene.pair(mode);
      own.changedByOthers();
      for (const writing of [false, true]) {
        write(other);
        own.begin(writing);
        firstNumber(own, "SELECT count(*) FROM t");
        assert.equal(own.changedByOthers(), true);
        assert.equal(own.changedByOthers(), false);
        if (writing) own.exec("INSERT INTO t VALUES (0)");
        assert.equal(own.changedByOthers(), false);
        own.commit();
        assert.equal(own.changedByOthers(), false);
      }
    });
  }

  test("sees another's commit after the snapshot it did not belong to", (scene) => {
    const [own, other] = scene.pair("wal");
    own.changedByOthers();
    own.begin(false);
    firstNumber(own, "SELECT count(*) FROM t");
    write(other);
    assert.equal(own.changedByOthers(), false);
    own.commit();
    assert.equal(own.changedByOthers(), true);
  });

  test("checkpoints a WAL", (scene) => {
    const [first] = scene.pair("wal");
    first.exec("INSERT INTO t VALUES (zeroblob(50000))");
    const { walFrames, copiedFrames, busy } = first.checkpoint();
    assert.ok(walFrames > 10);
    assert.equal(copiedFrames, walFrames);
    assert.equal(busy, false);
  });

  test("checkpoints only what no reader still needs", (scene) => {
    const [first, second] = scene.pair("wal");
    second.begin(false);
    firstNumber(second, "SELECT count(*) FROM t");
    first.exec("INSERT INTO t VALUES (zeroblob(50000))");
    const { walFrames, copiedFrames } = first.checkpoint();
    assert.ok(copiedFrames < walFrames);
    second.commit();
    assert.equal(first.checkpoint().copiedFrames, walFrames);
  });

  test("gives free pages back, and takes that for no other's commit", (scene) => {
    const db = scene.open("free.db");
    db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; CREATE TABLE t (a);
      INSERT INTO t VALUES (zeroblob(400000)); DELETE FROM t`);
    const pages = () => firstNumber(db, "PRAGMA page_count");
    const before = pages();
    db.changedByOthers();
    for (const count of [10, 1000]) {
      db.begin(true);
      db.releasePages(count);
      db.commit();
      assert.equal(db.changedByOthers(), false);
      if (count === 10) assert.equal(pages(), before - 10);
    }
    assert.equal(firstNumber(db, "PRAGMA freelist_count"), 0);
    db.begin(true);
    db.releasePages(10);
    db.commit();
    assert.equal(db.changedByOthers(), false, "after none was left");
    const other = scene.open("free.db");
    write(other);
    assert.equal(db.changedByOthers(), true);
  });

  test("takes pages given back in a transaction that is rolled back for still there", (scene) => {
    const db = scene.open("free.db");
    db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; CREATE TABLE t (a);
      INSERT INTO t VALUES (zeroblob(400000)); DELETE FROM t`);
    const before = firstNumber(db, "PRAGMA page_count");
    db.changedByOthers();
    db.begin(true);
    db.releasePages(1000);
    db.rollback();
    assert.equal(firstNumber(db, "PRAGMA page_count"), before);
    db.begin(true);
    db.commit();
    assert.equal(db.changedByOthers(), false);
  });

  test("tells how much of a WAL is not copied, where it can", (scene) => {
    const [first] = scene.pair("wal");
    first.changedByOthers();
    first.exec("INSERT INTO t VALUES (zeroblob(50000))");
    const frames = first.walFrames();
    assert.equal(first.uncopiedFrames(), frames);
    first.checkpoint();
    assert.equal(first.uncopiedFrames(), frames === undefined ? undefined : 0);
  });

  test("runs statements on another thread, where it can, until it is told to end", async (scene) => {
    const [first, second] = scene.pair("wal");
    if (first.execAsync === undefined) {
      assert.equal(first.interrupt, undefined);
      return;
    }
    await first.execAsync("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    assert.equal(firstNumber(second, "SELECT count(*) FROM t"), 2);
    await assert.rejects(first.execAsync("INSERT INTO nowhere VALUES (1)"), /no such table/);
    const endless = first.execAsync(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    );
    const timer = setInterval(() => first.interrupt?.(), 5);
    await assert.rejects(endless, isError(SQLITE.INTERRUPT));
    clearInterval(timer);
    assert.equal(firstNumber(first, "SELECT count(*) FROM t"), 2);
  });

  test("has nothing to checkpoint without a WAL", (scene) => {
    const [first] = scene.pair("delete");
    for (const db of [first, scene.open()]) {
      assert.deepEqual(db.checkpoint(), { walFrames: -1, copiedFrames: -1, busy: false });
    }
  });
}
