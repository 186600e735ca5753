/**
 * Which runtime this is. What differs between Deno, Node and Bun stands in this folder and nowhere else.
 * Deno's own functions are used as they are; `node/` has what Node and Bun do by Node's modules, which
 * are asked for when they are first used, so that none of them takes time from a start in Deno. The
 * package for browsers has the modules of `browser/` in the place of those, and of Node's.
 *
 * @module
 */

import process from "node:process";

/** A runtime, by the word that stands for it in INFO. */
export type RuntimeName = "deno" | "node" | "bun" | "browser";

/** Deno's namespace; undefined in the other runtimes. */
export const DENO: typeof Deno | undefined = (globalThis as { readonly Deno?: typeof Deno }).Deno;

/** Which runtime this is. */
export const RUNTIME: RuntimeName = DENO !== undefined
  ? "deno"
  : process.versions["bun"] !== undefined
  ? "bun"
  : process.versions["node"] !== undefined
  ? "node"
  : "browser";

/** Its name as people write it. */
export const RUNTIME_TITLE: string =
  { deno: "Deno", node: "Node", bun: "Bun", browser: "A browser" }[RUNTIME];

/** Its version. */
export const RUNTIME_VERSION: string = process.versions[RUNTIME] ?? "";

/** The version of the JavaScript engine. */
export const ENGINE_VERSION: string = process.versions["v8"] ?? process.versions["webkit"] ?? "";

/** The operating system, by Deno's name for it. */
export const OS: string = DENO?.build.os ??
  (process.platform === "win32" ? "windows" : process.platform);

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** The processor, by Deno's name for it. */
export const ARCH: string = DENO?.build.arch ?? ARCHITECTURES[process.arch] ?? process.arch;

/** The number of this process. */
export const PID: number = process.pid;

/** Whether a program can serve clients here. */
export const CAN_SERVE: boolean = RUNTIME !== "browser";

/** Whether it can serve HTTP by itself. */
export const CAN_SERVE_HTTP: boolean = DENO !== undefined;

/**
 * One of Node's modules, when it is needed.
 *
 * @throws {Error} If this runtime has none of that name.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  const module = process.getBuiltinModule?.(name);
  if (module === undefined) throw new Error(`${RUNTIME_TITLE} has no ${name}`);
  // The types know the modules one by one, by their names.
  return module as NodeModules[Name];
}

/** The modules of Node that are used here. */
interface NodeModules {
  readonly "node:fs": typeof import("node:fs");
  readonly "node:module": typeof import("node:module");
  readonly "node:net": typeof import("node:net");
  readonly "node:os": typeof import("node:os");
  readonly "node:sqlite": typeof import("node:sqlite");
  readonly "node:tls": typeof import("node:tls");
}
