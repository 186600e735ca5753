/** What commands on consumer groups leave to those who follow the store, in Redis's forms. */

import type { EffectWord } from "../../engine/effects.ts";
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

/** Ids in one command. */
const MOST_IDS = 1000;

/**
 * Entries that are gone, or pending no more, where a command says so in words that only newer servers
 * know: followers are told by XDEL and XACK.
 */
export class Taken {
  readonly #entries: Uint8Array[] = [];
  readonly #pending = new Map<number, { readonly name: Uint8Array; readonly ids: Uint8Array[] }>();

  /** An entry is gone. */
  entry(id: Uint8Array): void {
    this.#entries.push(idText(id));
  }

  /** An entry is pending no more. */
  pending({ number, name }: Group, id: Uint8Array): void {
    const ids = this.#pending.get(number)?.ids ?? [];
    if (ids.length === 0) this.#pending.set(number, { name, ids });
    ids.push(idText(id));
  }

  /** Says all of it. */
  say({ store: { engine: { effects } }, client: { db } }: Context, key: Slice): void {
    if (!effects.active) return;
    const sayIds = (head: readonly EffectWord[], ids: readonly Uint8Array[]) => {
      for (let at = 0; at < ids.length; at += MOST_IDS) {
        effects.sayAll(db, head, ids.slice(at, at + MOST_IDS));
      }
    };
    for (const { name, ids } of this.#pending.values()) sayIds(["XACK", key, name], ids);
    sayIds(["XDEL", key], this.#entries);
  }
}
