/**
 * The modules for browsers, in `browser/` of the npm package: nothing is left to be imported by name, and
 * SQLite and Lua are beside them as WebAssembly, so that a page can load them from wherever they are
 * served, and a bundler finds them by their addresses.
 *
 * @module
 */

import { build, type BuildOptions, type Plugin } from "esbuild";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SPECIFIER, withoutServer } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const HERE = join(ROOT, "src/runtime/browser");

/** The syntax of browsers that have what else is needed. */
const TARGET = ["chrome119", "firefox121", "safari17.4"];

/** A file that a specifier names, of a package that is fetched if need be. */
async function located(specifier: string): Promise<string> {
  if (!import.meta.resolve(specifier).startsWith("file:")) {
    await import(/^npm:(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  }
  return fileURLToPath(import.meta.resolve(specifier));
}

/** The licenses of packages that are in ours, by the files that were taken of them. */
export async function licensesOf(files: Iterable<string>): Promise<string> {
  const licenses = new Map<string, string>();
  for (const file of files) {
    for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
      const read = (name: string) => Deno.readTextFile(join(folder, name)).catch(() => undefined);
      const manifest = await read("package.json");
      if (manifest === undefined) continue;
      const { name, version, license } = JSON.parse(manifest);
      licenses.set(
        `${name} ${version}${license ? `, ${license}` : ""}`,
        await read("LICENSE") ?? "",
      );
      break;
    }
  }
  return [...licenses].map(([name, text]) => `${name}\n\n${text}\n`).join("\n");
}

/** Files for browsers, beside those that Deno would load of the packages. */
const FOR_BROWSER: Readonly<Record<string, string>> = {
  "@sqlite.org/sqlite-wasm": "index.mjs",
  "fflate": "browser.js",
};

/** Files of packages that are in ours. */
const taken = new Set<string>();

/** What a browser is to have of what is imported by a name. */
async function packageFile(specifier: string): Promise<string> {
  const file = await located(specifier);
  const instead = FOR_BROWSER[specifier];
  taken.add(file);
  return instead === undefined ? file : join(dirname(file), instead);
}

/** Parts of SQLite's loader that begin workers of their own, which nothing here asks for. */
const WORKERS: readonly (readonly [part: RegExp, instead: string])[] = [
  [/\/\/#region src\/bin\/sqlite3-worker1-promiser\.mjs[^]*?\/\/#endregion/, ""],
  [/^const sqlite3Worker1Promiser\S* = .*$/m, ""],
  [/, \S+ as sqlite3Worker1Promiser/, ""],
  [/new URL\("sqlite3-opfs-async-proxy\.js", import\.meta\.url\)/, "undefined"],
];

/** Puts what browsers have in the place of what runtimes with files have. */
export const forBrowsers: Plugin = {
  name: "for-browsers",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({
      path: join(HERE, `${path.replace(":", "/")}.ts`),
    }));
    build.onResolve({ filter: /^(?:npm:|@sqlite\.org\/|fflate$)/ }, async ({ path }) => ({
      path: await packageFile(path),
    }));
    build.onResolve({ filter: /\/node\/\w+\.ts$/ }, ({ path, resolveDir }) => {
      const source = join(resolveDir, path);
      const [, name] = /\/src\/runtime\/node\/(\w+\.ts)$/.exec(source) ?? [];
      return name === undefined ? undefined : { path: join(HERE, name) };
    });
    build.onLoad({ filter: /\/src\/runtime\/(?:lua|sqlite)_wasm\.ts$/ }, ({ path }) => ({
      contents: path.endsWith("lua_wasm.ts")
        ? `export { loadLuaFromPackage as loadLua } from "./browser/lua_wasm.ts";`
        : `export { loadSqliteWasm } from "./browser/sqlite_wasm.ts";`,
      loader: "ts",
      resolveDir: dirname(path),
    }));
    build.onLoad({ filter: /\/sqlite-wasm\/.*\/index\.mjs$/ }, async ({ path }) => {
      let contents = await Deno.readTextFile(path);
      for (const [part, instead] of WORKERS) {
        if (!part.test(contents)) throw new Error(`${path} has another form: there is no ${part}`);
        contents = contents.replace(part, instead);
      }
      return { contents, loader: "js" };
    });
  },
};

/** How modules become those of browsers. */
export const FOR_BROWSERS = {
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: TARGET,
  chunkNames: "chunk-[hash]",
  inject: [join(HERE, "dispose.ts")],
  define: {
    "Symbol.dispose": "symbolDispose",
    "Symbol.asyncDispose": "symbolAsyncDispose",
  },
} satisfies BuildOptions;

/** Writes the modules. @param sources Their sources by the names of their outputs. */
export async function writeForBrowsers(
  folder: string,
  sources: Readonly<Record<string, string>>,
): Promise<void> {
  await build({
    ...FOR_BROWSERS,
    entryPoints: { ...sources },
    outdir: folder,
    minify: true,
    keepNames: true,
    legalComments: "linked",
    logLevel: "warning",
    plugins: [forBrowsers, withoutServer],
  });
  await copyModules(folder);
}

/** Puts the modules of WebAssembly, and the licenses of what is there, beside the others. */
export async function copyModules(folder: string): Promise<void> {
  const lua = SPECIFIER.exec(await Deno.readTextFile(join(ROOT, "src/runtime/lua_wasm.ts")))?.[0];
  if (lua === undefined) throw new Error("Lua's interpreter is imported from nowhere");
  const sqlite = dirname(await located("@sqlite.org/sqlite-wasm"));
  for (const file of [join(sqlite, "sqlite3.wasm"), await located(lua)]) {
    taken.add(file);
    await Deno.copyFile(file, join(folder, basename(file)));
  }
  await Deno.writeTextFile(join(folder, "LICENSES.txt"), await licensesOf(taken));
}
