/** The package for npm in a project that uses it. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { buildPackage } from "../../../ext/packaging/npm/build.ts";
import { type FetchedRuntime, npm, programOf } from "./fetch.ts";

/** Packs the package. @returns The packed file. */
export async function packed(directory: string): Promise<string> {
  const folder = join(directory, "package");
  await buildPackage(folder);
  const name = await npm(folder, "pack", "--silent", "--pack-destination", directory);
  return join(directory, name.trim());
}

/** Makes an empty project. @param packages What is installed in it. */
export async function project(folder: string, ...packages: readonly string[]): Promise<void> {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "package.json"), `{ "private": true }\n`);
  if (packages.length > 0) await npm(folder, "install", ...packages);
}

/** Runs a program to its end. @returns What it printed. */
export async function output(program: string, cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  const text = new TextDecoder();
  assert.ok(success, `${args.join(" ")}: ${text.decode(stdout)}${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** Runs a program in a runtime to its end. @returns What it printed. */
export function run(runtime: FetchedRuntime, cwd: string, ...args: string[]): Promise<string> {
  return output(programOf(runtime), cwd, ...runtime.args, ...args);
}
