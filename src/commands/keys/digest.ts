/**
 * Digests of what keys hold, for DEBUG DIGEST: two databases with the same content have the same,
 * in whatever order and by whatever commands they were filled. Elements that have no order of their
 * own are digested one by one and combined by XOR.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import { isCountedInBytes } from "../../store/file/sketch_tables.ts";
import { entriesAdded, LAST_AT } from "../../store/streams/facts.ts";
import { ID_SIZE, MAX_ID, MIN_ID } from "../../store/streams/ids.ts";
import type { Slice } from "../../store/values/slice.ts";
import { dumpSketch } from "./dump_sketches.ts";
import { digestSeries } from "../../store/time_series/digest.ts";
import type { Store } from "../../store/store.ts";

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
  const { collection } = store.keyspace.row;
  // What is counted in bytes is known for certain when its pieces are written.
  if (collection !== undefined && isCountedInBytes(collection.type)) {
    store.keyspace.collections.settle(collection);
  }
  const { expiresAtMs } = store.keyspace.row;
  const length = collection?.length ?? store.keyspace.row.length;
  const hash = createHash("sha1").update(
    `${type} ${length} ${expiresAtMs === 0 ? "" : "expires "}`,
  );
  if (collection !== undefined) digestElements(store, collection, hash);
  else hash.update(store.strings.loaded().materialize().view());
  return hash.digest();
}

function digestElements(store: Store, collection: Collection, hash: Hash): void {
  const total = new Uint8Array(SIZE);
  const element = (...parts: (Uint8Array | string)[]) => {
    const own = createHash("sha1");
    // Lengths keep "ab" "c" and "a" "bc" apart.
    for (const part of parts) own.update(`${part.length} `).update(part);
    combine(total, own.digest());
  };
  switch (collection.type) {
    case TYPE.LIST:
      store.lists.each(collection, 0, collection.length, (value) => {
        hash.update(`${value.length} `).update(value.copy());
      });
      break;
    case TYPE.SET:
      store.sets.each(collection, (member) => element(member.copy()));
      break;
    case TYPE.ZSET:
      store.sortedSets.each(collection, (member, score) => {
        element(member.copy(), Object.is(score, -0) ? "-0" : String(score));
      });
      break;
    case TYPE.HASH:
      store.hashes.each(collection, (field, value, expiresAtMs) => {
        element(field.copy(), value.copy(), expiresAtMs === 0 ? "" : "expires");
      });
      break;
    case TYPE.JSON:
      hash.update(store.documents.text(collection).view());
      break;
    case TYPE.ARRAY:
      store.arrays.each(collection, (index, value) => element(String(index), value.copy()));
      break;
    case TYPE.SUGGESTIONS:
      store.suggestions.each(collection, (term, score, payload) => {
        element(term, String(score), payload ?? "");
      });
      break;
    case TYPE.BLOOM:
    case TYPE.CUCKOO:
    case TYPE.COUNT_MIN:
    case TYPE.TOP_K:
    case TYPE.T_DIGEST:
      hash.update(dumpSketch(store, collection, false).view());
      break;
    case TYPE.STREAM:
      store.streams.range(collection, MIN_ID, MAX_ID, false, Infinity, (entry) => {
        const parts: Uint8Array[] = [entry.id.slice()];
        entry.visit((bytes, start, end) => parts.push(bytes.slice(start, end)));
        element(...parts);
      });
      digestGroups(store, collection, element);
      break;
    case TYPE.TIME_SERIES:
      digestSeries(store.timeSeries, collection, element);
      break;
    default:
      digestOfExtension(store, collection, element);
  }
  hash.update(total);
}

/** What an extension tells of a value of its type; without it, all the rows. */
function digestOfExtension(
  store: Store,
  collection: Collection,
  element: (...parts: (Uint8Array | string)[]) => void,
): void {
  const known = store.extensions.type(collection.type);
  if (known?.digest !== undefined) return known.digest(store, collection, element);
  element("metadata", collection.metadata);
  for (const { table, columns } of store.types.get(collection.type)?.tables ?? []) {
    const names = Object.keys(columns);
    const statement = store.engine.prepare(
      `SELECT ${names.map((name) => `CAST(${name} AS BLOB), ${name} IS NULL`).join(", ")}
      FROM ${table} WHERE key_id = ?1`,
    );
    try {
      statement.bindInteger(1, collection.id);
      while (statement.step()) {
        element(
          table,
          ...names.map((_, i) =>
            statement.columnNumber(2 * i + 1) === 1 ? "" : statement.columnBlob(2 * i)
          ),
        );
      }
    } finally {
      statement.finalize();
    }
  }
}

/** What groups of a stream know, but for times. */
function digestGroups(
  { streams }: Store,
  stream: Collection,
  element: (...parts: (Uint8Array | string)[]) => void,
): void {
  const { metadata } = stream;
  element("last", metadata.slice(LAST_AT, LAST_AT + ID_SIZE), String(entriesAdded(stream)));
  for (const group of streams.groups.all(stream)) {
    element("group", group.name, group.lastId, String(group.entriesRead));
    for (const { name } of streams.groups.consumers(stream, group)) element("consumer", name);
    streams.pending.range(stream, group, undefined, MIN_ID, MAX_ID, Infinity, (pending) => {
      const owner = streams.groups.consumerOf(stream, group, pending.consumer);
      element("pending", group.name, pending.id, owner?.name ?? "", String(pending.deliveries));
    });
  }
}

/** The digest of all databases; all zeros if there is no key. */
export function storeDigest(store: Store): Uint8Array {
  const total = new Uint8Array(SIZE);
  for (let db = 0; db < store.databases.count; db++) {
    if (store.databases.keys(db) === 0) continue;
    store.walk.walk(db, new Uint8Array(0), undefined, -1, (key) => {
      const value = valueDigest(store, db, key);
      combine(
        total,
        createHash("sha1").update(`${db} ${key.length} `).update(key.view()).update(value)
          .digest(),
      );
    });
  }
  return total;
}

function combine(total: Uint8Array, digest: Uint8Array): void {
  for (let i = 0; i < SIZE; i++) total[i]! ^= digest[i]!;
}
