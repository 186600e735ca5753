/**
 * What every driver must do the same. The engine above knows one `Connection` and one `Statement`;
 * this suite is what lets it not care whose they are.
 *
 * @module
 */

import assert from "node:assert/strict";
import { missingFeatures } from "../../src/sqlite/library.ts";
import {
  type Connection,
  type Driver,
  type OpenOptions,
  SQLITE,
  SqliteError,
  type Statement,
} from "../../src/sqlite/sqlite.ts";

/** Where a driver's library does not let it do what the others do. */
export interface Deviations {
  /** A text column is read up to its first NUL only. */
  readonly textEndsAtNul?: boolean;
  /** A PRIMARY KEY violation has the extended code of a UNIQUE one. */
  readonly primaryKeyIsUnique?: boolean;
  /** A file takes one connection at a time, and is none that the runtime knows. */
  readonly sole?: boolean;
}

/** A driver and a directory of its own for one test; closes and removes everything afterwards. */
class Scene implements AsyncDisposable {
  readonly driver: Driver;
  readonly directory: string;
  readonly #connections: Connection[] = [];

  private constructor(driver: Driver, directory: string) {
    this.driver = driver;
    this.directory = directory;
  }

  static async create(driver: Driver): Promise<Scene> {
    if (driver.sole) return new Scene(driver, `/${crypto.randomUUID()}`);
    return new Scene(driver, await Deno.makeTempDir({ prefix: "redlite-" }));
  }

  /** The path of the file `name` in this test's directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Opens a database in memory, or the file `name` of this test's directory. */
  open(name?: string, options: OpenOptions = { create: true }): Connection {
    const path = name === undefined ? ":memory:" : this.path(name);
    const connection = this.driver.open(path, options);
    this.#connections.push(connection);
    return connection;
  }

  /** Two connections to one new file with a table `t(a)`; neither waits for locks. */
  pair(journalMode: "wal" | "delete"): [Connection, Connection] {
    const first = this.open("pair.db");
    first.exec(`PRAGMA journal_mode = ${journalMode}; CREATE TABLE t (a)`);
    const second = this.open("pair.db");
    first.setBusyTimeout(0);
    second.setBusyTimeout(0);
    return [first, second];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    if (!this.driver.sole) await Deno.remove(this.directory, { recursive: true });
  }
}

/**
 * Registers the suite for one driver.
 *
 * @param name What the tests' names start with.
 * @param driver Gives the driver; called once a test.
 * @param deviations What of the contract the driver's library makes impossible.
 */
export function conformance(
  name: string,
  driver: () => Promise<Driver>,
  deviations: Deviations = {},
): void {
  const test: Register = (behaviour, body): void => {
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using scene = await Scene.create(await driver());
      await body(scene);
    });
  };
  const shared: Register = deviations.sole ? () => {} : test;
  values(test, deviations);
  columns(test);
  statements(test, shared);
  transactions(test, shared);
  errors(test, deviations);
  images(test);
  otherConnections(shared);
  files(shared);
}

type Register = (behaviour: string, body: (scene: Scene) => void | Promise<void>) => void;

