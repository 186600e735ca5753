/**
 * FILTER on the members of a list: by columns of the fields that it names. They are kept with the list,
 * as are the members that fulfilled an expression: searches with the same one and other vectors are
 * many.
 *
 * @module
 */

import { fieldOf } from "../filter/attributes.ts";
import type { Filter } from "../filter/expression.ts";
import type { Value } from "../filter/values.ts";
import type { List } from "../index/list.ts";

/**
 * The column that says which members have attributes, for filters that name no field; a field's has a dot
 * before its name.
 */
const HAS_ATTRIBUTES = "";
/** Columns, and answers to expressions, that a list keeps: with more it begins anew. */
const MOST_KEPT = 32;

type Column = (Value | undefined)[];

/** Reads the attributes of a number, a character for each byte; undefined if it has none. */
export type AttributesOf = (number: number) => string | undefined;

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
  let known = list.count;
  for (const name of namesOf(fields)) {
    known = Math.min(known, list.columns.get(name)?.length ?? 0);
  }
  return list.count - known;
}

/** The columns that a filter needs. A field has no value where there are no attributes. */
const namesOf = (fields: readonly string[]) =>
  fields.length === 0 ? [HAS_ATTRIBUTES] : fields.map((field) => `.${field}`);

function fulfilling({ fields, holds }: Filter, list: List, attributesOf: AttributesOf): number[] {
  const columns = columnsOf(list, fields, attributesOf);
  const row: Value[] = columns.map(() => null);
  const rows: number[] = [];
  next:
  for (let i = 0; i < list.count; i++) {
    for (let j = 0; j < columns.length; j++) {
      const value = columns[j]![i];
      if (value === undefined) continue next;
      row[j] = value;
    }
    if (holds(row)) rows.push(i);
  }
  return rows;
}

/** The values of fields of all members, or which of them have attributes. */
function columnsOf(list: List, fields: readonly string[], attributesOf: AttributesOf): Column[] {
  const names = namesOf(fields);
  const columns = names.map((name) => (list.columns.get(name) ?? []) as Column);
  const known = Math.min(...columns.map(({ length }) => length));
  if (known === list.count) return columns;
  // Those of members that came since, or all.
  for (let i = known; i < list.count; i++) {
    const json = attributesOf(list.numbers[i]!);
    for (const [j, column] of columns.entries()) {
      if (column.length > i) continue;
      if (json === undefined) column.push(undefined);
      else column.push(fields.length === 0 ? 1 : fieldOf(json, fields[j]!));
    }
  }
  // Copies have no room to grow, which would be a third of them.
  return columns.map((column, j) => {
    const exact = column.slice();
    list.columns.set(names[j]!, exact);
    return exact;
  });
}
