/**
 * The Redlite server: a Redis-compatible server over one SQLite file.
 *
 * ```sh
 * deno run -A jsr:@redlite/redlite/server --db app.db
 * deno install -gA --name redlite jsr:@redlite/redlite/server
 * ```
 *
 * A program that imports it starts a server by `main` with the words of a command line, or serves a
 * database in its own process by `serve`.
 *
 * @module
 */

import { builtIn } from "./ext/built_in.ts";
import type {
  ListenOptions,
  RedliteServer,
  ServedDatabase,
  ServeOptions,
  ServerCertificate,
} from "./src/embedded/serving/serving.ts";
import type { Redlite } from "./src/embedded/redlite.ts";
import { main as run } from "./src/server/main.ts";

/**
 * Runs a server until it is told to stop.
 *
 * @param args The command line without the program.
 * @returns The exit code.
 *
 * @example
 * ```ts ignore
 * import { main } from "@redlite/redlite/server";
 *
 * Deno.exit(await main(["--db", "app.db", "--port", "6380"]));
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  return await run(args, builtIn);
}

export type { ListenOptions, RedliteServer, ServedDatabase, ServeOptions, ServerCertificate };

/**
 * Opens a database and serves it in this process, as `Redlite.serve` does.
 *
 * @param path The file. Default: `:memory:`.
 * @param options How it is opened, and where clients come in. Default: a free port of 127.0.0.1.
 * @throws {Error} If it cannot be opened, or served there.
 *
 * @example
 * ```ts
 * import { serve } from "@redlite/redlite/server";
 *
 * await using server = await serve(":memory:", { port: 0 });
 * server.db.set("greeting", "hello");
 * console.log(server.url); // what a Redis client connects to
 * ```
 */
export async function serve(
  path?: string,
  options?: ServeOptions,
): Promise<ServedDatabase<Redlite>> {
  // A server that is started from a command line does without.
  const { Redlite } = await import("./mod.ts");
  return await Redlite.serve(path, options);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
