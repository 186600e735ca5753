/** Effects that several commands have: how what they did is told to those who follow the store. */

import { isOfRedis, TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "./command.ts";

/** Says that a key was deleted. */
export function sayDeleted({ engine: { effects } }: Store, db: number, key: Slice): void {
  if (effects.active) effects.say(db, "DEL", key);
}

/**
 * Says that a command was run that gives a key the value of another: by itself, unless the value is of a
 * type that others have not. Then the stream for these leaves it out, and says that the key lost its own.
 *
 * @param name In capitals.
 * @param to The key, and its database.
 */
export function sayGiven(
  { args, store: { engine: { effects }, keyspace }, client }: Context,
  name: string,
  type: number,
  to: { readonly db: number; readonly key: Slice },
): void {
  if (!effects.active) return;
  if (isOfRedis(type)) return effects.copy(client.db, args, encoder.encode(name));
  if (keyspace.replaced !== TYPE.NONE) effects.say(to.db, "DEL", to.key);
  effects.copy(client.db, args, encoder.encode(name.toLowerCase()));
}

const encoder = new TextEncoder();
const SET = encoder.encode("SET");

/** Says when a key expires, 0 for never. One whose time is over is deleted by whoever sets it. */
export function sayExpiry(store: Store, db: number, key: Slice, expiresAtMs: number): void {
  const { effects, expiryMs } = store.engine;
  if (!effects.active) return;
  if (expiresAtMs === 0) effects.say(db, "PERSIST", key);
  else if (expiresAtMs <= expiryMs) effects.say(db, "DEL", key);
  else effects.say(db, "PEXPIREAT", key, expiresAtMs);
}

/** Says that a key was set. @param expiresAtMs When it expires, 0 for never; `keep`, when it did before. */
export function saySet(
  { engine: { effects } }: Store,
  db: number,
  key: Slice,
  value: Slice,
  expiresAtMs: number | "keep",
): void {
  if (!effects.active) return;
  if (expiresAtMs === "keep") effects.say(db, "SET", key, value, "KEEPTTL");
  else if (expiresAtMs === 0) {
    effects.begin(db, 3);
    effects.bulk(SET, 0, SET.length);
    effects.bulk(key.bytes, key.start, key.end);
    effects.bulk(value.bytes, value.start, value.end);
  } else effects.say(db, "SET", key, value, "PXAT", expiresAtMs);
}
