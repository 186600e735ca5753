/** Sets of characters that patterns name, and the cases of letters. */

/** Whether a character belongs to a set. */
export type CharacterSet = (code: number) => boolean;

/** The sets that `[:name:]` names. */
export const POSIX: Readonly<Record<string, RegExp | undefined>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  // deno-lint-ignore no-control-regex
  ascii: /[\x00-\x7f]/,
  blank: /[\t ]/,
  // deno-lint-ignore no-control-regex
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /[0-9A-Za-z_]/,
  xdigit: /[0-9A-Fa-f]/,
};

const WORD_CHARACTERS = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** The sets that a letter after a backslash names; a capital stands for all others. */
export const PERL: Readonly<Record<string, RegExp | undefined>> = {
  d: /\p{Nd}/u,
  w: WORD_CHARACTERS,
  s: /\p{White_Space}/u,
};

/** The set that an expression for one character matches. */
export function setOf(expression: RegExp): CharacterSet {
  return (code) => expression.test(String.fromCodePoint(code));
}

const WORD = setOf(WORD_CHARACTERS);

/** Whether a character belongs to a word. */
export function isWord(code: number): boolean {
  return code >= 0 && WORD(code);
}

/** Letters whose capital, or the other way round, has another letter for its own. */
const SPECIAL_CASES: readonly (readonly number[])[] = [
  [0x4b, 0x6b, 0x212a],
  [0x53, 0x73, 0x17f],
  [0xc5, 0xe5, 0x212b],
  [0xdf, 0x1e9e],
  [0x3a9, 0x3c9, 0x2126],
];

/** A character in all its cases. */
export function inAnyCase(code: number): number[] {
  const codes = [code];
  const character = String.fromCodePoint(code);
  for (const other of [character.toLowerCase(), character.toUpperCase()]) {
    if ([...other].length === 1) codes.push(other.codePointAt(0)!);
  }
  const special = SPECIAL_CASES.find((cases) => cases.includes(code));
  return special === undefined ? codes : [...codes, ...special];
}

/** The set of one character. */
export function only(wanted: number): CharacterSet {
  return (code) => code === wanted;
}
