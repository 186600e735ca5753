/** What the README's chapter on JSON documents shows is what happens. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { shown } from "../../harness/redis_cli.ts";
import { startRedlite } from "../../harness/servers.ts";
import { words } from "./same.ts";

const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
const [, chapter = ""] = /\n## JSON documents\n([^]*?)\n## /.exec(readme) ?? [];
const block = (language: string) =>
  new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``).exec(chapter)?.[1] ?? "";

Deno.test("the session of the README's chapter on JSON documents", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const steps = block("").split(/^> /m).slice(1);
  assert.ok(steps.length > 6);
  for (const step of steps) {
    const [line = "", ...replies] = step.trimEnd().split("\n");
    assert.equal(shown(await client.send(...words(line))), replies.join("\n"), line);
  }
});

Deno.test("the program of the README's chapter on JSON documents", () => {
  using db = Redlite.open(":memory:");
  const lines = block("ts").split("\n");
  assert.ok(lines.length > 6);
  for (const line of lines) {
    const [, code = "", comment] = /^(.*?);(?: \/\/ (.*))?$/.exec(line) ?? [];
    const evaluate = (text: string): unknown => new Function("db", `return (${text})`)(db);
    const result = evaluate(code);
    if (comment !== undefined) assert.deepEqual(result, evaluate(comment), line);
  }
});

Deno.test("the query of the README's chapter on JSON documents", () => {
  using db = Redlite.open(":memory:");
  db.json.set("user:1", "$", { name: "Ada", visits: 4 });
  db.json.set("user:2", "$", { name: "Bob", visits: 3 });
  assert.deepEqual(db.sql(block("sql")), [{ key: "user:1", name: "Ada" }]);
});
