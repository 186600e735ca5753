import { strict as assert } from "node:assert";
import { inspect } from "node:util";
import fc from "../harness/properties.ts";
import {
  DatabaseLockedError,
  Redlite,
  RedliteError,
  StorageError,
  WrongTypeError,
} from "../../mod.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { bytes, RedliteFile, testInMemory, testOnFile } from "./open.ts";

/** Lets the stretch of synchronous code end, and its read transaction with it. */
const nextStretch = () => Promise.resolve();

testInMemory("call runs any command of the table", (db) => {
  assert.equal(db.call("set", "k", "5"), "OK");
  assert.equal(db.call("INCRBY", "k", 2), 7);
  assert.equal(db.call("incrby", bytes("k"), 9007199254740993n), 9007199254741000n);
  assert.equal(db.call("get", "absent"), null);
  assert.deepEqual(db.bytes.call("MGET", "k"), [bytes("9007199254741000")]);
});

testInMemory("call gives maps as maps", (db) => {
  db.mset([["a", "xay"], ["b", "a"]]);
  const reply = db.call("LCS", "a", "b", "IDX");
  assert.ok(reply instanceof Map);
  assert.equal(reply.get("len"), 1);
});

testInMemory("call refuses what is no command", (db) => {
  assert.throws(() => db.call("NOSUCH", "a"), /unknown command 'NOSUCH'/);
  assert.throws(() => db.call("GET"), /wrong number of arguments for 'get' command/);
  assert.throws(() => db.call("OBJECT", "nosuch", "k"), RedliteError);
});

testInMemory("an error is a class with Redis's code and message", (db) => {
  db.set("k", "text");
  assert.throws(() => db.incr("k"), (error: unknown) => {
    assert.ok(error instanceof RedliteError);
    assert.equal(error.code, "ERR");
    assert.equal(error.message, "value is not an integer or out of range");
    assert.equal(error.name, "RedliteError");
    return true;
  });
});

testInMemory("a key of another type is a WrongTypeError", (db) => {
  db.set("k", "v");
  // The store knows no other type yet: make one.
  const { engine } = db["core"].store;
  engine.write();
  engine.connection.exec("UPDATE keys SET type = 5, value = NULL, length = 1, id = 1000000");
  db["core"].store.endTurn();
  db["core"].store.keyspace.cache.clear();
  assert.throws(() => db.get("k"), (error: unknown) => {
    assert.ok(error instanceof WrongTypeError && error instanceof RedliteError);
    assert.equal(error.code, "WRONGTYPE");
    return true;
  });
  assert.throws(() => db.append("k", "x"), WrongTypeError);
});

testInMemory("a call that fails changes nothing and the next goes on", (db) => {
  db.set("k", "text");
  assert.throws(() => db.incr("k"));
  assert.throws(() => db.set("k", "v", { ex: -1 }), /invalid expire time in 'set' command/);
  assert.equal(db.get("k"), "text");
  db.set("k", "next");
  assert.equal(db.get("k"), "next");
});

testInMemory("keys and values are any text", (db) => {
  for (const text of ["", "é", "😀", "\0", "a\r\nb", "\u202e", "ключ".repeat(10_000)]) {
    db.set(text, text);
    assert.equal(db.get(text), text);
    assert.deepEqual(db.keys("*").includes(text), true);
    db.del(text);
  }
});

testInMemory("text that begins with a byte order mark comes back whole", (db) => {
  db.set("\ufeffkey", "\ufeffvalue");
  assert.equal(db.get("\ufeffkey"), "\ufeffvalue");
  assert.deepEqual(db.keys("*"), ["\ufeffkey"]);
  assert.deepEqual(db.mget("\ufeffkey"), ["\ufeffvalue"]);
});

