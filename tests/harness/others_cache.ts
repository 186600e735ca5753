/** Modules compiled once for the programs that tests run as other users, who may not read this user's cache. */

let made: string | undefined;

/** A cache that everybody may read and write, with a program in it; it goes with the tests of the file. */
export function cacheForOthers(program: URL): string {
  if (made !== undefined) return made;
  const directory = made = Deno.makeTempDirSync({ prefix: "redlite-test-cache-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  run(Deno.execPath(), ["cache", "--quiet", program.href], { DENO_DIR: directory });
  run("chmod", ["-R", "a+rwX", directory]);
  return directory;
}

function run(program: string, args: string[], env: Record<string, string> = {}): void {
  const { success, stderr } = new Deno.Command(program, { args, env }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
