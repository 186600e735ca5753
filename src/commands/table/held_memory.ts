/** Bounds on what one client may have the server hold for it at once. */

import { heapOfProcess } from "../../engine/heap.ts";
import { err } from "../../store/values/errors.ts";
import type { Client } from "./client.ts";

/** Bytes that a key, channel, pattern or prefix takes beside its name, at most. */
const ITEM = 1400;
/** The share of the heap that one client may fill. */
const SHARE = 1 / 4;

let limit = 0;

/**
 * Makes sure that a client may have so many more keys, channels, patterns or prefixes held.
 *
 * @param bytes Bytes of their names.
 * @throws {CommandError} If that would take too much of the heap, which has no room for it at all or for no one else.
 */
export function assertMayHold(client: Client, items: number, bytes: number): void {
  // A few cannot matter: what there is already is counted when they have become many.
  if (items < 16 && bytes < ITEM) return;
  if (limit === 0) limit = heapOfProcess().limit * SHARE;
  const held = (client.watch?.memory ?? 0) + (client.subscriptions?.memory ?? 0) +
    (client.tracking?.memory ?? 0);
  if (held + items * ITEM + 2 * bytes > limit) {
    throw err(`a client may have ${Math.floor(limit)} bytes held for it: this is more`);
  }
}
