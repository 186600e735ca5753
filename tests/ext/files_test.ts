/** What a file keeps of extensions: for those who open it without them, and for other processes. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { commandsOf, type Extension } from "../../src/embedded/extension.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { applyLog } from "../../src/embedded/log_applier.ts";
import { salvage } from "../../src/store/rescue/salvage.ts";
import { RedliteFile, testOnFile } from "../embedded/open.ts";
import topLists from "./example/top_list.ts";

const extensions = [topLists()];

/** Opens a test's file with the example. */
const withLists = ({ path, driver }: RedliteFile) =>
  Redlite.open(path, { driver, extensions: [topLists()] });

/** Makes a list of so many members. */
function fill(db: ReturnType<typeof withLists>, key: string, members: number): void {
  db.transaction(() => {
    for (let i = 0; i < members; i++) db.topadd(key, `member ${i}`, i);
  });
}

/** Rows of the example's table. */
function rows(db: Redlite): number {
  return db.sql<{ n: number }>("SELECT count(*) AS n FROM toplist_entries")[0]?.n ?? -1;
}

testOnFile("without the extension everything that is done to any key works on its keys", (file) => {
  {
    using db = withLists(file);
    fill(db, "best", 100);
    fill(db, "other", 3);
  }
  using db = file.open();
  assert.equal(db.type("best"), "toplist");
  assert.deepEqual([...db.scanIterator({ type: "toplist" })].sort(), ["best", "other"]);
  assert.equal(db.object("encoding", "best"), "raw");
  const info = db.keyinfo("best");
  assert.equal(info?.type, "toplist");
  assert.equal(info?.length, 100);
  assert.equal(info?.bytes, 100 * 8 + 10 * 8 + 90 * 9);
  assert.ok(Number(db.call("MEMORY", "USAGE", "best")) > 1000);
  assert.match(String(db.call("DEBUG", "DIGEST-VALUE", "best")), /^[0-9a-f]{40}$/);
  assert.match(String(db.call("DEBUG", "OBJECT", "best")), /encoding:raw serializedlength:1690 /);
  assert.equal(db.expire("best", 100), true);
  assert.equal(db.copy("best", "copy"), true);
  db.rename("copy", "renamed");
  assert.equal(db.move("renamed", 1), true);
  assert.throws(() => db.dump("best"), /a key of the type toplist needs the extension toplist/);
  assert.throws(() => db.get("best"), /wrong kind of value/);
  assert.throws(
    () => db.call("TOP.ADD", "best", "ann", 1),
    /TOP\.ADD needs the extension toplist: open the database with it/,
  );
  assert.throws(() => db.call("TOP.NONE"), /unknown command 'TOP\.NONE'/);
  assert.equal(db.del("best", "other"), 2);
  db.set("best", "another value");
  assert.equal(db.type("best"), "string");
});

testOnFile(
  "what waits of a large key is deleted in the background, without the extension",
  async (file) => {
    {
      using db = withLists(file);
      fill(db, "best", 100);
      db.del("best");
      fill(db, "best", 90);
      db.flushdb();
      fill(db, "kept", 5);
    }
    using db = file.open();
    while (rows(db) > 5) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await db.integrity(), []);
    assert.equal(rows(db), 5);
  },
);

testOnFile("a type keeps its number in the file", (file) => {
  const first: Extension = {
    name: "first",
    migrations: ["CREATE TABLE first_rows(key_id INTEGER PRIMARY KEY, value BLOB)"],
    types: [{
      name: "first",
      tables: [{ table: "first_rows", columns: { value: "BLOB" }, key: [] }],
    }],
  };
  const numbers = (db: Redlite) =>
    db.sql<{ type: number; name: string }>("SELECT type, name FROM extension_types")
      .map(({ type, name }) => [type, name]);
  file.open({ extensions: [first] })[Symbol.dispose]();
  file.open({ extensions: [topLists(), first] })[Symbol.dispose]();
  using db = withLists(file);
  assert.deepEqual(numbers(db), [[64, "first"], [65, "toplist"]]);
});

testOnFile(
  "a file of a newer version of an extension is refused, and one open for reading that lacks it",
  (file) => {
    const version = (migrations: string[]): Extension => ({ name: "grown", migrations });
    const one = "CREATE TABLE grown_one(a INTEGER)", two = "CREATE TABLE grown_two(a INTEGER)";
    file.open({ extensions: [version([one])] })[Symbol.dispose]();
    file.open({ extensions: [version([one, two])] })[Symbol.dispose]();
    assert.throws(
      () => file.open({ extensions: [version([one])] }),
      /test\.db has version 2 of the extension grown, and this is 1; use a newer one/,
    );
    assert.throws(
      () => file.open({ extensions, readonly: true }),
      /test\.db has not what the extension toplist needs, and is open for reading only; open it/,
    );
    const patient = { name: "patient", migrations: ["CREATE VIEW redlite_patient AS SELECT 1"] };
    const readers = [version([one, two]), { ...patient, readsWithoutTables: true }];
    using db = file.open({ extensions: readers, readonly: true });
    assert.equal(db.sql("SELECT * FROM grown_two").length, 0);
  },
);

