/** Bundles the tests of the embedded store for runtimes other than Deno. */

import { build, type Metafile, type Plugin } from "esbuild";
import deno from "../../../deno.json" with { type: "json" };
import { luaFromPackage, npmDependencies, TARGET } from "../../../ext/packaging/npm/sources.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const SHIM = `${ROOT}tests/harness/runtimes/deno_elsewhere.ts`;

/** Folders with tests of what runs in a program's own process. */
const FOLDERS = ["commands", "embedded", "engine", "ext", "faults", "history", "resp"]
  .concat("scripting", "search", "sqlite", "store");

/** What a test file does that another runtime cannot, by what shows it. */
const REASONS: readonly (readonly [shows: RegExp, reason: string])[] = [
  [
    /\bstart(?:Redlite|Redis|Server|Oracle|Stock)\w*\(|testReplies\(|same_as_redis/,
    "starts a server",
  ],
  [/\bDeno\.(?:FsFile|permissions|listen|connect|serve)|synced_copies/, "is about Deno itself"],
  [/"\.\/served\.ts"|small_disk|from "redis"/, "serves clients"],
  [/kernels\/build\.ts/, "builds from source"],
  [/new Worker\(/, "starts Workers of Deno"],
];

/** Packages of npm that the tests themselves take. */
const PACKAGES = ["fast-check", "redis", "wabt"] as const;

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
const denoInTests: Plugin = {
  name: "deno-in-tests",
  setup(build) {
    build.onLoad({ filter: /\/tests\/.*\.ts$/ }, async ({ path }) => {
      // Where files beside a test are, its bundle is not.
      const source = (await Deno.readTextFile(path))
        .replaceAll("import.meta.url", JSON.stringify(new URL(path, "file:///").href));
      if (path === SHIM || !/\bDeno\b/.test(source)) return { contents: source, loader: "ts" };
      return { contents: `import { Deno } from ${JSON.stringify(SHIM)};\n${source}`, loader: "ts" };
    });
  },
};

/** Why a file of tests is left out, by what it says and what it imports. */
function reasonOf(file: string, imported: Metafile["inputs"]): string | undefined {
  const source = Deno.readTextFileSync(`${ROOT}${file}`);
  for (const [shows, reason] of REASONS) {
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

/** Bundles all tests that another runtime can run into a folder. */
export async function bundleTests(folder: string): Promise<BundledTests> {
  const files = FOLDERS.flatMap((name) => testFiles(`tests/${name}`));
  const dependencies = new Map(PACKAGES.map((name) => [name, versionOf(deno.imports[name])]));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...files, "tests/harness/runtimes/main.ts"],
    outdir: folder,
    outbase: ROOT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: TARGET,
    alias: Object.fromEntries(
      Object.entries(deno.imports).filter(([, to]) => to.startsWith("./"))
        .map(([name, to]) => [name, `${ROOT}${to}`]),
    ),
    packages: "external",
    metafile: true,
    logLevel: "error",
    plugins: [
      npmDependencies(dependencies),
      luaFromPackage(dependencies),
      denoInTests,
    ],
  });
  const tests = new Map<string, string>(), skipped = new Map<string, string>();
  for (const file of files) {
    const reason = reasonOf(file, metafile.inputs);
    if (reason === undefined) tests.set(file, `${folder}/${file.replace(/\.ts$/, ".js")}`);
    else skipped.set(file, reason);
  }
  return { main: `${folder}/tests/harness/runtimes/main.js`, tests, dependencies, skipped };
}
