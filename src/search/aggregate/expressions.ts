/** Compiles expressions into functions of a row. */

import { CommandError } from "../../store/values/errors.ts";
import { plainText } from "./byte_text.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Operator } from "./lexer.ts";
import { type Expression, parseExpression } from "./parser.ts";
import { areEqual, compareValues, isTrue, numberOf, type Value } from "./values.ts";

/** Characters of a text whose work is counted by them. */
const LONG_TEXT = 1024;

/** A row: a value for each slot, undefined where it has none. */
export type Row = (Value | undefined)[];

/** Computes a value of a row. @throws {CommandError} If it cannot be computed. */
export type Evaluate = (row: Row) => Value;

/** What an expression asks of what is around it. */
export interface Scope {
  /** The slot of a property. @throws {CommandError} If there is none of that name. */
  slot(name: string): number;
  /** The terms of the query that the row's document has, for `matched_terms`. */
  readonly matchedTerms?: (() => readonly string[] | null) | undefined;
  /** Counts work with long texts; it throws where time is up. */
  readonly spend?: ((steps: number) => void) | undefined;
}

/**
 * Compiles an expression.
 *
 * @param expression Its bytes as characters.
 * @throws {CommandError} If it is not well formed, or asks for what there is not.
 */
export function compileExpression(expression: string, scope: Scope): Evaluate {
  return compile(parseExpression(expression), scope);
}

/** What FT.PROFILE calls an expression: what its outermost part is. */
export function nameOfExpression(expression: string): string {
  const parsed = parseExpression(expression);
  switch (parsed.kind) {
    case "literal":
      return "Literal";
    case "property":
      return `Property ${plainText(parsed.name)}`;
    case "not":
      return "Inverted";
    case "call":
      return `Function ${parsed.name}`;
    case "operation":
      return `${"+-*/%^".includes(parsed.operator) ? "Operator" : "Predicate"} ${parsed.operator}`;
  }
}

/** Compiles an expression that is read already. */
export function compile(expression: Expression, scope: Scope): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "property": {
      const { name } = expression;
      const slot = scope.slot(name);
      return (row) => {
        const value = row[slot];
        if (value !== undefined) return value;
        throw new CommandError(`${name}: has no value, consider using EXISTS if applicable`);
      };
    }
    case "not": {
      const operand = compile(expression.operand, scope);
      return (row) => isTrue(operand(row)) ? 0 : 1;
    }
    case "operation": {
      const left = compile(expression.left, scope), right = compile(expression.right, scope);
      return operation(expression.operator, left, right);
    }
    case "call":
      return call(expression.name, expression.args, scope);
  }
}

function operation(operator: Operator, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case "&&":
      return (row) => isTrue(left(row)) && isTrue(right(row)) ? 1 : 0;
    case "||":
      return (row) => isTrue(left(row)) || isTrue(right(row)) ? 1 : 0;
    case "==":
      return (row) => areEqual(left(row), right(row)) ? 1 : 0;
    case "!=":
      return (row) => areEqual(left(row), right(row)) ? 0 : 1;
    case "<":
      return (row) => compareValues(left(row), right(row), true) < 0 ? 1 : 0;
    case "<=":
      return (row) => compareValues(left(row), right(row), true) <= 0 ? 1 : 0;
    case ">":
      return (row) => compareValues(left(row), right(row), true) > 0 ? 1 : 0;
    case ">=":
      return (row) => compareValues(left(row), right(row), true) >= 0 ? 1 : 0;
    case "+":
      return arithmetic(left, right, (a, b) => a + b);
    case "-":
      return arithmetic(left, right, (a, b) => a - b);
    case "*":
      return arithmetic(left, right, (a, b) => a * b);
    case "/":
      return arithmetic(left, right, (a, b) => b === 0 ? NaN : a / b);
    case "%":
      // Of integers, which have no negative zero.
      return arithmetic(left, right, (a, b) => {
        const divisor = Math.trunc(b);
        return divisor === 0 ? NaN : Math.trunc(a) % divisor + 0;
      });
    case "^":
      return arithmetic(left, right, (a, b) => a ** b);
  }
}

function arithmetic(
  left: Evaluate,
  right: Evaluate,
  compute: (a: number, b: number) => number,
): Evaluate {
  return (row) => {
    const a = left(row), b = right(row);
    return compute(number(a), number(b));
  };
}

function number(value: Value): number {
  if (typeof value === "number") return value;
  const found = numberOf(value);
  if (found === undefined) throw new CommandError("Could not convert value to a number");
  return found;
}

function call(
  name: string,
  args: readonly Expression[],
  scope: Scope,
): Evaluate {
  switch (name) {
    case "exists":
      return exists(args, scope);
    case "case":
      return choice(args, scope);
    case "matched_terms":
      return matchedTerms(args, scope);
  }
  const found = FUNCTIONS.get(name);
  if (found === undefined) throw new TypeError(`no function ${name}`);
  const { compute, least, most, refusal } = found;
  const evaluated = args.map((arg) => compile(arg, scope));
  const { spend } = scope;
  return (row) => {
    if (args.length < least || args.length > most) throw new CommandError(refusal);
    const values = evaluated.map((arg) => arg(row));
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (typeof value === "string" && value.length > LONG_TEXT) spend?.(value.length >> 4);
    }
    return compute(values);
  };
}

/** `exists`: whether a property has a value. */
function exists(args: readonly Expression[], scope: Scope): Evaluate {
  const [arg, more] = args;
  const evaluated = args.map((each) => compile(each, scope));
  if (arg === undefined || more !== undefined) {
    return () => {
      throw new CommandError("Invalid arguments for function 'exists'");
    };
  }
  if (arg.kind === "property") {
    const slot = scope.slot(arg.name);
    return (row) => row[slot] === undefined ? 0 : 1;
  }
  const [evaluate] = evaluated;
  return (row) => {
    evaluate?.(row);
    return 1;
  };
}

/** `case`: one of two values, of which only that one is computed. */
function choice(args: readonly Expression[], scope: Scope): Evaluate {
  const [condition, yes, no] = args.map((arg) => compile(arg, scope));
  if (condition === undefined || yes === undefined || no === undefined || args.length > 3) {
    return () => {
      throw new CommandError("Invalid arguments for function 'case'");
    };
  }
  const isMissing = (row: Row): boolean => {
    const [first] = args;
    return first?.kind === "property" && row[scope.slot(first.name)] === undefined;
  };
  return (row) => !isMissing(row) && isTrue(condition(row)) ? yes(row) : no(row);
}

/** `matched_terms`: the terms of the query that the document has. */
function matchedTerms(args: readonly Expression[], { matchedTerms }: Scope): Evaluate {
  const [limit] = args;
  const most = limit?.kind === "literal" && typeof limit.value === "number" ? limit.value : 100;
  return () => {
    const terms = matchedTerms?.() ?? null;
    return terms === null || terms.length === 0 ? null : terms.slice(0, most);
  };
}
