/** Bundles the tests of the embedded store for runtimes other than Deno. */

import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { existsSync } from "node:fs";
import deno from "../../../deno.json" with { type: "json" };
import { copyModules, FOR_BROWSERS, forBrowsers } from "../../../ext/packaging/npm/browser.ts";
import { luaFromPackage, npmDependencies, TARGET } from "../../../ext/packaging/npm/sources.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const BROWSER_SHIM = `${ROOT}tests/harness/runtimes/browser/deno.ts`;
const SHIM = `${ROOT}tests/harness/runtimes/deno_elsewhere.ts`;

/** Folders with tests of what runs in a program's own process. */
const FOLDERS = ["commands", "embedded", "engine", "ext", "faults", "history", "resp"]
  .concat("scripting", "search", "sqlite", "store");

type Reasons = readonly (readonly [shows: RegExp, reason: string])[];

/** What a test file does that another runtime cannot, by what shows it. */
const REASONS: Reasons = [
  [
    /\bstart(?:Redlite|Redis|Server|Oracle|Stock)\w*\(|testReplies\(|shareServer\(|same_as_redis/,
    "starts a server",
  ],
  [/\bDeno\.(?:FsFile|permissions|listen|connect|serve)|synced_copies/, "is about Deno itself"],
  [/"\.\/served\.ts"|small_disk|from "redis"|RespClient\.connect/, "serves clients"],
  [/kernels\/build\.ts/, "builds from source"],
  [/new Worker\(/, "starts Workers of Deno"],
];

/** The same for a browser. */
const REASONS_IN_BROWSERS: Reasons = [
  ...REASONS,
  [/from "node:sqlite"|builtinDriver\(\)/, "takes node:sqlite"],
  [/from "node:v8"/, "takes V8's own form of values"],
];

/** Packages of npm that the tests themselves take. */
const PACKAGES = ["@sqlite.org/sqlite-wasm", "fast-check", "redis", "wabt"] as const;

/** The version that a specifier tells. */
const versionOf = (specifier: string) => specifier.slice(specifier.lastIndexOf("@") + 1);

/** The tests for another runtime. */
export interface BundledTests {
  /** The program that runs them. */
  readonly main: string;
  /** The files of tests, bundled, by their names in the source. */
  readonly tests: ReadonlyMap<string, string>;
  /** The packages that they take from npm, with their versions. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** The files left out, and why. */
  readonly skipped: ReadonlyMap<string, string>;
}

function testFiles(folder: string): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}${folder}`)) {
    if (isDirectory) found.push(...testFiles(`${folder}/${name}`));
    else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
  }
  return found.sort();
}

/** Puts the part of Deno that there is into each file of the tests. */
const denoInTests = (shim: string, driver = "builtin"): Plugin => ({
  name: "deno-in-tests",
  setup(build) {
    build.onLoad({ filter: /\/tests\/.*\.ts$/ }, async ({ path }) => {
      // Where files beside a test are, its bundle is not.
      const source = (await Deno.readTextFile(path))
        .replaceAll(`driver: "builtin"`, `driver: "${driver}"`)
        .replaceAll("import.meta.url", JSON.stringify(new URL(path, "file:///").href));
      if (path === shim || !/\bDeno\b/.test(source)) return { contents: source, loader: "ts" };
      return { contents: `import { Deno } from ${JSON.stringify(shim)};\n${source}`, loader: "ts" };
    });
  },
});

/** Why a file of tests is left out, by what it says and what it imports. */
function reasonOf(
  file: string,
  imported: Metafile["inputs"],
  reasons: Reasons,
): string | undefined {
  const source = Deno.readTextFileSync(`${ROOT}${file}`);
  for (const [shows, reason] of reasons) {
    if (shows.test(source)) return reason;
  }
  const seen = new Set<string>();
  const reaches = (name: string): boolean => {
    if (seen.has(name)) return false;
    seen.add(name);
    return /^(?:src\/server\/|server\.ts$)/.test(name) ||
      (imported[name]?.imports ?? []).some(({ path, kind }) =>
        kind !== "dynamic-import" && reaches(path)
      );
  };
  return reaches(file) ? "takes the server" : undefined;
}

/** Names that `deno.json` gives to modules of ours. */
const ALIASES = Object.fromEntries(
  Object.entries(deno.imports).filter(([, to]) => to.startsWith("./"))
    .map(([name, to]) => [name, `${ROOT}${to}`]),
);

/** The packages that tests take from npm, with their versions. */
export function packagesOfTests(): Map<string, string> {
  return new Map(PACKAGES.map((name) => [name, versionOf(deno.imports[name])]));
}

/** Bundles all tests that Node and Bun can run into a folder. */
export async function bundleTests(folder: string): Promise<BundledTests> {
  const dependencies = packagesOfTests();
  return {
    ...await bundle(folder, "tests/harness/runtimes/main.ts", {
      absWorkingDir: ROOT,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: TARGET,
      packages: "external",
      plugins: [
        npmDependencies(dependencies),
        luaFromPackage(dependencies),
        denoInTests(SHIM),
      ],
    }),
    dependencies,
  };
}

/**
 * Bundles all tests that a browser can run into a folder.
 *
 * @param folder Has the packages of {@linkcode packagesOfTests} installed.
 */
export async function bundleForBrowser(folder: string): Promise<BundledTests> {
  const bundled = await bundle(folder, "tests/harness/runtimes/browser/main.ts", {
    ...FOR_BROWSERS,
    nodePaths: [`${folder}/node_modules`],
    plugins: [forTestsInBrowsers, forBrowsers, denoInTests(BROWSER_SHIM, "wasm")],
  }, REASONS_IN_BROWSERS);
  await copyModules(folder);
  return { ...bundled, dependencies: new Map() };
}

/** What stands in for a module of Node that a browser has nothing in the place of. */
const ABSENT = (name: string) => `
const absent = () => {
  throw Object.assign(new Error("takes ${name}"), { name: "OnlyInDeno" });
};
const get = (_, name) => name === "__esModule" ? undefined : absent;
module.exports = Object.create(new Proxy({}, { get }));`;

/** Has what tests import of Node taken for browsers. */
const forTestsInBrowsers: Plugin = {
  name: "for-tests-in-browsers",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      // Who takes the server is bundled, too, to find that out; and no browser writes V8's values, as a test does.
      if (
        importer.startsWith(`${ROOT}src/server/`) ||
        path === "node:v8" && importer.startsWith(`${ROOT}tests/`)
      ) return { path, namespace: "absent" };
      const file = `browser/${path.replace(":", "/")}.ts`;
      for (const folder of ["src/runtime", "tests/harness/runtimes"]) {
        if (existsSync(`${ROOT}${folder}/${file}`)) return { path: `${ROOT}${folder}/${file}` };
      }
      return { path, namespace: "absent" };
    });
    // They are clients of servers, and what builds from source.
    build.onResolve({ filter: /^(?:redis|wabt)$/ }, ({ path }) => ({ path, namespace: "absent" }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({ contents: ABSENT(path) }));
  },
};

/** Bundles tests and the program that runs them. */
async function bundle(
  folder: string,
  main: string,
  options: BuildOptions,
  reasons = REASONS,
): Promise<Omit<BundledTests, "dependencies">> {
  const files = FOLDERS.flatMap((name) => testFiles(`tests/${name}`));
  const { metafile } = await build({
    ...options,
    entryPoints: [...files, main],
    outdir: folder,
    outbase: ROOT,
    alias: ALIASES,
    metafile: true,
    logLevel: "error",
  });
  if (metafile === undefined) throw new Error("the bundler tells nothing");
  const tests = new Map<string, string>(), skipped = new Map<string, string>();
  for (const file of files) {
    const reason = reasonOf(file, metafile.inputs, reasons);
    if (reason === undefined) tests.set(file, `${folder}/${file.replace(/\.ts$/, ".js")}`);
    else skipped.set(file, reason);
  }
  return { main: `${folder}/${main.replace(/\.ts$/, ".js")}`, tests, skipped };
}
