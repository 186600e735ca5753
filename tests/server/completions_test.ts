/** Completions: the scripts for shells, in the shells that there are. */

import { strict as assert } from "node:assert";
import { completions } from "../../src/server/completions.ts";
import { FLAGS } from "../../src/server/configuration/flags.ts";
import { named, noTool } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { run } from "./run.ts";

/** What a program prints. */
async function output(program: string, args: string[], cwd?: string): Promise<string> {
  const command = new Deno.Command(program, {
    args,
    stdin: "null",
    stderr: "piped",
    ...cwd === undefined ? {} : { cwd },
  });
  const { stdout, stderr } = await command.output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("a script for each shell has every flag; for others there is none", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await run(["completions", shell]);
    assert.equal(code, 0);
    const mark = shell === "fish" ? "-l " : "--";
    for (const flag of [...Object.keys(FLAGS), "maxmemory-policy"]) {
      assert.ok(stdout.includes(`${mark}${flag}`), `${shell}: ${flag}`);
    }
  }
  const { code, stderr } = await run(["completions", "csh"]);
  assert.equal(code, 1);
  assert.match(stderr, /^redlite: completions are for one of bash, zsh, fish\n$/);
});

/** Command lines as far as they are typed, and some of what may stand there. */
const TYPED: [words: string[], expected: string[], not: string[]][] = [
  [["--stor"], ["--storage"], ["--port"]],
  [["--storage", ""], ["file", "memory"], ["--port"]],
  [["--protected-mode", "y"], ["yes"], ["no"]],
  [["completions", ""], ["bash", "zsh", "fish"], ["--port"]],
  [["--db", "ap"], ["app.db"], ["other"]],
  [["import", "ap"], ["app.db"], ["other"]],
  [["compl"], ["completions"], []],
  [["--maxmemory-po"], ["--maxmemory-policy"], []],
];

/** Asks a shell. @param script Made of the words that are typed. */
async function ask(shell: string, script: (words: string[]) => string): Promise<void> {
  await using directory = await temporaryDirectory();
  for (const name of ["app.db", "other"]) await Deno.writeTextFile(`${directory.path}/${name}`, "");
  for (const [words, expected, not] of TYPED) {
    const offered = (await output(shell, ["-c", script(words)], directory.path)).split("\n")
      .map((line) => line.split("\t")[0]!);
    for (const word of expected) assert.ok(offered.includes(word), `${words}: ${offered}`);
    for (const word of not) assert.ok(!offered.includes(word), `${words}: ${offered}`);
  }
}

Deno.test({
  ...named("bash completes flags, their values, files and subcommands", noTool("bash")),
  fn: () =>
    ask("bash", (words) =>
      `${completions(["bash"])}
COMP_WORDS=(redlite ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_redlite; printf '%s\\n' "\${COMPREPLY[@]}"`),
});

Deno.test({
  ...named("fish completes flags, their values, files and subcommands", noTool("fish")),
  fn: () =>
    ask("fish", (words) => `${completions(["fish"])}\ncomplete -C 'redlite ${words.join(" ")}'`),
});

Deno.test({
  ...named("zsh reads its script", noTool("zsh")),
  async fn() {
    const script = `autoload -U compinit; compinit -D; ${completions(["zsh"])}\nwhence -w _redlite`;
    assert.equal(await output("zsh", ["-fc", script]), "_redlite: function\n");
  },
});
