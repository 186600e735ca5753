/** FILTER on the members of a list: by columns of the fields that it names, kept with the list. */

import { latin1 } from "../../../src/store/values/slice.ts";
import { fieldOf } from "../filter/attributes.ts";
import type { Filter } from "../filter/expression.ts";
import type { Value } from "../filter/values.ts";
import type { List } from "../index/list.ts";

/** The column that says which members have attributes; a field's has a dot before its name. */
const HAS_ATTRIBUTES = "";

type Column = (Value | undefined)[];

/** Reads the attributes of a number, undefined if it has none. */
export type AttributesOf = (number: number) => Uint8Array | undefined;

/**
 * Marks by 1 in `mask` the members that fulfil a filter, and the others by 0.
 *
 * @returns How many fulfil it.
 */
export function filterList(
  { fields, holds }: Filter,
  list: List,
  mask: Uint8Array,
  attributesOf: AttributesOf,
): number {
  const [has, ...columns] = columnsOf(list, fields, attributesOf);
  const row: Value[] = fields.map(() => null);
  let count = 0;
  next:
  for (let i = 0; i < list.count; i++) {
    mask[i] = 0;
    if (has?.[i] === undefined) continue;
    for (let j = 0; j < columns.length; j++) {
      const value = columns[j]![i];
      if (value === undefined) continue next;
      row[j] = value;
    }
    if (!holds(row)) continue;
    mask[i] = 1;
    count++;
  }
  return count;
}

/** Which members have attributes, and the values of fields of all members. */
function columnsOf(list: List, fields: readonly string[], attributesOf: AttributesOf): Column[] {
  const names = [HAS_ATTRIBUTES, ...fields.map((field) => `.${field}`)];
  const missing = names.filter((name) => !list.columns.has(name));
  if (missing.length > 0) {
    const columns = missing.map((): Column => []);
    for (let i = 0; i < list.count; i++) {
      const bytes = attributesOf(list.numbers[i]!);
      const json = bytes && latin1(bytes, 0, bytes.length);
      for (const [j, name] of missing.entries()) {
        if (json === undefined) columns[j]!.push(undefined);
        else columns[j]!.push(name === HAS_ATTRIBUTES ? 1 : fieldOf(json, name.slice(1)));
      }
    }
    for (const [j, name] of missing.entries()) list.columns.set(name, columns[j]!);
  }
  return names.map((name) => list.columns.get(name) as Column);
}
