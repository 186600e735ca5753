/** Opens a database, for reading or for writing, and tells a number in it. */

import { Redlite } from "../../mod.ts";
import type { DriverName } from "../../src/sqlite/sqlite.ts";

const [path = "", mode, driver] = Deno.args;
try {
  const readonly = mode === "read";
  await using db = Redlite.open(path, { readonly, driver: driver as DriverName });
  if (!readonly) db.incr("n");
  console.log(db.get("n"));
} catch (error) {
  console.log("error");
  console.error(error);
}
