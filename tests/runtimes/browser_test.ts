/** The package for npm on a page of Chromium. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { buildPackage } from "../../ext/packaging/npm/build.ts";
import { inChromium, noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Where what a page imports by name is served. */
const served: Plugin = {
  name: "served",
  setup(build) {
    build.onResolve({ filter: /^@redlite\/redlite/ }, ({ path }) => {
      const entry = path.replace(/^@redlite\/redlite\/?/, "") || "mod";
      return { path: `/browser/${entry}.js`, external: true };
    });
    build.onResolve({ filter: /^node:assert$/ }, () => ({
      path: join(ROOT, "tests/harness/runtimes/browser/node/assert.ts"),
    }));
  },
};

Deno.test({
  ...named("a page of Chromium has all of a database, and its worker keeps one", noChromium()),
  async fn() {
    await using directory = await temporaryDirectory();
    const { path: folder } = directory;
    await buildPackage(folder);
    await build({
      absWorkingDir: ROOT,
      entryPoints: ["page", "worker"].map((name) => `tests/runtimes/programs/browser/${name}.mts`),
      outdir: folder,
      bundle: true,
      format: "esm",
      target: "es2022",
      plugins: [served],
    });
    const lines: string[] = [];
    await inChromium({ folder, module: "/page.js", onLine: (line) => lines.push(line) });
    assert.deepEqual(lines, ["in memory", "filled", "still there"]);
  },
});
