/** SQL, backups, integrity checks and read-only databases of the embedded API. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { type Progress, Redlite, RedliteError, StorageError } from "../../mod.ts";
import { testInMemory, testOnFile } from "./open.ts";

testInMemory("sql gives each row as an object by column name", (db) => {
  db.set("k", "v");
  db.hset("h", { a: "1", b: "2" });
  assert.deepEqual(
    db.sql("SELECT key, type, length FROM redlite_keys ORDER BY key"),
    [{ key: "h", type: "hash", length: 2 }, { key: "k", type: "string", length: 1 }],
  );
  assert.deepEqual(
    db.sql<{ value: string }>("SELECT value FROM redlite_hashes WHERE field = ?", "b"),
    [{ value: "2" }],
  );
  assert.deepEqual(db.sql("SELECT 1 WHERE 0"), []);
});

testInMemory("sql's arguments and values have JavaScript's types", (db) => {
  const [row] = db.sql(
    `SELECT ?1 AS absent, typeof(?2) AS whole, typeof(?3) AS part, ?4 AS text, ?5 AS bytes,
      ?6 AS large, ?2 + ?3 AS sum`,
    null,
    7,
    1.5,
    "Zoë",
    Uint8Array.of(0, 255),
    2n ** 60n,
  );
  assert.deepEqual(row, {
    absent: null,
    whole: "integer",
    part: "real",
    text: "Zoë",
    bytes: Uint8Array.of(0, 255),
    large: 2n ** 60n,
    sum: 8.5,
  });
});

testInMemory(
  "sql sees what an open transaction has written, and a refused query leaves it be",
  (db) => {
    db.transaction(() => {
      db.set("k", "v");
      db.rpush("l", "a", "b");
      assert.deepEqual(db.sql("SELECT length FROM redlite_keys WHERE key = 'l'"), [{ length: 2 }]);
      assert.throws(() => db.sql("SELECT * FROM none"), RedliteError);
      assert.throws(() => db.sql("WITH a AS (SELECT 1) DELETE FROM keys"), RedliteError);
      db.set("k2", "v");
    });
    assert.equal(db.dbsize(), 3);
  },
);

testInMemory("sql refuses what is no query, in SQLite's words where it has some", (db) => {
  const refused = (text: string, message: string) =>
    assert.throws(
      () => db.sql(text),
      (error) => error instanceof RedliteError && error.code === "ERR" && error.message === message,
    );
  refused(
    "DELETE FROM keys",
    "SQL only reads: a statement begins with SELECT, VALUES, WITH or EXPLAIN",
  );
  refused("SELECT 1; SELECT 2", "SQL takes one statement at a time");
  refused("SELECT * FROM häuser", "no such table: häuser");
  assert.deepEqual(
    db.call("SQL", "SELECT 1 AS a, ?", "x"),
    new Map<string, unknown>([["columns", ["a", "?"]], ["rows", [[1, "x"]]]]),
  );
});

testOnFile("an adopted file's own tables are joined with Redlite's data", (file) => {
  const own = new DatabaseSync(file.path);
  own.exec(`
    CREATE TABLE products(sku TEXT PRIMARY KEY, title TEXT);
    INSERT INTO products VALUES ('a1', 'Lamp'), ('b2', 'Chair');
  `);
  own.close();
  const db = file.open({ adopt: true });
  db.zadd("sold", [[3, "a1"], [7, "b2"]]);
  assert.deepEqual(
    db.sql(`SELECT p.title, z.score FROM products p
      JOIN redlite_zsets z ON z.member = p.sku AND z.key = 'sold' ORDER BY z.score DESC`),
    [{ title: "Chair", score: 7 }, { title: "Lamp", score: 3 }],
  );
});

testOnFile("what takes long tells how far it is", async (file) => {
  const db = file.open();
  db.set("k", "v");
  const told: string[] = [];
  const onProgress = ({ job, phase }: Progress) => void told.push(`${job} ${phase}`);
  await db.backup(join(file.directory, "copy.db"), { onProgress });
  await db.integrity("quick", { onProgress });
  await db.vacuum({ onProgress });
  for (const line of ["backup syncing", "integrity pages", "vacuum rewriting the file"]) {
    assert.ok(told.includes(line), `${line} among ${told.join(", ")}`);
  }
  const before = told.length;
  await db.backup(join(file.directory, "another.db"));
  await db.vacuum();
  assert.equal(told.length, before, "others do not tell");
});

testOnFile("backup writes a file that opens as a database", async (file) => {
  const db = file.open();
  db.set("k", "v");
  const path = join(file.directory, "copy.db");
  const { pages, bytes } = await db.backup(path);
  assert.equal(bytes, Deno.statSync(path).size);
  assert.ok(pages > 1);
  await assert.rejects(db.backup(path), RedliteError);
  db.set("k", "w");
  await db.backup(path, { replace: true });
  await using copy = Redlite.open(path, { driver: file.driver });
  assert.equal(copy.get("k"), "w");
  assert.deepEqual(await copy.integrity(), []);
});

testOnFile(
  "backup and integrity are refused in a transaction, and do not break it",
  async (file) => {
    const db = file.open();
    const refused: Promise<unknown>[] = [];
    db.transaction(() => {
      db.set("k", "v");
      refused.push(assert.rejects(db.backup(join(file.directory, "copy.db")), RedliteError));
      refused.push(assert.rejects(db.integrity(), RedliteError));
      assert.throws(() => db.call("BACKUP", "copy.db"), RedliteError);
      assert.throws(() => db.call("INTEGRITY"), RedliteError);
    });
    await Promise.all(refused);
    assert.equal(db.get("k"), "v");
  },
);

testInMemory("a database in memory is checked, and not backed up", async (db) => {
  db.rpush("l", "a");
  assert.deepEqual(await db.integrity("quick"), []);
  await assert.rejects(db.backup("copy.db"), RedliteError);
});

testOnFile("a read-only database reads what others write, and refuses to write", async (file) => {
  assert.throws(() => file.open({ readonly: true }));
  const writer = file.open();
  writer.set("k", "1");
  writer.hset("h", { f: "v" });
  const db = file.open({ readonly: true });
  assert.equal(db.get("k"), "1");
  writer.incr("k");
  // One stretch of code sees one snapshot.
  await null;
  assert.equal(db.get("k"), "2");
  assert.equal(db.hget("h", "f"), "v");
  const refused = (write: () => unknown) =>
    assert.throws(write, (error) => error instanceof RedliteError && error.code === "READONLY");
  refused(() => db.set("k", "3"));
  refused(() => db.del("k"));
  refused(() => db.hset("h", { f: "w" }));
  refused(() => db.call("FLUSHALL"));
  assert.deepEqual(
    db.transaction(() => {
      const seen = [db.get("k")];
      writer.set("k", "9");
      refused(() => db.set("k", "3"));
      seen.push(db.get("k"));
      return seen;
    }),
    ["2", "2"],
  );
  assert.equal(db.get("k"), "9");
  assert.deepEqual(db.sql("SELECT count(*) AS n FROM redlite_keys"), [{ n: 2 }]);
  assert.deepEqual(await db.integrity(), []);
});

testOnFile("a damaged page is an error of its own, where it is read", async (file) => {
  const KEYS = 60;
  const writer = file.open();
  for (let i = 0; i < KEYS; i++) writer.set(`key:${i}`, "x".repeat(300));
  await writer.close();
  const inspected = new DatabaseSync(file.path);
  const { pageno } = inspected.prepare(
    "SELECT pageno FROM dbstat WHERE name = 'keys' AND pagetype = 'leaf' LIMIT 1 OFFSET 3",
  ).get() as { pageno: number };
  inspected.close();
  {
    using damaged = await Deno.open(file.path, { write: true });
    await damaged.seek((pageno - 1) * 2048, Deno.SeekMode.Start);
    await damaged.write(new Uint8Array(64).fill(0xff));
  }
  const db = file.open();
  let lost = 0;
  for (let i = 0; i < KEYS; i++) {
    try {
      assert.equal(db.get(`key:${i}`), "x".repeat(300));
    } catch (error) {
      assert.ok(error instanceof StorageError && error.code === "CORRUPT", String(error));
      lost++;
    }
  }
  assert.ok(lost > 0 && lost < 10, `${lost} lost`);
  assert.ok((await db.integrity()).length > 0);
  db.set("zzz", "v");
  assert.equal(db.get("zzz"), "v");
});
