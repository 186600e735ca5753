/**
 * The tokens of a query: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/query_syntax/
 *
 * Texts are characters of the query's bytes (latin1), so that offsets are those of bytes; what a
 * parser keeps of a token is decoded by {@linkcode decodeLatin1}.
 *
 * @module
 */

/** The kinds of tokens. */
export type TokenKind =
  | "term"
  | "number"
  | "prefix"
  | "suffix"
  | "infix"
  | "pattern"
  | "modifier"
  | "attribute"
  | "exact"
  | "single"
  | "operator"
  | "arrow"
  | "end"
  | '"'
  | "("
  | ")"
  | "{"
  | "}"
  | "["
  | "]"
  | ":"
  | ";"
  | "-"
  | "~"
  | "*"
  | "%"
  | "|";

/** A token. */
export interface Token {
  readonly kind: TokenKind;
  /** Where it begins, in bytes. */
  readonly at: number;
  /** Where it ends. */
  readonly end: number;
  /** Its text, without what marks it; of marks alone, that of the last token that had one. */
  readonly text: string;
  /** Of words by affix: whether the word was quoted, or its text is the name of a parameter. */
  readonly form?: "quoted" | "parameter";
}

const SINGLE: ReadonlySet<string> = new Set('(){}[]:;-~*%|"');
const TERM = String
  .raw`(?:[0-9A-Za-z_\x80-\xff]|\\[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])+`;
const term = new RegExp(TERM, "y");
const DIGITS = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
/** The numbers of dialect 1, where a plus says nothing but before an infinity, and of the others. */
const oldNumber = new RegExp(`-?${DIGITS}|[+'-]?inf`, "iy");
const number = new RegExp(`[+-]?${DIGITS}|[+-]?inf`, "iy");
const AFFIX = `(${TERM}|-?${DIGITS})`;
const infix = new RegExp(String.raw`\*${AFFIX}\*`, "y");
/** Words behind a star end where the longer of a word and a number does. */
const suffix = new RegExp(String.raw`\*(${TERM})`, "y");
const numberSuffix = new RegExp(String.raw`\*(-?${DIGITS})`, "y");
const prefix = new RegExp(String.raw`${AFFIX}\*`, "y");
const modifier = new RegExp(`@(${TERM})`, "y");
const attribute = new RegExp(String.raw`\$(${TERM})`, "y");
const pattern = /w'((?:[^'\\]|\\[^])+)'/y;
const exact = /"((?:[^"\\]|\\[^])*)"/y;
/** The same, if its last quote is escaped and there is no other. */
const exactToEscape = /"([^"]*)"/y;
/** Words by affix of dialect 2, of a text in quotes and of a parameter. */
const quotedAffix = /(\*?)"((?:[^"\\]|\\[^])+)"(\*?)/y;
const parameterAffix = new RegExp(String.raw`(\*?)\$(${TERM})(\*?)`, "y");
const quoted = /'((?:[^'\\]|\\[^])*)'/y;
/** Of dialect 2, a field's comparison: its name, the operator, and a number or a parameter. */
const comparison = new RegExp(
  String
    .raw`@(${TERM})\s*(==|!=|>=|<=|>|<)\s*(?:([+-]?${DIGITS}|[+-]?[iI][nN][fF])|([+-]?)\$(${TERM}))`,
  "y",
);

function match(pattern: RegExp, query: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(query);
}

/** Of dialect 2: a word by affix that is quoted or a parameter; undefined if there is none. */
function formedAffix(query: string, at: number): Token | undefined {
  const quotes = match(quotedAffix, query, at);
  const found = quotes ?? match(parameterAffix, query, at);
  if (found === null) return undefined;
  const [whole, before, text = "", after] = found;
  if (!before && !after) return undefined;
  const kind = !before ? "prefix" : after ? "infix" : "suffix";
  const form = quotes === null ? "parameter" : "quoted";
  return { kind, at, end: at + whole.length, text, form };
}

function longer(a: RegExpExecArray | null, b: RegExpExecArray | null): RegExpExecArray | null {
  return (b?.[0].length ?? 0) > (a?.[0].length ?? 0) ? b : a;
}

/**
 * The tokens of a comparison; undefined if there is none. In errors the operator stands where the name
 * does, and what is compared where the token before the name does.
 */
