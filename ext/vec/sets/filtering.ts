/**
 * FILTER on the members of a list: by columns of the fields that it names. They are kept with the list,
 * as are the members that fulfilled an expression: searches with the same one and other vectors are
 * many.
 *
 * @module
 */

import { latin1 } from "../../../src/store/values/slice.ts";
import { fieldOf } from "../filter/attributes.ts";
import type { Filter } from "../filter/expression.ts";
import type { Value } from "../filter/values.ts";
import type { List } from "../index/list.ts";

/** The column that says which members have attributes; a field's has a dot before its name. */
const HAS_ATTRIBUTES = "";
/** Columns, and answers to expressions, that a list keeps: with more it begins anew. */
const MOST_KEPT = 32;

type Column = (Value | undefined)[];

/** Reads the attributes of a number, undefined if it has none. */
export type AttributesOf = (number: number) => Uint8Array | undefined;

/** The rows of the members that fulfil a filter. */
export function filterList(
  filter: Filter,
  list: List,
  attributesOf: AttributesOf,
): readonly number[] {
  let rows = list.answers.get(filter.text);
  if (rows === undefined) {
    if (list.answers.size >= MOST_KEPT) list.answers.clear();
    if (list.columns.size >= MOST_KEPT) list.columns.clear();
    rows = fulfilling(filter, list, attributesOf);
    list.answers.set(filter.text, rows);
  }
  return rows;
}

/** How many members' attributes have to be read before it is known who fulfils a filter. */
export function unreadBy({ text, fields }: Filter, list: List): number {
  if (list.answers.has(text)) return 0;
  let known = list.columns.get(HAS_ATTRIBUTES)?.length ?? 0;
  for (const field of fields) {
    known = Math.min(known, list.columns.get(columnOf(field))?.length ?? 0);
  }
  return list.count - known;
}

/** The column of a field. */
const columnOf = (field: string) => `.${field}`;

function fulfilling({ fields, holds }: Filter, list: List, attributesOf: AttributesOf): number[] {
  const [has, ...columns] = columnsOf(list, fields, attributesOf);
  const row: Value[] = fields.map(() => null);
  const rows: number[] = [];
  next:
  for (let i = 0; i < list.count; i++) {
    if (has?.[i] === undefined) continue;
    for (let j = 0; j < columns.length; j++) {
      const value = columns[j]![i];
      if (value === undefined) continue next;
      row[j] = value;
    }
    if (holds(row)) rows.push(i);
  }
  return rows;
}

/** Which members have attributes, and the values of fields of all members. */
function columnsOf(list: List, fields: readonly string[], attributesOf: AttributesOf): Column[] {
  const names = [HAS_ATTRIBUTES, ...fields.map(columnOf)];
  const columns = names.map((name) => {
    let column = list.columns.get(name) as Column | undefined;
    if (column === undefined) list.columns.set(name, column = []);
    return column;
  });
  // Those of members that came since, or all.
  for (let i = Math.min(...columns.map(({ length }) => length)); i < list.count; i++) {
    const bytes = attributesOf(list.numbers[i]!);
    const json = bytes && latin1(bytes, 0, bytes.length);
    for (const [j, column] of columns.entries()) {
      if (column.length > i) continue;
      if (json === undefined) column.push(undefined);
      else column.push(j === 0 ? 1 : fieldOf(json, fields[j - 1]!));
    }
  }
  return columns;
}