function values(test: Register, deviations: Deviations): void {
  test("names itself and its SQLite", ({ driver }) => {
    assert.match(driver.info.version, /^3\.\d+\.\d+$/);
    assert.notEqual(driver.info.library, "");
  });

  test("binds and reads back integers", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, typeof(?1)");
    const bounds = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 53 - 1];
    for (const value of bounds.flatMap((bound) => bound === 0 ? [0] : [bound, -bound])) {
      statement.bindInteger(1, value);
      assert.equal(statement.step(), true);
      assert.equal(statement.columnNumber(0), value);
      assert.equal(statement.columnText(1), "integer");
      statement.reset();
    }
  });

  test("binds and reads back integers of 64 bits as bigints", (scene) => {
    const db = scene.open();
    const statement = db.prepare("SELECT ?1, typeof(?1), NULL, ?1 < 0");
    const limit = 1n << 63n;
    for (const value of [0n, 7n, -7n, 1n << 53n, (1n << 53n) + 1n, limit - 1n, -limit]) {
      statement.bindBigint(1, value);
      assert.equal(statement.step(), true);
      assert.equal(statement.columnBigint(0), value);
      assert.equal(statement.columnText(1), "integer");
      assert.equal(statement.columnBigint(2), 0n);
      assert.equal(statement.columnNumber(3), value < 0n ? 1 : 0);
      statement.reset();
    }
    statement.bindInteger(1, 5);
    assert.equal(statement.step(), true);
    assert.equal(statement.columnBigint(0), 5n);
    statement.reset();
  });

  test("reads the nearest number to an integer that is none", (scene) => {
    const [read] = firstRow(scene.open(), "SELECT 9007199254740993", [number]);
    assert.equal(read, 2 ** 53);
  });

  test("stores and reads back reals", (scene) => {
    const db = scene.open();
    db.exec("CREATE TABLE reals (x REAL)");
    const insert = db.prepare("INSERT INTO reals VALUES (?)");
    const reals = [0, 0.5, -1.25, 1 / 3, 1, -7, 2 ** 53 + 2, 1e300, -1e300, 5e-324, 1.5e-7];
    for (const value of [...reals, Number.MAX_VALUE, Infinity, -Infinity]) {
      insert.bindReal(1, value);
      insert.run();
      insert.reset();
      const [read, type] = firstRow(db, "SELECT x, typeof(x) FROM reals", [number, text]);
      assert.equal(read, value);
      assert.equal(type, "real");
      db.exec("DELETE FROM reals");
    }
  });

  test("a value is bound until another is, of whatever type", (scene) => {
    const statement = scene.open().prepare("SELECT typeof(?1) || quote(?1)");
    const answers: string[] = [];
    const answer = () => {
      statement.step();
      answers.push(statement.columnText(0));
      statement.reset();
    };
    const binds = [
      () => statement.bindInteger(1, 7),
      () => statement.bindInteger(1, 7),
      () => statement.bindReal(1, 7.5),
      () => statement.bindInteger(1, 7),
      () => statement.bindBlob(1, new Uint8Array([1]), 0, 1),
      () => statement.bindInteger(1, 7),
      () => statement.bindNull(1),
      () => statement.bindNull(1),
      () => statement.bindInteger(1, 7),
      () => statement.bindText(1, "a"),
      () => statement.bindInteger(1, 7),
      () => statement.bindBigint(1, 8n),
      () => statement.bindInteger(1, 7),
    ];
    for (const bind of binds) {
      bind();
      answer();
      // And again, without binding it again.
      answer();
    }
    const seven = "integer7";
    const wanted = [
      seven,
      seven,
      "real7.5",
      seven,
      "blobX'01'",
      seven,
      "nullNULL",
      "nullNULL",
      seven,
      "text'a'",
      seven,
      "integer8",
      seven,
    ];
    assert.deepEqual(answers, wanted.flatMap((text) => [text, text]));
  });

  test("binds and reads back NULL", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, typeof(?1), 1");
    statement.bindNull(1);
    assert.equal(statement.step(), true);
    assert.equal(statement.columnIsNull(0), true);
    assert.equal(statement.columnNumber(0), 0);
    assert.equal(statement.columnLength(0), 0);
    assert.equal(statement.columnText(1), "null");
    assert.equal(statement.columnIsNull(2), false);
  });

  test("takes a parameter that was never bound for NULL", (scene) => {
    const statement = scene.open().prepare("SELECT ?1 IS NULL, ?2, ?3 IS NULL");
    statement.bindInteger(2, 7);
    assert.equal(statement.step(), true);
    assert.deepEqual([0, 1, 2].map((column) => statement.columnNumber(column)), [1, 7, 1]);
  });

  test("binds and reads back texts", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, typeof(?1), 'ü€'");
    for (
      const value of [
        "",
        "plain",
        "Grüße",
        "日本語",
        "🦕 deno",
        "line\nbreak",

        "x".repeat(70000),
      ]
    ) {
      statement.bindText(1, value);
      assert.equal(statement.step(), true);
      assert.equal(statement.columnText(0), value);
      assert.equal(statement.columnText(1), "text");
      assert.equal(statement.columnText(2), "ü€");
      statement.reset();
    }
  });

  test("keeps a byte order mark at the start of a text", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, CAST(?1 AS BLOB)");
    statement.bindText(1, "\uFEFFmarked");
    assert.equal(statement.step(), true);
    assert.equal(statement.columnText(0), "\uFEFFmarked");
    assert.equal(statement.columnText(1), "\uFEFFmarked");
  });

  test("stores a text with a NUL whole", (scene) => {
    const statement = scene.open().prepare("SELECT CAST(?1 AS BLOB)");
    statement.bindText(1, "a\0bé\0");
    assert.equal(statement.step(), true);
    assert.deepEqual(statement.columnBlob(0), new TextEncoder().encode("a\0bé\0"));
  });

  const read = deviations.textEndsAtNul ? "a" : "a\0bé";
  test(
    deviations.textEndsAtNul
      ? "reads a text up to its first NUL, for its library does"
      : "reads a text with a NUL whole",
    (scene) => {
      const statement = scene.open().prepare("SELECT ?1");
      statement.bindText(1, "a\0bé");
      assert.equal(statement.step(), true);
      assert.equal(statement.columnText(0), read);
    },
  );

  test("binds and reads back blobs of every size", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, typeof(?1), length(?1)");
    for (const size of [0, 1, 63, 64, 65536]) {
      const blob = pattern(size);
      statement.bindBlob(1, blob, 0, size);
      assert.equal(statement.step(), true);
      assert.deepEqual(statement.columnBlob(0), blob);
      assert.equal(statement.columnText(1), "blob");
      assert.equal(statement.columnNumber(2), size);
      assert.equal(statement.columnIsNull(0), false);
      statement.reset();
    }
  });

  test("binds a slice in the middle of a larger array", (scene) => {
    const statement = scene.open().prepare("SELECT ?1, ?2, ?3");
    const buffer = pattern(1000);
    // A view whose own bytes do not start where its buffer does.
    const view = buffer.subarray(100, 900);
    statement.bindBlob(1, view, 0, 3);
    statement.bindBlob(2, view, 400, 464);
    statement.bindBlob(3, view, 800, 800);
    assert.equal(statement.step(), true);
    assert.deepEqual(statement.columnBlob(0), buffer.slice(100, 103));
    assert.deepEqual(statement.columnBlob(1), buffer.slice(500, 564));
    assert.equal(statement.columnLength(2), 0);
    assert.equal(statement.columnIsNull(2), false);
  });
}

