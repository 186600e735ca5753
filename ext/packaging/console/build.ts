/**
 * `deno task console` makes what browsers get of `src/console/`: bundled, compressed, and written as a
 * module that the server loads with the first request for it, so that it is there wherever the server
 * runs from.
 *
 * @module
 */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { licensesOf } from "../npm/browser.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SOURCES = "src/console";

/** The module that is written. */
export const OUTPUT = "src/server/http/console/assets.ts";

/** Browsers that are supported. */
const TARGET = ["chrome119", "firefox121", "safari17.4"];

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/** A file that browsers get. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface Info {
  readonly npmPackages: Readonly<
    Record<string, { readonly name: string; readonly localPath: string }>
  >;
}

/** The packages that the sources import, as Deno has resolved them: folders by name. */
async function packages(): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${SOURCES}/main.tsx`],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { npmPackages }: Info = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(Object.values(npmPackages).map(({ name, localPath }) => [name, localPath]));
}

/**
 * Lays sources and packages out as bundlers expect them. Names of outputs hang on where inputs lie, so
 * it is always the same place, seen from the folder.
 */
async function layOut(folder: string): Promise<void> {
  await Deno.symlink(join(ROOT, SOURCES), join(folder, "console"));
  for (const [name, path] of await packages()) {
    const link = join(folder, "node_modules", name);
    await Deno.mkdir(join(link, ".."), { recursive: true });
    await Deno.symlink(path, link);
  }
}

/** What browsers get, the page first. */
export async function assets(): Promise<Asset[]> {
  const folder = await Deno.makeTempDir({ prefix: "redlite-console-" });
  try {
    await layOut(folder);
    const { outputFiles, metafile } = await build({
      absWorkingDir: folder,
      preserveSymlinks: true,
      entryPoints: ["console/main.tsx", "console/styles/main.css"],
      outdir: "out",
      entryNames: "[name]-[hash]",
      chunkNames: "[name]-[hash]",
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: TARGET,
      jsx: "automatic",
      jsxImportSource: "preact",
      legalComments: "none",
      write: false,
      metafile: true,
      logLevel: "warning",
    });
    const files = outputFiles.map(({ path, contents }) => asset(path.split("/").at(-1)!, contents))
      .sort((one, other) => one.name < other.name ? -1 : 1);
    const named = (pattern: RegExp) => files.find(({ name }) => pattern.test(name))?.name ?? "";
    const page = await Deno.readTextFile(join(ROOT, SOURCES, "page.html"));
    const html = page.replace("main.css", named(/^main-.*css$/))
      .replace("main.js", named(/^main-.*js$/));
    const inputs = Object.keys(metafile.inputs).filter((path) => path.startsWith("node_modules/"));
    const licenses = await licensesOf(inputs.sort().map((path) => join(folder, path)));
    const encoder = new TextEncoder();
    return [
      asset("page.html", encoder.encode(html)),
      ...files,
      asset("licenses.txt", encoder.encode(licenses)),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function asset(name: string, bytes: Uint8Array): Asset {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
  if (type === undefined) throw new Error(`${name} has no type`);
  return { name, type, bytes };
}

/** The module of assets. */
function moduleOf(assets: readonly Asset[]): string {
  const entries = assets.map(({ name, type, bytes }) =>
    `  "${name}": {
    type: "${type}",
    gzip:
      "${gzipSync(bytes, { level: 9 }).toString("base64")}",
  },
`
  );
  return `/** What \`deno task console\` made of \`src/console/\`. */

/** A file: its type, and its bytes, compressed and in base64. */
export interface Asset {
  readonly type: string;
  readonly gzip: string;
}

/** The files by name. */
export const ASSETS: Readonly<Record<string, Asset>> = {
${entries.join("")}};
`;
}

if (import.meta.main) {
  const made = await assets();
  await Deno.writeTextFile(join(ROOT, OUTPUT), moduleOf(made));
  for (const { name, bytes } of made) {
    const size = gzipSync(bytes, { level: 9 }).length;
    console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${name}`);
  }
  // esbuild's process would keep this one.
  Deno.exit(0);
}
