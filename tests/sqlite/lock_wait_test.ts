/** How long a connection waits for the write lock. */

import { strict as assert } from "node:assert";
import { named, notLinux } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { TextLineStream } from "../processes/lines.ts";
import { DRIVERS } from "../store/open.ts";

/** Far longer than the signals take; SQLite has slept as long after some 200 sleeps, however short. */
const TIMEOUT_MS = 20_000;
const SIGNALS = 500;

for (const driver of DRIVERS) {
  Deno.test({
    ...named(
      `signals do not shorten the wait for the write lock, driver ${driver.info.name}`,
      notLinux(),
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/a.db`;
      const holder = driver.open(path, { create: true });
      holder.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
      holder.begin(true);
      const waiter = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          new URL("lock_waiter.ts", import.meta.url).pathname,
          path,
          driver.info.name,
          String(TIMEOUT_MS),
        ],
        stdout: "piped",
      }).spawn();
      const lines = waiter.stdout.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
      assert.equal((await lines.next()).value, "waits");
      const answer = lines.next();
      let over = false;
      void answer.then(() => over = true);
      // A machine that takes longer proves less, and is not to run out of time.
      const until = performance.now() + TIMEOUT_MS / 4;
      for (let sent = 0; sent < SIGNALS && !over && performance.now() < until; sent++) {
        waiter.kill("SIGUSR1");
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      assert.equal(over, false, "it does not wait any more");
      holder.rollback();
      assert.equal((await answer).value, "has it");
      holder.close();
      await waiter.status;
    },
  });
}