function columns(test: Register): void {
  test("measures and copies a column into the middle of an array", (scene) => {
    const statement = scene.open().prepare("SELECT x'010203', 'é€', x'', NULL");
    assert.equal(statement.step(), true);
    assert.deepEqual([0, 1, 2, 3].map((column) => statement.columnLength(column)), [3, 5, 0, 0]);
    const target = new Uint8Array(14).fill(0xff);
    statement.columnInto(0, target, 2);
    statement.columnInto(1, target, 7);
    statement.columnInto(2, target, 14);
    assert.deepEqual(
      [...target],
      [0xff, 0xff, 1, 2, 3, 0xff, 0xff, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xff, 0xff],
    );
  });

  test("copies into a view that starts inside its buffer", (scene) => {
    const statement = scene.open().prepare("SELECT x'0102'");
    assert.equal(statement.step(), true);
    const buffer = new Uint8Array(8);
    statement.columnInto(0, buffer.subarray(3), 1);
    assert.deepEqual([...buffer], [0, 0, 0, 0, 1, 2, 0, 0]);
  });

  test("refuses to copy past the end of the target", (scene) => {
    const statement = scene.open().prepare("SELECT x'010203'");
    assert.equal(statement.step(), true);
    assert.throws(() => statement.columnInto(0, new Uint8Array(4), 2), RangeError);
  });

  test("compares a blob with a slice", (scene) => {
    const statement = scene.open().prepare("SELECT x'010203', x''");
    assert.equal(statement.step(), true);
    const bytes = Uint8Array.of(9, 1, 2, 3, 4, 1, 2, 9);
    const equal = (column: number, start: number, end: number) =>
      statement.columnEquals(column, bytes, start, end);
    assert.equal(equal(0, 1, 4), true);
    assert.equal(equal(0, 0, 3), false);
    assert.equal(equal(0, 1, 3), false);
    assert.equal(equal(0, 1, 5), false);
    assert.equal(equal(0, 5, 8), false);
    assert.equal(equal(1, 4, 4), true);
    assert.equal(equal(1, 4, 5), false);
  });

  test("hands out copies of a blob that outlive the row", (scene) => {
    const statement = scene.open().prepare("SELECT x'01' UNION ALL SELECT x'02'");
    assert.equal(statement.step(), true);
    const first = statement.columnBlob(0);
    first[0] = 7;
    assert.deepEqual([...statement.columnBlob(0)], [1]);
    assert.equal(statement.step(), true);
    assert.deepEqual([...statement.columnBlob(0)], [2]);
    statement.finalize();
    assert.deepEqual([...first], [7]);
  });

  test("keeps columns of one name apart", (scene) => {
    const row = firstRow(scene.open(), "SELECT 1 AS a, 2 AS a, 3 AS a", [number, number, number]);
    assert.deepEqual(row, [1, 2, 3]);
  });
}

