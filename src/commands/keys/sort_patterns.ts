/**
 * The patterns of SORT's BY and GET: `#` is the element itself, `weight_*` the string of the key that
 * has the element in place of the star, `object_*->name` a field of the hash of that key.
 *
 * @module
 */

import { TYPE } from "../../store/file/schema.ts";
import { copyBytes, Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";

const HASH_SIGN = 0x23, STAR = 0x2a, DASH = 0x2d, GREATER = 0x3e;

/** A pattern taken apart. */
export interface Pattern {
  /** The key's name, with the star. */
  readonly key: Uint8Array;
  /** Index of the first star in it, -1 without one. */
  readonly star: number;
  /** Where names are made: they differ only from the star on. */
  readonly name: Slice;
  /** The hash's field, if one is meant. */
  readonly field: Slice | undefined;
  /** Whether it stands for the element itself. */
  readonly element: boolean;
}

/** Takes a pattern apart. */
export function patternOf(slice: Slice): Pattern {
  const bytes = slice.copy();
  const star = bytes.indexOf(STAR);
  const element = bytes.length === 1 && bytes[0] === HASH_SIGN;
  const name = new Slice();
  for (let i = star + 1; star >= 0 && i + 2 < bytes.length; i++) {
    if (bytes[i] !== DASH || bytes[i + 1] !== GREATER) continue;
    const field = new Slice(bytes, i + 2, bytes.length);
    return { key: bytes.subarray(0, i), star, name, field, element };
  }
  return { key: bytes, star, name, field: undefined, element };
}

/** The element itself, or the value a pattern means for an element, until the next look at a key; undefined if there is none. */
export function valueOf(
  store: Store,
  db: number,
  pattern: Pattern,
  subject: Slice,
): Slice | undefined {
  const { star, field, element } = pattern;
  if (element) return subject;
  if (star < 0) return undefined;
  const type = store.keyspace.read(db, nameFor(pattern, subject));
  if (field === undefined) {
    return type === TYPE.STRING ? store.strings.loaded().materialize() : undefined;
  }
  const { collection } = store.keyspace.row;
  if (type !== TYPE.HASH || collection === undefined) return undefined;
  return store.hashes.get(collection, field);
}

/** The key's name with a subject in place of the star. */
function nameFor({ key, star, name }: Pattern, subject: Slice): Slice {
  const length = key.length - 1 + subject.length;
  if (name.bytes.length < length) {
    const bytes = new Uint8Array(2 * length);
    bytes.set(key.subarray(0, star));
    name.bytes = bytes;
  }
  subject.copyInto(name.bytes, star);
  copyBytes(key, star + 1, key.length, name.bytes, star + subject.length);
  name.end = length;
  return name;
}
