/**
 * How far groups have read. A group counts the entries it was given, so that its lag is a
 * subtraction; entries that XDEL took from the middle make that unsure, and then it is told only where
 * the number of entries before an id is certain.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { addInt64 } from "../values/integers.ts";
import { entriesAdded, LAST_AT, MAX_DELETED_AT } from "./facts.ts";
import { type Group, UNKNOWN } from "./groups.ts";
import { compareIds, isZero } from "./ids.ts";

/** What of a stream tells how many entries are before an id. */
export interface Extent {
  /** The stream. */
  readonly stream: Collection;
  /** The first entry's id; `0-0` if there is none. */
  readonly firstId: Uint8Array;
}

/** Whether an entry from an id on may have been deleted. */
function hasHoles({ stream, firstId }: Extent, from: Uint8Array): boolean {
  const { metadata, length } = stream;
  if (length === 0 || isZero(metadata, MAX_DELETED_AT)) return false;
  if (compareIds(firstId, 0, metadata, MAX_DELETED_AT) > 0) return false;
  return compareIds(from, 0, metadata, MAX_DELETED_AT) <= 0;
}

/** The entries ever added up to an id, that included; {@linkcode UNKNOWN} where it cannot be told. */
export function entriesUpTo(extent: Extent, id: Uint8Array): number | bigint {
  const { stream, firstId } = extent;
  const { metadata, length } = stream;
  const added = entriesAdded(stream);
  if (added === 0) return 0;
  const last = compareIds(id, 0, metadata, LAST_AT);
  if (length === 0 && last < 1) return added;
  if (!isZero(id) && compareIds(id, 0, metadata, MAX_DELETED_AT) < 0) return UNKNOWN;
  if (last === 0) return added;
  if (last > 0) return UNKNOWN;
  const first = compareIds(id, 0, firstId, 0);
  if (isZero(metadata, MAX_DELETED_AT) || compareIds(metadata, MAX_DELETED_AT, firstId, 0) < 0) {
    if (first < 0) return minus(added, length);
    if (first === 0) return minus(added, length - 1);
  }
  return UNKNOWN;
}

/** Counts an entry that a group is given, after the last one it was given. */
export function countRead(extent: Extent, group: Group, id: Uint8Array): void {
  const { entriesRead } = group;
  const isBehind = compareIds(group.lastId, 0, extent.firstId, 0) < 0;
  if (entriesRead !== UNKNOWN && !isBehind && !hasHoles(extent, group.lastId)) {
    group.entriesRead = minus(entriesRead, -1);
  } else if (entriesAdded(extent.stream) !== 0) {
    group.entriesRead = entriesUpTo(extent, id);
  }
}

/** How many entries a group has not been given yet; undefined where it cannot be told. */
export function lagOf(extent: Extent, group: Group): number | bigint | undefined {
  const { stream, firstId } = extent;
  const added = entriesAdded(stream);
  if (added === 0) return 0;
  // Of a stream that lost nothing behind its first entry, all of it is ahead of a group before that.
  const isBehind = compareIds(group.lastId, 0, firstId, 0) < 0;
  if (isBehind && compareIds(stream.metadata, MAX_DELETED_AT, firstId, 0) < 0) return stream.length;
  if (stream.length === 0) return 0;
  if (group.entriesRead !== UNKNOWN && !hasHoles(extent, group.lastId)) {
    return minus(added, group.entriesRead);
  }
  const read = entriesUpTo(extent, group.lastId);
  return read === UNKNOWN ? undefined : minus(added, read);
}

function minus(a: number | bigint, b: number | bigint): number | bigint {
  return addInt64(a, typeof b === "number" ? -b : -b) ?? a;
}
