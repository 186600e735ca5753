/** What commands on consumer groups leave to those who follow the store, in Redis's forms. */

import type { Slice } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Group } from "../../store/streams/groups.ts";
import type { PendingEntry } from "../../store/streams/pending.ts";
import type { Context } from "../table/command.ts";
import { idText } from "./arguments.ts";

/**
 * Says that a pending entry is a consumer's, since when, and for the how manyth time.
 *
 * @param lastId How far the group had read by then.
 */
export function sayClaimed(
  { store: { engine: { effects } }, client: { db } }: Context,
  key: Slice,
  group: Group,
  consumer: Uint8Array,
  { id, deliveredAtMs, deliveries }: Omit<PendingEntry, "consumer">,
  lastId: Uint8Array = group.lastId,
): void {
  if (!effects.active) return;
  effects.say(
    db,
    "XCLAIM",
    key,
    group.name,
    consumer,
    0,
    idText(id),
    "TIME",
    deliveredAtMs,
    "RETRYCOUNT",
    deliveries,
    "FORCE",
    "JUSTID",
    "LASTID",
    idText(lastId),
  );
}

/** Says that a pending entry was taken off, as the entry itself is gone: XCLAIM finds that out. */
export function sayGone(
  context: Context,
  key: Slice,
  stream: Collection,
  group: Group,
  entry: PendingEntry,
): void {
  const { store: { engine: { effects }, streams }, client: { db } } = context;
  if (!effects.active) return;
  const owner = streams.groups.consumerOf(stream, group, entry.consumer);
  if (owner === undefined) effects.say(db, "XACK", key, group.name, idText(entry.id));
  else sayClaimed(context, key, group, owner.name, entry);
}

/** Says how far a group has read. */
export function sayRead(
  { store: { engine: { effects } }, client: { db } }: Context,
  key: Slice,
  { name, lastId, entriesRead }: Group,
): void {
  if (!effects.active) return;
  effects.say(db, "XGROUP", "SETID", key, name, idText(lastId), "ENTRIESREAD", entriesRead);
}
