/**
 * A disk that is soon full, and can be given more room: a tmpfs of its own where mounting is allowed (root on Linux),
 * else a limit of the size of each file the server writes, which it meets with the same errors.
 */

import {
  hasTool,
  type ServerOptions,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../harness/servers.ts";

/** How a full disk is made here; undefined where it cannot be. */
export const SMALL_DISK: "a tmpfs" | "a limit of file sizes" | undefined = canMount()
  ? "a tmpfs"
  : Deno.build.os === "linux" && hasTool("prlimit")
  ? "a limit of file sizes"
  : undefined;

/** What a server may raise its limit to. */
const HIGHEST_LIMIT_KIB = 2 ** 30;

/** A small disk. */
export interface SmallDisk extends AsyncDisposable {
  readonly directory: string;
  /** Starts a server on it. */
  start(options: ServerOptions): Promise<TestServer>;
  /** Gives it room for so much. */
  grow(kib: number, server?: TestServer): Promise<void>;
}

/** Makes a disk with room for so much. */
export async function smallDisk(kib: number): Promise<SmallDisk> {
  const stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await temporaryDirectory());
  if (SMALL_DISK === "a tmpfs") {
    await run("mount", "-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", directory);
    stack.defer(() => run("umount", directory));
  }
  const limit = async (kib: number, server?: TestServer) => {
    // The lower of the two limits: only that can be raised again.
    if (server !== undefined) {
      await run("prlimit", "--pid", `${server.pid}`, `--fsize=${kib * 1024}:`);
    }
  };
  const mounted = SMALL_DISK === "a tmpfs";
  return {
    directory,
    start: async (options) => {
      if (mounted) return await startRedlite({ ...options, directory });
      const server = await startRedlite({ ...options, directory, maxFileKib: HIGHEST_LIMIT_KIB });
      await limit(kib, server);
      return server;
    },
    grow: (kib, server) =>
      mounted ? run("mount", "-o", `remount,size=${kib}k`, directory) : limit(kib, server),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
}

function canMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const directory = Deno.makeTempDirSync({ prefix: "redlite-test-" });
  try {
    const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "tmpfs", directory] });
    if (!mount.outputSync().success) return false;
    new Deno.Command("umount", { args: [directory] }).outputSync();
    return true;
  } catch {
    return false;
  } finally {
    Deno.removeSync(directory);
  }
}
