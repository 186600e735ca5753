/** What stands in `@field:{…}`. */

import type { QueryNode, TagNode } from "./ast.ts";
import { refuseEmpty } from "./field_limits.ts";
import { decodeLatin1 } from "./lexer.ts";
import { base, verbatimWord } from "./nodes.ts";
import type { QueryReader } from "./query_reader.ts";

/** `{foo|bar}`: any of several tags. */
export function readTags(reader: QueryReader, field: string): QueryNode {
  reader.take("{");
  const node: TagNode = { kind: "tag", field, children: [], ...base() };
  node.children.push(readTag(reader, field));
  // In dialect 1 the brace that ends the tags may be left out, and more may follow it.
  while (reader.is("|") || !reader.modern && reader.is("}")) {
    const isOr = reader.is("|");
    reader.skip();
    if (isOr) node.children.push(readTag(reader, field));
  }
  if (reader.modern) reader.take("}");
  return node;
}

function readTag(reader: QueryReader, field: string): QueryNode {
  const { token } = reader;
  const caseSensitive = reader.schema.isCaseSensitive(field);
  const inCase = (text: string) => caseSensitive ? text : text.toLowerCase();
  switch (token.kind) {
    case "prefix":
    case "suffix":
    case "infix": {
      reader.skip();
      const text = reader.affix(token, !caseSensitive);
      return { kind: "affix", text, affix: token.kind, ...base() };
    }
    case "pattern":
      reader.skip();
      return { kind: "pattern", pattern: inCase(reader.pattern(token)), ...base() };
  }
  const children: QueryNode[] = [];
  for (;;) {
    const text = tagWord(reader, children.length > 0);
    if (text === undefined) break;
    // In dialect 1 a stop word is a tag by itself.
    const alone = !reader.modern && reader.is("term") && reader.isStopWord(reader.token.text);
    children.push(verbatimWord(inCase(text)));
    reader.skip();
    if (alone) break;
  }
  const [only] = children;
  if (only === undefined) return reader.fail();
  if (only.kind === "token" && only.text === "" && reader.schema.indexesEmpty(field) === false) {
    refuseEmpty(reader);
  }
  if (children.length === 1) return only;
  return { kind: "intersect", exact: false, children, ...base() };
}

/** The text of the next token as a part of a tag; undefined if it is none. */
function tagWord(reader: QueryReader, follows: boolean): string | undefined {
  const { kind, text } = reader.token;
  if (kind === "term" || kind === "number") {
    const ends = !reader.modern && follows && reader.isStopWord(text);
    return ends ? undefined : decodeLatin1(text);
  }
  if (!reader.modern) return undefined;
  if (kind === "exact") return decodeLatin1(text);
  if (kind !== "attribute") return undefined;
  // What a parameter says is taken as it stands: its backslashes escape nothing.
  return decodeLatin1(reader.parameterText(reader.token)).replaceAll("\\", "\\\\");
}
