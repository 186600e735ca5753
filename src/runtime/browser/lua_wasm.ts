/** Loads Lua's interpreter, which the package has beside its modules. */
export async function loadLuaFromPackage(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL("./liblua5.1.wasm", import.meta.url));
  if (!response.ok) throw new Error(`Lua's interpreter is not at ${response.url}`);
  return await WebAssembly.compile(await response.arrayBuffer());
}
