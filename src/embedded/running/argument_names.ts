/** What the arguments of a command are called, for errors: as its syntax line has them. */

import type { Command } from "../../commands/table/command.ts";
import { type DocArgument, parseSyntax } from "../../commands/table/syntax.ts";

/** The name of an argument, or its number where the syntax does not tell. */
export function argumentName(
  command: Command | undefined,
  words: readonly unknown[],
  index: number,
): string {
  if (command === undefined) return `argument ${index}`;
  const { fullName, keys, syntax } = command;
  const docs = parseSyntax(syntax, fullName, keys.length);
  const found = nameIn(docs, words, fullName.split("|").length, index);
  return typeof found === "string" ? found : `argument ${index}`;
}

/**
 * Goes along the arguments of a syntax.
 *
 * @returns The name of the one at `index`, or where the words that fit end; undefined if they do not.
 */
function nameIn(
  docs: readonly DocArgument[],
  words: readonly unknown[],
  start: number,
  index: number,
): string | number | undefined {
  let at = start;
  for (const [rank, doc] of docs.entries()) {
    const behind = docs.slice(rank + 1).filter(({ optional }) => !optional).length;
    let end = doc.multiple ? words.length - behind : at + 1;
    do {
      const next = nameOfOne(doc, words, at, index);
      if (typeof next === "string") return next;
      if (next === undefined && !doc.optional) return undefined;
      if (next === undefined || next === at) end = at;
      else at = next;
    } while (at < end && at <= index);
  }
  return at;
}

function nameOfOne(
  doc: DocArgument,
  words: readonly unknown[],
  start: number,
  index: number,
): string | number | undefined {
  let at = start;
  if (doc.token !== undefined) {
    const word = words[at++];
    if (typeof word !== "string" || word.toUpperCase() !== doc.token.toUpperCase()) {
      return undefined;
    }
    if (doc.type === "pure-token") return at;
  }
  const members = doc.arguments ?? [];
  if (doc.type === "block") return nameIn(members, words, at, index);
  if (doc.type !== "oneof") return at === index ? doc.name : at + 1;
  for (const member of members) {
    const found = nameOfOne(member, words, at, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
