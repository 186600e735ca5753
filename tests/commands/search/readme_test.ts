/** What the README's chapter on searching shows is what happens. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { shown } from "../../harness/redis_cli.ts";
import { startRedlite } from "../../harness/servers.ts";
import { words } from "../json/same.ts";

const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
const [, chapter = ""] = /\n## Search\n([^]*?)\n## /.exec(readme) ?? [];
const block = (language: string) =>
  new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``).exec(chapter)?.[1] ?? "";

/** The cells of the table of queries. */
const queries = [...chapter.matchAll(/^\| `(.*?)` +\| .*? +\| ([\d, ]+?) +\|$/gm)].map(
  ([, query = "", books = ""]) => ({
    query: query.replaceAll("\\|", "|"),
    keys: books.split(", ").map((book) => `book:${book}`),
  }),
);

Deno.test("the session and the queries of the README's chapter on searching", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const steps = block("").split(/^> /m).slice(1);
  assert.ok(steps.length > 6);
  for (const step of steps) {
    const [line = "", ...replies] = step.trimEnd().split("\n");
    assert.equal(shown(await client.send(...words(line))), replies.join("\n"), line);
  }
  assert.ok(queries.length > 20);
  const options = ["NOCONTENT", "DIALECT", "2", "PARAMS", "4", "from", "1890", "word", "sea"];
  for (const { query, keys } of queries) {
    const reply = shown(await client.send("FT.SEARCH", "books", query, ...options));
    assert.deepEqual(reply.match(/book:\d/g)?.sort(), keys, query);
  }
});

Deno.test("the program of the README's chapter on searching", () => {
  using db = Redlite.open(":memory:");
  const program = block("ts").replace(/^(.*?); \/\/ (.*)$/gm, "same($1, $2);");
  let compared = 0;
  const same = (actual: unknown, expected: unknown) => {
    compared++;
    assert.deepEqual(actual, expected);
  };
  new Function("db", "same", program)(db, same);
  assert.equal(compared, 3);
});
