/**
 * `deno task npm` builds the package for npm in `dist/npm`, or in the folder that is named: JavaScript as
 * ECMAScript modules and as CommonJS, the same for browsers, the types, and `package.json`. The program
 * `server.ts` is not in it: it is Deno's.
 *
 * @module
 */

import { build, type Plugin } from "esbuild";
import { dirname, join } from "node:path";
import deno from "../../../deno.json" with { type: "json" };
import { writeForBrowsers } from "./browser.ts";
import { luaFromPackage, npmDependencies, TARGET } from "./sources.ts";
import { writeTypes } from "./types.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** The exports of `deno.json` that the package has too, and where their output is. */
const ENTRIES: Readonly<Record<string, string>> = {
  ".": "mod",
  "./extension": "extension",
  "./ext/geo": "ext/geo",
  "./ext/vec": "ext/vec",
};
/** Runtimes that have what `node:sqlite` is used for here. */
const ENGINES = { node: ">=22.16.0", bun: ">=1.4.0" };

/** Sources by the names of their outputs. */
const sources: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, output]) => {
    const source = (deno.exports as Readonly<Record<string, string>>)[name];
    if (source === undefined) throw new Error(`deno.json has no export ${name}`);
    return [output, source.replace(/^\.\//, "")];
  }),
);

/** Has each module of the package import its siblings as files of the other kind. */
const asCommonJs: Plugin = {
  name: "as-commonjs",
  setup(build) {
    build.onResolve(
      { filter: /^\.{1,2}\// },
      ({ path, kind }) =>
        kind === "entry-point"
          ? undefined
          : { path: path.replace(/\.js$/, ".cjs"), external: true },
    );
  },
};

/** Writes the modules. @returns The packages that they depend on, with their versions. */
async function writeModules(folder: string): Promise<Map<string, string>> {
  const dependencies = new Map<string, string>();
  const esm = `${folder}/esm`;
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { ...sources },
    outdir: esm,
    chunkNames: "chunks/[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: TARGET,
    metafile: true,
    logLevel: "warning",
    plugins: [npmDependencies(dependencies), luaFromPackage(dependencies)],
  });
  // File by file, so that what entries share stays one module.
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.keys(metafile.outputs).map((path) => join(ROOT, path)),
    outbase: esm,
    outdir: `${folder}/cjs`,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    packages: "external",
    format: "cjs",
    platform: "node",
    target: TARGET,
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: `const __moduleUrl = require("node:url").pathToFileURL(__filename).href;` },
    logLevel: "warning",
    plugins: [asCommonJs],
  });
  return dependencies;
}

/** Copies the declarations for CommonJS, where their names end otherwise. */
async function copyTypes(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const text = await Deno.readTextFile(`${folder}/esm/${file}`);
    const copy = `${folder}/cjs/${file.replace(/\.d\.ts$/, ".d.cts")}`;
    await Deno.mkdir(dirname(copy), { recursive: true });
    await Deno.writeTextFile(
      copy,
      text.replace(/(from '\.{1,2}\/[^']*)\.js'/g, "$1.cjs'"),
    );
  }
}

function exportForBrowsers(output: string) {
  return { types: `./esm/${output}.d.ts`, default: `./browser/${output}.js` };
}

function exportOf(output: string) {
  return {
    browser: exportForBrowsers(output),
    import: { types: `./esm/${output}.d.ts`, default: `./esm/${output}.js` },
    require: { types: `./cjs/${output}.d.cts`, default: `./cjs/${output}.cjs` },
  };
}

/** Builds the package. */
export async function buildPackage(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const dependencies = await writeModules(folder);
  await writeForBrowsers(`${folder}/browser`, sources);
  await copyTypes(folder, await writeTypes(ROOT, sources, `${folder}/esm`));
  const main = exportOf("mod");
  const manifest = {
    name: deno.name,
    version: deno.version,
    description: "A Redis-compatible store in one SQLite file, in your process",
    keywords: ["redis", "valkey", "sqlite", "embedded", "database", "key-value"],
    license: deno.license,
    type: "module",
    engines: ENGINES,
    main: main.require.default,
    module: main.import.default,
    types: main.import.types,
    exports: {
      ...Object.fromEntries(
        Object.entries(ENTRIES).map(([name, output]) => [name, exportOf(output)]),
      ),
      "./browser": exportForBrowsers("mod"),
      "./package.json": "./package.json",
    },
    files: ["esm", "cjs", "browser"],
    dependencies: Object.fromEntries([...dependencies].sort()),
  };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest, null, 2) + "\n");
  for (const file of ["README.md", "LICENSE"]) {
    await Deno.copyFile(join(ROOT, file), `${folder}/${file}`);
  }
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? join(ROOT, "dist/npm");
  await buildPackage(folder);
  console.log(`npm: ${deno.name} ${deno.version} is in ${folder}`);
}
