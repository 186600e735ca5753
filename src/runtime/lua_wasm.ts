/** Lua's interpreter in WebAssembly, from the package that it is published in. */

import { loadLuaFromPackage } from "./node/lua_wasm.ts";
import { DENO } from "./runtime.ts";

/** Loads the interpreter's module, without asking for a permission. */
export async function loadLua(): Promise<WebAssembly.Module> {
  if (DENO === undefined) return await loadLuaFromPackage();
  // The whole address, for a published package has no import map for imports of this kind.
  // @ts-ignore: TypeScript does not know imports of the source phase yet.
  // deno-lint-ignore no-import-prefix
  return await import.source("npm:wasmoon-lua5.1@1.18.10/dist/liblua5.1.wasm");
}
