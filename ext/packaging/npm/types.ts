/**
 * The types of the npm package: the declarations of what each entry exports, and of nothing else.
 *
 * @module
 */

import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
// Imported so that the plugin takes this version: later ones have no compiler that can be called.
import "typescript";

/** How the compiler reads the source; the types of Deno are in none that is exported. */
const COMPILER_OPTIONS = {
  allowImportingTsExtensions: true,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: 199,
  moduleResolution: 99,
  skipLibCheck: true,
  strict: true,
  target: 99,
  types: [],
};

/**
 * Writes the declarations.
 *
 * @param entries Sources by the names of their outputs.
 * @returns The names of the files written.
 */
export async function writeTypes(
  root: string,
  entries: Readonly<Record<string, string>>,
  folder: string,
): Promise<string[]> {
  const bundle = await rollup({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [name, `${root}/${source}`]),
    ),
    plugins: [dts({ compilerOptions: COMPILER_OPTIONS })],
    // Types that no entry exports are mentioned by exported ones: nobody has to name them.
    onLog: () => {},
  });
  const { output } = await bundle.write({
    dir: folder,
    format: "es",
    entryFileNames: "[name].d.ts",
    chunkFileNames: "types/[name].d.ts",
  });
  await bundle.close();
  return output.map(({ fileName }) => fileName);
}
