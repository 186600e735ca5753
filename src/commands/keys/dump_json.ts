/** JSON documents in DUMP and RESTORE, in the form of RedisJSON: their text. */

import type { Collection } from "../../store/collections/collection.ts";
import {
  type ModuleId,
  type ModuleInput,
  ModuleWriter,
} from "../../store/extensions/module_value.ts";
import { decode, parseJson } from "../../store/json/parser.ts";
import { badDataFormat } from "../../store/rdb/format.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";

/** The id of the type, which is also the name that TYPE tells. */
export const JSON_ID = "ReJSON-RL";
/** The version that is written, and the older one that names a search index after the text. */
const VERSION = 3, VERSION_WITH_INDEX = 2;

/** The payload of a document. */
export function dumpJson(store: Store, document: Collection): Slice {
  const writer = new ModuleWriter({ id: JSON_ID, version: VERSION });
  writer.string(store.documents.text(document));
  return writer.finish();
}

/** Puts a document in place of a key's value. @throws {CommandError} If the payload is none. */
export function restoreJson(
  store: Store,
  db: number,
  key: Slice,
  { version }: ModuleId,
  input: ModuleInput,
): Collection {
  if (version !== VERSION && version !== VERSION_WITH_INDEX) throw badDataFormat();
  const bytes = input.string();
  let value;
  try {
    value = parseJson(decode(bytes), true);
  } catch {
    throw badDataFormat();
  }
  return store.documents.create(db, key, value, bytes.length);
}
