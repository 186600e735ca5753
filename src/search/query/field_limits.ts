/** Limits what `@field:` is about to text fields. */

import type { QueryNode } from "./ast.ts";
import type { QueryReader } from "./query_reader.ts";

/** Limits a node and all below it to text fields. */
export function limitToFields(
  node: QueryNode,
  names: readonly string[],
  reader: QueryReader,
): void {
  const { schema } = reader;
  const fields = [...new Set(names)].filter((name) => schema.isText(name));
  const empty = fields.length > 0 && fields.some((name) => schema.indexesEmpty(name) === false);
  limitTo(node, fields);
  if (empty && asksForEmpty(node)) refuseEmpty(reader);
}

function limitTo(node: QueryNode, fields: readonly string[]): void {
  const own = node.fields;
  node.fields = own === undefined ? fields : own.filter((field) => fields.includes(field));
  if (node.kind === "intersect" || node.kind === "union" || node.kind === "tag") {
    for (const child of node.children) limitTo(child, fields);
  } else if (node.kind === "not" || node.kind === "optional") limitTo(node.child, fields);
}

/** Whether the empty text is among the words that a node asks text fields for. */
function asksForEmpty(node: QueryNode): boolean {
  if (node.kind === "token") return node.text === "";
  if (node.kind === "intersect" || node.kind === "union") return node.children.some(asksForEmpty);
  return (node.kind === "not" || node.kind === "optional") && asksForEmpty(node.child);
}

/** Refuses to ask a field for the empty text that has none in the index. */
export function refuseEmpty(reader: QueryReader): void {
  reader.refuse(
    "text",
    "Use `INDEXEMPTY` in field creation in order to index and query for empty strings",
  );
}
