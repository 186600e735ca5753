/**
 * Tells whether texts match regular expressions, in time linear in the text whatever the pattern: all
 * states that a match can be in are followed at once.
 *
 * @module
 */

import { err } from "../../values/errors.ts";
import { type CharacterSet, isWord } from "./character_sets.ts";
import { type Assertion, parsePattern, type Pattern, PatternError } from "./pattern_syntax.ts";

/** States that a pattern may come to with its counts written out; larger ones match nothing. */
const MAX_STATES = 20_000;
/** Steps that the comparisons of a path may take together: about two seconds. */
const MAX_STEPS = 50_000_000;
/** Patterns kept. */
const KEPT = 64;

/** One state: takes a character of a set, or leads on to one or two others, where a condition holds. */
interface State {
  readonly set: CharacterSet | undefined;
  readonly assertion: Assertion | undefined;
  next: number;
  other: number;
}

const NOWHERE = -1;
const NEWLINE = 0x0a;

let stepsLeft = MAX_STEPS;

/** Begins to count the steps of another path. A path is followed in one go. */
export function beginPath(): void {
  stepsLeft = MAX_STEPS;
}

const kept = new Map<string, Automaton | undefined>();

/** Whether a text has a part that a pattern matches; none does where the pattern is no pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  let automaton = kept.get(pattern);
  if (automaton === undefined && !kept.has(pattern)) {
    automaton = compile(pattern);
    if (kept.size >= KEPT) kept.clear();
    kept.set(pattern, automaton);
  }
  return automaton?.matches(text) ?? false;
}

function compile(pattern: string): Automaton | undefined {
  try {
    return new Automaton(parsePattern(pattern));
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

class Automaton {
  readonly #states: State[] = [];
  readonly #start: number;
  readonly #accept: number;

  constructor(pattern: Pattern) {
    this.#accept = this.#add(undefined, undefined, NOWHERE, NOWHERE);
    this.#start = this.#build(pattern, this.#accept);
  }

  #add(
    set: CharacterSet | undefined,
    assertion: Assertion | undefined,
    next: number,
    other: number,
  ): number {
    if (this.#states.length >= MAX_STATES) throw new PatternError("too large");
    this.#states.push({ set, assertion, next, other });
    return this.#states.length - 1;
  }

  /** Adds the states of a pattern, after which comes a state. @returns The first of them. */
  #build(pattern: Pattern, next: number): number {
    switch (pattern.kind) {
      case "empty":
        return next;
      case "set":
        return this.#add(pattern.set, undefined, next, NOWHERE);
      case "assertion":
        return this.#add(undefined, pattern.assertion, next, NOWHERE);
      case "sequence":
        return pattern.parts.reduceRight((after, part) => this.#build(part, after), next);
      case "choice":
        return pattern.parts.reduceRight((rest, part) => {
          const first = this.#build(part, next);
          return rest === NOWHERE ? first : this.#add(undefined, undefined, first, rest);
        }, NOWHERE);
      case "repeat": {
        const { part, min, max } = pattern;
        let at = next;
        if (max === Infinity) {
          at = this.#add(undefined, undefined, NOWHERE, next);
          this.#states[at]!.next = this.#build(part, at);
        } else {
          for (let i = min; i < max; i++) {
            at = this.#add(undefined, undefined, this.#build(part, at), next);
          }
        }
        for (let i = 0; i < min; i++) at = this.#build(part, at);
        return at;
      }
    }
  }

  /** Whether any part of a text matches. */
  matches(text: string): boolean {
    const count = this.#states.length;
    let now: number[] = [], next: number[] = [];
    const reachedAt = new Float64Array(count).fill(-1);
    let before = NOWHERE;
    for (let at = 0;;) {
      const code = at < text.length ? text.codePointAt(at)! : NOWHERE;
      // A match may begin anywhere.
      now.push(this.#start);
      for (let i = 0; i < now.length; i++) {
        const index = now[i]!;
        if (reachedAt[index] === at) continue;
        reachedAt[index] = at;
        if (index === this.#accept) return true;
        if (--stepsLeft < 0) throw err("a pattern takes too long on a value");
        const { set, assertion, next: after, other } = this.#states[index]!;
        if (set !== undefined) {
          if (code !== NOWHERE && set(code)) next.push(after);
        } else if (assertion === undefined || holds(assertion, before, code)) {
          if (after !== NOWHERE) now.push(after);
          if (other !== NOWHERE) now.push(other);
        }
      }
      if (code === NOWHERE) return false;
      [now, next] = [next, now];
      next.length = 0;
      at += code > 0xffff ? 2 : 1;
      before = code;
    }
  }
}

function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case "start":
      return before === NOWHERE;
    case "end":
      return after === NOWHERE;
    case "line start":
      return before === NOWHERE || before === NEWLINE;
    case "line end":
      return after === NOWHERE || after === NEWLINE;
    case "word":
      return isWord(before) !== isWord(after);
    case "no word":
      return isWord(before) === isWord(after);
    case "word start":
      return !isWord(before) && isWord(after);
    case "word end":
      return isWord(before) && !isWord(after);
    case "no word before":
      return !isWord(before);
    case "no word after":
      return !isWord(after);
  }
}
