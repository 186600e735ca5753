/** What the README's chapter on filters and sketches shows is what happens. */

import { Redlite } from "../../../mod.ts";
import { ReadmeChapter } from "../../harness/readme_chapter.ts";
import { startRedlite } from "../../harness/servers.ts";

const chapter = new ReadmeChapter("Filters and sketches");

Deno.test("the session of the README's chapter on filters and sketches", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await chapter.runSession(client);
});

Deno.test("the program of the README's chapter on filters and sketches", () => {
  using db = Redlite.open(":memory:");
  chapter.runProgram(db);
});