function statements(test: Register, shared: Register): void {
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

function transactions(test: Register, shared: Register): void {
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

function otherConnections(test: Register): void {
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

function errors(test: Register, deviations: Deviations): void {
  test("reports constraints by their extended codes", (scene) => {
    const db = scene.open();
    db.exec("CREATE TABLE k (id INTEGER PRIMARY KEY, u UNIQUE, m NOT NULL, c CHECK (c > 0))");
    db.exec("INSERT INTO k VALUES (1, 1, 1, 1)");
    const primaryKey = deviations.primaryKeyIsUnique ? 2067 : 1555;
    for (
      const [row, code] of [
        ["1, 2, 1, 1", primaryKey],
        ["2, 1, 1, 1", 2067],
        ["2, 2, NULL, 1", 1299],
        ["2, 2, 1, 0", 275],
      ] as const
    ) {
      const sql = `INSERT INTO k VALUES (${row})`;
      assert.throws(() => db.prepare(sql).run(), isCode(code), sql);
      assert.throws(() => db.prepare(sql).step(), isCode(code), sql);
      assert.throws(() => db.prepare(`${sql} RETURNING id`).step(), isCode(code), sql);
      assert.throws(() => db.exec(`SELECT 1; ${sql}; SELECT 2`), isCode(code), sql);
    }
    assert.equal(firstNumber(db, "SELECT count(*) FROM k"), 1);
  });

  test("says what SQLite said", (scene) => {
    const db = scene.open();
    assert.throws(() => db.prepare("SELECT FROM"), (error: unknown) => {
      assert.ok(error instanceof SqliteError);
      assert.equal(error.primary, SQLITE.ERROR);
      assert.equal(error.busy, false);
      assert.match(error.message, /syntax error/);
      return true;
    });
    assert.throws(() => db.exec("SELECT * FROM nowhere"), /no such table: nowhere/);
  });

  test("can use a statement after it failed", (scene) => {
    const db = scene.open();
    db.exec("CREATE TABLE k (id INTEGER PRIMARY KEY)");
    const insert = db.prepare("INSERT INTO k VALUES (?) RETURNING id");
    for (const [id, fails] of [[1, false], [1, true], [1, true], [2, false]] as const) {
      insert.bindInteger(1, id);
      if (fails) {
        assert.throws(() => insert.step(), SqliteError);
      } else {
        assert.equal(insert.step(), true);
        assert.equal(insert.columnNumber(0), id);
        insert.reset();
      }
    }
    insert.bindInteger(1, 3);
    insert.run();
    assert.equal(firstNumber(db, "SELECT count(*) FROM k"), 3);
  });

  test("keeps what a list of statements did before one failed", (scene) => {
    const db = scene.open();
    assert.throws(() => db.exec("CREATE TABLE a (x); SELEC; CREATE TABLE b (x)"), SqliteError);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_schema"), 1);
  });

  test("refuses a finalized statement", (scene) => {
    const statement = scene.open().prepare("SELECT 1");
    assert.equal(statement.step(), true);
    statement.finalize();
    statement.finalize();
    assert.throws(() => statement.step(), SqliteError);
  });
}

function images(test: Register): void {
  test("a database begins as the image of another one, and goes on by itself", (scene) => {
    const { serialize } = numbered(scene.open(), 300);
    if (serialize === undefined) return;
    const image = serialize();
    const copy = scene.driver.open(":memory:", { image });
    assert.equal(firstNumber(copy, "SELECT sum(a) FROM n"), 45150);
    copy.exec("CREATE TABLE more (b); INSERT INTO more VALUES (zeroblob(300000))");
    assert.equal(firstNumber(copy, "SELECT length(b) FROM more"), 300_000);
    copy.close();
    const again = scene.driver.open(":memory:", { image });
    assert.throws(() => again.exec("SELECT * FROM more"), isError(SQLITE.ERROR));
    again.close();
  });

  test("the image of a file with a log holds what is in the log, and says that there is none", (scene) => {
    const db = scene.open("image.db");
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    if (db.serialize === undefined) return;
    const image = db.serialize();
    assert.deepEqual([...image.subarray(18, 20)], [1, 1]);
    const copy = scene.driver.open(":memory:", { image });
    assert.equal(firstNumber(copy, "SELECT a FROM t"), 7);
    copy.close();
  });

  test("bytes that are no database's are refused", (scene) => {
    if (scene.open().serialize === undefined) return;
    for (const image of [new Uint8Array(0), new Uint8Array(4096)]) {
      assert.throws(() => scene.driver.open(":memory:", { image }), isError(SQLITE.NOTADB));
    }
  });
}

function files(test: Register): void {
  test("refuses to open a directory", (scene) => {
    Deno.mkdirSync(scene.path("directory"));
    assert.throws(() => scene.open("directory"), isError(SQLITE.CANTOPEN));
  });

  test("finds on first use that a file is no database", (scene) => {
    Deno.writeTextFileSync(scene.path("text"), "This is not a database. ".repeat(100));
    const db = scene.open("text");
    assert.throws(() => db.exec("SELECT * FROM sqlite_schema"), isError(SQLITE.NOTADB));
    assert.throws(() => db.begin(true), isError(SQLITE.NOTADB));
    assert.equal(db.autocommit, true);
  });

  test("only reads what it opened readonly", (scene) => {
    numbered(scene.open("file.db"), 3).close();
    const db = scene.open("file.db", { readonly: true });
    assert.equal(firstNumber(db, "SELECT count(*) FROM n"), 3);
    assert.throws(() => db.exec("DELETE FROM n"), isError(SQLITE.READONLY));
    assert.throws(() => db.prepare("DELETE FROM n").run(), isError(SQLITE.READONLY));
  });

  for (const options of [{ create: false }, { readonly: true }, { readonly: true, create: true }]) {
    test(`does not create a file with ${JSON.stringify(options)}`, (scene) => {
      assert.throws(() => scene.open("missing.db", options), isError(SQLITE.CANTOPEN));
      assert.deepEqual([...Deno.readDirSync(scene.directory)], []);
    });
  }

  test("opens an existing file without creating", (scene) => {
    numbered(scene.open("file.db"), 3).close();
    const db = scene.open("file.db", { create: false });
    db.exec("INSERT INTO n VALUES (4)");
    assert.equal(firstNumber(db, "SELECT count(*) FROM n"), 4);
    assert.equal(firstNumber(scene.open(undefined, { create: false }), "SELECT 1"), 1);
  });

  test("opens a file whose name is special in a URI", (scene) => {
    const name = "a b?mode=memory#ü%20.db";
    numbered(scene.open(name), 2).close();
    assert.deepEqual([...Deno.readDirSync(scene.directory)].map((entry) => entry.name), [name]);
  });

  test("leaves foreign keys off, as SQLite does", (scene) => {
    assert.equal(firstNumber(scene.open(), "PRAGMA foreign_keys"), 0);
  });

  test("closes twice, rolls back what was open and refuses everything afterwards", (scene) => {
    const db = numbered(scene.open("file.db"), 2);
    const statement = db.prepare("SELECT a FROM n");
    assert.equal(statement.step(), true);
    db.begin(true);
    db.exec("INSERT INTO n VALUES (3)");
    db.close();
    assert.equal(db.autocommit, true);
    assert.throws(() => db.prepare("SELECT 1"), SqliteError);
    assert.throws(() => db.exec("SELECT 1"), SqliteError);
    assert.throws(() => statement.step(), SqliteError);
    db.close();
    assert.equal(firstNumber(scene.open("file.db"), "SELECT count(*) FROM n"), 2);
  });

  test("looks for missing features and leaves no trace", (scene) => {
    const db = scene.open("file.db");
    assert.deepEqual(missingFeatures(db), []);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_schema"), 0);
    assert.equal(firstNumber(db, "SELECT count(*) FROM sqlite_temp_schema"), 0);
    assert.equal(Deno.statSync(scene.path("file.db")).size, 0);
  });
}

/** A table `n` of the integers from 1 to `count`. */
function numbered(db: Connection, count: number): Connection {
  db.exec("CREATE TABLE n (a INTEGER PRIMARY KEY)");
  const insert = db.prepare("INSERT INTO n VALUES (?)");
  db.begin(true);
  for (let i = 1; i <= count; i++) {
    insert.bindInteger(1, i);
    insert.run();
    insert.reset();
  }
  db.commit();
  insert.finalize();
  return db;
}

/** One committed transaction that writes. */
function write(db: Connection): void {
  db.begin(true);
  db.exec("INSERT INTO t VALUES (1)");
  db.commit();
}

type Reader<T> = (statement: Statement, column: number) => T;
const number: Reader<number> = (statement, column) => statement.columnNumber(column);
const text: Reader<string> = (statement, column) => statement.columnText(column);

/** The first row of a query, each column read as its reader does. */
function firstRow<T extends readonly unknown[]>(
  db: Connection,
  sql: string,
  readers: readonly [...{ [K in keyof T]: Reader<T[K]> }],
): T {
  const statement = db.prepare(sql);
  try {
    assert.equal(statement.step(), true, `no row: ${sql}`);
    return readers.map((reader, column) => reader(statement, column)) as unknown as T;
  } finally {
    statement.finalize();
  }
}

function firstNumber(db: Connection, sql: string): number {
  return firstRow(db, sql, [number])[0];
}

/** Bytes of every value, in an order that a shifted copy does not have. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

function isError(primary: number): (error: unknown) => boolean {
  return (error) => error instanceof SqliteError && error.primary === primary;
}

function isCode(code: number): (error: unknown) => boolean {
  return (error) => error instanceof SqliteError && error.code === code;
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && error.busy && error.primary === SQLITE.BUSY;
}
