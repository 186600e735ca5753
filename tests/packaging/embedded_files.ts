/**
 * What `deno compile` puts into a binary, put into a directory: the modules that are loaded from an
 * entry point on, now or later, and the npm packages that they import. Nothing else of the sources is
 * there, so what runs in it runs in a binary, too.
 */

import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Dependency {
  readonly code?: { readonly specifier?: string };
}

interface Info {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly local?: string;
    readonly dependencies?: readonly Dependency[];
    readonly npmPackage?: string;
    readonly error?: string;
  }[];
  readonly npmPackages: Readonly<
    Record<string, {
      readonly name: string;
      readonly dependencies: readonly string[];
      readonly localPath: string;
    }>
  >;
}

async function info(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...args],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What goes into a binary. */
export interface EmbeddedFiles {
  /** Modules of ours, from the root of the sources on. */
  readonly modules: readonly string[];
  /** Packages, as `name@version`. */
  readonly packages: readonly string[];
  /** What is imported and is not there. */
  readonly missing: readonly string[];
  /** Where the packages are. */
  readonly folders: ReadonlyMap<string, string>;
}

/** Finds what goes into the binary of a module. */
export async function embeddedFiles(entry: string): Promise<EmbeddedFiles> {
  const { roots, modules, npmPackages }: Info = JSON.parse(await info(entry));
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const own = new Set<string>(), packages = new Set<string>(), missing = new Set<string>();
  const folders = new Map<string, string>();
  const seen = new Set<string>();
  const takePackage = (id: string) => {
    const found = npmPackages[id];
    if (found === undefined) return void missing.add(id);
    if (packages.has(id)) return;
    packages.add(id);
    folders.set(id, found.localPath);
    for (const dependency of found.dependencies) takePackage(dependency);
  };
  const take = (specifier: string) => {
    if (seen.has(specifier) || specifier.startsWith("node:")) return;
    seen.add(specifier);
    const module = bySpecifier.get(specifier);
    if (specifier.startsWith("npm:")) {
      const [, id] = /^npm:\/?((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
      return takePackage(module?.npmPackage ?? id ?? specifier);
    }
    if (module === undefined || module.error !== undefined) return void missing.add(specifier);
    own.add(relative(ROOT, fileURLToPath(specifier)));
    for (const { code } of module.dependencies ?? []) {
      if (code?.specifier !== undefined) take(code.specifier);
    }
  };
  for (const root of roots) take(root);
  return {
    modules: [...own].sort(),
    packages: [...packages].sort(),
    missing: [...missing],
    folders,
  };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await copy(join(from, name), join(to, name));
  }
}

/** Puts what goes into a binary into a directory. @returns The directory of the runtime's cache. */
export async function layOut(files: EmbeddedFiles, directory: string): Promise<string> {
  for (const name of files.modules) await copy(join(ROOT, name), join(directory, name));
  // Of the names that are mapped those count that lead to what is there.
  const { imports }: { readonly imports: Readonly<Record<string, string>> } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  const own = Object.entries(imports).filter(([, target]) => target.startsWith("./"));
  await Deno.writeTextFile(
    join(directory, "deno.json"),
    JSON.stringify({ imports: Object.fromEntries(own), lock: false }),
  );
  const { npmCache }: { readonly npmCache: string } = JSON.parse(await info());
  const cache = join(directory, "cache");
  for (const folder of files.folders.values()) {
    const to = join(cache, "npm", relative(npmCache, folder));
    await copyFolder(folder, to);
    const facts = join(dirname(folder), "registry.json");
    await copy(facts, join(dirname(to), "registry.json"));
  }
  return cache;
}
