/** What the README's chapter on filters and sketches shows is what happens. */

import { strict as assert } from "node:assert";
import { ReadmeChapter, testChapter } from "../../harness/readme_chapter.ts";

const chapter = new ReadmeChapter("Filters and sketches");

testChapter(chapter, "filters and sketches", (db) => {
  db.bf.reserve("few", 0.01, 100);
  db.bf.madd("few", ...Array.from({ length: 90 }, (_, i) => i));
  const items = db.bf.card("few");
  assert.deepEqual(db.sql(chapter.block("sql")), [{ key: "few", items, capacity: 100 }]);
});
