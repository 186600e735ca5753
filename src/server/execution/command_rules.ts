/** Which commands some states of a client or of the server treat apart. */

import type { Command } from "../../commands/table/command.ts";
import { STORING_READS } from "../../commands/table/storing_reads.ts";

/** Commands that a transaction does not queue. */
export const NOT_QUEUED: ReadonlySet<string> = new Set([
  "exec",
  "discard",
  "multi",
  "watch",
  "quit",
  "reset",
]);
/** Commands of a RESP2 client that is subscribed. */
export const FOR_SUBSCRIBERS: ReadonlySet<string> = new Set([
  "ping",
  "subscribe",
  "ssubscribe",
  "psubscribe",
  "unsubscribe",
  "sunsubscribe",
  "punsubscribe",
  "quit",
  "reset",
]);
/** Commands that may write, whatever their flags say, or do so in Redis to replicas. */
const MAY_WRITE = new Set([
  ...["publish", "spublish", "eval", "evalsha", "fcall"],
  ...STORING_READS,
]);

/** Whether a command is held back with the writes by CLIENT PAUSE. */
export function isHeldWithWrites(command: Command): boolean {
  return command.writes || MAY_WRITE.has(command.name);
}
