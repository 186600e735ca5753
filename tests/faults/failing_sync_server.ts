/**
 * A server whose disk fails to sync as long as there is a file `broken` beside the database:
 * `failing_sync_server.ts FILE FLAGS…`.
 */

import { Posix } from "../../src/runtime/posix.ts";
import { main } from "../../src/server/main.ts";

const [file, ...flags] = Deno.args;
const broken = new URL("broken", `file://${file}`);
const isBroken = () => Deno.stat(broken).then(() => true, () => false);
const { syncData } = Deno.FsFile.prototype;
Deno.FsFile.prototype.syncData = async function (): Promise<void> {
  if (await isBroken()) throw new Error("Input/output error (os error 5)");
  await syncData.call(this);
};
const { sync, syncAside } = Posix.prototype;
Posix.prototype.sync = function (fd: number): boolean {
  try {
    Deno.statSync(broken);
    return false;
  } catch {
    return sync.call(this, fd);
  }
};
Posix.prototype.syncAside = async function (fd: number): Promise<boolean> {
  return !await isBroken() && await syncAside.call(this, fd);
};
Deno.exitCode = await main(["--db", file!, "--addr", "127.0.0.1:0", ...flags]);
