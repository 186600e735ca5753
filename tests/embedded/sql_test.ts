import { strict as assert } from "node:assert";
import { RedliteError } from "../../mod.ts";
import { testInMemory } from "./open.ts";

testInMemory("a query takes as many arguments as it has parameters", (db) => {
  const refused = (given: number, takes: number) => (error: unknown) => {
    assert.ok(error instanceof RedliteError, String(error));
    assert.equal(error.message, `the statement takes ${takes} arguments, ${given} are given`);
    return true;
  };
  assert.throws(() => db.sql("SELECT ?"), refused(0, 1));
  assert.throws(() => db.sql("SELECT ?, ?", 1), refused(1, 2));
  assert.throws(() => db.sql("SELECT ?3", 1), refused(1, 3));
  assert.throws(() => db.sql("SELECT 1", 1), refused(1, 0));
  assert.throws(() => db.sql("SELECT :a, :a, $b", "x"), refused(1, 2));
  assert.throws(() => db.sql.write("CREATE TABLE t(a) -- ?", 1), refused(1, 0));
  db.sql.write("CREATE TABLE t(a)");
  assert.throws(() => db.sql.write("INSERT INTO t VALUES (?)"), refused(0, 1));
  assert.deepEqual(db.sql("SELECT count(*) AS count FROM t"), [{ count: 0 }]);
});

testInMemory("arguments belong to parameters by their numbers, named ones too", (db) => {
  assert.deepEqual(
    db.sql("SELECT :a AS a, ? AS b, $c AS c, @d AS d, :a AS e, ?6 AS f", 1, 2, 3, 4, 5, 6),
    [{ a: 1, b: 2, c: 3, d: 4, e: 1, f: 6 }],
  );
  assert.deepEqual(db.sql("SELECT ?2 AS a, ?1 AS b, ? AS c", "x", null, "z"), [
    { a: null, b: "x", c: "z" },
  ]);
});

testInMemory("texts come whole, whatever is in them", (db) => {
  const texts = ["a\0b", "\0", "", "plain", "\0\0é"];
  db.sql.write("CREATE TABLE texts(rank INTEGER PRIMARY KEY, text TEXT, real REAL, any)");
  for (const text of texts) {
    db.sql.write("INSERT INTO texts(text, real, any) VALUES (?, 2, ?)", text, text);
  }
  assert.deepEqual(
    db.sql<{ text: string }>("SELECT text FROM texts ORDER BY rank DESC; -- the end")
      .map(({ text }) => text),
    texts.toReversed(),
  );
  assert.deepEqual(db.sql("SELECT ? AS text", "c\0d"), [{ text: "c\0d" }]);
});

testInMemory("other values keep their types, and rows their order and names", (db) => {
  const [row] = db.sql(
    `SELECT 1 AS i, 9007199254740993 AS large, 1.0 AS real, -0.5 AS half, NULL AS none,
      x'6100' AS blob, 'text' AS text, 'x' AS "a b", 1e999 AS infinite`,
  );
  assert.deepEqual(row, {
    i: 1,
    large: 9007199254740993n,
    real: 1,
    half: -0.5,
    none: null,
    blob: new Uint8Array([0x61, 0]),
    text: "text",
    "a b": "x",
    infinite: Infinity,
  });
  db.sql.write("CREATE TABLE numbers(number REAL)");
  for (const number of [3, 1, 2]) db.sql.write("INSERT INTO numbers VALUES (?)", number);
  const column = (sql: string) => db.sql<{ n: unknown }>(sql).map(({ n }) => n);
  assert.deepEqual(column("SELECT number AS n FROM numbers ORDER BY n DESC"), [3, 2, 1]);
  assert.deepEqual(column("SELECT typeof(number) AS n FROM numbers LIMIT 1"), ["real"]);
  assert.deepEqual(column("VALUES (5), (4)").length, 2);
  assert.deepEqual(
    column(
      "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3) SELECT n FROM c",
    ),
    [1, 2, 3],
  );
  assert.deepEqual(column("SELECT 2 AS n UNION SELECT 1 ORDER BY 1"), [1, 2]);
  assert.deepEqual(db.sql("SELECT 1 AS a, 2 AS a"), [{ a: 2 }]);
  assert.ok(db.sql("EXPLAIN QUERY PLAN SELECT 1").length > 0);
  const [once] = db.sql<{ a: bigint; b: bigint }>(
    "SELECT r AS a, r AS b FROM (SELECT random() AS r)",
  );
  assert.equal(typeof once?.a, typeof once?.b);
});

testInMemory("a query that is wrong is refused in SQLite's words", (db) => {
  assert.throws(() => db.sql("SELECT nosuch"), /no such column: nosuch/);
  assert.throws(() => db.sql("SELECT 'no end"), RedliteError);
});
