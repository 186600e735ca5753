/** When two servers' replies to a command count as the same. */

import { type Command, format, latin1, type Reply, toBytes } from "../harness/resp_client.ts";
import type { Rules } from "./command_group.ts";
import { GROUP_RULES, REDIS_IS_BEFORE_8 } from "./groups.ts";
import type { Answer } from "./pieces.ts";
import { differInLastDigits, sameButForDoubles, sorted, sortedPairs } from "./replies.ts";

/** Commands on collections: the final state reads these with whatever group has left them behind. */
const COLLECTIONS: Rules = {
  unordered: "smembers sinter sunion sdiff hkeys hvals".split(" "),
  unorderedPairs: ["hgetall"],
  partial: ["hscan", "sscan", "zscan"],
  doubles: [
    ..."zadd zincrby zscore zmscore zrank zrevrank zunion zinter zdiff zrandmember zscan".split(
      " ",
    ),
    ..."zrange zrangebyscore zrevrange zrevrangebyscore".split(" "),
    ..."zpopmin zpopmax bzpopmin bzpopmax zmpop bzmpop".split(" "),
  ],
};

const ALL: Rules[] = [COLLECTIONS, ...GROUP_RULES];
/** All deliberate differences; anything else that differs is a bug. */
const KNOWN_DIFFERENCES = ALL.flatMap((rules) => rules.differences ?? []);
const UNORDERED = new Set(ALL.flatMap((rules) => rules.unordered ?? []));
const UNORDERED_PAIRS = new Set(ALL.flatMap((rules) => rules.unorderedPairs ?? []));
const PARTIAL = new Set(ALL.flatMap((rules) => rules.partial ?? []));
const DOUBLES = new Set(ALL.flatMap((rules) => rules.doubles ?? []));
const TOLERANCES = new Map(ALL.flatMap((rules) => Object.entries(rules.tolerances ?? {})));

/** What the two servers answered to one command. */
export interface Answers {
  command: Command;
  redis: Reply;
  ours: Reply;
}

/** Whether the two servers' replies to a command count as the same. */
export function isSame(
  command: Command,
  redis: Reply,
  ours: Reply,
  before8: boolean = REDIS_IS_BEFORE_8,
): boolean {
  if (format(redis) === format(ours)) return true;
  const words = command.map((argument) => latin1(toBytes(argument)).toLowerCase());
  const isKnown = KNOWN_DIFFERENCES.some((known) =>
    known.only !== (before8 ? "from 8 on" : "before 8") && known.explains(words, redis, ours)
  );
  if (isKnown) return true;
  const names = [words[0], words.slice(0, 2).join(" ")];
  const among = (commands: Set<string>) => names.some((name) => commands.has(name!));

  const tolerance = TOLERANCES.get(names[0]!) ?? TOLERANCES.get(names[1]!);
  if (tolerance !== undefined) return isWithin(tolerance, redis, ours);
  if (among(PARTIAL) && redis.type === "array" && ours.type === "array") return true;
  const ordered = among(UNORDERED) ? sorted : among(UNORDERED_PAIRS) ? sortedPairs : undefined;
  const [a, b] = ordered ? [ordered(redis), ordered(ours)] : [redis, ours];
  if (!among(DOUBLES)) return format(a) === format(b);
  return sameButForDoubles(a, b, before8 ? undefined : differInLastDigits);
}

/** Whether two integers, or the integers of two arrays, lie no further apart, and not on two sides of zero. */
function isWithin(tolerance: bigint, a: Reply, b: Reply): boolean {
  if (a.type === "array" && b.type === "array") {
    return a.items.length === b.items.length &&
      a.items.every((item, i) => isWithin(tolerance, item, b.items[i]!));
  }
  if (a.type !== "integer" || b.type !== "integer") return format(a) === format(b);
  const apart = a.value - b.value;
  return a.value === b.value ||
    (a.value >= 0n && b.value >= 0n && apart <= tolerance && -apart <= tolerance);
}

/** The two servers' answers to the same commands, side by side up to where one has no more. */
export function sideBySide(redis: Answer[], ours: Answer[]): Answers[] {
  return redis.slice(0, ours.length).map(({ command, reply }, i) => ({
    command,
    redis: reply,
    ours: ours[i]!.reply,
  }));
}

/** The first command to which the servers' answers are not the same. */
export function firstDifference(answers: Answers[], before8?: boolean): Answers | undefined {
  return answers.find(({ command, redis, ours }) => !isSame(command, redis, ours, before8));
}
