/** Values: what is bound, stored and read back. */

import assert from "node:assert/strict";
import { type Deviations, firstRow, number, pattern, type Register, text } from "./scene.ts";

export function values(test: Register, deviations: Deviations): void {
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

export function columns(test: Register): void {
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
