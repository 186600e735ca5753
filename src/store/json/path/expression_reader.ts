/**
 * Reads what paths may be since Redis 8.10: conditions with negation, arithmetic, functions, arrays and
 * objects in them, and expressions in place of a path. It is asked about what is no path as RedisJSON 2.8
 * has them; so whatever was one before means what it did, and what is none either way is refused as before.
 *
 * @module
 */

import { parseJson } from "../parser.ts";
import { isFunction } from "./expressions.ts";
import type { Arithmetic, Condition, Expression, Relation, Step } from "./syntax.ts";

const NAME = /[-a-zA-Z0-9_`+#%$^/:]+/y;
const FUNCTION = /([a-zA-Z][a-zA-Z0-9_]*)\(/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const INTEGER = /-?[0-9]+/y;
const STRING = /"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*'/yu;
const SLICE = / *(-?[0-9]+)? *: *(-?[0-9]+)? *(?:: *([1-9][0-9]*)?)? *(?=\])/y;
const WORD = /true|false|null/y;
const RELATION =
  /==|!=|<=|>=|=~|<|>|(?:in|nin|subsetof|anyof|noneof|sizeof|size|empty)(?![a-zA-Z0-9_])/y;
const ADDITION = /[-+](?= )/y;
const MULTIPLICATION = /[*/%](?= )/y;

/** Attempts at reading something that a text may take: parentheses are read in two ways. */
const MAX_ATTEMPTS = 20_000;
const MAX_NESTING = 40;

/** Thrown inside where the text is none. */
class NoExpression extends Error {}

/**
 * Reads a text as an expression.
 *
 * @returns Undefined if it is none.
 */
export function readExpression(text: string): Expression | undefined {
  try {
    const reader = new ExpressionReader(text);
    return reader.whole();
  } catch (error) {
    if (error instanceof NoExpression) return undefined;
    throw error;
  }
}

class ExpressionReader {
  readonly #text: string;
  #at = 0;
  #attempts = 0;
  #nesting = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    const expression = this.#sum();
    this.#skip();
    if (this.#at < this.#text.length) throw new NoExpression();
    return expression;
  }

  #skip(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #expect(word: string): void {
    this.#skip();
    if (!this.#take(word)) throw new NoExpression();
  }

  /** Tries something, and goes back if that is not it. */
  #attempt<T>(read: () => T): T | undefined {
    if (++this.#attempts > MAX_ATTEMPTS || this.#nesting > MAX_NESTING) throw new NoExpression();
    const at = this.#at;
    const nesting = this.#nesting++;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof NoExpression)) throw error;
      this.#at = at;
      return undefined;
    } finally {
      this.#nesting = nesting;
    }
  }

  /** Operands and what stands between them, from the left on. */
  #chain(operator: RegExp, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const at = this.#at;
      this.#skip();
      // Without a space before it, it would have been a part of a name.
      const found = this.#at > at || this.#text[at - 1] === ")" ? this.#match(operator) : undefined;
      if (found === undefined) {
        this.#at = at;
        return left;
      }
      this.#skip();
      left = { kind: "arithmetic", operator: found[0] as Arithmetic, left, right: operand() };
    }
  }

  #sum(): Expression {
    this.#skip();
    return this.#chain(ADDITION, () => this.#chain(MULTIPLICATION, () => this.#signed()));
  }

  #signed(): Expression {
    this.#skip();
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      return { kind: "literal", value: parseJson(trimmed(number[0]), true) };
    }
    for (const sign of ["-", "+"]) {
      if (this.#take(sign)) {
        return { kind: "sign", negative: sign === "-", operand: this.#signed() };
      }
    }
    return this.#methods(this.#operand());
  }

  #operand(): Expression {
    const { length } = this.#text;
    if (this.#at >= length) throw new NoExpression();
    if (this.#take("(")) {
      const inner = this.#attempt(() => {
        const expression = this.#sum();
        this.#expect(")");
        return expression;
      });
      if (inner === undefined) throw new NoExpression();
      return inner;
    }
    if (this.#take("@")) return this.#path("current");
    if (this.#take("$")) return this.#path("root");
    const called = this.#match(FUNCTION);
    if (called !== undefined) {
      return { kind: "call", name: called[1] ?? "", args: this.#arguments(called[1]) };
    }
    return { kind: "literal", value: parseJson(this.#literal(), true) };
  }

  #arguments(name: string | undefined): Expression[] {
    if (name === undefined || !isFunction(name)) throw new NoExpression();
    const args: Expression[] = [];
    this.#skip();
    if (this.#take(")")) return args;
    for (;;) {
      args.push(this.#sum());
      this.#skip();
      if (this.#take(")")) return args;
      this.#expect(",");
    }
  }

  /** The calls of methods that follow. */
  #methods(receiver: Expression): Expression {
    for (;;) {
      const at = this.#at;
      const called = this.#take(".") ? this.#match(FUNCTION) : undefined;
      if (called === undefined) {
        this.#at = at;
        return receiver;
      }
      receiver = {
        kind: "call",
        name: called[1] ?? "",
        args: [receiver, ...this.#arguments(called[1])],
      };
    }
  }

  /** The text of a JSON value. */
  #literal(): string {
    this.#skip();
    const simple = this.#match(NUMBER)?.[0] ?? this.#match(WORD)?.[0];
    if (simple !== undefined) return trimmed(simple);
    const string = this.#string();
    if (string !== undefined) return JSON.stringify(string);
    const isArray = this.#take("[");
    if (!isArray && !this.#take("{")) throw new NoExpression();
    if (++this.#nesting > MAX_NESTING) throw new NoExpression();
    const parts: string[] = [];
    this.#skip();
    for (let first = true; !this.#take(isArray ? "]" : "}"); first = false) {
      if (!first) this.#expect(",");
      let name = "";
      if (!isArray) {
        this.#skip();
        const key = this.#string();
        if (key === undefined) throw new NoExpression();
        this.#expect(":");
        name = `${JSON.stringify(key)}:`;
      }
      parts.push(name + this.#literal());
      this.#skip();
    }
    this.#nesting--;
    return isArray ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
  }

  #string(): string | undefined {
    return this.#match(STRING)?.[0].slice(1, -1).replace(/\\(.)/gs, "$1");
  }

  /** What follows `$` or `@`. */
  #path(from: "current" | "root"): Expression {
    const steps: Step[] = [];
    for (;;) {
      const more = this.#attempt(() => this.#step());
      if (more === undefined) break;
      steps.push(...more);
    }
    return { kind: "path", from, steps, names: this.#take("~") };
  }

  #step(): Step[] {
    if (this.#take("..")) {
      if (this.#take("*")) return [{ kind: "descent" }, { kind: "all" }];
      if (this.#take("[")) return [{ kind: "descent" }, this.#bracket()];
      return [{ kind: "descent" }, this.#name()];
    }
    const dotted = this.#take(".");
    if (this.#take("[")) return [this.#bracket()];
    if (!dotted) throw new NoExpression();
    return [this.#take("*") ? { kind: "all" } : this.#name()];
  }

  #name(): Step {
    // A name before a parenthesis is a method's.
    const at = this.#at;
    if (this.#match(FUNCTION) !== undefined) throw new NoExpression();
    this.#at = at;
    const name = this.#match(NAME)?.[0];
    if (name === undefined) throw new NoExpression();
    return { kind: "names", names: [name], union: false };
  }

  #bracket(): Step {
    this.#skip();
    const step = this.#bracketed();
    this.#expect("]");
    return step;
  }

  #bracketed(): Step {
    if (this.#take("*")) return { kind: "all" };
    if (this.#take("?")) return { kind: "where", condition: this.#condition() };
    const slice = this.#match(SLICE);
    if (slice !== undefined) {
      const [, start, end, step] = slice;
      const bound = (digits: string | undefined) =>
        digits === undefined ? undefined : Number(digits);
      return { kind: "slice", start: bound(start), end: bound(end), step: Number(step ?? 1) };
    }
    const names = this.#list(() => this.#string());
    if (names.length > 0) return { kind: "names", names, union: true };
    const indexes = this.#list(() => this.#match(INTEGER)?.[0]).map(Number);
    if (indexes.length === 0) throw new NoExpression();
    return { kind: "indexes", indexes };
  }

  #list<T>(read: () => T | undefined): T[] {
    const all: T[] = [];
    for (let item = read(); item !== undefined; item = read()) {
      all.push(item);
      this.#skip();
      if (!this.#take(",")) break;
      this.#skip();
    }
    return all;
  }

  #condition(): Condition {
    const parts = [this.#conjunction()];
    for (this.#skip(); this.#take("||"); this.#skip()) parts.push(this.#conjunction());
    return parts.length === 1 ? parts[0]! : { kind: "any", parts };
  }

  #conjunction(): Condition {
    const parts = [this.#test()];
    for (this.#skip(); this.#take("&&"); this.#skip()) parts.push(this.#test());
    return parts.length === 1 ? parts[0]! : { kind: "all", parts };
  }

  #test(): Condition {
    this.#skip();
    if (this.#text[this.#at] === "!" && this.#text[this.#at + 1] !== "=") {
      this.#at++;
      if (++this.#nesting > MAX_NESTING) throw new NoExpression();
      const part = this.#test();
      this.#nesting--;
      return { kind: "not", part };
    }
    const relation = this.#attempt(() => this.#relation());
    if (relation !== undefined) return relation;
    this.#expect("(");
    const inner = this.#attempt(() => {
      const condition = this.#condition();
      this.#expect(")");
      return condition;
    });
    if (inner === undefined) throw new NoExpression();
    return inner;
  }

  #relation(): Condition {
    const left = this.#sum();
    this.#skip();
    const found = this.#match(RELATION);
    if (found !== undefined) {
      return { kind: "relation", left, relation: found[0] as Relation, right: this.#sum() };
    }
    return { kind: "given", expression: left };
  }
}

/** Digits without zeros before them, which JSON has not. */
function trimmed(digits: string): string {
  return digits.replace(/^(-?)0+(?=[0-9])/, "$1");
}
