/**
 * `deno task test:languages` runs the tests of the bindings whose language is on the machine, and names those that it
 * skipped. Words after it are the folders of those to run.
 */

import { join } from "node:path";
import { type Binding, BINDINGS, folder, lacking } from "./languages.ts";
import { outputOf, prepared, run, unfetched } from "./running.ts";

function main(only: readonly string[]): number {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const binding of BINDINGS) {
    if (only.length > 0 && !only.includes(binding.folder)) continue;
    const lack = binding.lacks() ?? unfetched(binding);
    if (lack !== undefined) {
      console.log(`languages: ${binding.title} is skipped: ${lack}`);
      counts.skipped++;
      continue;
    }
    const began = performance.now();
    const passes = prepared(binding) && checked(binding) &&
      binding.test.every((words) => run(binding, words)) && shown(binding);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`languages: ${binding.title} ${passes ? "passes" : "FAILS"} (${seconds} s)`);
    counts[passes ? "passed" : "failed"]++;
  }
  console.log(
    `languages: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  );
  return counts.failed === 0 ? 0 : 1;
}

/** Has formatters and linters look at a binding, and names those that are not there. @returns Whether they find nothing. */
function checked(binding: Binding): boolean {
  return binding.checks.every(({ needs, words }) => {
    const lack = needs && lacking(needs);
    if (lack) console.log(`languages: ${binding.title} is not looked at by all: ${lack}`);
    return lack ? true : run(binding, words);
  });
}

/** Runs the example of a binding in its folder, which stays as it was. @returns Whether it does what it shows. */
function shown(binding: Binding): boolean {
  try {
    return outputOf(binding, binding.example).includes("first");
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  } finally {
    for (const { name } of Deno.readDirSync(folder(binding.folder))) {
      if (name.startsWith("example.db")) Deno.removeSync(join(folder(binding.folder), name));
    }
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
