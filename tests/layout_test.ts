/** Holds the source to the plan in src/README.md: who may import whom. */

import { strict as assert } from "node:assert";
import { dirname, join, normalize } from "node:path";

const ROOT = new URL("../", import.meta.url).pathname;

/** Folders of `src`, highest first: each imports from those below it only. */
const LAYERS = [
  "server",
  "embedded",
  "clients",
  "scripting",
  "lua",
  "commands",
  "search",
  "history",
  "resp",
  "store",
  "engine",
  "sqlite",
  "runtime",
];

/** Single files of `store/` that lower layers share as vocabulary: errors, slices, integers. */
const VOCABULARY = /^src\/store\/values\//;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

function sources(folder: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...sources(path));
    else if (/\.tsx?$/.test(path)) found.push(path);
  }
  return found;
}

function imports(file: string): Import[] {
  const text = Deno.readTextFileSync(join(ROOT, file));
  const found: Import[] = [];
  for (const [, clause, to] of text.matchAll(/^(?:import|export)\b([^;"]*?)"(\.[^"]+)"/gm)) {
    if (clause === undefined || to === undefined) continue;
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(",").map((name) => name.trim()) ?? [];
    const typesOnly = /^\s*type\s/.test(clause) ||
      names.some((name) => name !== "") &&
        names.every((name) => name === "" || name.startsWith("type "));
    found.push({ from: file, to: normalize(join(dirname(file), to)), typesOnly });
  }
  return found;
}

const all = sources("src").flatMap(imports);

function layer(path: string): number {
  return LAYERS.indexOf(path.split("/")[1] ?? "");
}

Deno.test("a folder imports from the folders below it only", () => {
  const upward = all.filter(({ from, to }) =>
    layer(to) < layer(from) && !VOCABULARY.test(to) && layer(from) >= 0
  );
  assert.deepEqual(upward, []);
});

Deno.test("what the embedded store uses asks Deno for nothing outside of src/runtime/", () => {
  const asking = ["mod.ts", ...sources("src"), ...sources("ext")].filter((file) =>
    !/^src\/(?:server|runtime)\//.test(file) && !PROGRAMS.test(file) &&
    /\bDeno\b/.test(withoutTexts(Deno.readTextFileSync(join(ROOT, file))))
  );
  assert.deepEqual(asking, []);
});

/** Files of the server that a program's loads, and that do what it refuses outside of Deno. */
const SERVER_ALONE =
  /^src\/server\/(?:configuration\/conf_file|export\/(?:file|online_backup)|http\/http_listener|log\/log|process\/libc|whole_file)\.ts$/;

Deno.test("what a program serves clients by asks Deno for nothing, types aside", () => {
  const reached = new Set<string>();
  const reach = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to, typesOnly } of all) if (from === file && !typesOnly) reach(to);
  };
  reach("src/server/program_server.ts");
  assert.ok(reached.has("src/server/listening/listeners.ts"));
  const asking = [...reached].filter((file) =>
    !/^src\/runtime\//.test(file) && !SERVER_ALONE.test(file) &&
    /\bDeno\.(?!(?:Addr|Conn|NetAddr)\b)/.test(
      withoutTexts(Deno.readTextFileSync(join(ROOT, file))),
    )
  );
  assert.deepEqual(asking, []);
});

Deno.test("what runtimes do by Node's modules has a module of its name for browsers, with its exports", () => {
  const exportsOf = (file: string) =>
    [
      ...Deno.readTextFileSync(join(ROOT, file)).matchAll(
        /^export (?:async )?(?:function|const|class) (\w+)/gm,
      ),
    ].map(([, name]) => name).sort();
  const modules = sources("src/runtime/node");
  assert.ok(modules.length >= 4);
  for (const module of modules) {
    assert.deepEqual(exportsOf(module.replace("/node/", "/browser/")), exportsOf(module), module);
  }
});

/** What is run in Deno by itself. */
const PROGRAMS = /^ext\/(?:packaging\/|vec\/kernels\/build\.ts$)/;

/** A source without its comments and texts. */
function withoutTexts(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/.*/g, "");
}

Deno.test("nothing in the source imports an extension, not even when it is needed", () => {
  const importing = sources("src").filter((file) =>
    /(?:from|import)\s*\(?"[./]*\/ext\//.test(Deno.readTextFileSync(join(ROOT, file)))
  );
  assert.deepEqual(importing, []);
});

Deno.test("what runs in the browser imports nothing of the rest, and nothing imports it", () => {
  const isConsole = (path: string) => path.startsWith("src/console/");
  const crossing = all.filter(({ from, to }) => isConsole(from) !== isConsole(to));
  assert.deepEqual(crossing, []);
});

Deno.test("no files import each other in a circle, types aside", () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, typesOnly } of all) {
    if (!typesOnly) graph.set(from, [...graph.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(circles, []);
});

Deno.test("no folder of the source holds more files than a reader surveys", () => {
  const counts = new Map<string, number>();
  for (const file of sources("src")) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  assert.deepEqual([...counts].filter(([, count]) => count > 26), []);
});

Deno.test("generated tests take their seed from the harness", () => {
  const free = sources("tests").filter((file) =>
    /^import .* from "fast-check"/m.test(Deno.readTextFileSync(join(ROOT, file)))
  );
  assert.deepEqual(free, ["tests/harness/properties.ts"]);
});