testInMemory("any text and any bytes come back as they went in", (db) => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.uint8Array({ maxLength: 600 }),
      (text, data) => {
        db.set(text, data);
        assert.deepEqual(db.bytes.get(text), data);
        db.bytes.set(data, text);
        assert.equal(db.get(data), text);
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

testInMemory("a value is any size", (db) => {
  for (const size of [512, 513, 16_384, 70_000, 20_000_000]) {
    const value = new Uint8Array(size).fill(0x61);
    db.set("k", value);
    assert.equal(db.strlen("k"), size);
    assert.equal(db.get("k")?.length, size);
    assert.equal(db.bytes.mget("k")[0]?.length, size);
    assert.equal(db.getrange("k", -3, -1), "aaa");
  }
});

testInMemory("bytes that come back are the caller's own", (db) => {
  db.set("k", "value");
  const first = db.bytes.get("k");
  first?.fill(0);
  assert.equal(db.get("k"), "value");
  db.set("k", "other");
  assert.deepEqual(first, new Uint8Array(5));
});

testInMemory("info tells the driver, the path and the keys", (db) => {
  db.mset([["a", "1"], ["b", "1"]]);
  const info = db.info();
  assert.equal(info.path, ":memory:");
  assert.equal(info.keys, 2);
  assert.match(info.sqliteVersion, /^3\.\d+\.\d+$/);
  assert.ok(["ffi", "builtin", "wasm"].includes(info.driver));
  assert.ok(info.library.length > 0);
  const { cacheHits } = info;
  db.get("a");
  assert.equal(db.info().cacheHits, cacheHits + 1);
});

testInMemory("a database is shown in one line", (db) => {
  const driver = db.info().driver;
  for (const show of [Deno.inspect, inspect]) {
    assert.equal(show(db), `Redlite (:memory:, ${driver}; values as text)`);
    assert.equal(show({ db: db.bytes }), `{ db: Redlite (:memory:, ${driver}; values as bytes) }`);
    assert.equal(show(db.history), `Redlite history (:memory:, ${driver})`);
    assert.equal(show(db.at(5)), `Redlite (as of 5, :memory:, ${driver}; values as text)`);
  }
  db[Symbol.dispose]();
  assert.equal(Deno.inspect(db), "Redlite (:memory:, closed; values as text)");
});

testInMemory("sync resolves in memory", async (db) => {
  db.set("k", "v");
  await db.sync();
});

for (const appendfsync of ["always", "everysec", "no"] as const) {
  testOnFile(`sync resolves with appendfsync ${appendfsync}`, async (file) => {
    const db = file.open({ appendfsync });
    db.set("k", "v");
    await db.sync();
    db.set("k", "w");
    await db.sync();
  });
}

testOnFile("data is there after reopening", async (file) => {
  const db = file.open();
  db.set("k", "value");
  db.set("large", new Uint8Array(100_000));
  db.set("short", "1", { ex: 100 });
  await db.close();
  const reopened = file.open();
  assert.equal(reopened.get("k"), "value");
  assert.equal(reopened.strlen("large"), 100_000);
  assert.equal(reopened.dbsize(), 3);
  assert.ok(reopened.ttl("short") > 90);
});

testOnFile("two databases on one file see each other's writes", async (file) => {
  const a = file.open(), b = file.open();
  a.set("k", "from a");
  assert.equal(b.get("k"), "from a");
  await nextStretch();
  b.set("k", "from b");
  assert.equal(a.get("k"), "from b");
  await nextStretch();
  assert.equal(a.incr("n"), 1);
  assert.equal(b.incr("n"), 2);
  assert.equal(a.incr("n"), 3);
  await nextStretch();
  b.flushdb();
  assert.equal(a.exists("k", "n"), 0);
});

testOnFile("dbsize counts the keys that the other database on the file wrote", async (file) => {
  const a = file.open(), b = file.open();
  a.set("k", "1");
  await nextStretch();
  b.mset([["l", "1"], ["m", "1"]]);
  assert.equal(a.dbsize(), 3);
});

testOnFile("reads in one stretch of synchronous code see one snapshot", async (file) => {
  const a = file.open(), b = file.open({ cache: 1 });
  a.mset([["x", "old"], ["y", "old"]]);
  assert.equal(b.get("x"), "old");
  a.set("y", "new");
  assert.equal(b.get("y"), "old");
  await nextStretch();
  assert.equal(b.get("y"), "new");
});

testOnFile("a write that finds the lock taken is a DatabaseLockedError", (file) => {
  const a = file.open({ busyTimeout: 1 }), b = file.open();
  b.transaction(() => {
    b.set("k", "b");
    assert.throws(() => a.set("k", "a"), (error: unknown) => {
      assert.ok(error instanceof DatabaseLockedError);
      assert.equal(error.code, "BUSY");
      assert.doesNotMatch(error.message, /another process/);
      return true;
    });
    assert.throws(() => a.incr("n"), DatabaseLockedError);
    assert.throws(() => a.transaction(() => {}), DatabaseLockedError);
    assert.equal(a.get("k"), null);
  });
  a.set("other", "a");
  assert.equal(a.get("k"), "b");
});

testOnFile("a lock that another object of this process holds is told as such, at once", (file) => {
  // Waiting would take a minute.
  const a = file.open({ busyTimeout: 60_000 }), b = file.open(), c = file.open({ readonly: true });
  b.transaction(() => {
    b.set("k", "b");
    const isOurs = (error: unknown) =>
      error instanceof DatabaseLockedError && /another object of this process/.test(error.message);
    assert.throws(() => a.set("k", "a"), isOurs);
    assert.throws(() => a.incr("n"), isOurs);
    assert.throws(() => a.transaction(() => {}), isOurs);
    assert.equal(c.transaction(() => c.get("k")), null);
  });
  assert.equal(c.transaction(() => a.set("k", "a")), true);
  assert.equal(a.get("k"), "a");
});

testOnFile("transactions on several files may stand in one another", async (file) => {
  await using other = new RedliteFile(file.driver);
  const a = file.open(), b = other.open();
  a.transaction(() => b.transaction(() => a.set("k", b.incr("n"))));
  assert.deepEqual([a.get("k"), b.get("n")], ["1", "1"]);
});

testOnFile("a full disk is a StorageError, and nothing of the call is stored", (file) => {
  const db = file.open();
  db.set("k", "old");
  const { connection } = db["core"].store.engine;
  connection.exec("PRAGMA max_page_count = 20");
  assert.throws(() => db.set("k", new Uint8Array(1_000_000)), (error: unknown) => {
    assert.ok(error instanceof StorageError);
    assert.equal(error.code, "IOERR");
    return true;
  });
  assert.equal(db.get("k"), "old");
  connection.exec("PRAGMA max_page_count = 100000");
  db.set("k", new Uint8Array(1_000_000));
  assert.equal(db.strlen("k"), 1_000_000);
});

testOnFile(
  "a file that cannot be opened, or is no database, is a StorageError that names it",
  (file) => {
    assert.throws(
      () => Redlite.open(`${file.path}/nowhere/app.db`, { driver: file.driver }),
      (error) => error instanceof StorageError && /^cannot open .*nowhere/.test(error.message),
    );
    Deno.writeTextFileSync(file.path, "no database\n".repeat(100));
    const message = `${file.path} is not an SQLite database, or is encrypted with a key`;
    assert.throws(
      () => file.open(),
      (error) => error instanceof StorageError && error.message === message,
    );
  },
);

testOnFile("another application's file is refused unless it is adopted", (file) => {
  const other = chooseDriver({ driver: file.driver }).open(file.path);
  other.exec("CREATE TABLE notes(text)");
  other.close();
  assert.throws(() => file.open(), /another application/);
  file.open({ adopt: true }).set("k", "v");
});

testOnFile("select knows as many databases as asked for", (file) => {
  const db = file.open({ databases: 2 });
  db.select(1);
  assert.throws(() => db.select(2), /DB index is out of range/);
});

testOnFile("using closes the database at the end of its block", (file) => {
  let outside: Redlite;
  {
    using db = file.open();
    db.set("k", "v");
    outside = db;
  }
  assert.throws(() => outside.get("k"), /the database is closed/);
  assert.throws(() => outside.set("k", "v"), /the database is closed/);
  assert.throws(() => outside.incr("k"), /the database is closed/);
  assert.equal(file.open().get("k"), "v");
});

testOnFile("await using closes the database at the end of its block", async (file) => {
  {
    await using db = file.open();
    db.set("k", "v");
  }
  assert.equal(file.open().get("k"), "v");
});

testOnFile("closing twice does nothing, in either way", async (file) => {
  const db = file.open();
  await db.close();
  await db.close();
  db[Symbol.dispose]();
  const other = file.open();
  other[Symbol.dispose]();
  await other.close();
});
