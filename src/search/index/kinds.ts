/**
 * The lists of an index by kind: words of all text fields, and of each other field its tags, numbers,
 * points, sort values, shapes, and the documents without it. A kind is the number `8 * (field + 1)`
 * plus one of {@linkcode KIND}, or 0 for words.
 *
 * An entry of a list is a document's number, as the distance from the entry before, and what its kind
 * tells of it:
 *
 * | kind | what follows |
 * |---|---|
 * | words | frequency, field mask, size of the positions, positions (each the distance from the one before) |
 * | tags, missing | nothing |
 * | numbers | a double |
 * | points | two doubles: longitude and latitude |
 * | sort values, shapes | size and bytes |
 *
 * All integers are of variable length (bytes.ts). A document may have several entries of numbers,
 * points and shapes, at a distance of 0.
 *
 * @module
 */

import type { ByteReader } from "./bytes.ts";
import type { Field } from "./definition.ts";

/** The kind of all words. */
export const WORDS = 0;

/** What a field has lists of. */
export const KIND = {
  TAGS: 1,
  NUMBERS: 2,
  SORT_TEXTS: 3,
  POINTS: 4,
  MISSING: 5,
  SHAPES: 6,
} as const;

/** The kind of one sort of lists of a field. */
export function kindOf(field: Field, sort: number): number {
  return 8 * (field.id + 1) + sort;
}

/** One of {@linkcode KIND}, or {@linkcode WORDS}. */
export function sortOf(kind: number): number {
  return kind & 7;
}

/** Goes past what an entry of a kind has beside the document's number. */
export function skipEntry(kind: number, reader: ByteReader): void {
  const sort = sortOf(kind);
  if (sort === WORDS) {
    reader.varint();
    reader.varint();
    const size = reader.varint();
    reader.at += size;
  } else if (sort === KIND.NUMBERS) {
    reader.at += 8;
  } else if (sort === KIND.POINTS) {
    reader.at += 16;
  } else if (sort === KIND.SORT_TEXTS || sort === KIND.SHAPES) {
    const size = reader.varint();
    reader.at += size;
  }
}
