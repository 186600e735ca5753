/** Items that stand for words: near ones, phrases, words from parameters. */

import type { QueryNode } from "./ast.ts";
import { decodeLatin1, unescaped } from "./lexer.ts";
import { base, verbatimWord } from "./nodes.ts";
import { foldedText, type QueryReader } from "./query_reader.ts";

/** `%word%`: words within an edit distance of as many as there are signs on a side. */
export function readFuzzy(reader: QueryReader): QueryNode {
  let distance = 0;
  while (reader.is("%")) {
    if (++distance > 3) reader.fail();
    reader.skip();
  }
  const { token } = reader;
  let text: string;
  const isWord = token.kind === "term" || token.kind === "number" || token.kind === "exact";
  if (isWord) text = unescaped(token.text);
  else if (token.kind === "attribute" && reader.modern) text = reader.parameterText(token);
  else return reader.fail();
  reader.skip();
  for (let i = 0; i < distance; i++) reader.take("%");
  return {
    kind: "fuzzy",
    text: decodeLatin1(text).toLowerCase(),
    distance: distance === 1 ? 1 : distance === 2 ? 2 : 3,
    ...base(),
  };
}

/** Of dialect 1: a phrase of words. */
export function readPhrase(reader: QueryReader): QueryNode {
  reader.take('"');
  const children: QueryNode[] = [];
  while (!reader.is('"')) {
    const { kind, text } = reader.token;
    if (kind !== "number" && (kind !== "term" || reader.isStopWord(text))) reader.fail();
    reader.skip();
    children.push(verbatimWord(foldedText(text)));
  }
  const [first] = children;
  if (first === undefined) return reader.fail();
  reader.skip();
  if (children.length === 1) return first;
  return { kind: "intersect", exact: true, children, ...base() };
}

/** A phrase of dialect 2: what stands between quotes, cut into words. */
export function exactPhrase(text: string): QueryNode {
  if (text === "") return verbatimWord("");
  const words = text.match(/(?:[0-9A-Za-z_$\x80-\xff]|\\[^]?)+/g) ?? [];
  const children = words.map((word) => verbatimWord(foldedText(word)));
  return { kind: "intersect", exact: true, children, ...base() };
}

/** `$word` */
export function readParameterWord(reader: QueryReader): QueryNode {
  const token = reader.take("attribute");
  const text = decodeLatin1(reader.parameterText(token)).toLowerCase();
  return { kind: "token", text, verbatim: false, ...base() };
}