testOnFile("a later version adds columns to a type's tables, and does not drop them", (file) => {
  const made = "CREATE TABLE late_rows(key_id INTEGER, a BLOB, PRIMARY KEY(key_id, a))";
  const version = (
    migrations: string[],
    columns: Record<string, "BLOB" | "INTEGER">,
  ): Extension => ({
    name: "late",
    migrations,
    types: [{ name: "late", tables: [{ table: "late_rows", columns, key: ["a"] }] }],
  });
  const dropping: Extension = { name: "late", migrations: [made, "DROP TABLE late_rows"] };
  file.open({ extensions: [version([made], { a: "BLOB" })] })[Symbol.dispose]();
  assert.throws(
    () => file.open({ extensions: [dropping] }),
    /late drops late_rows, which has keys of late/,
  );
  const added = "ALTER TABLE late_rows ADD COLUMN n INTEGER";
  const second = version([made, added], { a: "BLOB", n: "INTEGER" });
  file.open({ extensions: [second] })[Symbol.dispose]();
  using db = file.open();
  db.history.enable();
  const tables = db.sql<{ tables: string }>("SELECT tables FROM extension_types")[0]?.tables;
  assert.deepEqual(JSON.parse(tables ?? ""), [
    { table: "late_rows", columns: { a: "BLOB", n: "INTEGER" }, key: ["a"] },
  ]);
});

Deno.test("extensions that are not as they should be are refused, and leave nothing in the file", async () => {
  await using file = new RedliteFile("builtin");
  const command = commandsOf("module");
  const facts = { since: "1.0.0", arity: 1, summary: "Does nothing." };
  const table = { table: "odd_rows", columns: { member: "BLOB" } as const, key: ["member"] };
  const migrations = ["CREATE TABLE odd_rows(key_id INTEGER, member BLOB)"];
  const cases: [extension: Extension, message: RegExp][] = [
    [{ name: "Odd" }, /"Odd" is no name of an extension/],
    [{ name: "toplist" }, /two extensions are named toplist/],
    [
      { name: "odd", commands: [command("GET key", facts, () => {})] },
      /odd: there is a command GET already, of Redlite/,
    ],
    [
      { name: "odd", commands: [command("TOP.ADD key", facts, () => {})] },
      /odd: there is a command TOP\.ADD already, of toplist/,
    ],
    [
      { name: "odd", types: [{ name: "hash", tables: [table] }], migrations },
      /odd: there is a type hash already/,
    ],
    [
      { name: "odd", types: [{ name: "odd", tables: [{ ...table, table: "rows" }] }] },
      /odd: type odd has a table rows, not odd_…/,
    ],
    [
      { name: "odd", types: [{ name: "odd", tables: [table] }], migrations },
      /odd: the table odd_rows has not the columns .*, with the primary key key_id, member/,
    ],
    [
      { name: "odd", migrations: ["CREATE TABLE stray(a INTEGER)"] },
      /odd makes stray: what it makes is to be named odd_… or redlite_odd/,
    ],
    [
      { name: "odd", migrations: ["CREATE TABLE"] },
      /what the extension odd needs cannot be made: .*(incomplete input|syntax error)/,
    ],
  ];
  for (const [extension, message] of cases) {
    assert.throws(() => file.open({ extensions: [...extensions, extension] }), message);
  }
  using db = withLists(file);
  const made = db.sql<{ name: string }>("SELECT name FROM extensions").map(({ name }) => name);
  assert.deepEqual(made.filter((name) => name !== "toplist"), []);
});

