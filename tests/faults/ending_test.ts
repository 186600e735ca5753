/** Programs that end without closing, whatever is going on by then. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";

const MAIN = new URL("./ending_main.ts", import.meta.url).pathname;
const RUNS = 2;

for (const [end, expected] of [["ends", 0], ["throws", 1], ["exits", 3]] as const) {
  Deno.test({
    ...named(
      `a program that ${end} while another thread writes rows has its own exit code, and loses nothing`,
      DRIVERS.some(({ info }) => info.name === "ffi") ? notLinux() : "no native library of SQLite",
    ),
    async fn() {
      for (let run = 0; run < RUNS; run++) {
        await using directory = await temporaryDirectory();
        const path = `${directory.path}/app.db`;
        const { code, signal } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--quiet", "--no-check", MAIN, path, end],
          stderr: "null",
        }).output();
        assert.deepEqual([code, signal], [expected, null]);
        await using db = Redlite.open(path);
        assert.equal(db.call("DBSIZE"), 40_000);
      }
    },
  });
}
