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

import { main } from "./src/server/main.ts";

export { main };

if (import.meta.main) Deno.exit(await main(Deno.args));
