/** All groups of commands, and sequences of their steps. */

import fc from "../harness/properties.ts";
import { redisMajorVersion } from "../harness/servers.ts";
import { bitmaps } from "./bitmaps.ts";
import type { CommandGroup, Rules } from "./command_group.ts";
import { connection } from "./connection.ts";
import { hashExpiry } from "./hash_expiry.ts";
import { hashes } from "./hashes.ts";
import { keys } from "./keys.ts";
import { lists } from "./lists.ts";
import type { Step } from "./pieces.ts";
import { redis8 } from "./redis8.ts";
import { sets } from "./sets.ts";
import { sortedSets } from "./sorted_sets.ts";
import { streams } from "./streams.ts";
import { strings } from "./strings.ts";

const GROUPS = {
  strings,
  hashes,
  lists,
  sortedSets,
  keys,
  connection,
  sets,
  bitmaps,
  hashExpiry,
  redis8,
  streams,
} satisfies Record<string, CommandGroup>;

/** The name of a group. */
export type Group = keyof typeof GROUPS;
/** The names of all groups. */
export const GROUP_NAMES = Object.keys(GROUPS) as Group[];
/** The rules of all groups. */
export const GROUP_RULES: readonly Rules[] = Object.values<CommandGroup>(GROUPS);

/** The redis-server on the PATH is older than what Redlite is measured by. */
export const REDIS_IS_BEFORE_8: boolean = redisMajorVersion() < 8;

/** Whether the redis-server on the PATH has the commands of a group. */
export function isKnownToRedis(group: Group | "all"): boolean {
  if (group === "all") return true;
  const { since8 }: CommandGroup = GROUPS[group];
  return !since8 || !REDIS_IS_BEFORE_8;
}

/** Steps, and how many of them are sent in one write. */
export interface Sequence {
  steps: Step[];
  batch: number;
}

/** Steps of one group, or of all that the redis-server on the PATH knows. */
export function steps(group: Group | "all"): fc.Arbitrary<Step> {
  if (group !== "all") return GROUPS[group].steps;
  return fc.oneof(...GROUP_NAMES.filter(isKnownToRedis).map((name) => GROUPS[name].steps));
}

/** Whole sequences of one group, or of all mixed. */
export function sequences(group: Group | "all"): fc.Arbitrary<Sequence> {
  return sequencesOf(steps(group));
}

/** Whole sequences of such steps. */
export function sequencesOf(step: fc.Arbitrary<Step>): fc.Arbitrary<Sequence> {
  return fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
    batch: fc.constantFrom(1, 3, 20),
  });
}
