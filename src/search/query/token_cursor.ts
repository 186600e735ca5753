/** The tokens of a query, and which is the next. */

import { CommandError } from "../../store/values/errors.ts";
import { decodeLatin1, type Token, type TokenKind } from "./lexer.ts";

/** Reads tokens one after the other. The last one is an `end`, which is never passed. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  /** The position of the next token. */
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token. */
  get token(): Token {
    return this.peek(0);
  }

  /** A token further on. */
  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.at + ahead, this.#tokens.length - 1)]!;
  }

  /** Whether the next token is of a kind. */
  is(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  /** Goes on to the token that follows. */
  skip(): void {
    this.at++;
  }

  /** Goes on if the next token is of a kind. @returns Whether it was. */
  takes(kind: TokenKind): boolean {
    if (!this.is(kind)) return false;
    this.at++;
    return true;
  }

  /** The next token, which must be of a kind. @throws {CommandError} */
  take(kind: TokenKind): Token {
    const { token } = this;
    if (token.kind !== kind) this.fail();
    this.at++;
    return token;
  }

  /** The tokens from one position up to another, without that. */
  between(from: number, to: number): readonly Token[] {
    return this.#tokens.slice(from, to);
  }

  /** Refuses the query for a token: tells where that begins, and the last text up to it. */
  fail(token: Token = this.token): never {
    throw new CommandError(`Syntax error at offset ${token.at} near ${decodeLatin1(token.text)}`);
  }

  /** Refuses the query for what should be in it. */
  expect(what: string): never {
    throw new CommandError(`Syntax error: ${what}`);
  }
}