function comparisonAt(
  query: string,
  at: number,
  before: Token | undefined,
): [Token, ...Token[]] | undefined {
  const found = match(comparison, query, at);
  if (found === null) return undefined;
  const [whole, name = "", operator = "", digits, sign, parameter = ""] = found;
  const end = at + whole.length;
  const value = { at: before?.at ?? 0, end };
  return [
    { kind: "modifier", at, end, text: name },
    { kind: "operator", at, end, text: operator },
    ...sign === "-" ? [{ kind: "-", ...value, text: "" } as const] : [],
    digits !== undefined
      ? { kind: "number", ...value, text: digits }
      : { kind: "attribute", ...value, text: parameter },
  ];
}

/**
 * A name as it is told once it was read: its escapes are taken out where it stands, so that as many
 * of its last characters are there twice.
 */
function unescapedInPlace(text: string): string {
  const name = unescaped(text);
  return name + text.slice(name.length);
}

/** Cuts a query into tokens. @param dialect 1 to 4. */
export function tokensOf(query: string, dialect: number): Token[] {
  const tokens: Token[] = [];
  const modern = dialect >= 2;
  let text = "";
  let at = 0;
  const push = (kind: TokenKind, end: number, own?: string) => {
    if (own !== undefined) text = own;
    tokens.push({ kind, at, end, text });
    at = end;
  };
  while (at < query.length) {
    const character = query[at]!;
    if (modern) {
      const compared = character === "@" ? comparisonAt(query, at, tokens.at(-1)) : undefined;
      if (compared !== undefined) {
        tokens.push(...compared);
        at = compared[0].end;
        continue;
      }
      const found = character === "w" ? match(pattern, query, at) : null;
      if (found !== null) {
        const end = at + found[0].length;
        // A pattern is told by where it stands within its quotes.
        at += 2;
        push("pattern", end, found[1]);
        continue;
      }
      const affix = character === "*" || character === '"' || character === "$"
        ? formedAffix(query, at)
        : undefined;
      if (affix !== undefined) {
        tokens.push(affix);
        ({ text, end: at } = affix);
        continue;
      }
      const string = character === '"'
        ? match(exact, query, at) ?? match(exactToEscape, query, at)
        : null;
      if (string !== null) {
        push("exact", at + string[0].length, string[1]);
        continue;
      }
      const single = character === "'" ? match(quoted, query, at) : null;
      if (single !== null) {
        push(single[1] === "" ? "exact" : "single", at + single[0].length, single[1]);
        continue;
      }
    }
    if (character === "*") {
      const within = match(infix, query, at);
      const before = within ?? longer(match(suffix, query, at), match(numberSuffix, query, at));
      if (before !== null) {
        push(within === null ? "suffix" : "infix", at + before[0].length, before[1]);
        continue;
      }
    }
    if (query.startsWith("=>", at)) {
      push("arrow", at + 2, query.slice(at + 1, at + 3));
      continue;
    }
    const word = match(term, query, at);
    const digits = match(modern ? number : oldNumber, query, at);
    const longest = Math.max(word?.[0].length ?? 0, digits?.[0].length ?? 0);
    const starts = match(prefix, query, at);
    if (starts !== null && starts[0].length > longest) {
      push("prefix", at + starts[0].length, starts[1]);
      continue;
    }
    if (digits !== null && digits[0].length === longest) {
      push("number", at + longest, digits[0]);
      continue;
    }
    if (word !== null) {
      push("term", at + longest, word[0]);
      continue;
    }
    const named = character === "@" ? match(modifier, query, at) : null;
    if (named !== null) {
      push("modifier", at + named[0].length, named[1]);
      text = unescapedInPlace(text);
      continue;
    }
    const variable = character === "$" ? match(attribute, query, at) : null;
    if (variable !== null) {
      push("attribute", at + variable[0].length, variable[1]);
      continue;
    }
    if (SINGLE.has(character)) push(character as TokenKind, at + 1);
    else at++;
  }
  tokens.push({ kind: "end", at: tokens.at(-1)?.at ?? 0, end: query.length, text });
  return tokens;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Characters of bytes as text. */
export function decodeLatin1(text: string): string {
  let ascii = true;
  for (let i = 0; i < text.length && ascii; i++) ascii = text.charCodeAt(i) < 0x80;
  if (ascii) return text;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return decoder.decode(bytes);
}

/** Without the backslashes that take a character's meaning away. */
export function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const escapes = text[i] === "\\" && i + 1 < text.length && isEscapable(text.charCodeAt(i + 1));
    out += escapes ? text[++i] : text[i];
  }
  return out;
}

/** Whether a backslash takes the meaning of a character away: ASCII that is no letter and no digit. */
function isEscapable(code: number): boolean {
  return code > 0 && code < 0x80 && !(code >= 0x30 && code <= 0x39) &&
    !(code >= 0x41 && code <= 0x5a) && !(code >= 0x61 && code <= 0x7a);
}
