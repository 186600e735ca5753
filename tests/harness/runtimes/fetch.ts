/**
 * `deno task runtimes` fetches Node and Bun, which the embedded store is tested in too, by npm.
 *
 * Exits with 0 where they are there or cannot be had, and with 1 where fetching them failed.
 */

import { join } from "node:path";
import process from "node:process";
import { hasTool } from "../servers.ts";

/** A runtime that is fetched. */
export interface FetchedRuntime {
  readonly title: string;
  /** Under which name its package is kept. */
  readonly folder: string;
  /** The package and its version. */
  readonly from: string;
  readonly program: string;
  /** What it is told in front of a program. */
  readonly args: readonly string[];
}

const PLATFORM = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const EXE = process.platform === "win32" ? ".exe" : "";
/** Node says with each start that `node:sqlite` is new. */
const NODE_ARGS = ["--disable-warning=ExperimentalWarning"];

/** The runtimes, oldest first. */
export const RUNTIMES: readonly FetchedRuntime[] = [
  node("22"),
  node("24"),
  {
    title: "Bun",
    folder: "bun",
    from: `npm:@oven/bun-${
      PLATFORM.replace("win-", "windows-").replace("arm64", "aarch64")
    }@^1.4.5`,
    program: `bin/bun${EXE}`,
    args: [],
  },
];

function node(version: string): FetchedRuntime {
  return {
    title: `Node ${version}`,
    folder: `node${version}`,
    from: `npm:node-${PLATFORM}@${version}`,
    program: `bin/node${EXE}`,
    args: NODE_ARGS,
  };
}

/** The folder that they are kept in; undefined if neither `REDLITE_RUNTIMES` nor `HOME` is set. */
function runtimesFolder(): string | undefined {
  const home = Deno.env.get("HOME");
  return Deno.env.get("REDLITE_RUNTIMES") ??
    (home === undefined ? undefined : join(home, ".cache", "redlite-runtimes"));
}

/** A runtime's program. */
export function programOf({ folder, program }: FetchedRuntime): string {
  return join(runtimesFolder() ?? "", "node_modules", folder, program);
}

/** A runtime that there is not, unless it is fetched. */
export function noRuntime(runtime: FetchedRuntime): string | undefined {
  return hasTool(programOf(runtime)) ? undefined : `no ${runtime.title}: see deno task runtimes`;
}

/** npm that there is not. */
export function noNpm(): string | undefined {
  return hasTool("npm") ? undefined : "no npm on the PATH";
}

/** Runs npm in a folder. @returns What it said. @throws {Error} If it failed. */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: [...args, "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
    cwd: folder,
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`npm ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

async function main(): Promise<number> {
  const skipped = "tests in Node and Bun will be skipped by name";
  const folder = runtimesFolder();
  if (folder === undefined) {
    console.error("runtimes: no folder to keep them in: set REDLITE_RUNTIMES or HOME");
    return 1;
  }
  const absent = RUNTIMES.filter((runtime) => noRuntime(runtime) !== undefined);
  if (absent.length === 0) {
    console.log(`runtimes: ${RUNTIMES.map(({ title }) => title).join(", ")} are in ${folder}`);
    return 0;
  }
  if (noNpm() !== undefined) {
    console.log(`runtimes: there is no npm: ${skipped}`);
    return 0;
  }
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "package.json"), `{ "private": true }\n`);
  try {
    await npm(folder, "install", ...RUNTIMES.map(({ folder, from }) => `${folder}@${from}`));
  } catch (error) {
    console.error(`runtimes: ${error instanceof Error ? error.message : error}`);
  }
  const missing = RUNTIMES.map(noRuntime).filter((reason) => reason !== undefined);
  if (missing.length > 0) {
    console.error(`runtimes: ${missing.join(", ")}: ${skipped}`);
    return 1;
  }
  console.log(`runtimes: ${RUNTIMES.map(({ title }) => title).join(", ")} are in ${folder} now`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
