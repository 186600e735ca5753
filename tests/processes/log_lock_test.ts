/** How long another process may find the write lock held by the owner of a log: until the owner looks. */

import { strict as assert } from "node:assert";
import { commandTable } from "../../src/commands/table/commands.ts";
import { Core } from "../../src/embedded/running/core.ts";
import { toText } from "../../src/embedded/data.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import { Posix } from "../../src/runtime/posix.ts";
import { Neighbours } from "../../src/store/place/neighbours.ts";
import { Store } from "../../src/store/store.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { hasTool, temporaryDirectory } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";

/** What of 50 ms is left for the commit when the owner has looked. */
const LOOK_MS = 8;

const ffi = DRIVERS.find(({ info }) => info.name === "ffi");
const lacking = notLinux() ?? (ffi === undefined ? "no native library" : undefined) ??
  (hasTool("sqlite3") ? undefined : "needs sqlite3");

Deno.test({
  ...named("sqlite3 has the write lock once the owner of a log has looked who is in", lacking),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    const clock = new ManualClock();
    const store = new Store(ffi!, path, { clock });
    assert.ok(store.log !== undefined);
    store.log.wanted = true;
    const core = new Core(store, commandTable());
    const posix = Posix.load();
    assert.ok(posix !== undefined);
    const neighbours = Neighbours.of(posix, path);
    for (let round = 0; round < 3; round++) {
      core.run(["INCR", "counter"], toText);
      store.endTurn();
      assert.equal(store.engine.transactionOpen, true);
      const shell = new Deno.Command("sqlite3", {
        args: [
          "-cmd",
          ".timeout 60000",
          path,
          "BEGIN IMMEDIATE; SELECT value FROM redlite_strings",
        ],
        stdout: "piped",
      }).spawn();
      while (neighbours?.others === false) await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(LOOK_MS);
      assert.equal(store.engine.transactionOpen, false);
      const { stdout, success } = await shell.output();
      assert.ok(success);
      assert.equal(new TextDecoder().decode(stdout).trim(), String(round + 1));
      // The log is begun again.
      while (store.log.behind?.on !== true) {
        clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await core.close();
  },
});
