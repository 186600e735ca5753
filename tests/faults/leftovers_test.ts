/** What readers leave beside a database does not keep the next writer out. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { cacheForOthers } from "../harness/others_cache.ts";
import { hasTool, temporaryDirectory } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";

const beside = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
    /-(wal|shm)$/.test(name)
  );

/** Whether programs can be run as other users here. */
const asOthers = Deno.build.os === "linux" && Deno.uid() === 0 && hasTool("setpriv");
const WRITER = 64_001;
const READER = 64_002;
const OPENER = new URL("leftovers_opener.ts", import.meta.url);

for (const { info: { name: driver } } of DRIVERS) {
  Deno.test(`a reader of a file that it might write to leaves nothing beside it (${driver})`, async () => {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    {
      await using db = Redlite.open(path, { driver });
      db.set("k", "v");
    }
    {
      await using db = Redlite.open(path, { driver, readonly: true });
      assert.equal(db.get("k"), "v");
      await db.backup(`${directory.path}/copy.db`);
    }
    assert.deepEqual(beside(directory.path), []);
  });

  Deno.test(`a reader leaves what a writer has in use (${driver})`, async () => {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    await using db = Redlite.open(path, { driver });
    await Redlite.open(path, { driver, readonly: true }).close();
    assert.equal(beside(directory.path).length, 2);
    db.set("k", "v");
    assert.equal(db.get("k"), "v");
  });

  Deno.test({
    name: asOthers
      ? `another user's reader does not keep the next writer out (${driver})`
      : `another user's reader (skipped: programs cannot be run as others here) (${driver})`,
    ignore: !asOthers,
    async fn() {
      await using directory = await temporaryDirectory();
      await Deno.chmod(directory.path, 0o777);
      const path = `${directory.path}/app.db`;
      const run = async (uid: number, mode: "read" | "write") => {
        const home = cacheForOthers(OPENER);
        const user = ["--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"];
        const { stdout, stderr } = await new Deno.Command("setpriv", {
          args: [
            ...user,
            Deno.execPath(),
            "run",
            "-A",
            "--no-check",
            OPENER.pathname,
            path,
            mode,
            driver,
          ],
          env: { HOME: home, DENO_DIR: home },
        }).output();
        const text = new TextDecoder();
        return text.decode(stdout).trim() || text.decode(stderr);
      };
      assert.equal(await run(WRITER, "write"), "1");
      assert.equal(await run(READER, "read"), "1");
      assert.equal(await run(WRITER, "write"), "2");
      assert.equal(await run(READER, "write"), "error");
      assert.equal(await run(READER, "read"), "2");
      assert.equal(await run(WRITER, "write"), "3");
    },
  });
}
