/** The words of expressions. What means nothing is passed over, as by RediSearch. */

/** An operator of two operands. */
export type Operator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "&&"
  | "||"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">=";

/** What a token is. */
export type TokenKind =
  | Operator
  | "number"
  | "text"
  | "property"
  | "symbol"
  | "("
  | ")"
  | ","
  | "!"
  | "end";

/** A word of an expression. */
export interface Token {
  readonly kind: TokenKind;
  /** Where it begins; of the end, where the last word does. */
  readonly offset: number;
  /** Of a number, text, property or symbol what it says. */
  readonly text: string;
  /** What an error at this place is near to: the last word that says something. */
  readonly near: string;
}

const WORD =
  /([+-]?inf(?![A-Za-z\d_])|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|('(?:[^'\n\\]|\\[^])*'|"(?:[^"\n\\]|\\[^])*")|@((?:[A-Za-z_\x80-\xff]|\\[^])(?:[\w\x80-\xff]|\\[^])*)|([A-Za-z][\w]*)|(&&|\|\||==|!=|<=|>=|[()+\-*/%^!<>,])|[^]/y;

/** Takes an expression, one character a byte, apart. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let near = "";
  let offset = 0;
  WORD.lastIndex = 0;
  for (let found = WORD.exec(expression); found !== null; found = WORD.exec(expression)) {
    const [, number, text, property, symbol, sign] = found;
    const at = found.index;
    if (number !== undefined && /^[+-]?inf$/.test(number) && !/^[+-]/.test(number)) {
      near = number;
      tokens.push({ kind: "symbol", offset: offset = at, text: number, near });
    } else if (number !== undefined) {
      near = number;
      tokens.push({ kind: "number", offset: offset = at, text: number, near });
    } else if (text !== undefined) {
      near = text;
      const said = text.slice(1, -1).replace(/\\(['"\\])/g, "$1");
      tokens.push({ kind: "text", offset: offset = at, text: said, near });
    } else if (property !== undefined) {
      near = property;
      tokens.push({
        kind: "property",
        offset: offset = at,
        text: property.replace(/\\([^])/g, "$1"),
        near,
      });
    } else if (symbol !== undefined) {
      near = symbol;
      tokens.push({ kind: "symbol", offset: offset = at, text: symbol, near });
    } else if (sign !== undefined) {
      tokens.push({ kind: sign as TokenKind, offset: offset = at, text: sign, near });
    }
  }
  tokens.push({ kind: "end", offset, text: "", near });
  return tokens;
}
