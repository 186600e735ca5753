/** What the README's chapter on filters and sketches shows is what happens. */

import { strict as assert } from "node:assert";
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
  const lines = chapter.block("ts").split("\n");
  assert.ok(lines.length > 6);
  for (const line of lines) {
    const [, code = "", comment] = /^(.*?);(?: \/\/ (.*))?$/.exec(line) ?? [];
    const evaluate = (text: string): unknown => new Function("db", `return (${text})`)(db);
    const result = evaluate(code);
    if (comment !== undefined) assert.deepEqual(result, evaluate(comment), line);
  }
});
