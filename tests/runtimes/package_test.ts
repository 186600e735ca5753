/** The package for npm, packed and installed in an empty project. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import { buildPackage } from "../../npm/build.ts";
import { named } from "../harness/lacking.ts";
import {
  type FetchedRuntime,
  noNpm,
  noRuntime,
  npm,
  programOf,
  RUNTIMES,
} from "../harness/runtimes/fetch.ts";
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

/** Runs a program to its end. @returns What it printed. */
async function output(program: string, cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  const text = new TextDecoder();
  assert.ok(success, `${args.join(" ")}: ${text.decode(stdout)}${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** Packs the package. @returns The packed file. */
async function packed(directory: string): Promise<string> {
  const folder = join(directory, "package");
  await buildPackage(folder);
  const name = await npm(folder, "pack", "--silent", "--pack-destination", directory);
  return join(directory, name.trim());
}

function run(runtime: FetchedRuntime, cwd: string, ...args: string[]): Promise<string> {
  return output(programOf(runtime), cwd, ...runtime.args, ...args);
}

Deno.test({
  ...named("the package for npm is installed and runs", noNpm()),
  async fn(context) {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const file = await packed(path);
    const project = join(path, "project");
    await Deno.mkdir(project);
    await Deno.writeTextFile(join(project, "package.json"), `{ "private": true }\n`);
    await npm(
      project,
      "install",
      file,
      deno.imports.typescript.replace("npm:", ""),
      "@types/node@^22",
    );

    await context.step(
      "it is of the version that deno.json tells, and pins what it needs",
      async () => {
        const installed = join(project, "node_modules", deno.name, "package.json");
        const { version, dependencies } = JSON.parse(await Deno.readTextFile(installed));
        assert.equal(version, deno.version);
        for (const needed of Object.values(dependencies)) assert.match(String(needed), /^\d/);
      },
    );

    await context.step("programs with the strictest options type-check with it", async () => {
      const programs = ["everything.mts", "required.cts"];
      for (const name of programs) await Deno.copyFile(PROGRAMS + name, join(project, name));
      await Deno.writeTextFile(
        join(project, "tsconfig.json"),
        JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: programs }),
      );
      await output(Deno.execPath(), project, "run", "-A", "node_modules/typescript/bin/tsc");
    });

    for (const runtime of RUNTIMES) {
      await context.step({
        ...named(`an ECMAScript module does all of it in ${runtime.title}`, noRuntime(runtime)),
        async fn() {
          const database = join(path, `${runtime.folder}.db`);
          assert.equal(await run(runtime, project, "built/everything.mjs", database), "whole\n");
        },
      });
      await context.step({
        ...named(`CommonJS requires it in ${runtime.title}`, noRuntime(runtime)),
        async fn() {
          assert.equal(await run(runtime, project, "built/required.cjs"), "whole\n");
        },
      });
    }

    const bun = RUNTIMES.find(({ title }) => title === "Bun");
    if (bun === undefined) return;
    await context.step({
      ...named("Bun installs it, and runs TypeScript as it is", noRuntime(bun)),
      async fn() {
        const own = join(path, "bun");
        await Deno.mkdir(own);
        await Deno.writeTextFile(join(own, "package.json"), `{ "private": true }\n`);
        await run(bun, own, "add", file);
        await Deno.copyFile(`${PROGRAMS}everything.mts`, join(own, "everything.mts"));
        const database = join(own, "app.db");
        assert.equal(await run(bun, own, "everything.mts", database), "whole\n");
      },
    });
  },
});
