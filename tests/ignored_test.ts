/** Holds the tests to what is asked of them: one that may be left out says in its name why. */

import { strict as assert } from "node:assert";

const ROOT = new URL("./", import.meta.url);
/** Lines before the condition in which the name is. */
const NAME_WITHIN = 8;

function testFiles(folder = ""): string[] {
  const files: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) files.push(...testFiles(`${folder}${name}/`));
    else if (name.endsWith(".ts")) files.push(folder + name);
  }
  return files;
}

Deno.test("each test that may be left out says in its name why", () => {
  const silent: string[] = [];
  for (const file of testFiles()) {
    const lines = Deno.readTextFileSync(new URL(file, ROOT)).split("\n");
    for (const [i, line] of lines.entries()) {
      if (!/^\s+ignore(:.*)?,$/.test(line) && !/\{[^}]*\bignore:.*\bfn\b/.test(line)) continue;
      const before = lines.slice(Math.max(0, i - NAME_WITHIN), i + 1).join("\n");
      if (!/skipped/.test(before)) silent.push(`${file}:${i + 1}`);
    }
  }
  assert.deepEqual(silent, []);
});
