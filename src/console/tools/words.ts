/** Lines of commands as words: quoted as redis-cli has it. */

import { fromHex } from "../data/bytes.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

const encoder = new TextEncoder();

/** The arguments of a line; undefined if its quotes do not match. */
export function wordsOf(line: string): Uint8Array[] | undefined {
  const words: Uint8Array[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))(?=\s|$)/gy;
  let at = 0;
  while (at < line.trimEnd().length) {
    word.lastIndex = at;
    const match = word.exec(line);
    if (match === null) return undefined;
    const [whole, double, single, plain] = match;
    if (double !== undefined) words.push(unescaped(double));
    else if (single !== undefined) words.push(encoder.encode(single.replaceAll("\\'", "'")));
    else words.push(encoder.encode(plain));
    at += whole.length;
  }
  return words;
}

function unescaped(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [part, escape] of text.matchAll(/\\(x[0-9a-fA-F]{2}|.)|[^\\]+/gs)) {
    if (escape === undefined) parts.push(encoder.encode(part));
    else if (escape.length === 3) parts.push(fromHex(escape.slice(1)) ?? new Uint8Array());
    else parts.push(encoder.encode(ESCAPES[escape] ?? escape));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
