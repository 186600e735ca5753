/** What Redis's documentation says of its commands, and how a record of ours differs from it. */

import type { Command, KeySpec } from "../../../src/commands/table/command.ts";

/** What is compared. */
export type Field = "group" | "since" | "arity" | "flags" | "categories" | "keys" | "options";

/** One command or subcommand of Redis. What is empty is not known. */
export interface Documented {
  /** Its name in lower case, `container|name` of a subcommand. */
  readonly name: string;
  readonly group: string;
  readonly since: string;
  readonly arity: string;
  readonly flags: readonly string[];
  readonly categories: readonly string[];
  readonly keys: string;
  readonly syntax: string;
}

/** The commands and subcommands of Redis 8.10: the lines of `redis_commands.tsv` beside this file. */
export const documented: readonly Documented[] = Deno.readTextFileSync(
  new URL("redis_commands.tsv", import.meta.url),
).trimEnd().split("\n").map((line) => {
  const [name = "", group = "", since = "", arity = "", flags, acl, keys = "", syntax = ""] = line
    .split("\t");
  return {
    name: name.toLowerCase().replace(" ", "|"),
    group,
    since,
    arity,
    // What is a module in Redis is a part of Redlite.
    flags: words(flags?.toLowerCase()).filter((flag) => flag !== "module").sort(),
    categories: words(acl).map((category) => category.replace("@", "")).sort(),
    keys: isKnown(keys) ? keys : "",
    syntax,
  };
});

function words(text = ""): string[] {
  return text.split(/[ ,]/).filter((word) => word !== "");
}

/** Whether anything is said of where the keys are. */
function isKnown(keys: string): boolean {
  return keys.split("|").some((spec) => !/^ ?unknown; (unknown|last None .*); ?$/.test(spec));
}

/** Groups that are modules in Redis: their documentation leaves out what follows from the flags. */
const MODULES: ReadonlySet<string> = new Set(
  "json search suggestion timeseries bf cf cms topk tdigest vector_set".split(" "),
);
/** Categories that follow from flags. */
const IMPLIED: ReadonlySet<string> = new Set(
  "read write fast slow admin dangerous blocking".split(" "),
);

/** The fields in which our record says another thing than is documented, with both. */
export function differences(
  wanted: Documented,
  ours: Command,
): Partial<Record<Field, readonly [wanted: string, ours: string]>> {
  const categories = MODULES.has(wanted.group)
    ? ours.categories.filter((name) => wanted.categories.includes(name) || !IMPLIED.has(name))
    : ours.categories;
  const pairs: readonly (readonly [Field, string, string])[] = [
    ["group", wanted.group, ours.group],
    ["since", wanted.since, ours.since],
    ["arity", wanted.arity, String(ours.arity)],
    ["flags", wanted.flags.join(" "), ours.flags.toSorted().join(" ")],
    ["categories", wanted.categories.join(" "), categories.toSorted().join(" ")],
    ["keys", wanted.keys, ours.keys.map(keySpec).join(" | ")],
    ["options", options(wanted.syntax), options(ours.syntax)],
  ];
  const differing = pairs.filter(([, theirs, own]) => theirs !== "" && theirs !== own);
  return Object.fromEntries(differing.map(([field, theirs, own]) => [field, [theirs, own]]));
}

/** Flags of keys that the documentation does not print. */
const UNPRINTED: ReadonlySet<string> = new Set(["not_key", "incomplete", "variable_flags"]);

function keySpec({ begin, find, flags }: KeySpec): string {
  const from = begin === "unknown"
    ? begin
    : "index" in begin
    ? `${begin.index}`
    : `after ${begin.keyword} from ${begin.startFrom}`;
  const which = find === "unknown"
    ? find
    : "lastKey" in find
    ? `last ${find.lastKey} step ${find.step} limit ${find.limit}`
    : `count at +${find.countAt} first +${find.firstKey} step ${find.step}`;
  const printed = flags.filter((flag) => !UNPRINTED.has(flag));
  return `${from}; ${which}; ${printed.join(" ")}`.trimEnd();
}

/** The words in capitals of a syntax, each once. */
export function options(syntax: string): string {
  return [...new Set(syntax.match(/\b[A-Z][A-Z0-9_-]*\b/g))].sort().join(" ");
}
