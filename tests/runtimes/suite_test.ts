/** The tests of the embedded store and of what it stands on, in Node and in Bun. */

import { strict as assert } from "node:assert";
import { named } from "../harness/lacking.ts";
import { bundleTests } from "../harness/runtimes/bundle.ts";
import { noNpm, noRuntime, npm, programOf, RUNTIMES } from "../harness/runtimes/fetch.ts";
import { temporaryDirectory } from "../harness/servers.ts";

Deno.test("the embedded store passes its tests in other runtimes", async (context) => {
  const lacking = noNpm();
  await context.step({
    ...named("in Node 22, Node 24 and Bun", lacking),
    async fn(context) {
      await using directory = await temporaryDirectory();
      const { path } = directory;
      const { main, tests, dependencies, skipped } = await bundleTests(path);
      for (const [file, reason] of skipped) console.log(`skipped: ${file}: it ${reason}`);
      await Deno.writeTextFile(
        `${path}/package.json`,
        JSON.stringify({ type: "module", dependencies: Object.fromEntries(dependencies) }),
      );
      await npm(path, "install");
      for (const runtime of RUNTIMES) {
        await context.step({
          ...named(`in ${runtime.title}`, noRuntime(runtime)),
          async fn() {
            const { success, stdout, stderr } = await new Deno.Command(programOf(runtime), {
              args: [...runtime.args, main, ...tests.values()],
            }).output();
            const text = new TextDecoder();
            console.log(text.decode(stdout));
            assert.ok(success, text.decode(stdout) + text.decode(stderr));
          },
        });
      }
    },
  });
});
