/** What a connection has another thread do: nobody uses it meanwhile, and what fails is told to who comes next. */

import { strict as assert } from "node:assert";
import { type Aside, type Connection, SqliteError } from "../../src/sqlite/sqlite.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { DatabaseFile, DRIVERS, number } from "../store/open.ts";

const ffi = DRIVERS.find(({ info }) => info.name === "ffi");

const COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";

/** Registers a test on a connection with a table, where there are threads. */
function testAside(name: string, body: (connection: Connection, aside: Aside) => void): void {
  Deno.test({
    ...named(name, ffi === undefined ? "no native SQLite library" : notLinux()),
    async fn() {
      await using file = new DatabaseFile(ffi!);
      const connection = file.connect();
      connection.exec("PRAGMA journal_mode = wal; CREATE TABLE t(i INTEGER UNIQUE NOT NULL)");
      const { aside } = connection;
      if (aside === undefined) {
        assert.equal(navigator.hardwareConcurrency, 1);
        return;
      }
      body(connection, aside);
    },
  });
}

testAside(
  "whoever uses the connection next finds what another thread has written",
  (connection, aside) => {
    const insert = connection.prepare(`INSERT INTO t ${COUNT} SELECT i FROM n`);
    const remove = connection.prepare("DELETE FROM t");
    connection.begin(true);
    for (let round = 0; round < 20; round++) {
      aside.run(insert);
      assert.equal(number(connection, "SELECT count(*) FROM t"), 20_000);
      assert.ok(aside.ended());
      aside.run(remove);
      assert.equal(number(connection, "SELECT count(*) FROM t"), 0);
    }
    aside.run(insert);
    connection.commit();
    assert.equal(number(connection, "SELECT count(*) FROM t"), 20_000);
    connection.begin(true);
    aside.run(remove);
    aside.flushPages();
    connection.rollback();
    assert.ok(aside.ended());
    assert.equal(number(connection, "SELECT count(*) FROM t"), 20_000);
  },
);

testAside(
  "the end of what another thread does is seen without waiting for it",
  (connection, aside) => {
    connection.begin(true);
    aside.run(connection.prepare(`INSERT INTO t ${COUNT} SELECT i FROM n`));
    while (!aside.ended());
    connection.commit();
    assert.equal(number(connection, "SELECT count(*) FROM t"), 20_000);
  },
);

testAside(
  "what has failed on another thread fails what follows, until it is rolled back",
  (connection, aside) => {
    const insert = connection.prepare(`INSERT INTO t ${COUNT} SELECT i % 19999 FROM n`);
    const select = connection.prepare("SELECT i FROM t");
    const fails = (work: () => unknown) =>
      assert.throws(
        work,
        (error) =>
          error instanceof SqliteError && /UNIQUE constraint failed: t.i/.test(error.message),
      );
    connection.begin(true);
    aside.run(insert);
    fails(() => select.step());
    fails(() => select.step());
    fails(() => aside.ended());
    fails(() => aside.flushPages());
    fails(() => connection.exec("DELETE FROM t"));
    fails(() => connection.prepare("SELECT 1"));
    fails(() => connection.commit());
    connection.rollback();
    assert.ok(aside.ended());
    assert.equal(number(connection, "SELECT count(*) FROM t"), 0);
    connection.begin(true);
    aside.run(connection.prepare("INSERT INTO t VALUES (1)"));
    connection.commit();
    assert.equal(number(connection, "SELECT count(*) FROM t"), 1);
  },
);

testAside("a connection that is closed waits for what another thread does", (connection, aside) => {
  connection.begin(true);
  aside.run(connection.prepare(`INSERT INTO t ${COUNT} SELECT i FROM n`));
  connection.close();
});
