/**
 * What RediSearch asks of fields that are searched by what is within their words: once an index keeps
 * the suffixes of a text field, all that a query names must. Here they are found without.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import type { Field } from "../index/definition.ts";
import type { QueryNode } from "./ast.ts";

const encoder = new TextEncoder();

/**
 * Refuses a query that looks within the words of fields that were declared not to be.
 *
 * @param minPrefix Bytes that a part of a word must have to be looked for at all.
 * @throws {CommandError}
 */
export function assertSuffixes(
  query: QueryNode,
  fields: readonly Field[],
  minPrefix: number,
): void {
  const kept = new Set<string>();
  for (const field of fields) if (field.type === "TEXT" && field.suffixTrie) kept.add(field.name);
  if (kept.size > 0) assertKept(query, kept, minPrefix);
}

function assertKept(node: QueryNode, kept: ReadonlySet<string>, minPrefix: number): void {
  switch (node.kind) {
    case "affix":
    case "pattern": {
      const isWithin = node.kind === "pattern" ||
        node.affix !== "prefix" && encoder.encode(node.text).length >= minPrefix;
      if (!isWithin || node.fields === undefined) return;
      if (node.fields.every((name) => kept.has(name))) return;
      throw new CommandError("Contains query on fields without WITHSUFFIXTRIE support");
    }
    case "intersect":
    case "union":
      for (const child of node.children) assertKept(child, kept, minPrefix);
      return;
    case "not":
    case "optional":
      return assertKept(node.child, kept, minPrefix);
    case "vector":
      if (node.child !== undefined) assertKept(node.child, kept, minPrefix);
  }
}
