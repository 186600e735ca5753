/** What some tests use beside servers to compare with, where the machine has it or `deno task companions` fetched it. */

import { join } from "node:path";
import { oraclesFolder } from "./oracles.ts";

/** What is fetched, and where it is in the folder of the oracles. */
export const COMPANIONS = {
  sqlcipher: "sqlcipher/libsqlcipher.so",
  litestream: "litestream/bin/litestream",
} as const;

/** Where something that was fetched is; undefined if it was not. */
export function companion(name: keyof typeof COMPANIONS): string | undefined {
  const folder = oraclesFolder();
  if (folder === undefined) return undefined;
  const path = join(folder, COMPANIONS[name]);
  try {
    return Deno.statSync(path).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}
