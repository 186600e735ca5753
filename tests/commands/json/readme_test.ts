/** What the README's chapter on JSON documents shows is what happens. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { ReadmeChapter, testChapter } from "../../harness/readme_chapter.ts";

const chapter = new ReadmeChapter("JSON documents");

testChapter(chapter, "JSON documents");

Deno.test("the query of the README's chapter on JSON documents", () => {
  using db = Redlite.open(":memory:");
  db.json.set("user:1", "$", { name: "Ada", visits: 4 });
  db.json.set("user:2", "$", { name: "Bob", visits: 3 });
  assert.deepEqual(db.sql(chapter.block("sql")), [{ key: "user:1", name: "Ada" }]);
});
