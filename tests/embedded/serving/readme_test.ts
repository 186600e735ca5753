/** What the README's chapters on programs show of limits and serving is what happens. */

import { strict as assert } from "node:assert";
import { createClient } from "redis";
import { Redlite, type RedliteOptions } from "../../../mod.ts";
import { assertListenOptions } from "../../../src/embedded/serving/serving.ts";
import { assertOptions } from "../../../src/embedded/open_options.ts";
import { ReadmeChapter } from "../../harness/readme_chapter.ts";

const serving = new ReadmeChapter("Serve from a program");
const programs = new ReadmeChapter("Use it in a program");

/** Runs a block, and compares each line's value with what its comment says, where that is a text. */
async function run(block: string, names: Record<string, unknown>): Promise<void> {
  const code = block.replaceAll(
    /^(.*); \/\/ (".*")$/gm,
    (_, expression: string, value: string) => `assert.equal(${expression}, ${value});`,
  );
  assert.notEqual(code, block);
  const given = { ...names, assert };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction(...Object.keys(given), code)(...Object.values(given));
}

Deno.test("the program of the README that serves its database", async () => {
  const [block = ""] = serving.blocks("ts");
  // The port of the text may be taken here.
  const free = await Redlite.serve();
  const { port } = free;
  await free.close();
  await using db = Redlite.open(":memory:");
  db.set("greeting", "hello");
  await run(block.replaceAll("6379", String(port)), { db });
});

Deno.test("the test of the README that has its server in process", async () => {
  const [, block = ""] = serving.blocks("ts");
  await run(block, { Redlite, createClient });
});

Deno.test("the parameters of the README's program", async () => {
  const block = programs.blocks("ts").find((text) => text.includes("db.config")) ?? "";
  await using db = Redlite.open(":memory:");
  await run(block, { db });
});

/** The names in the first column of the table with such a heading. */
function namesIn(text: string, heading: string): string[] {
  const [, table = ""] = new RegExp(`\n\\| ${heading} [^\n]*\n([^]*?)\n\n`).exec(text) ?? [];
  return table.split("\n").slice(1).flatMap((line) =>
    [...(line.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)
  ).sort();
}

/** The options that an error names to who gives one that there is not. */
function optionsOf(refuse: () => void): string[] {
  try {
    refuse();
  } catch (error) {
    const [, names = ""] = /but (.*)$/.exec(error instanceof Error ? error.message : "") ?? [];
    return names.split(", ").sort();
  }
  return [];
}

Deno.test("the README's tables have every option, once", () => {
  const none: RedliteOptions = Object.fromEntries([["none", 1]]);
  assert.deepEqual(namesIn(programs.text, "option"), optionsOf(() => void assertOptions(none)));
  assert.deepEqual(
    namesIn(serving.text, "option of"),
    optionsOf(() => assertListenOptions(Object.fromEntries([["none", 1]]))),
  );
});
