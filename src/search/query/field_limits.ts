/** Limits what `@field:` is about to text fields. */

import { CommandError } from "../../store/values/errors.ts";
import type { QueryNode } from "./ast.ts";
import type { ParserSchema } from "./schema.ts";

/** Limits a node and all below it to text fields. @throws {CommandError} */
export function limitToFields(
  node: QueryNode,
  names: readonly string[],
  schema: ParserSchema,
): void {
  const fields = [...new Set(names)].filter((name) => schema.isText(name));
  const empty = fields.length > 0 && fields.some((name) => schema.indexesEmpty(name) === false);
  limitTo(node, fields, empty);
}

/** @param refusesEmpty Whether the empty text must not be asked for. */
function limitTo(node: QueryNode, fields: readonly string[], refusesEmpty: boolean): void {
  if (refusesEmpty && node.kind === "token" && node.text === "") throw emptyNotIndexed();
  const own = node.fields;
  node.fields = own === undefined ? fields : own.filter((field) => fields.includes(field));
  if (node.kind === "intersect" || node.kind === "union") {
    for (const child of node.children) limitTo(child, fields, refusesEmpty);
  } else if (node.kind === "tag") {
    for (const child of node.children) limitTo(child, fields, false);
  } else if (node.kind === "not" || node.kind === "optional") {
    limitTo(node.child, fields, refusesEmpty);
  }
}

/** A field is asked for the empty text, and has none in the index. */
export const emptyNotIndexed = (): CommandError =>
  new CommandError(
    "Use `INDEXEMPTY` in field creation in order to index and query for empty strings",
  );
