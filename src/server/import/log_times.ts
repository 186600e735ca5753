/** Times in the commands of a log: when keys and fields are to expire. */

import type { Words } from "./source.ts";

const decoder = new TextDecoder();
const textOf = (word: unknown): string =>
  word instanceof Uint8Array ? decoder.decode(word) : String(word);

/** Commands whose second argument is the time, and what it is to be multiplied by for milliseconds. */
const AT: ReadonlyMap<string, number> = new Map([
  ["PEXPIREAT", 1],
  ["EXPIREAT", 1000],
  ["HPEXPIREAT", 1],
  ["HEXPIREAT", 1000],
]);
/** Options behind which the time is. */
const OPTIONS: ReadonlyMap<string, number> = new Map([["PXAT", 1], ["EXAT", 1000]]);
/** Commands that have such options. */
const WITH_OPTIONS = new Set(["SET", "GETEX", "HSETEX", "HGETEX", "MSETEX"]);

/** The earliest time at which something expires by a command, Unix time in milliseconds; Infinity if nothing does. */
export function expiryOf(name: string, words: Words): number {
  const unit = AT.get(name);
  if (unit !== undefined) return unit * Number(textOf(words[2]));
  if (name === "RESTORE" || name === "RESTORE-ASKING") {
    const absolute = words.slice(4).some((word) => textOf(word).toUpperCase() === "ABSTTL");
    const at = absolute ? Number(textOf(words[2])) : 0;
    return at === 0 ? Infinity : at;
  }
  if (!WITH_OPTIONS.has(name) || words.length < 4) return Infinity;
  for (let i = 2; i < words.length - 1; i++) {
    const word = words[i];
    const of = word instanceof Uint8Array && word.length === 4
      ? OPTIONS.get(textOf(word).toUpperCase())
      : undefined;
    if (of !== undefined) return of * Number(textOf(words[i + 1]));
  }
  return Infinity;
}
