/** FTS: search over strings without a schema. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";

/** The keys that a query finds, the best first. */
function found(db: Redlite, ...words: (string | number)[]): unknown[] {
  const results = db.call("FTS", "SEARCH", ...words) as Map<string, unknown>[];
  return results.map((result) => result.get("key"));
}

/** Waits until all strings were looked at. */
async function indexed(db: Redlite): Promise<void> {
  const share = () => (db.call("FTS", "INFO") as Map<string, unknown>).get("percent_indexed");
  while (share() !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

function error(db: Redlite, ...words: string[]): string {
  try {
    db.call("FTS", ...words);
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
  return "no error";
}

Deno.test("strings are found by their words, the best first, as they are now", async () => {
  using db = Redlite.open(":memory:");
  db.set("before", "running water");
  assert.equal(db.call("FTS", "ENABLE", "GLOBAL"), "OK");
  await indexed(db);
  db.set("a", "the water runs, water falls and water rises");
  db.set("b", "no wine");
  db.hset("hash", { content: "water" });
  assert.deepEqual(found(db, "water"), ["a", "before"]);
  assert.deepEqual(
    found(db, "run"),
    ["before", "a"].filter((key) => found(db, "run").includes(key)),
  );
  assert.deepEqual(found(db, "wa* -falls"), ["before"]);
  assert.deepEqual(found(db, '"running water"'), ["before"]);
  assert.deepEqual(found(db, "water", "LIMIT", 1), ["a"]);
  db.append("b", " but water");
  db.set("a", "dry");
  db.rename("before", "after");
  assert.deepEqual(found(db, "water").sort(), ["after", "b"]);
  db.del("b");
  db.lpush("list", "water");
  assert.deepEqual(found(db, "water"), ["after"]);
  assert.throws(() =>
    db.transaction(() => {
      db.set("c", "water");
      assert.deepEqual(found(db, "water").length, 2);
      throw new Error("no");
    })
  );
  assert.deepEqual(found(db, "water"), ["after"]);
});

Deno.test("what is said of a key counts most, then patterns, then the database, then all", async () => {
  using db = Redlite.open(":memory:");
  for (const key of ["note:1", "note:2", "secret:1", "other"]) db.set(key, "words");
  const keys = async () => {
    await indexed(db);
    return found(db, "words", "LIMIT", 100).sort();
  };
  db.call("FTS", "ENABLE", "KEY", "other");
  assert.deepEqual(await keys(), ["other"]);
  db.call("FTS", "ENABLE", "PATTERN", "note:*");
  assert.deepEqual(await keys(), ["note:1", "note:2", "other"]);
  db.call("FTS", "DISABLE", "KEY", "note:2");
  assert.deepEqual(await keys(), ["note:1", "other"]);
  db.call("FTS", "ENABLE", "GLOBAL");
  assert.deepEqual(await keys(), ["note:1", "other", "secret:1"]);
  db.call("FTS", "DISABLE", "PATTERN", "secret:*");
  assert.deepEqual(await keys(), ["note:1", "other"]);
  db.set("secret:2", "words");
  db.set("new", "words");
  assert.deepEqual(await keys(), ["new", "note:1", "other"]);
  db.call("FTS", "DISABLE", "DATABASE", "0");
  assert.deepEqual(await keys(), ["note:1", "other"]);
});

Deno.test("a snippet shows the words that were found", () => {
  using db = Redlite.open(":memory:");
  db.call("FTS", "ENABLE", "GLOBAL");
  db.set("k", "the quick brown fox jumps");
  const [result] = db.call("FTS", "SEARCH", "fox", "HIGHLIGHT") as Map<string, unknown>[];
  assert.match(String(result?.get("snippet")), /brown <b>fox<\/b>/);
  assert.ok(Number(result?.get("rank")) > 0);
});

Deno.test("texts alone are searched: no other bytes, and none of more than a megabyte", () => {
  using db = Redlite.open(":memory:");
  db.call("FTS", "ENABLE", "GLOBAL");
  db.set("bytes", new Uint8Array([0xff, 0x20, 0x77, 0x6f, 0x72, 0x64]));
  db.set("long", "word ".repeat(300_000));
  db.set("text", "word");
  db.set("largest", `word ${"x".repeat((1 << 20) - 5)}`);
  assert.deepEqual(found(db, "word").sort(), ["largest", "text"]);
});

Deno.test("what is left out is found no longer, also before it was looked at", () => {
  using db = Redlite.open(":memory:");
  db.call("FTS", "ENABLE", "GLOBAL");
  for (let i = 0; i < 500; i++) db.set(`secret:${i}`, "word");
  db.call("FTS", "DISABLE", "PATTERN", "secret:*");
  assert.deepEqual(found(db, "word"), []);
});

Deno.test("INFO tells the rules and how many strings there are, REINDEX reads anew", async () => {
  using db = Redlite.open(":memory:");
  const before = db.call("FTS", "INFO") as Map<string, unknown>;
  assert.deepEqual([before.get("indexed_keys"), before.get("configs")], [0, []]);
  assert.match(error(db, "SEARCH", "x"), /full-text search is not on: see FTS ENABLE/);
  assert.match(error(db, "REINDEX"), /full-text search is not on/);
  db.set("k", "v");
  db.call("FTS", "ENABLE", "PATTERN", "k*");
  db.call("FTS", "DISABLE", "KEY", "kk");
  db.call("FTS", "ENABLE", "PATTERN", "k*");
  await indexed(db);
  const info = db.call("FTS", "INFO") as Map<string, unknown>;
  assert.deepEqual([info.get("indexed_keys"), info.get("percent_indexed")], [1, 1]);
  assert.deepEqual(info.get("configs"), [
    new Map<string, unknown>([["level", "key"], ["target", "0:kk"], ["enabled", 0]]),
    new Map<string, unknown>([["level", "pattern"], ["target", "k*"], ["enabled", 1]]),
  ]);
  assert.equal(db.call("FTS", "REINDEX", "k"), "OK");
  assert.equal(db.call("FTS", "REINDEX", "kk"), 0);
  assert.equal(db.call("FTS", "REINDEX"), "OK");
  await indexed(db);
  assert.deepEqual(found(db, "v"), ["k"]);
});

Deno.test("what is wrong is said", () => {
  using db = Redlite.open(":memory:");
  for (
    const [words, message] of [
      [["ENABLE", "ALL"], /syntax error/],
      [["ENABLE", "GLOBAL", "x"], /syntax error/],
      [["ENABLE", "KEY"], /syntax error/],
      [["ENABLE", "DATABASE", "3"], /search is of database 0 alone/],
      [["ENABLE", "DATABASE", "99"], /out of range/],
      [["NOPE"], /unknown subcommand/],
    ] as const
  ) assert.match(error(db, ...words), message);
  db.call("FTS", "ENABLE", "GLOBAL");
  assert.match(error(db, "SEARCH", "("), /[Ss]yntax error/);
  assert.match(error(db, "SEARCH", "a", "LIMIT"), /syntax error/);
  assert.match(error(db, "SEARCH", "a", "LIMIT", "-1"), /out of range|must be/);
  db.call("FT.DROPINDEX", "redlite:strings");
  db.call("FT.CREATE", "redlite:strings", "SCHEMA", "a", "TEXT");
  assert.match(error(db, "ENABLE", "GLOBAL"), /that is not of strings: drop it/);
});

Deno.test("which strings are searched is kept in the file, and outlives FLUSHALL", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  {
    using db = Redlite.open(path);
    db.call("FTS", "ENABLE", "GLOBAL");
    await indexed(db);
    db.set("k", "first");
    db.call("FT.CREATE", "other", "SCHEMA", "a", "TEXT");
  }
  await using db = Redlite.open(path);
  assert.deepEqual(found(db, "first"), ["k"]);
  db.flushall();
  assert.deepEqual(found(db, "first"), []);
  assert.deepEqual(db.ft.list(), ["redlite:strings"]);
  db.set("k", "second");
  assert.deepEqual(found(db, "second"), ["k"]);
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("only who may read every key may search strings", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  const send = async (...words: string[]) => format(await admin.send(...words));
  assert.equal(await send("FTS", "ENABLE", "GLOBAL"), "+OK");
  await send("SET", "own:k", "word");
  await send("ACL", "SETUSER", "some", "on", "nopass", "~own:*", "+fts|search");
  await send("ACL", "SETUSER", "all", "on", "nopass", "%R~*", "+fts|search");
  await using client = await server.connect();
  const asked = async (user: string) => {
    await client.send("AUTH", user, "x");
    return format(await client.send("FTS", "SEARCH", "word"));
  };
  assert.match(await asked("some"), /^-NOPERM/);
  assert.match(await asked("all"), /"own:k"/);
  assert.match(format(await client.send("FTS", "ENABLE", "GLOBAL")), /^-NOPERM/);
});
