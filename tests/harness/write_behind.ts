/**
 * Loaded before the tests (`deno task test:write-behind`), has every database file that they open keep a log before it:
 * servers by their environment, embedded databases by another default.
 */

import { Redlite, type RedliteOptions } from "../../mod.ts";

Deno.env.set("REDLITE_WRITE_BEHIND", "yes");

const open = Redlite.open.bind(Redlite);

function openWithLog(path: string, options: RedliteOptions = {}): Redlite {
  // What is no object is refused by itself.
  const wrong = typeof options !== "object" || options === null;
  return open(path, wrong ? options : { writeBehind: true, ...options });
}

Redlite.open = openWithLog as typeof Redlite.open;
