/** What the README's chapter on searching shows is what happens. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { ReadmeChapter } from "../../harness/readme_chapter.ts";
import { shown } from "../../harness/redis_cli.ts";
import { startRedlite } from "../../harness/servers.ts";

const chapter = new ReadmeChapter("Search");

/** The cells of the table of queries. */
const queries = [...chapter.text.matchAll(/^\| `(.*?)` +\| .*? +\| ([\d, ]+?) +\|$/gm)].map(
  ([, query = "", books = ""]) => ({
    query: query.replaceAll("\\|", "|"),
    keys: books.split(", ").map((book) => `book:${book}`),
  }),
);

Deno.test("the session and the queries of the README's chapter on searching", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await chapter.runSession(client);
  assert.ok(queries.length > 20);
  const options = ["NOCONTENT", "DIALECT", "2", "PARAMS", "4", "from", "1890", "word", "sea"];
  for (const { query, keys } of queries) {
    const reply = shown(await client.send("FT.SEARCH", "books", query, ...options));
    assert.deepEqual(reply.match(/book:\d/g)?.sort(), keys, query);
  }
});

Deno.test("the program of the README's chapter on searching", () => {
  using db = Redlite.open(":memory:");
  const program = chapter.block("ts").replace(/^(.*?); \/\/ (.*)$/gm, "same($1, $2);");
  let compared = 0;
  const same = (actual: unknown, expected: unknown) => {
    compared++;
    assert.deepEqual(actual, expected);
  };
  new Function("db", "same", program)(db, same);
  assert.equal(compared, 3);
});
