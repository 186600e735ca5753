/** Completions of the command line for shells, from the table of flags. */

import { parameterNamed } from "../clients/configuration/configuration.ts";
import { boolean } from "../clients/configuration/parameter_types.ts";
import { KEPT_NAMES, PARAMETERS } from "../clients/configuration/parameters.ts";
import { FLAGS, TOPICS } from "./configuration/flags.ts";
import { UsageError } from "./configuration/given_values.ts";

/** A flag as a shell needs to know it. */
interface Completion {
  readonly name: string;
  readonly help: string;
  /** Words for its value, `files`, anything, or that it has none. */
  readonly value: readonly string[] | "files" | "any" | "none";
}

/** What stands in the place of a configuration file. */
const SUBCOMMANDS: Readonly<Record<string, readonly string[] | "files">> = {
  completions: ["bash", "zsh", "fish"],
  import: "files",
  export: "files",
};

const SHELLS: Readonly<Record<string, (flags: readonly Completion[]) => string>> = {
  bash,
  zsh,
  fish,
};

/** The script for a shell. @throws {UsageError} If there is none. */
export function completions(args: readonly string[]): string {
  const [shell = "", ...more] = args;
  const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (write === undefined || more.length > 0) {
    throw new UsageError(`completions are for one of ${Object.keys(SHELLS).join(", ")}`);
  }
  return write(flags());
}

function flags(): Completion[] {
  const own = Object.entries(FLAGS).map(([name, { value, help }]): Completion => {
    if (name === "help") return { name, help, value: [...Object.keys(TOPICS), "config"] };
    return { name, help, value: valueOf(value) };
  });
  const known = new Set(own.map(({ name }) => parameterNamed(name)?.name ?? name));
  const others = PARAMETERS.filter(({ name }) => !known.has(name) && !KEPT_NAMES.has(name));
  return [
    ...own,
    ...others.map(({ name, type, initial }): Completion => ({
      name,
      help: initial === "" ? "a parameter of CONFIG" : `a parameter of CONFIG (default ${initial})`,
      value: type === boolean ? ["yes", "no"] : "any",
    })),
  ];
}

function valueOf(value: string | undefined): Completion["value"] {
  if (value === undefined) return "none";
  if (/^(PATH|BACKUP|FROM TO)$/.test(value)) return "files";
  return /^[a-z|-]+$/.test(value) ? value.split("|") : "any";
}

function bash(flags: readonly Completion[]): string {
  const ofWords = flags.flatMap(({ name, value }) =>
    Array.isArray(value) ? [`    --${name}) words=${quote(value.join(" "))} ;;`] : []
  );
  const named = (kind: Completion["value"]) =>
    flags.filter(({ value }) => value === kind).map(({ name }) => `--${name}`).join("|");
  const subcommands = Object.entries(SUBCOMMANDS);
  return [
    "_redlite() {",
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=",
    "  case $before in",
    ...ofWords,
    ...subcommands.flatMap(([name, words]) =>
      words === "files" ? [] : [`    ${name}) words=${quote(words.join(" "))} ;;`]
    ),
    `    import|export|${named("files")}) COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    `    ${named("any")}) return ;;`,
    "  esac",
    "  if [[ -z $words ]]; then",
    `    if [[ $word == -* ]]; then words=${quote(flags.map(({ name }) => `--${name}`).join(" "))}`,
    "    elif [[ $COMP_CWORD == 1 ]]; then",
    `      COMPREPLY=($(compgen -W ${quote(Object.keys(SUBCOMMANDS).join(" "))} -- "$word")`,
    '        $(compgen -f -- "$word"))',
    "      return",
    "    fi",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -o filenames -F _redlite redlite",
  ].join("\n");
}

function zsh(flags: readonly Completion[]): string {
  const lines = flags.map(({ name, help, value }) => {
    const spec = `--${name}[${help.replace(/[[\]\\:]/g, "\\$&")}]`;
    if (value === "none") return quote(spec);
    const action = value === "files" ? "_files" : value === "any" ? "" : `(${value.join(" ")})`;
    return quote(`${spec}:value:${action}`);
  });
  return [
    "#compdef redlite",
    "_redlite() {",
    ...Object.entries(SUBCOMMANDS).map(([name, words]) =>
      `  [[ $words[2] == ${name} && $CURRENT == 3 ]] && { ${
        words === "files" ? "_files" : `compadd ${words.join(" ")}`
      }; return }`
    ),
    `  _arguments '1:file or command:{_files; compadd ${Object.keys(SUBCOMMANDS).join(" ")}}' \\`,
    lines.map((line) => `    ${line}`).join(" \\\n"),
    "}",
    "compdef _redlite redlite",
  ].join("\n");
}

function fish(flags: readonly Completion[]): string {
  const first = "__fish_is_nth_token 1";
  return [
    ...Object.entries(SUBCOMMANDS).flatMap(([name, words]) => [
      `complete -c redlite -n '${first}' -a ${name}`,
      ...words === "files" ? [] : [
        `complete -c redlite -n '__fish_seen_subcommand_from ${name}' -f -a '${words.join(" ")}'`,
      ],
    ]),
    ...flags.map(({ name, help, value }) => {
      const takes = value === "none"
        ? ""
        : value === "files"
        ? " -r -F"
        : value === "any"
        ? " -x"
        : ` -x -a ${quote(value.join(" "))}`;
      return `complete -c redlite -l ${name} -d ${quote(help)}${takes}`;
    }),
  ].join("\n");
}

/** A text as one word, the same in all three shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
