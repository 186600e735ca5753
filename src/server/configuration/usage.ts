/** The text of `--help`. */

import { parameterNamed } from "../../clients/configuration/configuration.ts";
import { KEPT_NAMES, PARAMETERS } from "../../clients/configuration/parameters.ts";
import { VERSION } from "../../commands/table/version.ts";
import { type Flag, TOPICS } from "./flags.ts";
import { flagNamed, UsageError } from "./given_values.ts";

/** Column of what a flag does. */
const INDENT = 31;
const OTHERS = "config";

/**
 * What there is to say.
 *
 * @param about A topic or a flag; empty for all of it.
 * @throws {UsageError} If there is neither.
 */
export function usage(about: string = ""): string {
  if (about === "") return whole();
  const topic = Object.hasOwn(TOPICS, about) ? TOPICS[about] : undefined;
  if (topic !== undefined) {
    const further = topic.parameters.map((name) => parameterLine(name));
    return [`${about}: ${topic.about}`, "", ...linesOf(topic.flags), ...further].join("\n");
  }
  if (about === OTHERS) return others();
  const name = about.replace(/^--/, "");
  const known = flagNamed(name);
  if (known === undefined) {
    throw new UsageError(
      `--help tells of ${[...Object.keys(TOPICS), OTHERS].join(", ")} or a flag, not "${about}"`,
    );
  }
  return known.flag.help === "" ? parameterLine(known.name) : line(name, known.flag);
}

function whole(): string {
  return [
    `Redlite ${VERSION}: a Redis-compatible server that keeps its data in one SQLite file`,
    "",
    "Usage: redlite [redis.conf] [flags] [-], or deno run -A jsr:@redlite/redlite/server ...",
    "       redlite import FILE|URL DATABASE [--replace]",
    "       redlite export DATABASE --rdb|--aof|--json FILE [--all] [--replace]",
    "       redlite completions bash|zsh|fish",
    ...Object.entries(TOPICS).flatMap(([name, { about, flags }]) => [
      "",
      `${name}: ${about}`,
      ...linesOf(flags),
    ]),
    "",
    "--help TOPIC tells more of one of these, --help config of all parameters of CONFIG, which are",
    "flags as well: --notify-keyspace-events KEA, ...",
    "Each flag can also be set by an environment variable: REDLITE_DB, REDLITE_SQLITE_LIB, ...",
    "REDLITE_TLS_CERT and REDLITE_TLS_KEY take the certificate and the key themselves.",
    "A redis.conf has them as lines; - reads such lines from the standard input. Flags win over both.",
  ].join("\n");
}

/** The parameters that do something, of which the topics tell no more. */
function others(): string {
  const parameters = PARAMETERS.map(({ name }) => name).filter((name) => !KEPT_NAMES.has(name));
  const kept = [...KEPT_NAMES];
  return [
    "config: the parameters of CONFIG, with their defaults",
    "",
    ...parameters.sort().map(parameterLine),
    "",
    "Kept and shown, without effect:",
    ...wrapped(kept.sort()),
  ].join("\n");
}

function linesOf(flags: Readonly<Record<string, Flag>>): string[] {
  return Object.entries(flags).map(([name, flag]) => line(name, flag));
}

function line(name: string, { value, help, optional }: Flag): string {
  const shown = optional ? `[${value}]` : value;
  return column(value === undefined ? `--${name}` : `--${name} ${shown}`, help);
}

function parameterLine(name: string): string {
  const parameter = parameterNamed(name);
  const initial = parameter?.initial ?? "";
  return column(`--${name}`, initial === "" ? "(unset)" : `(default ${initial})`);
}

function column(flag: string, help: string): string {
  return flag.length > INDENT - 4
    ? `  ${flag}\n${" ".repeat(INDENT)}${help}`
    : `  ${flag.padEnd(INDENT - 2)}${help}`;
}

/** Words in lines. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const word of words) {
    if (line.length + word.length > 98) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
