/** What the README's chapter on time series shows is what happens. */

import { strict as assert } from "node:assert";
import { ReadmeChapter, testChapter } from "../../harness/readme_chapter.ts";

const chapter = new ReadmeChapter("Time series");

testChapter(chapter, "time series", (db) => {
  assert.deepEqual(db.sql(chapter.block("sql")), [
    { at: "1970-01-01 00:00:01", value: 20.5 },
    { at: "1970-01-01 00:00:02", value: 21 },
  ]);
});
