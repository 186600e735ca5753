/** The flags: the README lists all that `--help` shows, and nothing else. */

import { strict as assert } from "node:assert";
import { FLAGS, usage } from "../../../src/server/configuration/flags.ts";
import { main } from "../../../server.ts";

const README = new URL("../../../README.md", import.meta.url);

/** The first column of the table under `| flag |`. */
function listed(): string[] {
  const lines = Deno.readTextFileSync(README).split("\n");
  const head = lines.findIndex((line) => /^\| flag /.test(line));
  assert.ok(head >= 0, "the README has a table of the flags");
  const rows = lines.slice(head + 2);
  const cells = rows.slice(0, rows.findIndex((line) => !line.startsWith("|")))
    .map((row) => /^\|((?:\\\||[^|])*)\|/.exec(row)?.[1] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/--([a-z-]+)/g)].map(([, name]) => name!));
}

Deno.test("the README's table of flags has every flag, once", () => {
  assert.deepEqual(listed().sort(), Object.keys(FLAGS).sort());
});

Deno.test("--help shows every flag", () => {
  const shown = [...usage().matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(shown, Object.keys(FLAGS));
});

Deno.test("the server's module starts a server from a program", async () => {
  const { log } = console;
  const printed: unknown[] = [];
  console.log = (line: unknown) => void printed.push(line);
  try {
    assert.equal(await main(["-v"]), 0);
  } finally {
    console.log = log;
  }
  assert.match(String(printed), /^redlite \d/);
});
