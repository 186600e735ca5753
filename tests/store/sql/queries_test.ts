import { strict as assert } from "node:assert";
import { CommandError } from "../../../src/store/values/errors.ts";
import { assertQuery, type SqlCell, UNLIMITED } from "../../../src/store/sql/queries.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { DatabaseFile, memoryStore, put, slice, testOnDrivers, text } from "../open.ts";

/** A cell as a JavaScript value, texts and BLOBs as text. */
const plain = (cell: SqlCell) =>
  cell === null ? null : cell.value instanceof Uint8Array ? text(cell.value) : Number(cell.value);

Deno.test("queries pass, whatever surrounds them", () => {
  for (
    const query of [
      "SELECT 1",
      "  select 1 ; ",
      "-- a comment\nVALUES (1)",
      "/* ; PRAGMA */ WITH a AS (SELECT 1) SELECT * FROM a;;",
      "SELECT ';' || \";\" || `;` || [;], 'it''s; fine'",
      "EXPLAIN SELECT 1",
      "explain query plan select 1",
      "SELECT 1 -- ; DROP TABLE keys",
      "SELECT 1; -- the end",
    ]
  ) assertQuery(query);
});

Deno.test("what is no query, or not one, is refused", () => {
  for (
    const statement of [
      "",
      ";",
      "-- nothing",
      "PRAGMA user_version = 9",
      "EXPLAIN PRAGMA user_version = 9",
      "EXPLAIN QUERY PLAN DELETE FROM keys",
      "ATTACH 'other.db' AS other",
      "INSERT INTO settings VALUES ('a', 'b')",
      "VACUUM",
      "BEGIN",
      "SELECT 1; SELECT 2",
      "SELECT 1; DELETE FROM keys",
      "SELECT 'a'; -- ';\nDROP TABLE keys",
      "; PRAGMA user_version = 9",
      "SELECT 1\0; DELETE FROM keys",
    ]
  ) {
    assert.throws(() => assertQuery(statement), CommandError, statement);
  }
});

testOnDrivers("a query sees what the turn has written, counts and collections too", (driver) => {
  const store = memoryStore(driver);
  put(store, "k", "value");
  const list = store.keyspace.createCollection(0, slice("l"), TYPE.LIST);
  for (const value of ["a", "b"]) store.lists.push(list, slice(value), false);
  const { columns, rows } = store.query(
    "SELECT key, type, length FROM redlite_keys ORDER BY key",
    [],
    UNLIMITED,
  );
  assert.deepEqual(columns, ["key", "type", "length"]);
  assert.deepEqual(rows.map((row) => row.map(plain)), [["k", "string", 5], ["l", "list", 2]]);
  assert.deepEqual(
    store.query("SELECT keys FROM databases", [], UNLIMITED).rows.map((row) => row.map(plain)),
    [[2]],
  );
  store.endTurn();
  store.closeNow();
});

testOnDrivers(
  "a query writes nothing, and the turn goes on after it was refused",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    put(store, "k", "1");
    for (const rest of ["DELETE FROM keys", "UPDATE keys SET version = 9"]) {
      assert.throws(
        () => store.query(`WITH a AS (SELECT 1) ${rest}`, [], UNLIMITED),
        /^CommandError: ERR attempt to write a readonly database$/,
      );
    }
    assert.throws(() => store.query("SELECT * FROM none", [], UNLIMITED), /no such table: none/);
    put(store, "k2", "2");
    store.endTurn();
    assert.equal(store.keyspace.facts.size(0), 2);
  },
);

testOnDrivers("arguments are bound by their types", (driver) => {
  const store = memoryStore(driver);
  const args = [null, 7, 2n ** 62n, 1.5, "ä", Uint8Array.of(0, 255)];
  const { rows } = store.query(
    "SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), typeof(?5), typeof(?6), ?3, hex(?6)",
    args,
    UNLIMITED,
  );
  assert.deepEqual(
    rows[0]!.map((cell) => cell?.value).slice(0, 6).map((value) =>
      value instanceof Uint8Array && text(value)
    ),
    ["null", "integer", "integer", "real", "text", "blob"],
  );
  assert.deepEqual(rows[0]![6], { type: "integer", value: 2n ** 62n });
  assert.equal(plain(rows[0]![7]!), "00FF");
  store.closeNow();
});

testOnDrivers("a result past a limit is refused whole", (driver) => {
  const store = memoryStore(driver);
  const limits = { rows: 2, bytes: 100, ms: 0 };
  assert.equal(store.query("VALUES (1), (2)", [], limits).rows.length, 2);
  assert.throws(() => store.query("VALUES (1), (2), (3)", [], limits), /more than 2 rows/);
  assert.throws(() => store.query("SELECT zeroblob(101)", [], limits), /more than 100 bytes/);
  store.closeNow();
});
