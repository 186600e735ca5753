/** The package for npm, packed and installed in an empty project. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import { hasOpenssl, makeCertificate } from "../harness/certificate.ts";
import { named } from "../harness/lacking.ts";
import { noNpm, noRuntime, RUNTIMES } from "../harness/runtimes/fetch.ts";
import { output, packed, project, run } from "../harness/runtimes/package.ts";
import { ReadmeChapter } from "../harness/readme_chapter.ts";
import { temporaryDirectory } from "../harness/servers.ts";

const PROGRAMS = new URL("programs/", import.meta.url).pathname;

/** Every option that refuses something in a program that uses a package. */
const STRICTEST = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  verbatimModuleSyntax: true,
};

const COMPILER_OPTIONS = {
  ...STRICTEST,
  lib: ["esnext", "dom", "dom.iterable"],
  module: "node20",
  outDir: "built",
  target: "es2022",
  types: ["node"],
};

Deno.test({
  ...named("the package for npm is installed and runs", noNpm()),
  async fn(context) {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const file = await packed(path);
    const folder = join(path, "project");
    await project(folder, file, deno.imports.typescript.replace("npm:", ""), "@types/node@^22");

    await context.step(
      "it is of the version that deno.json tells, and pins what it needs",
      async () => {
        const installed = join(folder, "node_modules", deno.name, "package.json");
        const { version, dependencies } = JSON.parse(await Deno.readTextFile(installed));
        assert.equal(version, deno.version);
        for (const needed of Object.values(dependencies)) assert.match(String(needed), /^\d/);
      },
    );

    await context.step("programs with the strictest options type-check with it", async () => {
      const programs = ["everything.mts", "served.mts", "required.cts"];
      for (const name of programs) await Deno.copyFile(PROGRAMS + name, join(folder, name));
      await Deno.writeTextFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: programs }),
      );
      await output(Deno.execPath(), folder, "run", "-A", "node_modules/typescript/bin/tsc");
    });

    for (const runtime of RUNTIMES) {
      await context.step({
        ...named(`an ECMAScript module does all of it in ${runtime.title}`, noRuntime(runtime)),
        async fn() {
          const database = join(path, `${runtime.folder}.db`);
          assert.equal(await run(runtime, folder, "built/everything.mjs", database), "whole\n");
        },
      });
      await context.step({
        ...named(
          `a program serves its database in ${runtime.title}`,
          noRuntime(runtime) ?? (hasOpenssl() ? undefined : "no openssl on the PATH"),
        ),
        async fn() {
          const { certFile, keyFile } = await makeCertificate(path, runtime.folder);
          const program = ["built/served.mjs", path, certFile, keyFile];
          assert.equal(await run(runtime, folder, ...program), "served\n");
        },
      });
      await context.step({
        ...named(`what the README shows runs in ${runtime.title}`, noRuntime(runtime)),
        async fn() {
          const shown = new ReadmeChapter("In Node and Bun").block("js");
          await Deno.writeTextFile(join(folder, "shown.mjs"), shown);
          assert.equal(await run(runtime, folder, "shown.mjs"), "hello builtin\n");
        },
      });
      await context.step({
        ...named(`CommonJS requires it in ${runtime.title}`, noRuntime(runtime)),
        async fn() {
          assert.equal(await run(runtime, folder, "built/required.cjs"), "whole\n");
        },
      });
    }

    const bun = RUNTIMES.find(({ title }) => title === "Bun");
    if (bun === undefined) return;
    await context.step({
      ...named("Bun installs it, and runs TypeScript as it is", noRuntime(bun)),
      async fn() {
        const own = join(path, "bun");
        await project(own);
        await run(bun, own, "add", file);
        await Deno.copyFile(`${PROGRAMS}everything.mts`, join(own, "everything.mts"));
        const database = join(own, "app.db");
        assert.equal(await run(bun, own, "everything.mts", database), "whole\n");
      },
    });
  },
});
