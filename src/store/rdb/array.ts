/**
 * Arrays, as Redis 8.8 lays them out: the number of elements; 1 and the index that ARINSERT wrote
 * last, or 0 for none; then each element as its index, a tag, and the value in the tag's form.
 *
 * Redis writes the lowest index first, yet reads them in any order, and of two elements with the
 * same index keeps the later one.
 *
 * @module
 */

import { type ArrayIndex, INDEX_LIMIT } from "../arrays/index.ts";
import { ARRAY_TAG, badDataFormat, LONGEST_SMALL_STRING } from "./format.ts";
import type { RdbInput } from "./input.ts";
import { Piece, readUint32 } from "./piece.ts";
import type { DumpVisitor } from "./visitor.ts";

/** Walks through an array and returns the number of elements. */
export function walkArray(input: RdbInput, visitor: DumpVisitor | undefined): number {
  const count = input.count();
  const last = lastInserted(input);
  if (last !== undefined) visitor?.insertedLast(last);
  const value = new Piece();
  for (let left = count; left > 0; left--) {
    const index = elementIndex(input);
    switch (input.length()) {
      case ARRAY_TAG.STRING:
        input.string(value);
        break;
      case ARRAY_TAG.INTEGER:
        input.raw(8, value);
        value.setLittleEndian(value.bytes, value.start, 8);
        break;
      case ARRAY_TAG.DOUBLE:
        input.raw(8, value);
        visitor?.indexedDouble(index, taggedDouble(value));
        continue;
      case ARRAY_TAG.SMALL_STRING:
        input.string(value);
        if (value.length > LONGEST_SMALL_STRING) throw badDataFormat();
        break;
      default:
        throw badDataFormat();
    }
    visitor?.indexed(index, value);
  }
  return count;
}

function lastInserted(input: RdbInput): ArrayIndex | undefined {
  const flag = input.length();
  if (flag > 1) throw badDataFormat();
  if (flag === 0) return undefined;
  const index = input.exactLength();
  if (index === INDEX_LIMIT) throw badDataFormat();
  return index;
}

/** An element's index: here Redis does not take an encoding for a length. */
function elementIndex(input: RdbInput): ArrayIndex {
  const isEncoding = input.bytes[input.at]! >= 0xc0;
  const index = input.exactLength();
  if (isEncoding || index === INDEX_LIMIT) throw badDataFormat();
  return index;
}

const scratch = new DataView(new ArrayBuffer(8));

/** A double without its two lowest bits: in their place Redis keeps what kind of value it is. */
function taggedDouble({ bytes, start }: Piece): number {
  scratch.setUint32(0, readUint32(bytes, start) & ~3, true);
  scratch.setUint32(4, readUint32(bytes, start + 4), true);
  return scratch.getFloat64(0, true);
}
