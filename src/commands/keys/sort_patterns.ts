/**
 * The patterns of SORT's BY and GET: `#` is the element itself, `weight_*` the string of the key that
 * has the element in place of the star, `object_*->name` a field of the hash of that key.
 *
 * @module
 */

import { TYPE } from "../../store/file/schema.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";

const HASH_SIGN = 0x23, STAR = 0x2a, DASH = 0x2d, GREATER = 0x3e;

/** A pattern taken apart. */
export interface Pattern {
  /** The key's name, with the star. */
  readonly key: Uint8Array;
  /** Index of the first star in it, -1 without one. */
  readonly star: number;
  /** The hash's field, if one is meant. */
  readonly field: Uint8Array | undefined;
  /** Whether it stands for the element itself. */
  readonly element: boolean;
}

/** Takes a pattern apart. */
export function patternOf(slice: Slice): Pattern {
  const bytes = slice.copy();
  const star = bytes.indexOf(STAR);
  const element = bytes.length === 1 && bytes[0] === HASH_SIGN;
  for (let i = star + 1; star >= 0 && i + 2 < bytes.length; i++) {
    if (bytes[i] !== DASH || bytes[i + 1] !== GREATER) continue;
    return { key: bytes.subarray(0, i), star, field: bytes.subarray(i + 2), element };
  }
  return { key: bytes, star, field: undefined, element };
}

/** The element itself, or a copy of the value a pattern means for an element, undefined if there is none. */
export function valueOf(
  store: Store,
  db: number,
  { key, star, field, element }: Pattern,
  subject: Slice,
): Slice | undefined {
  if (element) return subject;
  if (star < 0) return undefined;
  const name = new Uint8Array(key.length - 1 + subject.length);
  name.set(key.subarray(0, star));
  subject.copyInto(name, star);
  name.set(key.subarray(star + 1), star + subject.length);
  const type = store.keyspace.read(db, new Slice(name));
  if (field === undefined) {
    return type === TYPE.STRING ? copyOf(store.strings.loaded().materialize()) : undefined;
  }
  const { collection } = store.keyspace.row;
  if (type !== TYPE.HASH || collection === undefined) return undefined;
  const value = store.hashes.get(collection, new Slice(field));
  return value && copyOf(value);
}

const copyOf = (slice: Slice) => new Slice(slice.copy());
