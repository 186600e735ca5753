/** Hashes of a test's store, by text. */

import { strict as assert } from "node:assert";
import type { Change } from "../../../src/engine/changes.ts";
import type { Collection } from "../../../src/store/collections/collection.ts";
import type { Store } from "../../../src/store/store.ts";
import { slice, text } from "../open.ts";

/** The hash of a key to be changed in the current turn, made if there is none. */
export function hash(store: Store, key = "h"): Collection {
  store.engine.write();
  return store.hashes.edit(0, slice(key)) ?? store.hashes.create(0, slice(key));
}

/** The hash of a key. */
export function found(store: Store, key = "h"): Collection {
  return store.hashes.read(0, slice(key)) ?? assert.fail(`no hash ${key}`);
}

/** Sets a field in the current turn. */
export function set(
  store: Store,
  field: string,
  value: string,
  expiresAtMs = 0,
  key = "h",
): boolean {
  return store.hashes.set(hash(store, key), slice(field), slice(value), expiresAtMs);
}

/** Deletes a field in the current turn, and the key with the last one. */
export function remove(store: Store, field: string, key = "h"): boolean {
  const c = hash(store, key);
  const removed = store.hashes.delete(c, slice(field));
  if (c.length === 0) store.keyspace.removeEmpty(0, slice(key), c);
  return removed;
}

/** All fields of a hash, as clients see them. */
export function entries(
  store: Store,
  key = "h",
): [field: string, value: string, expiresAtMs: number][] {
  const all: [string, string, number][] = [];
  const c = store.hashes.read(0, slice(key));
  if (c === undefined) return all;
  store.hashes.each(c, (field, value, expiresAtMs) => {
    all.push([text(field.copy()), text(value.copy()), expiresAtMs]);
  });
  return all;
}

/** The names of {@linkcode entries}. */
export const fields = (store: Store, key = "h"): string[] =>
  entries(store, key).map(([field]) => field);

/** The value of a field. */
export function get(store: Store, field: string, key = "h"): string | undefined {
  const c = store.hashes.read(0, slice(key));
  const value = c && store.hashes.get(c, slice(field));
  return value && text(value.copy());
}

/** Collects what is told of keys. */
export function listen(store: Store): string[] {
  const heard: string[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes as Change[]) heard.push(`${change.event} ${text(change.key)}`);
  });
  return heard;
}
