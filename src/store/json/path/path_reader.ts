/**
 * Reads paths by RedisJSON 2.8's grammar.
 *
 * @module
 */

import { CommandError } from "../../values/errors.ts";
import { shown } from "../errors.ts";
import { byteLength } from "../text.ts";
import { FAIL, Scanner } from "./scanner.ts";
import type { Filter, Operator, Step, Term } from "./syntax.ts";

const LITERAL = /[-a-zA-Z0-9_`~+#%$^/:]+/y;
const PLAIN_STRING = /[^"\\']*/yu;
const DOUBLE_ESCAPED = /(?:[^"\\]|\\["\\])*/yu;
const SINGLE_ESCAPED = /(?:[^'\\]|\\['\\])*/yu;
const NUMBER = /-?[1-9][0-9]*|-?[0-9]/y;
const POSITIVE = /[1-9][0-9]*/y;
const FRACTION = /\.[0-9]+/y;

/** Conditions inside each other that a path may have: reading them takes a stack. */
const MAX_NESTING = 64;
const OPERATORS:
  readonly (readonly [rule: "ge" | "gt" | "le" | "lt" | "eq" | "ne" | "re", Operator])[] = [
    ["ge", ">="],
    ["gt", ">"],
    ["le", "<="],
    ["lt", "<"],
    ["eq", "=="],
    ["ne", "!="],
    ["re", "=~"],
  ];

/** Reads one path. Each method reads a rule of the grammar, and goes back where it does not fit. */
export class PathReader {
  readonly #scanner: Scanner;
  #nesting = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  path(): readonly Step[] {
    const scanner = this.#scanner;
    if (scanner.word("$")) {
      scanner.skip();
      const steps = this.#root();
      if (steps === FAIL) scanner.at = 1;
      scanner.skip();
      const end = scanner.rule("end", () => scanner.at === scanner.text.length ? true : FAIL);
      if (end !== FAIL) return steps === FAIL ? [] : steps;
    }
    throw this.#refused();
  }

  #refused(): CommandError {
    const { text } = this.#scanner;
    const { at, wanted } = this.#scanner.refusal;
    const place = at === text.length
      ? `"${text} <<<<----"`
      : `"${text.slice(0, at)} ---->>>> ${text.slice(at)}"`;
    const position = byteLength(text.slice(0, at));
    return new CommandError(`Error occurred on position ${position}, ${shown(place)}, ${wanted}.`);
  }

  /** What follows `$` or `@`. */
  #root(): readonly Step[] | typeof FAIL {
    const scanner = this.#scanner;
    return scanner.rule("root", () => {
      let steps = this.#element();
      if (steps === FAIL) {
        const first = this.#literal();
        steps = first === FAIL ? this.#all() : first;
      }
      if (steps === FAIL) return FAIL;
      const all = [...steps];
      for (;;) {
        const before = scanner.at;
        scanner.skip();
        const more = this.#element();
        if (more === FAIL) {
          scanner.at = before;
          return all;
        }
        all.push(...more);
      }
    });
  }

  #literal(): readonly Step[] | typeof FAIL {
    const scanner = this.#scanner;
    return scanner.atom("literal", () => {
      const name = scanner.match(LITERAL);
      return name === undefined ? FAIL : [{ kind: "names", names: [name], union: false }];
    });
  }

  #all(): readonly Step[] | typeof FAIL {
    const scanner = this.#scanner;
    return scanner.rule("all", () => scanner.word("*") ? [{ kind: "all" }] : FAIL);
  }

  #element(): readonly Step[] | typeof FAIL {
    const scanner = this.#scanner;
    let found = scanner.attempt(() =>
      scanner.word(".") ? this.#spaced(() => this.#literal()) : FAIL
    );
    if (found !== FAIL) return found;
    found = scanner.attempt(() => {
      const scan = scanner.rule("fullScan", () => scanner.word("..") ? true : FAIL);
      if (scan === FAIL) return FAIL;
      const then = this.#spaced(() => {
        const literal = this.#literal();
        if (literal !== FAIL) return literal;
        const all = this.#all();
        return all === FAIL ? this.#bracketed() : all;
      });
      return then === FAIL ? FAIL : [{ kind: "descent" }, ...then];
    });
    if (found !== FAIL) return found;
    found = scanner.attempt(() => scanner.word(".") ? this.#spaced(() => this.#all()) : FAIL);
    if (found !== FAIL) return found;
    return scanner.attempt(() => {
      if (scanner.word(".")) scanner.skip();
      return this.#bracketed();
    });
  }

  /** Reads what may come after spaces. */
  #spaced<T>(read: () => T | typeof FAIL): T | typeof FAIL {
    this.#scanner.skip();
    return read();
  }

  #bracketed(): readonly Step[] | typeof FAIL {
    const scanner = this.#scanner;
    return scanner.attempt(() => {
      if (!scanner.word("[")) return FAIL;
      scanner.skip();
      const step = this.#bracket();
      if (step === FAIL) return FAIL;
      scanner.skip();
      return scanner.word("]") ? [step] : FAIL;
    });
  }

  #bracket(): Step | typeof FAIL {
    const scanner = this.#scanner;
    const readers: readonly (() => Step | typeof FAIL)[] = [
      () => this.#slice(),
      () => this.#indexes(),
      () => this.#names(),
      () => scanner.rule("all", () => scanner.word("*") ? { kind: "all" } : FAIL),
      () => {
        if (!scanner.word("?")) return FAIL;
        scanner.skip();
        const filter = this.#filter();
        return filter === FAIL ? FAIL : { kind: "filter", filter };
      },
    ];
    for (const read of readers) {
      const step = scanner.attempt(read);
      if (step !== FAIL) return step;
    }
    return FAIL;
  }

  #number(): number | typeof FAIL {
    const scanner = this.#scanner;
    return scanner.atom("number", () => {
      const digits = scanner.match(NUMBER);
      return digits === undefined ? FAIL : index(digits);
    });
  }

  /** A slice, in the order in which its forms are tried. */
  #slice(): Step | typeof FAIL {
    const scanner = this.#scanner;
    const colon = () => {
      scanner.skip();
      return scanner.word(":");
    };
    /** `:step`, or a colon alone, or nothing. */
    const step = (): number => {
      const before = scanner.at;
      const given = scanner.attempt(() => {
        if (!colon()) return FAIL;
        scanner.skip();
        return scanner.atom("positive", () => {
          const digits = scanner.match(POSITIVE);
          return digits === undefined ? FAIL : index(digits);
        });
      });
      if (given !== FAIL) return given;
      if (!colon()) scanner.at = before;
      return 1;
    };
    const end = () => {
      scanner.skip();
      return this.#number();
    };
    return scanner.rule("numbersRange", () => {
      const full = scanner.rule("fullRange", (): Step | typeof FAIL => {
        const from = this.#number();
        if (from === FAIL || !colon()) return FAIL;
        const to = end();
        return to === FAIL ? FAIL : { kind: "slice", start: from, end: to, step: step() };
      });
      if (full !== FAIL) return full;
      const right = scanner.rule("rightRange", (): Step | typeof FAIL => {
        if (!scanner.word(":")) return FAIL;
        const to = end();
        return to === FAIL ? FAIL : { kind: "slice", start: undefined, end: to, step: step() };
      });
      if (right !== FAIL) return right;
      const all = scanner.rule(
        "allRange",
        (): Step | typeof FAIL =>
          scanner.word(":")
            ? { kind: "slice", start: undefined, end: undefined, step: step() }
            : FAIL,
      );
      if (all !== FAIL) return all;
      return scanner.rule("leftRange", (): Step | typeof FAIL => {
        const from = this.#number();
        if (from === FAIL || !colon()) return FAIL;
        return { kind: "slice", start: from, end: undefined, step: step() };
      });
    });
  }

  /** Reads what a comma may be followed by more of. */
  #list<T>(read: () => T | typeof FAIL): T[] | typeof FAIL {
    const scanner = this.#scanner;
    const first = read();
    if (first === FAIL) return FAIL;
    const all = [first];
    for (;;) {
      const more = scanner.attempt(() => {
        scanner.skip();
        if (!scanner.word(",")) return FAIL;
        scanner.skip();
        return read();
      });
      if (more === FAIL) return all;
      all.push(more);
    }
  }

  #indexes(): Step | typeof FAIL {
    return this.#scanner.rule("numbersList", () => {
      const indexes = this.#list(() => this.#number());
      return indexes === FAIL ? FAIL : { kind: "indexes", indexes };
    });
  }

  #names(): Step | typeof FAIL {
    return this.#scanner.rule("stringList", () => {
      const names = this.#list(() => this.#string());
      return names === FAIL ? FAIL : { kind: "names", names, union: true };
    });
  }

  #string(): string | typeof FAIL {
    const scanner = this.#scanner;
    const forms: readonly [
      string,
      "stringValue" | "stringEscapeDouble" | "stringEscapeSingle",
      RegExp,
    ][] = [
      ["'", "stringValue", PLAIN_STRING],
      ['"', "stringValue", PLAIN_STRING],
      ['"', "stringEscapeDouble", DOUBLE_ESCAPED],
      ["'", "stringEscapeSingle", SINGLE_ESCAPED],
    ];
    for (const [quote, rule, expression] of forms) {
      const found = scanner.attempt(() => {
        if (!scanner.word(quote)) return FAIL;
        const raw = scanner.atom(rule, () => scanner.match(expression) ?? "");
        if (raw === FAIL || !scanner.word(quote)) return FAIL;
        return rule === "stringValue" ? raw : raw.replace(/\\(.)/gs, "$1");
      });
      if (found !== FAIL) return found;
    }
    return FAIL;
  }

  #filter(): Filter | typeof FAIL {
    const scanner = this.#scanner;
    if (++this.#nesting > MAX_NESTING) {
      throw new CommandError("ERR too many conditions inside each other in a path");
    }
    const read = scanner.rule("filter", () => {
      const first = this.#condition();
      if (first === FAIL) return FAIL;
      const alternatives: Filter[][] = [[first]];
      for (;;) {
        const more = scanner.attempt(() => {
          scanner.skip();
          const isAnd = scanner.rule("and", () => scanner.word("&&") ? true : FAIL) !== FAIL;
          if (!isAnd && scanner.rule("or", () => scanner.word("||") ? true : FAIL) === FAIL) {
            return FAIL;
          }
          scanner.skip();
          const condition = this.#condition();
          return condition === FAIL ? FAIL : { isAnd, condition };
        });
        if (more === FAIL) break;
        if (more.isAnd) alternatives.at(-1)?.push(more.condition);
        else alternatives.push([more.condition]);
      }
      return either(
        alternatives.map((parts) => parts.length === 1 ? parts[0]! : { kind: "and", parts }),
      );
    });
    this.#nesting--;
    return read;
  }

  #condition(): Filter | typeof FAIL {
    const scanner = this.#scanner;
    const single = scanner.rule("singleFilter", (): Filter | typeof FAIL => {
      const comparison = scanner.attempt((): Filter | typeof FAIL => {
        const left = this.#term();
        if (left === FAIL) return FAIL;
        scanner.skip();
        const operator = this.#operator();
        if (operator === FAIL) return FAIL;
        scanner.skip();
        const right = this.#term();
        return right === FAIL ? FAIL : { kind: "compare", left, operator, right };
      });
      if (comparison !== FAIL) return comparison;
      const term = this.#term();
      return term === FAIL ? FAIL : { kind: "exists", term };
    });
    if (single !== FAIL) return single;
    return scanner.attempt(() => {
      if (!scanner.word("(")) return FAIL;
      scanner.skip();
      const filter = this.#filter();
      if (filter === FAIL) return FAIL;
      scanner.skip();
      return scanner.word(")") ? filter : FAIL;
    });
  }

  #operator(): Operator | typeof FAIL {
    const scanner = this.#scanner;
    for (const [rule, operator] of OPERATORS) {
      const found = scanner.atom(rule, () => scanner.word(operator) ? operator : FAIL);
      if (found !== FAIL) return found;
    }
    return FAIL;
  }

  #term(): Term | typeof FAIL {
    const scanner = this.#scanner;
    const path = (mark: string, kind: "current" | "root") => (): Term | typeof FAIL => {
      if (!scanner.word(mark)) return FAIL;
      const before = scanner.at;
      scanner.skip();
      const steps = this.#root();
      if (steps === FAIL) scanner.at = before;
      return { kind, steps: steps === FAIL ? [] : steps };
    };
    const word = (text: string, term: Term) => (): Term | typeof FAIL =>
      scanner.word(text) ? term : FAIL;
    const readers: readonly (() => Term | typeof FAIL)[] = [
      () => scanner.rule("fromCurrent", path("@", "current")),
      () => scanner.rule("fromRoot", path("$", "root")),
      () => scanner.atom("decimal", () => this.#decimal()),
      () => {
        const value = this.#string();
        return value === FAIL ? FAIL : { kind: "string", value };
      },
      () => scanner.atom("true", word("true", { kind: "boolean", value: true })),
      () => scanner.atom("false", word("false", { kind: "boolean", value: false })),
      () => scanner.atom("null", word("null", { kind: "null" })),
    ];
    for (const read of readers) {
      const term = read();
      if (term !== FAIL) return term;
    }
    return FAIL;
  }

  #decimal(): Term | typeof FAIL {
    const scanner = this.#scanner;
    const digits = scanner.match(NUMBER);
    if (digits === undefined) return FAIL;
    const fraction = scanner.match(FRACTION) ?? "";
    if (fraction !== "") return { kind: "double", value: Number(digits + fraction) };
    const value = BigInt(digits);
    if (BigInt.asIntN(64, value) !== value) return { kind: "double", value: Number(digits) };
    const number = Number(value);
    return { kind: "integer", value: Number.isSafeInteger(number) ? number : value };
  }
}

function either(parts: readonly Filter[]): Filter {
  return parts.length === 1 ? parts[0]! : { kind: "or", parts };
}

/** An index; further than any array reaches, if its digits say so. */
function index(digits: string): number {
  const value = Number(digits);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
