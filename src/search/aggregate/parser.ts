/** Reads expressions: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations-syntax/ */

import { CommandError } from "../../store/values/errors.ts";
import { type Operator, type Token, type TokenKind, tokensOf } from "./lexer.ts";
import { isFunction } from "./functions.ts";
import type { Value } from "./values.ts";

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
/** How tightly what computes numbers binds at least. */
const ADDITION = 4;
/** How tightly `!` binds: less than comparisons do. */
const NOT_STRENGTH = 3;
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
  /** Parentheses that are open: whether each is that of a call. */
  readonly #open: boolean[] = [];
  /** What the last word is, if it is nothing: told of only if all else is well. */
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
    if (!this.#is("end")) throw this.#wrong();
    if (this.#unknown !== undefined) throw new CommandError(this.#unknown);
    return expression;
  }

  #wrong(): CommandError {
    const { offset, near } = this.#next;
    const more = this.#unknown === undefined ? "" : `: ${this.#unknown}`;
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
      this.#assertKnown(strength < ADDITION ? "pred.right" : "op.right");
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
        return { kind: "literal", value: numberOfWord(text) };
      case "text":
        this.#at++;
        return { kind: "literal", value: text };
      case "property":
        this.#at++;
        return { kind: "property", name: text };
      case "!": {
        this.#at++;
        const operand = this.#expression(NOT_STRENGTH);
        this.#assertKnown("inverted.child");
        return { kind: "not", operand };
      }
      case "-": {
        // A sign stands before a number alone.
        this.#at++;
        if (!this.#is("number")) throw this.#wrong();
        const value = -numberOfWord(this.#next.text);
        this.#at++;
        return { kind: "literal", value };
      }
      case "(": {
        this.#at++;
        this.#open.push(false);
        const inner = this.#expression(1);
        this.#close();
        return inner;
      }
      case "symbol":
        this.#at++;
        return this.#is("(") ? this.#call(text) : this.#symbol(text);
      default:
        throw this.#wrong();
    }
  }

  #call(name: string): Expression {
    this.#at++;
    this.#open.push(true);
    const args: Expression[] = [];
    // The first argument may be left out in front of others.
    if (!this.#is(")") && !this.#is(",")) args.push(this.#expression(1));
    while (this.#is(",")) {
      this.#at++;
      args.push(this.#expression(1));
    }
    this.#close();
    if (!isFunction(name)) this.#isNothing(`Unknown function name '${name}'`);
    return { kind: "call", name: name.toLowerCase(), args };
  }

  #symbol(name: string): Expression {
    if (name !== "NULL") this.#isNothing(`Unknown symbol '${name}'`);
    return { kind: "literal", value: null };
  }

  /** Refuses what is nothing, unless something else that is wrong comes first. */
  #isNothing(what: string): void {
    this.#unknown = what;
    if (this.#is("end")) return;
    const goesOn = STRENGTH[this.#next.kind] !== undefined ||
      this.#is(")") && this.#open.length > 0 || this.#is(",") && this.#open.at(-1) === true;
    throw goesOn ? new CommandError(what) : this.#wrong();
  }

  /** Refuses an operand that is nothing at the very end. */
  #assertKnown(place: string): void {
    if (this.#unknown === undefined || this.#open.length > 0) return;
    throw new CommandError(`Missing (or badly formatted) value for expr->${place}`);
  }

  #close(): void {
    if (!this.#is(")")) throw this.#wrong();
    this.#at++;
    this.#open.pop();
  }
}

function numberOfWord(word: string): number {
  return Number(word.replace("inf", "Infinity"));
}
