/**
 * Writes a row of the command table. The facts that follow from others are derived here, the way
 * Redis derives them: the name from the syntax, the implicit ACL categories from the flags.
 *
 * Key positions use a short notation, one string a key specification: `1 RW access update` is one
 * key at index 1; `1..-1 RM delete` are all arguments from 1 to the last; `1..-1/2 OW update`
 * every second of them.
 *
 * Whatever has the flag `write` says how its effects get to those who follow the store: a command
 * that does the same on the same data, whenever it runs and whatever the dice, is its own effect.
 *
 * A container is a row whose last argument is its subcommands. They are rows like any other; their
 * names are the word of their syntax after the container's: `CLIENT LIST [...]` is named `list`.
 *
 * @module
 */

import type {
  Command,
  CommandEffects,
  CommandFlag,
  CommandGroup,
  FoundKey,
  Handler,
  KeyFlag,
  KeySpec,
} from "./command.ts";
import type { Arguments } from "../../resp/arguments.ts";

/** The facts of a command that are not derived. */
export interface Facts {
  /** The Redis version that introduced it. */
  readonly since: string;
  /** Number of arguments, the name included; negative: at least. */
  readonly arity: number;
  /** Command flags, separated by spaces. With `write` among them {@linkcode effects} must be said. */
  readonly flags?: string;
  /** See {@linkcode Command.effects}. Default, of a command that does not write: `none`. */
  readonly effects?: CommandEffects;
  /** Explicit ACL categories, separated by spaces. */
  readonly acl?: string;
  /** Hints for proxies, separated by spaces. */
  readonly tips?: string;
  /** Key specifications, in the short notation or whole. */
  readonly keys?: readonly (string | KeySpec)[];
  /** Time complexity. */
  readonly complexity?: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** See {@linkcode Command.readsAllKeys}. Default: no. */
  readonly readsAllKeys?: boolean;
  /** See {@linkcode Command.needsLua}. Default: no. */
  readonly needsLua?: boolean;
  /** See {@linkcode Command.findKeys}. */
  readonly findKeys?: (args: Arguments) => readonly (number | FoundKey)[];
}

/** Asks whoever gives the flag `write` for the command's effects. */
export type EffectsOf<Flags extends string> = Flags extends `${string}write${string}`
  ? { readonly effects: CommandEffects }
  : unknown;

/** Writes one row: a command's syntax, facts and handler, and a container's subcommands. */
export type CommandRow = <const Flags extends string = string>(
  syntax: string,
  facts: Facts & { readonly flags?: Flags } & EffectsOf<Flags>,
  run: Handler | readonly Command[],
  subcommands?: readonly Command[],
) => Command;

/**
 * Makes the rows of one group.
 *
 * @returns A function that takes a command's syntax, facts, and handler or subcommands; both if a
 * container also runs by itself.
 */
export function commandsOf(group: CommandGroup): CommandRow {
  return (syntax, facts: Facts, run, subcommands) => {
    const handler = typeof run === "function" ? run : undefined;
    const contained = typeof run === "function" ? subcommands : run;
    const flags = words(facts.flags) as CommandFlag[];
    const name = words(syntax)[0]!.toLowerCase();
    const complexity = facts.complexity ?? "O(1)";
    const writes = flags.includes("write");
    if (writes && facts.effects === undefined) {
      throw new TypeError(`"${syntax}" writes, and does not say what its effects are`);
    }
    return {
      name,
      fullName: name,
      group,
      since: facts.since,
      summary: facts.summary,
      complexity,
      arity: facts.arity,
      flags,
      writes,
      effects: facts.effects ?? "none",
      readsOnly: flags.includes("readonly"),
      fast: flags.includes("fast"),
      even: flags.includes("fast") || (flags.includes("write") && complexity === "O(1)"),
      needsRoom: flags.includes("denyoom"),
      readsAllKeys: facts.readsAllKeys ?? false,
      needsLua: facts.needsLua ?? false,
      noScript: flags.includes("noscript"),
      noAuth: flags.includes("no_auth"),
      categories: categoriesOf(flags, words(facts.acl)),
      tips: words(facts.tips),
      keys: (facts.keys ?? []).map((spec) => typeof spec === "string" ? parseKeySpec(spec) : spec),
      syntax,
      findKeys: facts.findKeys,
      handler,
      subcommands: contained?.map((subcommand) => inContainer(name, subcommand)),
    };
  };
}

/** Names a subcommand by the word of its syntax that follows the container's. */
function inContainer(container: string, subcommand: Command): Command {
  const [first, second] = words(subcommand.syntax);
  if (first?.toLowerCase() !== container || second === undefined) {
    throw new TypeError(`"${subcommand.syntax}" is no subcommand of ${container}`);
  }
  const name = second.toLowerCase();
  return { ...subcommand, name, fullName: `${container}|${name}` };
}

function words(text: string | undefined): string[] {
  return text ? text.split(" ") : [];
}

/** The ACL categories in the order Redis prints them. */
export const CATEGORIES: readonly string[] = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "array",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
];

function categoriesOf(flags: readonly CommandFlag[], explicit: readonly string[]): string[] {
  const categories = new Set(explicit);
  if (flags.includes("write")) categories.add("write");
  // A script may write even where its command is read-only to the keyspace.
  if (flags.includes("readonly") && !categories.has("scripting")) categories.add("read");
  if (flags.includes("admin")) categories.add("admin").add("dangerous");
  if (flags.includes("pubsub")) categories.add("pubsub");
  if (!categories.has("fast")) categories.add(flags.includes("fast") ? "fast" : "slow");
  if (flags.includes("blocking")) categories.add("blocking");
  const known = CATEGORIES.filter((category) => categories.has(category));
  return [...known, ...explicit.filter((category) => !CATEGORIES.includes(category))];
}

function parseKeySpec(text: string): KeySpec {
  const [range = "", ...flags] = text.split(" ");
  const match = /^(\d+)(?:\.\.(-?\d+))?(?:\/(\d+))?$/.exec(range);
  if (match === null) throw new TypeError(`Cannot parse the key specification "${text}"`);
  const index = Number(match[1]);
  const last = match[2] === undefined ? 0 : Number(match[2]);
  return {
    flags: flags as KeyFlag[],
    begin: { index },
    find: { lastKey: last > 0 ? last - index : last, step: Number(match[3] ?? 1), limit: 0 },
  };
}
