/**
 * Makes standalone binaries in `dist/`: for this machine, for the targets that are named, or with
 * `--all` for every one. Each has the modules of `server.ts`, those it loads later included.
 *
 * ```sh
 * deno task compile
 * deno task compile aarch64-apple-darwin x86_64-pc-windows-msvc
 * deno task compile --all
 * ```
 *
 * @module
 */

/** The systems that there are binaries for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** One of {@linkcode TARGETS}. */
export type Target = typeof TARGETS[number];

/** Whether a word is a target. */
function isTarget(word: string): word is Target {
  return TARGETS.some((target) => target === word);
}

/** Where the binary of a target comes; without one, that of this machine. */
export function outputOf(target: Target | undefined, os: string = Deno.build.os): string {
  const windows = target === undefined ? os === "windows" : target.includes("windows");
  const name = target === undefined ? "redlite" : `redlite-${target}`;
  return `dist/${name}${windows ? ".exe" : ""}`;
}

/**
 * The command line of `deno` that makes a binary. Of npm packages those alone go in that the server
 * imports: the others are for tests.
 */
export function compileArguments(
  target: Target | undefined,
  output: string = outputOf(target),
): string[] {
  const targeted = target === undefined ? [] : ["--target", target];
  return ["compile", "-A", "--exclude-unused-npm", ...targeted, "--output", output, "server.ts"];
}

/** The targets that a command line names. @throws {Error} If a word is none. */
export function targetsOf(words: readonly string[]): readonly (Target | undefined)[] {
  if (words.length === 0) return [undefined];
  if (words.length === 1 && words[0] === "--all") return TARGETS;
  return words.map((word) => {
    if (isTarget(word)) return word;
    throw new Error(`${word} is no target, but --all, ${TARGETS.join(", ")}`);
  });
}

/** Makes the binaries. @returns The exit code. */
async function main(words: readonly string[]): Promise<number> {
  let targets: readonly (Target | undefined)[];
  try {
    targets = targetsOf(words);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
  for (const target of targets) {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: compileArguments(target),
      cwd: new URL("../../", import.meta.url),
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (code !== 0) return code;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
