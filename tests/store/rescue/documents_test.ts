import { strict as assert } from "node:assert";
import { checkIntegrity } from "../../../src/store/file/integrity.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { parseJson } from "../../../src/store/json/parser.ts";
import { repair } from "../../../src/store/rescue/repair.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, slice, testOnDrivers, text } from "../open.ts";

const LONG = JSON.stringify(Array.from({ length: 800 }, (_, i) => `item number ${i}`));

function fill(store: Store, key: string, json: string): void {
  store.engine.write();
  store.documents.set(0, slice(key), parseJson(json, true), json.length);
  store.endTurn();
}

function documentText(store: Store, key: string): string {
  store.engine.begin();
  const type = store.keyspace.find(0, slice(key));
  const { collection } = store.keyspace.row;
  assert.ok(type === TYPE.JSON && collection !== undefined, key);
  return text(store.documents.text(collection).copy());
}

testOnDrivers("documents of which rows are lost are whole again", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, "short", '{"a":1}');
  for (const key of ["whole", "part", "end", "key"]) fill(store, key, LONG);
  const adopted = (() => {
    store.engine.begin();
    store.keyspace.find(0, slice("key"));
    return `salvaged:ReJSON-RL:${store.keyspace.row.id}`;
  })();
  store.endTurn();
  assert.deepEqual(await store.checkIntegrity("full"), []);
  await store.close();
  const connection = file.connect();
  const id = (key: string) => `(SELECT id FROM keys WHERE key = CAST('${key}' AS BLOB))`;
  const lose = (key: string, row: number) =>
    `DELETE FROM json WHERE key_id = ${id(key)} AND position = (
      SELECT position FROM json WHERE key_id = ${
      id(key)
    } ORDER BY position LIMIT 1 OFFSET ${row});`;
  connection.exec(`
    ${lose("part", 2)}
    ${lose("end", 0)}
    DELETE FROM keys WHERE key = CAST('key' AS BLOB);
  `);
  assert.match(checkIntegrity(connection, "full").join("\n"), /is no JSON/);
  const losses: string[] = [];
  connection.begin(true);
  repair(connection, [], losses);
  connection.commit();
  assert.deepEqual(checkIntegrity(connection, "full"), []);
  assert.match(losses.join("\n"), /'part' of database 0: \d+ of 14291 bytes are kept/);
  assert.match(losses.join("\n"), /'end' of database 0: what is left of its 14291 bytes is kept/);
  const again = file.open();
  assert.equal(documentText(again, "short"), '{"a":1}');
  assert.equal(documentText(again, "whole"), LONG);
  assert.equal(documentText(again, adopted), LONG);
  const part: unknown = JSON.parse(documentText(again, "part"));
  assert.ok(Array.isArray(part) && part.length < 800 && part.includes("item number 799"));
  const end: unknown = JSON.parse(documentText(again, "end"));
  assert.ok(typeof end === "string" && end.endsWith(',"item number 799"]'));
});
