/**
 * Puts beside the words of a query what they are also looked for by: sounds, stems, synonyms. Words
 * in phrases, in tags, and in what is excluded or optional stay as they are, as in RediSearch.
 *
 * @module
 */

import type { QueryNode, TokenNode } from "./ast.ts";
import { noAttributes } from "./nodes.ts";

/** What expansion asks of the index. */
export interface Expander {
  /** What a word is also looked for by, in the order that FT.EXPLAIN tells it. */
  expansions(
    term: string,
    fields: readonly string[] | undefined,
    phonetic: boolean | undefined,
  ): string[];
}

/** The query with all its words expanded. It shares no changed node with the one given. */
export function expanded(node: QueryNode, expander: Expander): QueryNode {
  switch (node.kind) {
    case "token":
      return expandedToken(node, expander);
    case "intersect":
      if (node.exact) return node;
      return { ...node, children: node.children.map((child) => expanded(child, expander)) };
    case "union":
      return { ...node, children: node.children.map((child) => expanded(child, expander)) };
    default:
      return node;
  }
}

function expandedToken(node: TokenNode, expander: Expander): QueryNode {
  if (node.verbatim) return node;
  const { fields, attributes } = node;
  const others = expander.expansions(node.text, fields, attributes.phonetic);
  if (others.length === 0) return node;
  const children: QueryNode[] = others.map((text): QueryNode => ({
    kind: "token",
    text,
    verbatim: true,
    expansion: true,
    attributes: noAttributes(),
    fields,
  }));
  return { kind: "union", children: [node, ...children], attributes: noAttributes(), fields };
}
