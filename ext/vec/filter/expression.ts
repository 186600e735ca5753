/**
 * The expressions of VSIM's FILTER: what they mean, and what is wrong with those that mean nothing.
 *
 * They are read as Redis reads them, operator by operator: so there is no sign before an operand that
 * is no number, and `not not 1` is an error. Nothing ends early: where a field is missing an
 * expression is false, whatever else it says.
 *
 * @module
 */

import { err } from "../../../src/store/values/errors.ts";
import { equal, isIn, numberOf, toBoolean, toNumber, type Value } from "./values.ts";

/** The values of the fields that an expression names, in the order of {@linkcode Filter.fields}. */
export type Row = readonly Value[];
type Evaluate = (row: Row) => Value;

/** A filter that was understood. */
export interface Filter {
  /** The expression. */
  readonly text: string;
  /** The fields it names, each once. */
  readonly fields: readonly string[];
  /** Whether it is true where all its fields are there. */
  readonly holds: (row: Row) => boolean;
}

interface Operator {
  readonly precedence: number;
  readonly operands: 1 | 2;
  readonly apply: (a: Value, b: Value) => Value;
}

const truth = (value: boolean) => value ? 1 : 0;
const arithmetic = (
  precedence: number,
  apply: (a: number, b: number) => number,
): Operator => ({
  precedence,
  operands: 2,
  apply: (a, b) => apply(toNumber(a), toNumber(b)),
});
const comparison = (apply: (a: number, b: number) => boolean): Operator =>
  arithmetic(2, (a, b) => truth(apply(a, b)));

const NOT: Operator = { precedence: 6, operands: 1, apply: (a) => truth(!toBoolean(a)) };
const AND: Operator = {
  precedence: 1,
  operands: 2,
  apply: (a, b) => truth(toBoolean(a) && toBoolean(b)),
};
const OR: Operator = {
  precedence: 0,
  operands: 2,
  apply: (a, b) => truth(toBoolean(a) || toBoolean(b)),
};
/** The one that groups from the right. */
const POWER = arithmetic(5, (a, b) => a ** b);

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["!", NOT],
  ["not", NOT],
  ["**", POWER],
  ["*", arithmetic(4, (a, b) => a * b)],
  ["/", arithmetic(4, (a, b) => a / b)],
  ["%", arithmetic(4, (a, b) => a % b)],
  ["+", arithmetic(3, (a, b) => a + b)],
  ["-", arithmetic(3, (a, b) => a - b)],
  [">", comparison((a, b) => a > b)],
  [">=", comparison((a, b) => a >= b)],
  ["<", comparison((a, b) => a < b)],
  ["<=", comparison((a, b) => a <= b)],
  ["==", { precedence: 2, operands: 2, apply: (a, b) => truth(equal(a, b)) }],
  ["!=", { precedence: 2, operands: 2, apply: (a, b) => truth(!equal(a, b)) }],
  ["in", { precedence: 2, operands: 2, apply: (a, b) => truth(isIn(a, b)) }],
  ["and", AND],
  ["&&", AND],
  ["or", OR],
  ["||", OR],
]);

const SPACE = /[ \t\n\v\f\r]/;
const DIGIT = /[0-9]/;
/** What a number is made of, but for its sign. */
const OF_NUMBER = /[0-9.eE]/;
const OF_FIELD = /[A-Za-z0-9_-]/;
const OF_OPERATOR = /[A-Za-z+*%/!()<>=|&-]/;
/** A word that Redis knows, but as no operand: where it stands for one, one is missing. */
const NULL = "null";
/** Characters of a number at most. */
const LONGEST_NUMBER = 255;

/**
 * Reads an expression.
 *
 * @param text Its bytes, a character each.
 * @throws {CommandError} Redis's error, which quotes from where it was not understood on.
 */
