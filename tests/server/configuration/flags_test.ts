/** The flags: the README lists all that `--help` shows, and nothing else. */

import { strict as assert } from "node:assert";
import { FLAGS, TOPICS } from "../../../src/server/configuration/flags.ts";
import { usage } from "../../../src/server/configuration/usage.ts";
import { parameterNamed } from "../../../src/clients/configuration/configuration.ts";
import { KEPT_NAMES } from "../../../src/clients/configuration/parameters.ts";
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

Deno.test("--help tells of each topic, of all parameters, and of one flag or parameter", () => {
  for (const [topic, { about, flags, parameters }] of Object.entries(TOPICS)) {
    const shown = [...usage(topic).matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
    assert.deepEqual(shown, [...Object.keys(flags), ...parameters]);
    assert.ok(usage(topic).startsWith(`${topic}: ${about}\n`));
    for (const name of parameters) {
      assert.ok(parameterNamed(name) !== undefined && !KEPT_NAMES.has(name), name);
    }
  }
  assert.match(usage("config"), /^ {2}--maxmemory-policy +\(default noeviction\)$/m);
  assert.match(usage("config"), /without effect:\n(?!.*--)[^]* rdbcompression /);
  assert.match(usage("port"), /^ {2}--port N +port to listen on; 0 for no TCP$/);
  assert.match(usage("hash-max-listpack-value"), /\(default 64\)$/);
  assert.throws(() => usage("nothing"), /--help tells of storage, .*, config or a flag/);
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
