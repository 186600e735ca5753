/**
 * Runs tests of Deno in another runtime: `main.js FILE…`, each a bundled test file. Prints each test by
 * its name and ends with 1 if any has failed.
 */

import process from "node:process";
import { pathToFileURL } from "node:url";
import { OnlyInDeno, registered } from "./deno_elsewhere.ts";

// Errors that nobody catches are events of Deno.
globalThis.addEventListener = ((_: string, listener: (event: object) => void) => {
  process.on("uncaughtException", (error) => listener({ error, preventDefault() {} }));
}) as typeof addEventListener;
globalThis.removeEventListener = (() => {
  process.removeAllListeners("uncaughtException");
}) as typeof removeEventListener;

/** Rejections that nobody waited for, of the test at hand. */
let unhandled: unknown[] = [];
process.on("unhandledRejection", (error) => void unhandled.push(error));

/** Runs a test. @throws {Error} If it fails, or leaves a promise that does. */
async function runTest(fn: () => void | Promise<void>): Promise<void> {
  unhandled = [];
  await fn();
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (unhandled.length > 0) throw unhandled[0];
}

/** Whether a test ended where it needs what Deno alone has; the package's tests hold what is said of it. */
function isOnlyInDeno(error: unknown): error is Error {
  return error instanceof OnlyInDeno ||
    error instanceof Error && error.message.endsWith("listen() and serve() take Deno");
}

let passed = 0, ignored = 0;
const failed: string[] = [];

async function run(file: string): Promise<void> {
  await import(pathToFileURL(file).href);
  for (const { name, ignore, fn } of registered.splice(0)) {
    if (ignore) {
      ignored++;
      console.log(`ignored: ${name}`);
      continue;
    }
    try {
      await runTest(fn);
      passed++;
    } catch (error) {
      if (isOnlyInDeno(error)) {
        ignored++;
        console.log(`ignored: ${name} (skipped: ${error.message})`);
        continue;
      }
      failed.push(name);
      console.log(`FAILED: ${name}\n`, error);
    }
  }
}

for (const file of process.argv.slice(2)) {
  try {
    await run(file);
  } catch (error) {
    failed.push(file);
    console.log(`FAILED: ${file}\n`, error);
  }
}
console.log(`${passed} passed, ${failed.length} failed, ${ignored} ignored`);
for (const name of failed) console.log(`failed: ${name}`);
process.exit(failed.length === 0 ? 0 : 1);
