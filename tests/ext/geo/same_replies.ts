/** Whether two servers answer the same, but for what the sines of their machines round. */

import { format, latin1, type Reply } from "../../harness/resp_client.ts";

/** Distances that are stored have all their digits; a centroid of corners far apart moves by a few more of the last. */
const ROUNDING = 1e-7;

/** Whether replies are the same, numbers with a point in them up to a rounding error. */
export function isSameReply(a: Reply, b: Reply): boolean {
  if ((a.type === "array" || a.type === "set") && a.type === b.type) {
    return a.items.length === b.items.length &&
      a.items.every((item, i) => isSameReply(item, b.items[i]!));
  }
  if (format(a) === format(b)) return true;
  const [x, y] = [decimal(a), decimal(b)];
  if (a.type !== b.type || x === undefined || y === undefined) return false;
  return Math.abs(x - y) <= ROUNDING + 1e-15 * Math.abs(x);
}

function decimal(reply: Reply): number | undefined {
  if (reply.type !== "bulk" && reply.type !== "double") return undefined;
  const text = reply.type === "bulk" ? latin1(reply.value) : reply.value;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
