import { strict as assert } from "node:assert";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import { parseJson } from "../../../src/store/json/parser.ts";
import type { Store } from "../../../src/store/store.ts";
import { DatabaseFile, memoryStore, put, remove, slice, testOnDrivers } from "../open.ts";

const LONG = 2000;

/** Keys of every type, small and counted in runs; expired and deleted ones, and a flushed database. */
function fill(store: Store): void {
  const now = store.engine.clock.now();
  put(store, "short", "1");
  put(store, "long", new Uint8Array(100_000));
  put(store, "brief", "1", { expiresAtMs: now + 1000 });
  put(store, "elsewhere", "1", { db: 3 });
  for (const [name, count] of [["few", 3], ["many", LONG]] as const) {
    const list = store.keyspace.createCollection(0, slice(`list:${name}`), TYPE.LIST);
    const set = store.keyspace.createCollection(0, slice(`set:${name}`), TYPE.SET);
    const zset = store.keyspace.createCollection(0, slice(`zset:${name}`), TYPE.ZSET);
    const hash = store.keyspace.createCollection(0, slice(`hash:${name}`), TYPE.HASH);
    for (let i = 0; i < count; i++) {
      store.lists.push(list, slice(String(i)), false);
      store.sets.add(set, slice(String(i)));
      store.sortedSets.set(zset, slice(String(i)), i / 3);
      store.hashes.set(hash, slice(String(i)), slice("value"));
    }
    store.endTurn();
    store.engine.write();
  }
  for (const [key, length] of [["json:short", 3], ["json:long", 9000]] as const) {
    const text = JSON.stringify(Array.from({ length }, (_, i) => i));
    store.documents.set(0, slice(key), parseJson(text, true), text.length);
  }
  put(store, "gone", new Uint8Array(1_000_000));
  put(store, "flushed", "1", { db: 1 });
  store.endTurn();
  remove(store, "gone");
  remove(store, "set:few");
  store.keyspace.flush(1);
  store.endTurn();
}

/** Fills a file, damages it as told, and checks it. */
async function problemsAfter(driver: Driver, damage: string): Promise<string[]> {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store);
  assert.deepEqual(await store.checkIntegrity("full"), []);
  file.connect().exec(damage);
  return await store.checkIntegrity("full");
}

testOnDrivers("a database in use is whole, before, while and after it is swept", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  assert.deepEqual(await store.checkIntegrity("quick"), []);
  fill(store);
  assert.deepEqual(await store.checkIntegrity("full"), []);
  file.clock.advance(2000);
  do assert.deepEqual(await store.checkIntegrity("quick"), []); while (store.sweeper.sweep());
  assert.deepEqual(await store.checkIntegrity("full"), []);
});

testOnDrivers("a database in memory is checked, too", async (driver) => {
  const store = memoryStore(driver);
  fill(store);
  assert.deepEqual(await store.checkIntegrity("full"), []);
  store.engine.write();
  store.engine.connection.exec("DELETE FROM lists WHERE value = x'31'");
  store.endTurn();
  assert.equal((await store.checkIntegrity("quick")).length, 2);
  store.closeNow();
});

/** Each table of elements, its type, and a condition for one element. */
const ONE_ELEMENT = [
  ["lists", "list", "pos = (SELECT min(pos) FROM lists WHERE value = x'31')"],
  ["sets", "set", "member = x'31'"],
  ["zsets", "zset", "member = x'31'"],
  ["hashes", "hash", "field = x'31'"],
] as const;

const KEY_ID = (key: string) => `(SELECT id FROM keys WHERE key = CAST('${key}' AS BLOB))`;

for (
  const [what, damage, problem] of [
    [
      "a document without one of its rows",
      "DELETE FROM json WHERE position = (SELECT max(position) FROM json)",
      /'json:long'.* is no JSON|X'.*is a document of \d+ bytes and has/,
    ],
    [
      "a document that is no JSON",
      "UPDATE keys SET value = CAST('[1,2,x]' AS BLOB), length = 7 WHERE key = CAST('json:short' AS BLOB)",
      /is no JSON/,
    ],
    [
      "rows of no document",
      "INSERT INTO json VALUES (999, 1, CAST('[1]' AS BLOB))",
      /1 rows of json belong to no key/,
    ],
    [
      "a key too few",
      "DELETE FROM keys WHERE key = CAST('short' AS BLOB)",
      /database 0 counts \d+ keys and has/,
    ],
    [
      "an expiry that is not counted",
      "UPDATE keys SET expires_at = NULL WHERE key = CAST('brief' AS BLOB)",
      /database 0 counts 1 expiries and has 0/,
    ],
    [
      "a space of no database",
      "DELETE FROM databases WHERE db = 3",
      /1 keys are in space \d+, which/,
    ],
    [
      "a string with two values",
      "UPDATE keys SET length = 1 WHERE key = CAST('short' AS BLOB)",
      /key X'73686F7274' of space 1 is a string with two values or none/,
    ],
    [
      "an unknown type",
      "UPDATE keys SET type = 99 WHERE key = CAST('short' AS BLOB)",
      /unknown type 99/,
    ],
    [
      "an id twice",
      `UPDATE keys SET id = ${KEY_ID("set:many")} WHERE key = CAST('list:few' AS BLOB)`,
      /id \d+ belongs to 2 keys/,
    ],
    [
      "ids that would be given again",
      "UPDATE sequences SET next = 1 WHERE name = 'id'",
      /the next new id is 1/,
    ],
    [
      "chunks of no string",
      "INSERT INTO strings VALUES (16384 * 999999, x'00')",
      /1 chunks of no string have the id 999999/,
    ],
    [
      "a chunk past a string's end",
      `INSERT INTO strings VALUES (16384 * ${KEY_ID("long")} + 7, x'00')`,
      /chunks past its end/,
    ],
    ...ONE_ELEMENT.flatMap(([table, type, element]) =>
      [
        [
          `an element too few in ${table}`,
          `DELETE FROM ${table} WHERE key_id = ${KEY_ID(`${type}:many`)} AND ${element}`,
          new RegExp(`is a ${type} of ${LONG} elements and has ${LONG - 1}`),
        ],
        [
          `rows of no key in ${table}`,
          `UPDATE ${table} SET key_id = 999999 WHERE key_id = ${KEY_ID(`${type}:many`)}`,
          new RegExp(`${LONG} rows of ${table} belong to no key \\(id 999999\\)`),
        ],
      ] as const
    ),
    [
      "a run that counts wrong",
      `UPDATE runs SET count = count + 1 WHERE key_id = ${KEY_ID("zset:many")} AND number < 0`,
      new RegExp(`has ${LONG} elements, and its runs count ${LONG + 1}`),
    ],
    ["runs of no key", "INSERT INTO runs VALUES (999999, 0, x'', 1)", /1 runs belong to no key/],
    [
      "an expiry of a field that nobody looks for",
      `UPDATE hashes SET expires_at = 5 WHERE key_id = ${KEY_ID("hash:few")}`,
      /has a field that expires before the hash is looked at/,
    ],
  ] as const
) {
  testOnDrivers(`the check finds ${what}`, async (driver) => {
    const problems = await problemsAfter(driver, damage);
    assert.ok(problems.some((line) => problem.test(line)), problems.join("\n") || "none found");
  });
}
