/** Indexes and the file: one of an earlier format, and one that is closed while keys are indexed. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { APPLICATION_ID } from "../../src/store/file/schema.ts";
import {
  COLLECTION_TABLES,
  COUNTED_BYTES,
  HISTORY_TABLES,
  KEY_TABLES,
  LIBRARY_TABLES,
  STREAM_TABLES,
  USER_TABLES,
} from "../../src/store/file/tables.ts";
import { STREAM_VIEWS } from "../../src/store/file/stream_views.ts";
import { COLLECTION_VIEWS, HISTORY_VIEW, KEY_VIEWS } from "../../src/store/file/views.ts";
import { temporaryDirectory } from "../harness/servers.ts";

/** All that a file of format 6 has. */
const FORMAT_6 = KEY_TABLES + KEY_VIEWS + COLLECTION_TABLES + COLLECTION_VIEWS + COUNTED_BYTES +
  USER_TABLES + HISTORY_TABLES + HISTORY_VIEW + STREAM_TABLES + STREAM_VIEWS + LIBRARY_TABLES;

function info(db: Redlite, index: string): ReadonlyMap<unknown, unknown> {
  const reply = db.call("FT.INFO", index);
  assert.ok(reply instanceof Map);
  return reply;
}

const isIndexing = (db: Redlite, index: string) => info(db, index).get("indexing") !== 0;

async function indexed(db: Redlite, index: string): Promise<void> {
  while (isIndexing(db, index)) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Writes keys of several types, hashes most of all. */
function fill(db: Redlite): void {
  db.transaction(() => {
    for (let i = 0; i < 400; i++) {
      db.hset(`d:${i}`, { t: `alpha word${i}`, n: String(i), g: i % 2 ? "odd" : "even" });
    }
    db.set("d:text", "no hash");
    db.zadd("d:scores", [[1, "a"]]);
    db.xadd("d:stream", { field: "value" });
    db.sadd("other", "member");
  });
  db.hexpire("d:1", 1000, ["n"]);
  db.expire("d:2", 1000);
}

Deno.test("what a file of format 6 holds is there and can be indexed", async () => {
  await using directory = await temporaryDirectory();
  const made = `${directory.path}/made.db`, path = `${directory.path}/test.db`;
  {
    await using db = Redlite.open(made);
    fill(db);
  }
  const old = new DatabaseSync(path);
  old.exec(`PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; ${FORMAT_6}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 6;
    ATTACH '${made}' AS made;`);
  for (
    const { name } of old.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all()
  ) old.exec(`INSERT OR REPLACE INTO main.${name} SELECT * FROM made.${name};`);
  assert.deepEqual({ ...old.prepare("SELECT count(*) AS n FROM main.hashes").get() }, { n: 1200 });
  old.close();

  await using db = Redlite.open(path);
  assert.deepEqual(
    db.hgetall("d:7"),
    new Map(Object.entries({ t: "alpha word7", n: "7", g: "odd" })),
  );
  assert.equal(db.get("d:text"), "no hash");
  assert.equal(db.xlen("d:stream"), 1);
  assert.ok(db.ttl("d:2") > 0);
  const index = db.ft.create("idx", {
    prefix: "d:",
    schema: { t: "text", n: { type: "numeric", sortable: true }, g: "tag" },
  });
  db.hset("d:new", { t: "alpha", n: "1000", g: "odd" });
  await indexed(db, "idx");
  assert.equal(index.search("alpha").total, 401);
  assert.deepEqual(index.search("@g:{even} @n:[398 +inf]").documents.map(({ key }) => key), [
    "d:398",
  ]);
  db.json.set("j", "$", { a: 1 });
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("keys that are being indexed when the file is closed are indexed on by who opens it", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/test.db`;
  let share: number;
  {
    await using db = Redlite.open(path);
    db.transaction(() => {
      for (let i = 0; i < 2500; i++) {
        db.hset(`d:${i}`, { t: `alpha word${i} and some more of them` });
      }
    });
    db.ft.create("idx", { prefix: "d:", schema: { t: "text" } });
    assert.ok(isIndexing(db, "idx"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    share = Number(info(db, "idx").get("percent_indexed"));
    assert.ok(share < 1);
  }
  for (let opened = 0; opened < 2; opened++) {
    await using db = Redlite.open(path);
    const now = info(db, "idx");
    assert.ok(Number(now.get("percent_indexed")) >= share);
    share = Number(now.get("percent_indexed"));
    db.hset("d:0", { t: "alpha written anew" });
    db.del(`d:${1 + opened}`);
  }
  await using db = Redlite.open(path);
  await indexed(db, "idx");
  assert.equal(info(db, "idx").get("percent_indexed"), 1);
  assert.equal(db.ft.search("idx", "alpha", { timeout: 0 }).total, 2498);
  assert.equal(db.ft.search("idx", "anew", { timeout: 0 }).total, 1);
  assert.deepEqual(await db.integrity(), []);
});
