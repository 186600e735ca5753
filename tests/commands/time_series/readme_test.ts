/** What the README's chapter on time series shows is what happens. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { ReadmeChapter } from "../../harness/readme_chapter.ts";
import { startRedlite } from "../../harness/servers.ts";

const chapter = new ReadmeChapter("Time series");

Deno.test("the session of the README's chapter on time series", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await chapter.runSession(client);
});

Deno.test("the program of the README's chapter on time series", () => {
  using db = Redlite.open(":memory:");
  chapter.runProgram(db);
  assert.deepEqual(db.sql(chapter.block("sql")), [
    { at: "1970-01-01 00:00:01", value: 20.5 },
    { at: "1970-01-01 00:00:02", value: 21 },
  ]);
});
