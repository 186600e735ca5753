/** The words that ACL rules are written in, as byte strings. */

import { err } from "../../store/values/errors.ts";

/** A rule that cannot be applied: `message` is the reason, in Redis's words. */
export class RuleError extends Error {
  override readonly name: string = "RuleError";
}

/** Not a rule at all. */
export const syntaxProblem = (): RuleError => new RuleError("Syntax error");
/** Why a rule for what does not exist cannot be applied. */
export const UNKNOWN_COMMAND = "Unknown command or category name in ACL";
/** A rule for what does not exist. */
export const unknownCommand = (): RuleError => new RuleError(UNKNOWN_COMMAND);

/** A keyword or a command's name in lower case. Only ASCII letters have one, whatever else the bytes mean. */
export function lower(word: string): string {
  return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The same in upper case. */
export function upper(word: string): string {
  return word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Whether a word has white space or zero bytes, so that it would not be one word when it is written out. */
export function hasSpaces(word: string): boolean {
  return /[\0\t-\r ]/.test(word);
}

/** The words that white space separates. Unlike JavaScript's own, it is that of ASCII. */
export function splitWords(text: string): string[] {
  return text.split(/[\t-\r ]+/).filter((word) => word !== "");
}

/**
 * Joins the words of each selector: `(+get`, `~a)` become `(+get ~a)`.
 *
 * @throws {CommandError} If a selector does not end.
 */
export function joinSelectors(words: readonly string[]): string[] {
  const { joined, open } = groupSelectors(words);
  if (open === undefined) return joined;
  throw err(`Unmatched parenthesis in acl selector starting at '${open}'.`);
}

/** The same. `open` is the first word of a selector that does not end. */
export function groupSelectors(
  words: readonly string[],
): { readonly joined: string[]; readonly open: string | undefined } {
  const joined: string[] = [];
  let open: string[] | undefined;
  for (const word of words) {
    if (open === undefined && (!word.startsWith("(") || word.endsWith(")"))) {
      joined.push(word);
      continue;
    }
    open ??= [];
    open.push(word);
    if (!word.endsWith(")")) continue;
    joined.push(open.join(" "));
    open = undefined;
  }
  return { joined, open: open?.[0] };
}
