/**
 * A server that copies its database at every sync: `copying_server.ts FILE DIRECTORY FLAGS…`. The copies go into the
 * directory; `completed` there holds the number of the last sync that has ended.
 */

import { main } from "../../src/server/main.ts";
import { SyncedCopies } from "./synced_copies.ts";

const [file, directory, ...flags] = Deno.args;
using copies = new SyncedCopies(file!, directory!);
copies.onCompleted = (number) => Deno.writeTextFileSync(`${directory}/completed`, String(number));
Deno.exitCode = await main(["--db", file!, "--addr", "127.0.0.1:0", ...flags]);
