/** All groups of commands, and sequences of their steps. */

import fc from "fast-check";
import type { CommandGroup, Rules } from "./command_group.ts";
import { connection } from "./connection.ts";
import { hashes } from "./hashes.ts";
import { keys } from "./keys.ts";
import { lists } from "./lists.ts";
import type { Step } from "./pieces.ts";
import { sets } from "./sets.ts";
import { sortedSets } from "./sorted_sets.ts";
import { strings } from "./strings.ts";

const GROUPS = {
  strings,
  hashes,
  lists,
  sortedSets,
  keys,
  connection,
  sets,
} satisfies Record<string, CommandGroup>;

/** The name of a group. */
export type Group = keyof typeof GROUPS;
/** The names of all groups. */
export const GROUP_NAMES = Object.keys(GROUPS) as Group[];
/** The rules of all groups. */
export const GROUP_RULES: readonly Rules[] = Object.values<CommandGroup>(GROUPS);

/** Steps, and how many of them are sent in one write. */
export interface Sequence {
  steps: Step[];
  batch: number;
}

/** Steps of one group, or of all. */
export function steps(group: Group | "all"): fc.Arbitrary<Step> {
  if (group !== "all") return GROUPS[group].steps;
  return fc.oneof(...Object.values(GROUPS).map(({ steps }) => steps));
}

/** Whole sequences of one group, or of all mixed. */
export function sequences(group: Group | "all"): fc.Arbitrary<Sequence> {
  return fc.record({
    steps: fc.array(steps(group), { minLength: 1, maxLength: 60, size: "max" }),
    batch: fc.constantFrom(1, 3, 20),
  });
}
