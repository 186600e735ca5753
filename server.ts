/**
 * The Redlite server: a Redis-compatible server over one SQLite file.
 *
 * ```sh
 * deno run -A server.ts --db app.db
 * ```
 *
 * @module
 */

import { main } from "./src/server/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
