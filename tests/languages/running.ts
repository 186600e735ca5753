/** Runs the programs of a binding in its folder, against the server of these sources. */

import { type Binding, CACHE, folder } from "./languages.ts";

const SERVER = new URL("../../server.ts", import.meta.url).pathname;

function command(binding: Binding, words: readonly string[], stdout: "inherit" | "piped") {
  const [program, ...args] = words;
  if (program === undefined) throw new TypeError("there is no program to run");
  return new Deno.Command(program, {
    args,
    cwd: folder(binding.folder),
    env: { REDLITE_BIN: "", REDLITE_SERVER: SERVER, ...binding.environment },
    stdin: "null",
    stdout,
    stderr: "inherit",
  }).outputSync();
}

/** Runs a program. @returns Whether it ended well. */
export function run(binding: Binding, words: readonly string[]): boolean {
  return command(binding, words, "inherit").success;
}

/** Runs a program. @returns What it printed. @throws {Error} If it did not end well. */
export function outputOf(binding: Binding, words: readonly string[]): string {
  const { success, stdout } = command(binding, words, "piped");
  if (!success) throw new Error(`${words.join(" ")} failed in ${binding.folder}`);
  return new TextDecoder().decode(stdout);
}

/** Gets what a binding stands on. @returns Why it cannot be had, if so. */
export function unfetched(binding: Binding): string | undefined {
  Deno.mkdirSync(CACHE, { recursive: true });
  const failed = binding.fetch.find((words) => !run(binding, words));
  return failed && `what it stands on cannot be had by ${failed.slice(0, 2).join(" ")}`;
}

/** Makes a binding ready. @returns Whether it is. */
export function prepared(binding: Binding): boolean {
  return binding.prepare.every((words) => run(binding, words));
}
