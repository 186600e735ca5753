/** Files of earlier versions. */

import { strict as assert } from "node:assert";
import { APPLICATION_ID, SCHEMA_VERSION, TYPE } from "../../../src/store/file/schema.ts";
import { SERIES_TABLES } from "../../../src/store/file/series_tables.ts";
import { SKETCH_TABLES } from "../../../src/store/file/sketch_tables.ts";
import { KEY_TABLES } from "../../../src/store/file/tables.ts";
import { KEY_VIEWS } from "../../../src/store/file/views.ts";
import { KV_TABLES } from "../../../src/store/kv/tables.ts";
import { DatabaseFile, get, number, put, slice, testOnDrivers } from "../open.ts";

testOnDrivers("a file of version 1 keeps its keys and takes collections", async (driver) => {
  await using file = new DatabaseFile(driver);
  const old = file.connect();
  old.exec(`
    PRAGMA page_size = 2048;
    PRAGMA journal_mode = WAL;
    ${KEY_TABLES}
    ${KEY_VIEWS}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = 1;
    UPDATE sequences SET next = 2 WHERE name = 'space';
    INSERT INTO databases VALUES (0, 1, 2, 1);
    INSERT INTO keys(space, key, type, version, created_at, updated_at, expires_at, value)
    VALUES (1, CAST('plain' AS BLOB), ${TYPE.STRING}, 3, 1, 2, NULL, CAST('value' AS BLOB)),
      (1, CAST('brief' AS BLOB), ${TYPE.STRING}, 1, 1, 1, ${file.clock.now() + 1000},
        CAST('x' AS BLOB));
  `);
  old.close();
  const store = file.open();
  assert.equal(number(store.engine.connection, "PRAGMA user_version"), SCHEMA_VERSION);
  assert.equal(get(store, "plain"), "value");
  assert.equal(get(store, "brief"), "x");
  store.engine.write();
  const set = store.keyspace.createCollection(0, slice("set"), TYPE.SET);
  store.sets.add(set, slice("member"));
  put(store, "plain", "changed");
  store.endTurn();
  assert.equal(store.keyspace.facts.size(0), 3);
  store.endTurn();
  file.clock.advance(2000);
  assert.equal(get(store, "brief"), undefined);
  assert.equal(number(file.connect(), "SELECT count(*) FROM redlite_sets"), 1);
});

testOnDrivers("a file that was brought forward has what a new one has", async (driver) => {
  await using brought = new DatabaseFile(driver), fresh = new DatabaseFile(driver);
  const old = brought.connect();
  old.exec(`${KEY_TABLES} ${KEY_VIEWS}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1;`);
  old.close();
  const schema = (file: DatabaseFile) => {
    const statement = file.open().engine.prepare(
      "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name",
    );
    const rows: string[] = [];
    while (statement.step()) rows.push(statement.columnText(0));
    statement.finalize();
    return rows;
  };
  assert.deepEqual(schema(brought), schema(fresh));
});

testOnDrivers(
  "a file of version 7 keeps its keys and takes what version 8 adds",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    await file.open().close();
    const old = file.connect();
    const added = [...(SKETCH_TABLES + SERIES_TABLES + KV_TABLES).matchAll(/CREATE TABLE (\w+)/g)]
      .map(([, table]) => table);
    // Version 8 adds these, and changes views that a migration makes anew.
    const views = [
      "redlite_kv",
      "redlite_filters",
      ...["", "_bits", "_chunks"].map((step) => `redlite_timeseries${step}`),
    ];
    old.exec(`${views.map((view) => `DROP VIEW ${view};`).join(" ")}
    ${added.map((table) => `DROP TABLE ${table};`).join(" ")}
    PRAGMA user_version = 7;
    INSERT INTO databases(db, space, keys, expires) VALUES (0, 1, 1, 0);
    UPDATE sequences SET next = 2 WHERE name = 'space';
    INSERT INTO keys(space, key, type, version, created_at, updated_at, value)
    VALUES (1, CAST('k' AS BLOB), ${TYPE.STRING}, 1, 1, 1, CAST('value' AS BLOB));`);
    old.close();
    const store = file.open();
    assert.equal(number(store.engine.connection, "PRAGMA user_version"), SCHEMA_VERSION);
    assert.equal(get(store, "k"), "value");
    for (const table of added) {
      const rows = table === "kv_facts" ? 1 : 0;
      assert.equal(number(store.engine.connection, `SELECT count(*) FROM ${table}`), rows);
    }
    assert.deepEqual(await store.checkIntegrity("full"), []);
  },
);
