/**
 * Reads a text by a parsing expression grammar, and tells where and for want of what it stops, as
 * RedisJSON does (by the library pest): the rules that were tried at the furthest place, where a rule
 * stands for those that it tries in its own first place, unless that is only one.
 *
 * @module
 */

/** How rules that count are named in errors, in the order in which errors list them. */
export const RULES = {
  end: "EOI",
  literal: "<string>",
  stringValue: "string_value",
  stringEscapeDouble: "string_value_escape_1",
  stringEscapeSingle: "string_value_escape_2",
  stringList: "'<string>[,<string>,...]'",
  positive: "pos_number",
  number: "'<number>'",
  decimal: "decimal",
  numbersList: "'<number>[,<number>,...]'",
  numbersRange: "['start:end:steps']",
  rightRange: "right_range",
  allRange: "all_range",
  leftRange: "left_range",
  fullRange: "full_range",
  fromCurrent: "from_current",
  fromRoot: "from_root",
  ge: "ge",
  gt: "gt",
  le: "le",
  lt: "lt",
  eq: "eq",
  ne: "ne",
  re: "re",
  true: "boolean_true",
  false: "boolean_false",
  null: "null",
  singleFilter: "single_filter",
  and: "and",
  or: "or",
  filter: "'[?(filter_expression)]'",
  all: "'*'",
  fullScan: "'..'",
  root: "root",
} as const;

/** A rule's key. */
export type Rule = keyof typeof RULES;

const ORDER = Object.keys(RULES) as readonly Rule[];

/** What did not fit; a value of its own, for null may be a result. */
export const FAIL: unique symbol = Symbol("fail");

/** The text and how far it is read. */
export class Scanner {
  /** The text. */
  readonly text: string;
  /** Where the next character is. */
  at = 0;
  #attemptsAt = 0;
  #attempts: Rule[] = [];
  /** How many rules are open whose parts do not count. */
  #atomic = 0;

  /** @param text Is read from its start. */
  constructor(text: string) {
    this.text = text;
  }

  /** Skips spaces. */
  skip(): void {
    while (this.text.charCodeAt(this.at) === 0x20) this.at++;
  }

  /** Reads a word, if it is next. */
  word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Reads what a sticky expression matches; undefined if it matches nothing. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Reads by a rule that counts; goes back if it does not fit. */
  rule<T>(rule: Rule, read: () => T | typeof FAIL): T | typeof FAIL {
    const start = this.at;
    const kept = start === this.#attemptsAt ? this.#attempts.length : 0;
    const result = read();
    if (result !== FAIL) return result;
    this.at = start;
    this.#track(rule, start, kept);
    return FAIL;
  }

  /** The same of a rule whose parts do not count. */
  atom<T>(rule: Rule, read: () => T | typeof FAIL): T | typeof FAIL {
    return this.rule(rule, () => {
      this.#atomic++;
      const result = read();
      this.#atomic--;
      return result;
    });
  }

  /** Tries something; goes back if it does not fit. */
  attempt<T>(read: () => T | typeof FAIL): T | typeof FAIL {
    const start = this.at;
    const result = read();
    if (result === FAIL) this.at = start;
    return result;
  }

  #track(rule: Rule, at: number, kept: number): void {
    if (this.#atomic > 0) return;
    const now = at === this.#attemptsAt ? this.#attempts.length : 0;
    if (now - kept === 1) return;
    if (at > this.#attemptsAt) {
      this.#attemptsAt = at;
      this.#attempts = [rule];
    } else if (at === this.#attemptsAt) {
      this.#attempts.length = kept;
      this.#attempts.push(rule);
    }
  }

  /** Where the text stops to fit, in UTF-8 bytes, and what was wanted there. */
  get refusal(): { readonly at: number; readonly wanted: string } {
    const tried = ORDER.filter((rule) => this.#attempts.includes(rule)).map((rule) => RULES[rule]);
    return {
      at: this.#attemptsAt,
      wanted: tried.length === 0
        ? "parsing error"
        : `expected one of the following: ${tried.join(", ")}`,
    };
  }
}
