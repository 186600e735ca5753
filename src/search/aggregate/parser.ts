/** Reads expressions: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations-syntax/ */

import { CommandError } from "../../store/values/errors.ts";
import { type Token, type TokenKind, tokensOf } from "./lexer.ts";
import type { Value } from "./values.ts";

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

/** An expression. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "not"; readonly operand: Expression }
  | {
    readonly kind: "operation";
    readonly operator: Operator;
    readonly left: Expression;
    readonly right: Expression;
  }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** How tightly operators bind, as RediSearch has it; those of one strength from the left. */
const STRENGTH: Partial<Record<TokenKind, number>> = {
  "||": 1,
  "&&": 1,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  "^": 5,
};
/** Deepest nesting. */
const DEEPEST = 200;

/**
 * Reads an expression.
 *
 * @param expression One character a byte.
 * @throws {CommandError} With where it is wrong.
 */
export function parseExpression(expression: string): Expression {
  const parser = new Parser(tokensOf(expression));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** A symbol that is nothing, told of only if all else is well. */
  #unknown: string | undefined;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #is(kind: TokenKind): boolean {
    return this.#next.kind === kind;
  }

  whole(): Expression {
    const expression = this.#expression(1);
    if (this.#next.kind !== "end") throw this.#wrong();
    if (this.#unknown !== undefined) throw new CommandError(`Unknown symbol '${this.#unknown}'`);
    return expression;
  }

  #wrong(): CommandError {
    const { offset, near } = this.#next;
    const more = this.#unknown === undefined ? "" : `: Unknown symbol '${this.#unknown}'`;
    return new CommandError(`Syntax error at offset ${offset} near '${near}'${more}`);
  }

  #expression(least: number): Expression {
    let left = this.#operand();
    for (;;) {
      const { kind } = this.#next;
      const strength = STRENGTH[kind];
      if (strength === undefined || strength < least) return left;
      this.#at++;
      const right = this.#expression(strength + 1);
      left = { kind: "operation", operator: kind as Operator, left, right };
    }
  }

  #operand(): Expression {
    if (++this.#depth > DEEPEST) throw new CommandError("Expression is nested too deeply");
    const operand = this.#operandWithin();
    this.#depth--;
    return operand;
  }

  #operandWithin(): Expression {
    const { kind, text } = this.#next;
    switch (kind) {
      case "number":
        this.#at++;
        return {
          kind: "literal",
          value: /inf/.test(text) ? (text[0] === "-" ? -Infinity : Infinity) : Number(text),
        };
      case "text":
        this.#at++;
        return { kind: "literal", value: text };
      case "property":
        this.#at++;
        return { kind: "property", name: text };
      case "!":
        this.#at++;
        return { kind: "not", operand: this.#expression(3) };
      case "-": {
        // A sign stands before a number alone.
        const number = this.#tokens[this.#at + 1];
        if (number?.kind !== "number") {
          this.#at++;
          throw this.#wrong();
        }
        this.#at += 2;
        return { kind: "literal", value: -Number(number.text.replace("inf", "Infinity")) };
      }
      case "(": {
        this.#at++;
        const inner = this.#expression(1);
        this.#take(")");
        return inner;
      }
      case "symbol":
        return this.#symbol(text);
      default:
        throw this.#wrong();
    }
  }

  #symbol(name: string): Expression {
    this.#at++;
    if (this.#is("(")) {
      this.#at++;
      const args: Expression[] = [];
      if (!this.#is(")")) {
        args.push(this.#expression(1));
        while (this.#is(",")) {
          this.#at++;
          args.push(this.#expression(1));
        }
      }
      this.#take(")");
      return { kind: "call", name, args };
    }
    if (name !== "NULL") this.#unknown ??= name;
    return { kind: "literal", value: null };
  }

  #take(kind: TokenKind): void {
    if (this.#next.kind !== kind) throw this.#wrong();
    this.#at++;
  }
}
