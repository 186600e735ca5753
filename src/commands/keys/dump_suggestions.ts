/**
 * Suggestion dictionaries in DUMP and RESTORE, in the form of RediSearch: how many there are, and of
 * each its bytes, score and payload. Texts end with a byte 0, and no payload is an empty one.
 */

import type { Collection } from "../../store/collections/collection.ts";
import {
  type ModuleId,
  type ModuleInput,
  ModuleWriter,
} from "../../store/extensions/module_value.ts";
import { badDataFormat } from "../../store/rdb/format.ts";
import type { Store } from "../../store/store.ts";
import { Slice } from "../../store/values/slice.ts";

/** The id of the type, which is also the name that TYPE tells. */
export const SUGGESTIONS_ID = "trietype0";
/** The version that is written, and the older one without payloads. */
const VERSION = 1, VERSION_WITHOUT_PAYLOADS = 0;

const NONE = new Uint8Array(0);

/** The payload of a dictionary. */
export function dumpSuggestions(store: Store, dictionary: Collection): Slice {
  const writer = new ModuleWriter({ id: SUGGESTIONS_ID, version: VERSION });
  writer.unsigned(dictionary.length);
  store.suggestions.each(dictionary, (term, score, payload) => {
    writer.string(terminated(term));
    writer.double(score);
    writer.string(terminated(payload ?? NONE));
  });
  return writer.finish();
}

/** Puts a dictionary in place of a key's value. @throws {CommandError} If the payload is none. */
export function restoreSuggestions(
  store: Store,
  db: number,
  key: Slice,
  { version }: ModuleId,
  input: ModuleInput,
): Collection {
  if (version !== VERSION && version !== VERSION_WITHOUT_PAYLOADS) throw badDataFormat();
  const { suggestions } = store;
  const count = Number(input.unsigned());
  const found: [term: Slice, score: number, payload: Slice][] = [];
  for (let i = 0; i < count; i++) {
    const term = unterminated(input.string());
    const score = input.double();
    const payload = version === VERSION ? unterminated(input.string()) : new Slice();
    found.push([term, score, payload]);
  }
  const dictionary = suggestions.create(db, key);
  for (const [term, score, payload] of found) {
    suggestions.add(dictionary, term, score, false, payload);
  }
  return dictionary;
}

function terminated(bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  return longer;
}

/** @throws {CommandError} If the bytes do not end as they must. */
function unterminated(bytes: Uint8Array): Slice {
  if (bytes.at(-1) !== 0) throw badDataFormat();
  return new Slice(bytes, 0, bytes.length - 1);
}
