/** DUMP and RESTORE of keys whose types extensions bring. */

import type { Collection } from "../../store/collections/collection.ts";
import type { Store } from "../../store/store.ts";
import { badDataFormat } from "../../store/rdb/format.ts";
import {
  type ModuleId,
  type ModuleInput,
  ModuleWriter,
} from "../../store/extensions/module_value.ts";
import { type CommandError, err } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";

/** The payload of a key. @throws {CommandError} If there is no such form, or nobody who knows it. */
export function dumpOfExtension(store: Store, collection: Collection): Slice {
  const type = store.extensions.type(collection.type);
  if (type === undefined) throw extensionMissing(store, collection.type);
  const { name, dump } = type;
  if (dump === undefined) throw err(`DUMP of the type ${name} is not supported`);
  const writer = new ModuleWriter({ id: dump.id ?? name, version: dump.version });
  dump.write(store, collection, writer);
  return writer.finish();
}

/** The error for what only the extension of a type can do, which is not loaded. */
export function extensionMissing(store: Store, type: number): CommandError {
  const { name = "unknown", extension = "" } = store.types.get(type) ?? {};
  return err(`a key of the type ${name} needs the extension ${extension} for this`);
}

/** Puts a value in place of a key's. @throws {CommandError} If it is none, or of no type here. */
export function restoreOfExtension(
  store: Store,
  db: number,
  key: Slice,
  { id, version }: ModuleId,
  input: ModuleInput,
): Collection {
  for (const { extension } of store.extensions.loaded) {
    for (const { name, dump } of extension.types ?? []) {
      if (dump === undefined || (dump.id ?? name) !== id) continue;
      const put = dump.read(input, version, store);
      input.end();
      const collection = store.keyspace.createCollection(
        db,
        key,
        store.extensions.numberOf(name),
      );
      put(collection);
      return collection;
    }
  }
  throw badDataFormat();
}
