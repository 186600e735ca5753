/** How the source becomes JavaScript for runtimes that know no `npm:` imports: for the bundler. */

import type { Plugin } from "esbuild";

/** What the source imports from npm: the package's name, its version, and a file in it. */
export const SPECIFIER = /npm:((?:@[^/"]+\/)?[^@/"]+)@([^/"]+)(\/[^"]*)?/;

/**
 * Has Lua's interpreter loaded from the npm package by Node's means: nothing but Deno knows imports of
 * its kind.
 *
 * @param found Is given the package and its version.
 */
export function luaFromPackage(found: Map<string, string> = new Map()): Plugin {
  return {
    name: "lua-from-package",
    setup(build) {
      build.onLoad({ filter: /src\/runtime\/lua_wasm\.ts$/ }, async ({ path }) => {
        const [, name, version] = SPECIFIER.exec(await Deno.readTextFile(path)) ?? [];
        if (name === undefined || version === undefined) {
          throw new Error(`${path} imports nothing from npm`);
        }
        found.set(name, version);
        return {
          contents: `export { loadLuaFromPackage as loadLua } from "./node/lua_wasm.ts";`,
          loader: "ts",
        };
      });
    },
  };
}

/**
 * Has what the source imports as `npm:NAME@VERSION` taken from the package's dependencies.
 *
 * @param found Is given the versions by name.
 */
export function npmDependencies(found: Map<string, string> = new Map()): Plugin {
  return {
    name: "npm-dependencies",
    setup(build) {
      build.onResolve({ filter: /^npm:/ }, ({ path }) => {
        const [, name, version, file = ""] = SPECIFIER.exec(path) ?? [];
        if (name === undefined || version === undefined) return undefined;
        found.set(name, version);
        return { path: name + file, external: true };
      });
    },
  };
}

/** Leaves the server out, for runtimes where `listen` refuses before it would be loaded. */
export const withoutServer: Plugin = {
  name: "without-server",
  setup(build) {
    build.onLoad(
      { filter: /src\/server\/program_server\.ts$/ },
      () => ({ contents: "export {};" }),
    );
  },
};

/** The oldest Node that is supported: its syntax is what is written. */
export const TARGET = "node22";
