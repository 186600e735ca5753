/** What was copied, in words. */

import type { ImportOutcome } from "./importer.ts";

/** How many of each kind. */
export function countsOf({ copied }: ImportOutcome): string {
  const counts = [...copied].map(([kind, count]) => `${count} ${plural(kind, count)}`);
  return counts.join(", ") || "nothing";
}

/** The plural of a kind: of its first noun. */
function plural(kind: string, count: number): string {
  if (count === 1) return kind;
  if (kind === "hash") return "hashes";
  if (kind === "search index") return "search indexes";
  if (kind === "library") return "libraries";
  return kind.includes(" of ") ? kind.replace(" of ", "s of ") : `${kind}s`;
}
