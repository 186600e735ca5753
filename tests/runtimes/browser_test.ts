/** The package for npm on a page of Chromium. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { buildPackage } from "../../ext/packaging/npm/build.ts";
import { inChromium, noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { ReadmeChapter } from "../harness/readme_chapter.ts";
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

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "esm",
  target: "es2022",
  plugins: [served],
} satisfies BuildOptions;

/** Tells what a module prints. */
const PRINTED = `export default async (tell) => {
  const lines = [];
  console.log = (...words) => lines.push(words.join(" "));
  await import("/shown.js");
  for (const line of lines) await tell(line);
};`;

Deno.test({
  ...named("the package for npm runs on a page of Chromium", noChromium()),
  async fn(context) {
    await using directory = await temporaryDirectory();
    const { path: folder } = directory;
    await buildPackage(folder);

    await context.step(
      "a bundler finds the modules for browsers, which import nothing",
      async () => {
        await Deno.mkdir(join(folder, "node_modules/@redlite"), { recursive: true });
        await Deno.symlink(folder, join(folder, "node_modules/@redlite/redlite"));
        const names = ["", "/extension", "/ext/geo", "/ext/vec"];
        const contents = names.map((name) => `export * from "@redlite/redlite${name}";`).join("\n");
        const { metafile } = await build({
          stdin: { contents, resolveDir: folder },
          absWorkingDir: folder,
          bundle: true,
          format: "esm",
          platform: "browser",
          write: false,
          metafile: true,
          logLevel: "silent",
        });
        const inputs = Object.keys(metafile.inputs).filter((name) => name !== "<stdin>");
        assert.ok(inputs.includes("browser/mod.js") && inputs.includes("browser/ext/vec.js"));
        assert.deepEqual(inputs.filter((name) => !name.startsWith("browser/")), []);
      },
    );

    await context.step("a page has all of a database, and its worker keeps one", async () => {
      const programs = ["page", "worker"].map((name) =>
        `tests/runtimes/programs/browser/${name}.mts`
      );
      await build({ ...OPTIONS, entryPoints: programs, outdir: folder });
      const lines: string[] = [];
      await inChromium({ folder, module: "/page.js", onLine: (line) => lines.push(line) });
      assert.deepEqual(lines, ["in memory", "filled", "still there"]);
    });

    await context.step("what the README shows runs", async () => {
      const shown = new ReadmeChapter("In a browser").block("js");
      await build({ ...OPTIONS, stdin: { contents: shown }, outfile: join(folder, "shown.js") });
      await Deno.writeTextFile(join(folder, "printed.js"), PRINTED);
      const lines: string[] = [];
      await inChromium({ folder, module: "/printed.js", onLine: (line) => lines.push(line) });
      const expected = [...shown.matchAll(/console\.log.*\/\/ (.*)/g)].map(([, line]) => line);
      assert.deepEqual(lines, expected);
    });
  },
});
