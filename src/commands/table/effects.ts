/** Effects that several commands have: how what they did is told to those who follow the store. */

import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";

/** Says that a key was deleted. */
export function sayDeleted({ engine: { effects } }: Store, db: number, key: Slice): void {
  if (effects.active) effects.say(db, "DEL", key);
}

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
  else if (expiresAtMs === 0) effects.say(db, "SET", key, value);
  else effects.say(db, "SET", key, value, "PXAT", expiresAtMs);
}
