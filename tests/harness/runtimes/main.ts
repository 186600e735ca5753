/**
 * Runs tests of Deno in another runtime: `main.js FILE…`, each a bundled test file. Prints each test by
 * its name and ends with 1 if any has failed.
 */

import process from "node:process";
import { pathToFileURL } from "node:url";
import { leftRejected, runFiles } from "./registered.ts";

// Errors that nobody catches are events of Deno.
globalThis.addEventListener = ((_: string, listener: (event: object) => void) => {
  process.on("uncaughtException", (error) => listener({ error, preventDefault() {} }));
}) as typeof addEventListener;
globalThis.removeEventListener = (() => {
  process.removeAllListeners("uncaughtException");
}) as typeof removeEventListener;

process.on("unhandledRejection", leftRejected);

const files = process.argv.slice(2).map((file) => pathToFileURL(file).href);
const { failed } = await runFiles(files, (line, error) => {
  if (error === undefined) console.log(line);
  else console.log(`${line}\n`, error);
});
process.exit(failed.length === 0 ? 0 : 1);
