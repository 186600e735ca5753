/**
 * Assembles `kernels.wat` into `kernels_wasm.ts`: `deno task kernels`.
 *
 * @module
 */

import wabt from "wabt";

/** The text of `kernels_wasm.ts` for a source in WebAssembly's text format. */
export async function kernelsModule(source: string): Promise<string> {
  const assembler = await wabt();
  const module = assembler.parseWat("kernels.wat", source, { simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  const text = btoa(String.fromCharCode(...buffer));
  return "/** What `kernels.wat` assembles to, in base64: written by `deno task kernels`. */\n" +
    "export const KERNELS =\n" +
    `  "${text}";\n`;
}

if (import.meta.main) {
  const source = await Deno.readTextFile(new URL("kernels.wat", import.meta.url));
  await Deno.writeTextFile(
    new URL("kernels_wasm.ts", import.meta.url),
    await kernelsModule(source),
  );
}
