/** SQL that writes to tables of the program's own, and to nothing of Redlite's. */

import { strict as assert } from "node:assert";
import { Redlite, RedliteError, type RedliteOptions } from "../../mod.ts";
import { DRIVERS } from "../store/open.ts";

function testWrite(name: string, body: (db: Redlite) => void | Promise<void>): void {
  for (const { info } of DRIVERS) {
    Deno.test(`${name} (${info.name})`, async () => {
      const options: RedliteOptions = { driver: info.name };
      const directory = await Deno.makeTempDir({ prefix: "redlite-" });
      {
        await using db = Redlite.open(`${directory}/app.db`, options);
        await body(db);
      }
      await Deno.remove(directory, { recursive: true });
    });
  }
}

testWrite("a program makes, fills, changes and drops tables of its own", (db) => {
  db.sql.write("CREATE TABLE orders(number INTEGER PRIMARY KEY, customer TEXT, note BLOB)");
  db.sql.write("CREATE INDEX by_customer ON orders(customer)");
  const insert = "INSERT INTO orders(customer, note) VALUES (?, ?) RETURNING number";
  assert.deepEqual(db.sql.write(insert, "Ada", new Uint8Array([1])), {
    changes: 1,
    rows: [{ number: 1 }],
  });
  assert.equal(db.sql.write("INSERT INTO orders(customer) VALUES ('Bob'), ('Cy')").changes, 2);
  assert.equal(db.sql.write("UPDATE orders SET customer = upper(customer)").changes, 3);
  assert.equal(db.sql.write("DELETE FROM orders WHERE number = ?", 2).changes, 1);
  assert.deepEqual(db.sql("SELECT customer FROM orders"), [{ customer: "ADA" }, {
    customer: "CY",
  }]);
  assert.equal(db.sql.write("DELETE FROM orders").changes, 2);
  db.sql.write("ALTER TABLE orders ADD COLUMN total REAL");
  db.sql.write("DROP TABLE orders");
  assert.throws(() => db.sql("SELECT * FROM orders"), /no such table/);
});

testWrite("it reads what keys hold, in one transaction with commands", (db) => {
  db.sql.write("CREATE TABLE names(name TEXT)");
  db.transaction(() => {
    db.hset("user:1", { name: "Ada" });
    db.sql.write("INSERT INTO names SELECT value FROM redlite_hashes WHERE field = 'name'");
  });
  assert.deepEqual(db.sql("SELECT name FROM names"), [{ name: "Ada" }]);
  assert.throws(() =>
    db.transaction(() => {
      db.set("k", "v");
      db.sql.write("DELETE FROM names");
      throw new Error("no");
    }), /no/);
  assert.equal(db.get("k"), null);
  assert.equal(db.sql("SELECT * FROM names").length, 1);
});

testWrite("what is Redlite's is refused, whichever way it would be written to", (db) => {
  db.set("k", "v");
  db.rpush("list", "a", "b");
  db.sql.write("CREATE TABLE mine(a INTEGER PRIMARY KEY, b)");
  db.sql.write("CREATE TRIGGER on_mine AFTER INSERT ON mine BEGIN DELETE FROM keys; END");
  const refused = [
    "DELETE FROM keys",
    "UPDATE keys SET value = x'00'",
    "INSERT INTO settings VALUES ('a', 'b')",
    "REPLACE INTO main.users VALUES ('default', 'on')",
    'WITH x AS (SELECT 1) DELETE FROM "lists"',
    "DELETE FROM lists WHERE pos IN (SELECT a FROM mine)",
    "INSERT INTO mine VALUES (1, 2)",
    "DELETE FROM sqlite_schema",
    "INSERT INTO sqlite_dbpage VALUES (1, x'')",
    "DROP TABLE keys",
    "DROP VIEW redlite_keys",
    "DROP INDEX keys_by_expiry",
    "ALTER TABLE keys ADD COLUMN mine",
    "ALTER TABLE lists RENAME TO others",
    "ALTER TABLE mine RENAME TO redlite_mine",
    "CREATE INDEX slow ON keys(value)",
    "CREATE TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1; END",
    "CREATE TRIGGER t INSTEAD OF INSERT ON redlite_keys BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER t AFTER INSERT ON main.keys BEGIN SELECT 1; END",
    "CREATE TEMP TABLE keys(a)",
    "CREATE TABLE redlite_new(a)",
    "PRAGMA user_version = 9",
    "ATTACH 'other.db' AS other",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT s",
    "ANALYZE",
    "REINDEX",
    "SELECT 1",
    "INSERT INTO mine VALUES (1, 2); DELETE FROM keys",
    "CREATE TABLE other(a); DROP TABLE keys",
  ];
  for (const text of refused) assert.throws(() => db.sql.write(text), RedliteError, text);
  db.transaction(() => {
    for (const text of refused) assert.throws(() => db.sql.write(text), RedliteError, text);
    db.set("after", "1");
  });
  assert.equal(db.get("k"), "v");
  assert.equal(db.get("after"), "1");
  assert.deepEqual(db.lrange("list", 0, -1), ["a", "b"]);
});

testWrite("what SQLite refuses leaves nothing, and the transaction goes on", (db) => {
  db.sql.write("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  db.transaction(() => {
    db.set("k", "v");
    assert.throws(() => db.sql.write("INSERT OR FAIL INTO t VALUES (1), (1)"), /UNIQUE/);
    assert.throws(() => db.sql.write("INSERT INTO nowhere VALUES (1)"), /no such table/);
    assert.throws(() => db.sql.write("CREATE TABLE t(a)"), /already exists/);
  });
  assert.equal(db.get("k"), "v");
  assert.deepEqual(db.sql("SELECT * FROM t"), []);
});

testWrite("a conflict that rolls the transaction back is told at its end", (db) => {
  db.sql.write("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  assert.throws(() =>
    db.transaction(() => {
      db.set("k", "v");
      assert.throws(() => db.sql.write("INSERT OR ROLLBACK INTO t VALUES (1), (1)"));
    }), TypeError);
  assert.equal(db.get("k"), null);
});

testWrite("virtual tables of the program's own can be written to", (db) => {
  db.sql.write("CREATE VIRTUAL TABLE notes USING fts5(text)");
  db.sql.write("INSERT INTO notes VALUES ('the quick brown fox')");
  assert.equal(db.sql("SELECT * FROM notes WHERE notes MATCH 'quick'").length, 1);
});

testWrite("it works on a database whose history is kept", (db) => {
  db.call("HISTORY", "ENABLE", "GLOBAL");
  db.sql.write("CREATE TABLE t(a)");
  db.sql.write("INSERT INTO t VALUES (1)");
  db.set("k", "v");
  assert.equal(db.sql.write("UPDATE t SET a = 2").changes, 1);
});

Deno.test("a database that is open for reading only refuses it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "redlite-" });
  {
    await using _made = Redlite.open(`${directory}/app.db`);
    await using db = Redlite.open(`${directory}/app.db`, { readonly: true });
    assert.throws(() => db.sql.write("CREATE TABLE t(a)"), { code: "READONLY" });
  }
  await Deno.remove(directory, { recursive: true });
});
