/** Programs of several runtimes, and threads of one, on one file. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { transform } from "esbuild";
import { Redlite } from "../../mod.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { noNpm, noRuntime, RUNTIMES } from "../harness/runtimes/fetch.ts";
import { output, packed, project, run } from "../harness/runtimes/package.ts";
import { temporaryDirectory } from "../harness/servers.ts";

const PROGRAMS = new URL("programs/", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
/** What each program adds. */
const COUNT = 150;

const present = RUNTIMES.filter((runtime) => noRuntime(runtime) === undefined);

Deno.test({
  ...named("programs of the npm package share files", noNpm()),
  async fn(context) {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const folder = join(path, "project");
    await project(folder, await packed(path));
    for (const name of ["increments", "realms"]) {
      const source = await Deno.readTextFile(`${PROGRAMS}${name}.mts`);
      const { code } = await transform(source, { loader: "ts", target: "node22" });
      await Deno.writeTextFile(join(folder, `${name}.mjs`), code);
    }

    await context.step("of all runtimes at once, none loses another's writes", async () => {
      const database = join(path, "shared.db");
      const args = [database, String(COUNT)];
      const printed = await Promise.all([
        output(
          Deno.execPath(),
          path,
          "run",
          "-A",
          "--config",
          CONFIG,
          `${PROGRAMS}increments.mts`,
          ...args,
        ),
        ...present.map((runtime) => run(runtime, folder, "increments.mjs", ...args)),
      ]);
      assert.deepEqual(printed, printed.map(() => "done\n"));
      await using db = Redlite.open(database);
      assert.equal(db.get("number"), String(COUNT * printed.length));
      assert.deepEqual(await db.integrity(), []);
    });

    for (const runtime of RUNTIMES) {
      await context.step({
        ...named(
          `a thread that opens and closes a file leaves the locks of others, in ${runtime.title}`,
          noRuntime(runtime) ?? notLinux(),
        ),
        async fn() {
          const printed = await run(
            runtime,
            folder,
            "realms.mjs",
            join(path, `${runtime.folder}.db`),
          );
          const [, before, after] = /^(\d+) before, (\d+) after\n$/.exec(printed) ?? [];
          assert.ok(Number(before) > 0, printed);
          assert.equal(after, before);
        },
      });
    }
  },
});
