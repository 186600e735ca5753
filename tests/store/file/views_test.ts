import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { CHUNK_SIZE } from "../../../src/store/file/schema.ts";
import { parseJson } from "../../../src/store/json/parser.ts";
import type { Connection } from "../../../src/sqlite/sqlite.ts";
import { DatabaseFile, put, slice, testOnDrivers } from "../open.ts";
import { hexOf } from "../../../src/store/values/hexadecimal.ts";

/** The rows of a query, each column as text. */
function select(connection: Connection, sql: string, columns: number): string[][] {
  const statement = connection.prepare(sql);
  const rows: string[][] = [];
  while (statement.step()) {
    rows.push(Array.from({ length: columns }, (_, column) => statement.columnText(column)));
  }
  statement.finalize();
  return rows;
}

/** A file whose clock is the machine's, as the views' is. */
function fileOfToday(driver: ConstructorParameters<typeof DatabaseFile>[0]): DatabaseFile {
  const file = new DatabaseFile(driver);
  file.clock.advance(Date.now() - file.clock.now());
  return file;
}

testOnDrivers("redlite_keys shows the keys of all databases", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  put(store, "a", "12345");
  put(store, "b", new Uint8Array(70_000), { db: 3 });
  store.endTurn();
  assert.deepEqual(
    select(file.connect(), "SELECT db, key, type, length FROM redlite_keys ORDER BY db", 4),
    [["0", "a", "string", "5"], ["3", "b", "string", "70000"]],
  );
});

testOnDrivers("redlite_keys shows times in words", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  const expiresAtMs = Date.UTC(2099, 11, 31, 23, 59, 58, 123);
  put(store, "k", "1", { expiresAtMs });
  store.endTurn();
  const [expires, created, updated] = select(
    file.connect(),
    "SELECT expires_at, created_at, updated_at FROM redlite_keys",
    3,
  )[0]!;
  assert.equal(expires, "2099-12-31 23:59:58.123");
  const now = new Date(store.engine.nowMs).toISOString().replace("T", " ").replace("Z", "");
  assert.deepEqual([created, updated], [now, now]);
});

testOnDrivers("views show neither expired nor flushed keys", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  put(store, "live", "1", { expiresAtMs: file.clock.now() + 1_000_000 });
  put(store, "expired", "1", { expiresAtMs: file.clock.now() - 1000 });
  put(store, "flushed", "1", { db: 1 });
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(1);
  store.endTurn();
  const connection = file.connect();
  assert.deepEqual(select(connection, "SELECT key FROM redlite_keys", 1), [["live"]]);
  assert.deepEqual(select(connection, "SELECT key FROM redlite_strings", 1), [["live"]]);
});

testOnDrivers("redlite_strings shows text as text and other bytes as a blob", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  put(store, "1 ascii", "hello");
  put(store, "2 unicode", "h\u00e9llo \u{1f600} \u4f60");
  put(store, "3 bytes", new Uint8Array([0xff, 0xfe]));
  put(store, "4 zero", new Uint8Array([0x61, 0, 0x62]));
  put(store, "5 empty", "");
  store.endTurn();
  assert.deepEqual(
    select(
      file.connect(),
      "SELECT typeof(value), hex(CAST(value AS BLOB)) FROM redlite_strings ORDER BY key",
      2,
    ),
    [
      ["text", "68656C6C6F"],
      ["text", "68C3A96C6C6F20F09F988020E4BDA0"],
      ["blob", "FFFE"],
      ["blob", "610062"],
      ["text", ""],
    ],
  );
});

testOnDrivers(
  "a value is text exactly if it is valid UTF-8 without a zero byte",
  async (driver) => {
    await using file = fileOfToday(driver);
    const store = file.open();
    const connection = file.connect();
    const isText = (bytes: Uint8Array) => {
      try {
        return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\0");
      } catch {
        return false;
      }
    };
    const lead = fc.constantFrom(0x41, 0xc2, 0xc0, 0xe0, 0xe4, 0xed, 0xf0, 0xf4, 0xf5, 0xff);
    const rest = fc.constantFrom(0x41, 0x80, 0x90, 0xa0, 0xbf);
    const bytes = fc.oneof(
      fc.array(fc.oneof(lead, rest), { maxLength: 6 }).map((a) => Uint8Array.from(a)),
      fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        put(store, "k", value);
        store.endTurn();
        const [type, hex] = select(
          connection,
          "SELECT typeof(value), hex(CAST(value AS BLOB)) FROM redlite_strings",
          2,
        )[0]!;
        assert.equal(type, isText(value) ? "text" : "blob");
        assert.equal(hex?.toLowerCase(), hexOf(value));
      }),
      { numRuns: 200, seed: 6 },
    );
  },
);

testOnDrivers("redlite_strings puts the chunks of a large string together", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  const value = "0123456789abcdef".repeat(10_000);
  put(store, "k", value);
  store.endTurn();
  assert.deepEqual(
    select(file.connect(), "SELECT typeof(value), value FROM redlite_strings", 2),
    [["text", value]],
  );
});

testOnDrivers("redlite_strings shows the zeros of a sparse string", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  store.engine.write();
  store.strings.setRange(0, slice("k"), 4 * CHUNK_SIZE, slice("end"));
  store.endTurn();
  assert.deepEqual(
    select(
      file.connect(),
      "SELECT length(value), hex(substr(CAST(value AS BLOB), -4)) FROM redlite_strings",
      2,
    ),
    [[String(4 * CHUNK_SIZE + 3), "00656E64"]],
  );
});

testOnDrivers("redlite_json shows documents to SQLite's JSON functions", async (driver) => {
  await using file = fileOfToday(driver);
  const store = file.open();
  const long = JSON.stringify({
    items: Array.from({ length: 3000 }, (_, id) => ({ id, "ü": "ü" })),
  });
  store.engine.write();
  for (const [key, json] of [["short", '{"name":"Ada","n":[1,2.5]}'], ["long", long]] as const) {
    const value = parseJson(json, true);
    store.documents.set(2, slice(key), value, json.length);
  }
  store.endTurn();
  const connection = file.connect();
  assert.deepEqual(
    select(connection, "SELECT db, key, json FROM redlite_json ORDER BY key DESC", 3),
    [["2", "short", '{"name":"Ada","n":[1,2.5]}'], ["2", "long", long]],
  );
  assert.deepEqual(
    select(
      connection,
      `SELECT json_extract(json, '$.name'), json_extract(json, '$.items[2999].id') FROM redlite_json
        ORDER BY key DESC`,
      2,
    ),
    [["Ada", ""], ["", "2999"]],
  );
  assert.deepEqual(
    select(connection, "SELECT key, type, length FROM redlite_keys ORDER BY key", 3),
    [["long", "ReJSON-RL", String(new TextEncoder().encode(long).length)], [
      "short",
      "ReJSON-RL",
      "26",
    ]],
  );
});
