import { nodeModule } from "../runtime.ts";

/** Loads Lua's interpreter from the npm package that this one depends on. */
export async function loadLuaFromPackage(): Promise<WebAssembly.Module> {
  const { resolve } = nodeModule("node:module").createRequire(import.meta.url);
  const path = resolve("wasmoon-lua5.1/dist/liblua5.1.wasm");
  const bytes = await nodeModule("node:fs").promises.readFile(path);
  return await WebAssembly.compile(new Uint8Array(bytes));
}
