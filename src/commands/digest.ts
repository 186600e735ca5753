/**
 * Digests of what keys hold, for DEBUG DIGEST: two databases with the same content have the same,
 * in whatever order and by whatever commands they were filled.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { TYPE } from "../store/schema.ts";
import type { Slice } from "../store/slice.ts";
import type { Store } from "../store/store.ts";

/** Size of a digest in bytes. */
const SIZE = 20;

/** A digest as hex digits. */
export function toHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The digest of a key's value; all zeros without the key. */
export function valueDigest(store: Store, db: number, key: Slice): Uint8Array {
  const type = store.keyspace.find(db, key);
  if (type === TYPE.NONE) return new Uint8Array(SIZE);
  const { length, expiresAtMs } = store.keyspace.row;
  const hash = createHash("sha1").update(
    `${type} ${length} ${expiresAtMs === 0 ? "" : "expires "}`,
  );
  if (type === TYPE.STRING) hash.update(store.strings.loaded().materialize().view());
  return hash.digest();
}

/** The digest of all databases; all zeros if there is no key. */
export function storeDigest(store: Store): Uint8Array {
  const total = new Uint8Array(SIZE);
  for (let db = 0; db < store.databases.count; db++) {
    if (store.databases.keys(db) === 0) continue;
    store.walk.walk(db, new Uint8Array(0), undefined, -1, (key) => {
      const value = valueDigest(store, db, key);
      const own = createHash("sha1").update(`${db} ${key.length} `).update(key.view())
        .update(value).digest();
      for (let i = 0; i < SIZE; i++) total[i] ^= own[i];
    });
  }
  return total;
}
