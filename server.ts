/**
 * The Redlite server: a Redis-compatible server over one SQLite file.
 *
 * ```sh
 * deno run -A jsr:@redlite/redlite/server --db app.db
 * deno install -gA --name redlite jsr:@redlite/redlite/server
 * ```
 *
 * A program that imports it starts a server by `main` with the words of a command line.
 *
 * @module
 */

import { builtIn } from "./ext/built_in.ts";
import { main as run } from "./src/server/main.ts";

/**
 * Runs a server until it is told to stop.
 *
 * @param args The command line without the program.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  return await run(args, builtIn);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
