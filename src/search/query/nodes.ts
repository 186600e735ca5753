/** Makes nodes of queries, and puts them together. */

import type { NodeAttributes, QueryNode } from "./ast.ts";

/** Attributes that say nothing. */
export function noAttributes(): NodeAttributes {
  return {
    weight: 1,
    slop: undefined,
    inOrder: undefined,
    phonetic: undefined,
    distanceAs: undefined,
  };
}

/** What a node has beside its kind, if nothing is said of it. */
export function base(): { attributes: NodeAttributes; fields: undefined } {
  return { attributes: noAttributes(), fields: undefined };
}

/** A word that is taken as it stands. */
export function verbatimWord(text: string): QueryNode {
  return { kind: "token", text, verbatim: true, ...base() };
}

/** Both, where words and more are gathered in the intersection on the left. */
export function intersected(
  left: QueryNode | undefined,
  right: QueryNode | undefined,
): QueryNode | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.kind === "intersect" && !left.exact && left.fields === undefined) {
    left.children.push(right);
    return left;
  }
  return { kind: "intersect", exact: false, children: [left, right], ...base() };
}

/** Either, where alternatives are gathered in the union on the left. */
export function united(
  left: QueryNode | undefined,
  right: QueryNode | undefined,
): QueryNode | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.kind === "union" && left.fields === undefined) {
    left.children.push(right);
    return left;
  }
  return { kind: "union", children: [left, right], ...base() };
}
