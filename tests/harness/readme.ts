/**
 * Writes the command table's support table into the README, between its two marks.
 *
 * `deno task readme` writes it, `deno task readme --check` fails if it is not up to date.
 */

import { builtIn } from "../../ext/built_in.ts";
import { commandsOfExtensions, commandTable } from "../../src/commands/table/commands.ts";
import type { Command } from "../../src/commands/table/command.ts";
import { ServerExtensions } from "../../src/server/extensions.ts";

const BEGIN = "<!-- commands: written by `deno task readme` -->";
const END = "<!-- end of commands -->";

/** The commands of extensions that come with the server. */
const extensions = commandsOfExtensions(
  (await ServerExtensions.load(undefined, builtIn, console.error)).all,
);

function rows(): string {
  const groups = new Map<string, string[]>();
  const add = (command: Command) => {
    const names = groups.get(command.group) ?? [];
    const subcommands = command.subcommands?.map(({ name }) => name.toUpperCase()) ?? [];
    const name = command.name.toUpperCase();
    names.push(subcommands.length > 0 ? `${name} (${subcommands.join(" ")})` : name);
    groups.set(command.group, names);
  };
  for (const command of commandTable(extensions).all()) add(command);
  const lines = [...groups].map(([group, names]) => `| ${group} | ${names.sort().join(", ")} |`);
  return ["| group | commands |", "| --- | --- |", ...lines].join("\n");
}

/** The README with the table as it should be. @throws {Error} If the marks are missing. */
export function withTable(readme: string): string {
  const begin = readme.indexOf(BEGIN), end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("README.md has no marks for the command table");
  return `${readme.slice(0, begin)}${BEGIN}\n\n${rows()}\n\n${readme.slice(end)}`;
}

/** Text without what `deno fmt` does to a table: it aligns the columns. */
function unaligned(text: string): string {
  return text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
}

if (import.meta.main) {
  const path = new URL("../../README.md", import.meta.url);
  const readme = Deno.readTextFileSync(path);
  const wanted = withTable(readme);
  if (!Deno.args.includes("--check")) {
    Deno.writeTextFileSync(path, wanted);
  } else if (unaligned(readme) !== unaligned(wanted)) {
    console.error("README.md does not list the commands as they are: run `deno task readme`");
    Deno.exit(1);
  }
}
