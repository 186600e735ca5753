/**
 * Finds the keys among a command's arguments, by its key specifications and, where these cannot
 * tell, by its own {@linkcode Command.findKeys}.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Command, FoundKey, KeyFlag, KeySpec } from "./command.ts";

/** Whether the command can have keys at all. */
export function hasKeys(command: Command): boolean {
  return command.findKeys !== undefined ||
    command.keys.some((spec) => !spec.flags.includes("not_key"));
}

/**
 * The key arguments of a command whose arity fits.
 *
 * @returns None as well if the arguments are malformed: the command will say so itself.
 */
export function keysOf(command: Command, args: Arguments): readonly FoundKey[] {
  // With variable flags only the command itself knows what it does to the key.
  const variable = command.keys.some((spec) => spec.flags.includes("variable_flags"));
  if (!variable || command.findKeys === undefined) {
    const keys = keysBySpecs(command.keys, args);
    if (keys !== undefined) return keys;
  }
  const found = command.findKeys?.(args) ?? [];
  return found.map((key, rank) =>
    typeof key === "number" ? { index: key, flags: flagsOfRank(command.keys, rank) } : key
  );
}

function flagsOfRank(specs: readonly KeySpec[], rank: number): readonly KeyFlag[] {
  const flags = specs[Math.min(rank, specs.length - 1)]?.flags ?? [];
  return flags.filter((flag) => flag !== "incomplete" && flag !== "variable_flags");
}

/** The keys by all specifications, or undefined if one of them cannot tell. */
function keysBySpecs(specs: readonly KeySpec[], args: Arguments): FoundKey[] | undefined {
  const keys: FoundKey[] = [];
  for (const spec of specs) {
    if (spec.flags.includes("not_key")) continue;
    if (spec.begin === "unknown" || spec.find === "unknown") return undefined;
    const begin = "index" in spec.begin ? spec.begin.index : afterKeyword(spec.begin, args);
    if (begin === undefined) continue;
    const range = rangeFrom(begin, spec.find, args);
    if (range === undefined) return undefined;
    for (let index = range.first; index <= range.last; index += range.step) {
      keys.push({ index, flags: spec.flags });
    }
    if (spec.flags.includes("incomplete")) return undefined;
  }
  return keys;
}

/** The index after the keyword. It is never the last argument, for then no key can follow. */
function afterKeyword(
  { keyword, startFrom }: { keyword: string; startFrom: number },
  args: Arguments,
): number | undefined {
  const backwards = startFrom < 0;
  const from = backwards ? args.count + startFrom : startFrom;
  const to = backwards ? 1 : args.count - 1;
  const step = backwards ? -1 : 1;
  for (let i = from; backwards ? i > to : i < to; i += step) {
    if (args.is(i, keyword)) return i + 1;
  }
  return undefined;
}

function rangeFrom(
  begin: number,
  find: Exclude<KeySpec["find"], "unknown">,
  args: Arguments,
): { first: number; last: number; step: number } | undefined {
  let first = begin;
  let last: number;
  if ("countAt" in find) {
    const count = countAt(begin + find.countAt, args);
    if (count === undefined) return undefined;
    first += find.firstKey;
    last = first + (count - 1) * find.step;
  } else if (find.lastKey >= 0) {
    last = first + find.lastKey;
  } else if (find.limit === 0) {
    last = args.count + find.lastKey;
  } else {
    // A limit of 2 means that the keys are the first half of what is left, of 3 a third...
    last = first + Math.trunc((args.count - first) / find.limit) + find.lastKey;
  }
  if (first >= args.count || last >= args.count || last < first) return undefined;
  return { first, last, step: find.step };
}

/** Digits of the largest number that is read. */
const MAX_DIGITS = 20;

/** The number of keys that the argument at `index` tells. */
function countAt(index: number, args: Arguments): number | undefined {
  if (index >= args.count || args.at(index).length > MAX_DIGITS) return undefined;
  const text = args.text(index);
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : undefined;
}