export function parseFilter(text: string): Filter {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #fields: string[] = [];
  readonly #operands: Evaluate[] = [];
  readonly #operators: (Operator | "(")[] = [];
  /** Whether what came last was an operand, so that a sign is an operator. */
  #afterOperand = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Filter {
    for (;;) {
      this.#skipSpaces();
      if (this.#at === this.#text.length) break;
      this.#token();
    }
    for (let top = this.#operators.pop(); top !== undefined; top = this.#operators.pop()) {
      if (top === "(") throw this.#wrong(0);
      this.#apply(top);
    }
    const [evaluate, ...more] = this.#operands;
    if (evaluate === undefined || more.length > 0) throw this.#wrong(0);
    return { text: this.#text, fields: this.#fields, holds: (row) => toBoolean(evaluate(row)) };
  }

  /** The error; at the end of the text all of it is quoted. */
  #wrong(at = this.#at) {
    const near = at === this.#text.length ? this.#text : this.#text.slice(at);
    return err(`syntax error in FILTER expression near: ${near}`);
  }

  #skipSpaces(): void {
    while (SPACE.test(this.#peek())) this.#at++;
  }

  #peek(ahead = 0): string {
    return this.#text.charAt(this.#at + ahead);
  }

  #take(of: RegExp): string {
    const start = this.#at;
    while (this.#at < this.#text.length && of.test(this.#peek())) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #token(): void {
    const first = this.#peek();
    const next = this.#peek(1);
    if (DIGIT.test(first) || first === "-" && DIGIT.test(next) && !this.#afterOperand) {
      return this.#constant(this.#number());
    }
    if (first === '"' || first === "'") return this.#constant(this.#string(first));
    if (first === ".") {
      // A dot at the very end is a field without a name.
      if (next !== "" && !OF_FIELD.test(next)) throw this.#wrong();
      this.#at++;
      return this.#field(this.#take(OF_FIELD));
    }
    if (first === "[") return this.#constant(this.#array());
    this.#operator();
  }

  #constant(value: Value): void {
    this.#operand(() => value);
  }

  #operand(evaluate: Evaluate): void {
    this.#operands.push(evaluate);
    this.#afterOperand = true;
  }

  #field(name: string): void {
    let index = this.#fields.indexOf(name);
    if (index === -1) index = this.#fields.push(name) - 1;
    this.#operand((row) => row[index] ?? null);
  }

  #number(): number {
    const sign = this.#peek() === "-" ? "-" : "";
    this.#at += sign.length;
    const start = this.#at;
    const digits = this.#take(OF_NUMBER);
    if (sign.length + digits.length > LONGEST_NUMBER) throw this.#wrong(start - sign.length);
    const value = digits === "" ? undefined : numberOf(sign + digits);
    if (value === undefined) throw this.#wrong();
    return value;
  }

  /** A text: what follows a backslash does not end it, and both are part of it. */
  #string(quote: string): string {
    const start = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#peek();
      if (character === "\\" && this.#at + 1 < this.#text.length) this.#at++;
      else if (character === quote) return this.#text.slice(start, this.#at++);
    }
    throw this.#wrong(start - 1);
  }

  /** Numbers and texts. */
  #array(): Value {
    const items: Value[] = [];
    const start = this.#at++;
    this.#skipSpaces();
    while (this.#peek() !== "]") {
      const first = this.#peek();
      if (first === "") throw this.#wrong(start);
      if (DIGIT.test(first) || first === "-") items.push(this.#number());
      else if (first === '"' || first === "'") items.push(this.#string(first));
      else throw this.#wrong();
      this.#skipSpaces();
      if (this.#peek() === ",") {
        this.#at++;
        this.#skipSpaces();
      } else if (this.#peek() !== "]") {
        throw this.#wrong();
      }
    }
    this.#at++;
    return items;
  }

  #operator(): void {
    const start = this.#at;
    const word = this.#take(OF_OPERATOR);
    if (word === NULL) {
      this.#afterOperand = true;
      return;
    }
    let name = word;
    while (name !== "" && name !== "(" && name !== ")" && !OPERATORS.has(name)) {
      name = name.slice(0, -1);
    }
    if (name === "") throw this.#wrong();
    this.#at = start + name.length;
    // After a closing parenthesis stands what follows an operand.
    this.#afterOperand = name === ")";
    if (name === "(") {
      this.#operators.push("(");
      return;
    }
    if (name === ")") return this.#close();
    const operator = OPERATORS.get(name)!;
    for (;;) {
      const top = this.#operators.at(-1);
      if (top === undefined || top === "(" || top.precedence < operator.precedence) break;
      if (operator === POWER && top.precedence === operator.precedence) break;
      this.#operators.pop();
      this.#apply(top);
    }
    this.#operators.push(operator);
  }

  #close(): void {
    for (;;) {
      const top = this.#operators.pop();
      if (top === undefined) throw this.#wrong(0);
      if (top === "(") return;
      this.#apply(top);
    }
  }

  /** Makes one operand out of those before an operator. */
  #apply({ operands, apply }: Operator): void {
    if (this.#operands.length < operands) throw this.#wrong(0);
    if (operands === 1) {
      const a = this.#operands.pop()!;
      this.#operands.push((row) => apply(a(row), null));
      return;
    }
    const b = this.#operands.pop()!;
    const a = this.#operands.pop()!;
    this.#operands.push((row) => apply(a(row), b(row)));
  }
}
