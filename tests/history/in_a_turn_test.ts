/** History that is turned on in the middle of a turn. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";

Deno.test("a search index loses nothing of a transaction in which history is turned on", async () => {
  using db = Redlite.open(":memory:");
  db.call("FT.CREATE", "idx", "SCHEMA", "title", "TEXT");
  db.transaction(() => {
    db.hset("a", { title: "hello" });
    db.call("FT.SEARCH", "idx", "hello");
    db.hset("a", { title: "hello again" });
    db.call("HISTORY", "ENABLE", "KEY", "other");
    db.hset("b", { title: "hello" });
    db.hset("a", { title: "hello once more" });
  });
  db.hset("c", { title: "hello" });
  const found = db.ft.search("idx", "hello");
  assert.equal(found.total, 3);
  assert.deepEqual(await db.integrity(), []);
});
