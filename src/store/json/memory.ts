/** What RedisJSON would take for values in memory, which JSON.DEBUG MEMORY tells. */

import { byteLength } from "./text.ts";
import { isInteger, isNumber, JsonArray, JsonObject, type JsonValue } from "./values.ts";

/** Bytes of a value by itself, of a word, and of a number that does not fit into one. */
const VALUE = 8, WORD = 8, LARGE_NUMBER = 16, MIDDLE_NUMBER = 4;
/** Elements that there is room for at first. */
const FIRST_ROOM = 4;

/** The room of a container that grew to a size. */
function room(length: number): number {
  let capacity = FIRST_ROOM;
  while (capacity < length) capacity *= 2;
  return capacity;
}

/** Bytes of a value. */
export function memoryOf(value: JsonValue): number {
  if (isNumber(value)) {
    if (!isInteger(value)) return VALUE + LARGE_NUMBER;
    if (value >= -128 && value <= 383) return VALUE;
    return VALUE + (value > -8388608 && value <= 8388607 ? MIDDLE_NUMBER : LARGE_NUMBER);
  }
  if (typeof value === "string") return VALUE + byteLength(value);
  if (!(value instanceof JsonArray || value instanceof JsonObject)) return VALUE;
  const { items } = value;
  if (items.length === 0) return VALUE;
  let bytes = VALUE + items.reduce<number>((sum, item) => sum + memoryOf(item), 0);
  if (value instanceof JsonArray) return bytes + WORD * (room(items.length) + 2);
  for (const key of value.keys) bytes += byteLength(key);
  return bytes + WORD * (3 * room(items.length) + 2);
}
