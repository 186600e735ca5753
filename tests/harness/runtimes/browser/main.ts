/** Runs tests of Deno on a page: those whose addresses are in `/tests.json`. */

import { loadWasm } from "../../../../mod.ts";
import { leftRejected, runFiles } from "../registered.ts";

/** What a browser does otherwise. */
const EXCEPT = new Map([
  [
    "what a refused function does later is refused too, and nothing else is (wasm)",
    "a browser does not tell who began what goes on later",
  ],
]);

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  leftRejected(event.reason);
});

/** @param tell Takes lines for who has opened the page, which are those of files as a sign of life. */
export default async function (tell: (line: string) => Promise<unknown>): Promise<void> {
  await loadWasm();
  const files: string[] = await (await fetch("/tests.json")).json();
  const told: Promise<unknown>[] = [];
  const say = (line: string, error?: unknown) => {
    const why = error instanceof Error ? error.stack : error;
    told.push(tell(error === undefined ? line : `${line}\n${why}`));
  };
  const { failed } = await runFiles(files, say, { begins: say, except: EXCEPT });
  await Promise.all(told);
  if (failed.length > 0) throw new Error(`${failed.length} have failed`);
}