testOnFile(
  "SQL of programs does not write to tables of extensions, nor to their virtual ones",
  (file) => {
    const places: Extension = {
      name: "places",
      migrations: ["CREATE VIRTUAL TABLE places_index USING rtree(id, x1, x2)"],
    };
    using db = file.open({ extensions: [...extensions, places] });
    db.call("TOP.ADD", "best", "ann", 1);
    for (
      const sql of [
        "DELETE FROM toplist_entries",
        "DROP TABLE toplist_entries",
        "CREATE INDEX mine ON toplist_entries(score)",
        "INSERT INTO places_index VALUES (1, 2, 3)",
      ]
    ) {
      assert.throws(() => db.sql.write(sql), /Redlite's/, sql);
    }
    db.sql.write("CREATE VIRTUAL TABLE mine USING rtree(id, x1, x2)");
    db.sql.write("INSERT INTO mine VALUES (1, 2, 3)");
    assert.equal(db.sql("SELECT * FROM mine").length, 1);
  },
);

testOnFile(
  "INTEGRITY finds what is wrong with a type's rows, with the extension and without",
  async (file) => {
    {
      using db = withLists(file);
      fill(db, "best", 3);
      assert.deepEqual(await db.integrity(), []);
    }
    const connection = chooseDriver({ driver: file.driver }).open(file.path);
    connection.exec(
      "DELETE FROM toplist_entries WHERE score = 1; " +
        "INSERT INTO toplist_entries(key_id, member, score) VALUES (77, x'00', 1)",
    );
    connection.close();
    const wrong = [
      "key X'62657374' of space 1 is a toplist of 3 elements and has 2",
      "1 rows of toplist_entries belong to no key (id 77)",
    ];
    for (const opened of [file.open(), withLists(file)]) {
      using db = opened;
      assert.deepEqual(await db.integrity(), wrong);
    }
  },
);

testOnFile("backups, VACUUM, --restore and --salvage carry what is of extensions", async (file) => {
  const backup = `${file.directory}/backup.db`, saved = `${file.directory}/saved.db`;
  const before = [["bob", 5], ["ann", 3]];
  {
    await using db = withLists(file);
    db.topadd("best", "ann", 3);
    db.topadd("best", "bob", 5);
    await db.vacuum();
    assert.deepEqual(db.toplist("best"), before);
    await db.backup(backup);
    db.del("best");
  }
  await Redlite.restore(backup, file.path, { driver: file.driver });
  {
    await using db = withLists(file);
    assert.deepEqual(db.toplist("best"), before);
  }
  const driver = chooseDriver({ driver: file.driver });
  const connection = driver.open(file.path);
  connection.exec("INSERT INTO toplist_entries(key_id, member, score) VALUES (77, x'00', 1)");
  connection.close();
  const { losses } = await salvage(driver, file.path, saved, applyLog);
  assert.deepEqual(losses, ["toplist_entries: 1 rows whose keys are lost"]);
  await using db = Redlite.open(saved, { extensions, driver: file.driver });
  assert.deepEqual(db.toplist("best"), before);
  assert.deepEqual(await db.integrity(), []);
});

testOnFile(
  "who has the file open without the extension sees the keys of who has it at once, and they theirs",
  (file) => {
    using plain = file.open();
    plain.set("k", "v");
    using db = withLists(file);
    db.topadd("best", "ann", 1);
    assert.equal(plain.type("best"), "toplist");
    assert.throws(() => plain.call("TOP.LIST", "best"), /TOP\.LIST needs the extension toplist/);
    plain.rename("best", "better");
    assert.deepEqual(db.toplist("better"), [["ann", 1]]);
    db.topadd("better", "bob", 2);
    assert.equal(plain.keyinfo("better")?.length, 2);
    plain.copy("better", "best");
    assert.deepEqual(db.toplist("best"), [["bob", 2], ["ann", 1]]);
  },
);

testOnFile("the views tell the names of extensions' types", (file) => {
  using db = withLists(file);
  db.history.enable();
  db.topadd("best", "ann", 1);
  assert.deepEqual(db.sql("SELECT key, type, length FROM redlite_keys"), [
    { key: "best", type: "toplist", length: 1 },
  ]);
  assert.deepEqual(db.sql("SELECT key, operation, type FROM redlite_history"), [
    { key: "best", operation: "topadd", type: "toplist" },
  ]);
});

testOnFile(
  "an extension readies every connection, and is told when the store is closed",
  async (file) => {
    const seen: string[] = [];
    const watching: Extension = {
      name: "watching",
      connect: (connection) => {
        seen.push("connect");
        connection.exec("PRAGMA temp_store = MEMORY");
      },
      attach: () => ({ close: () => seen.push("close") }),
    };
    {
      await using db = file.open({ extensions: [watching] });
      assert.deepEqual(seen, ["connect"]);
      await db.integrity();
      assert.deepEqual(seen, ["connect", "connect"]);
      db.history.enable();
      db.set("k", "v");
      assert.equal(db.at(Date.now()).get("k"), "v");
    }
    assert.deepEqual(seen, ["connect", "connect", "close"]);
  },
);

testOnFile("what keeps an extension from being loaded leaves the file to the next", (file) => {
  const broken: Extension = {
    name: "broken",
    connect: () => {
      throw new Error("the library is not there");
    },
  };
  assert.throws(() => file.open({ extensions: [broken] }), /the library is not there/);
  const late: Extension = {
    name: "late",
    attach: () => {
      throw new Error("it does not begin");
    },
  };
  assert.throws(() => file.open({ extensions: [late] }), /it does not begin/);
  using db = file.open();
  db.set("k", "v");
  assert.equal(db.get("k"), "v");
});
