/** Adds 1 to a number so many times, as one of several processes: `increments FILE COUNT`. */

import process from "node:process";
import { Redlite } from "@redlite/redlite";

const [path = "", count = "0"] = process.argv.slice(2);
await using db = Redlite.open(path, { appendfsync: "always", busyTimeout: 60_000 });
for (let i = 0; i < Number(count); i++) {
  // Read and written by the program, so that only the transaction keeps others from in between.
  db.transaction(() => db.set("number", String(Number(db.get("number") ?? "0") + 1)));
  if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
await db.sync();
console.log("done");
