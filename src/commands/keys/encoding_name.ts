/** OBJECT ENCODING's answer. */

import { encodingName } from "../../store/collections/encodings.ts";
import { isOfExtension } from "../../store/extensions/key_types.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";

/** How Redis would hold the value of the key the keyspace found last. */
export function valueEncoding(store: Store): string {
  const { collection } = store.keyspace.row;
  if (collection === undefined) return store.strings.encodingName();
  if (collection.type === TYPE.LIST) return store.lists.encodingName(collection);
  if (isOfExtension(collection.type)) return store.extensions.encodingName(collection);
  return encodingName(collection);
}
