/**
 * Tells whether bytes match a regular expression, in time linear in their number whatever the
 * pattern: a client must not be able to stop the server with `(a+)+$`.
 *
 * The pattern becomes a nondeterministic automaton (Thompson's construction), and the sets of its
 * states that a match can be in become the states of a deterministic one, made as they are met and
 * forgotten when they are too many; where hardly one comes twice, none is kept. Conditions on places need a look at the next byte, so a set is
 * kept as it is after a byte, and what it reaches without one is followed when the next is known.
 * The first state is added to every set: a match may begin anywhere.
 *
 * @module
 */

import { isWord } from "./byte_classes.ts";
import {
  parsePattern,
  type Pattern,
  PatternError,
  type Place,
} from "./regular_expression_syntax.ts";

/** States of the automaton: what a pattern with its counts written out may come to. */
const MAX_STATES = 10_000;
/** Steps of construction, for patterns that come to little after much repeating. */
const MAX_STEPS = 200_000;
/** Places for states of the automaton in all sets that are kept. */
const MAX_KEPT = 1 << 18;
/** Sets that are kept. */
const MAX_SETS = 2048;
/** Bytes for each set made from which on keeping the sets pays: making one costs as much as ten. */
const WORTH_KEEPING = 10;

/** What a transition not yet made leads to, and what a match does. */
const UNKNOWN = -1, MATCH = -2;
/** What comes before the first byte; bytes that belong to a word; and others. */
const AT_START = 0, AFTER_WORD = 1, AFTER_OTHER = 2;
/** The byte that stands for the end, as in Redis: places before a NUL are ends too. */
const END = 0;

/** One state: takes a byte of a set, or leads on where a condition holds, or to two others. */
interface State {
  set?: Uint8Array;
  place?: Place;
  next: number;
  other: number;
}

/** A compiled regular expression. */
export class RegularExpression {
  /** Whether it refers back to a group: then it must not be used. */
  readonly backReferences: boolean;
  readonly #states: State[] = [];
  readonly #start: number;
  readonly #accept: number;
  /** Bytes that no set and no condition tells apart have the same class. */
  readonly #classes: Uint8Array;
  readonly #classCount: number;
  #steps = 0;
  /** The sets that are kept, and what came before each. */
  #sets: Int32Array[] = [];
  #before: number[] = [];
  readonly #numbers = new Map<string, number>();
  #transitions = new Int32Array(0);
  #kept = 0;
  /** Bytes matched since the sets were forgotten: whether keeping them is worth it. */
  #matched = 0;
  #keeping = true;
  /** What a set reaches, what a byte leads to, and the rounds in which states got in there. */
  readonly #reached: Int32Array;
  readonly #next: Int32Array;
  readonly #reachedIn: Int32Array;
  readonly #nextIn: Int32Array;
  #round = 0;

  /**
   * Compiles a pattern.
   *
   * @param pattern A character for each byte.
   * @param nocase Whether to take ASCII letters in either case for the same.
   * @throws {PatternError}
   */
  constructor(pattern: string, nocase: boolean) {
    const parsed = parsePattern(pattern, nocase);
    this.backReferences = parsed.backReferences;
    this.#accept = this.#add({ next: -1, other: -1 });
    this.#start = this.backReferences ? this.#accept : this.#build(parsed.pattern, this.#accept);
    const count = this.#states.length;
    this.#reached = new Int32Array(count);
    this.#next = new Int32Array(count);
    this.#reachedIn = new Int32Array(count);
    this.#nextIn = new Int32Array(count);
    [this.#classes, this.#classCount] = byteClasses(this.#states);
    this.#forget();
  }

  #add(state: State): number {
    if (this.#states.length === MAX_STATES) throw new PatternError("Out of memory");
    return this.#states.push(state) - 1;
  }

  /** Adds the states of a part that lead to `next`. @returns The first of them. */
  #build(pattern: Pattern, next: number): number {
    if (++this.#steps > MAX_STEPS) throw new PatternError("Out of memory");
    switch (pattern.kind) {
      case "empty":
        return next;
      case "bytes":
        return this.#add({ set: pattern.set, next, other: -1 });
      case "place":
        return this.#add({ place: pattern.place, next, other: -1 });
      case "sequence":
        return this.#build(pattern.left, this.#build(pattern.right, next));
      case "choice": {
        const left = this.#build(pattern.left, next);
        return this.#add({ next: left, other: this.#build(pattern.right, next) });
      }
      case "repeat":
        return this.#buildRepeat(pattern, next);
    }
  }

  #buildRepeat({ part, min, max }: Pattern & { kind: "repeat" }, next: number): number {
    let first = next;
    if (max === Infinity) {
      first = this.#add({ next: -1, other: next });
      this.#states[first]!.next = this.#build(part, first);
    } else {
      for (let i = min; i < max; i++) {
        first = this.#add({ next: this.#build(part, first), other: next });
      }
    }
    for (let i = 0; i < min; i++) first = this.#build(part, first);
    return first;
  }

  /** Whether any part of `bytes[start, end)` matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const classes = this.#classes;
    this.#matched += end - start;
    let set = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      let next = this.#transitions[set * this.#classCount + classes[byte]!]!;
      if (next === UNKNOWN) {
        if (!this.#keeping) return this.#simulate(bytes, i, end, set);
        next = this.#transition(set, byte);
      }
      if (next === MATCH) return true;
      set = next;
    }
    return this.#follow(this.#sets[set]!, this.#sets[set]!.length, this.#before[set]!, END) < 0;
  }

  /** Matches the rest without keeping sets, where hardly one comes twice. */
  #simulate(bytes: Uint8Array, start: number, end: number, set: number): boolean {
    let states = this.#sets[set]!;
    let count = states.length;
    let before = this.#before[set]!;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      const reached = this.#follow(states, count, before, byte);
      if (reached < 0) return true;
      count = this.#step(reached, byte);
      states = this.#next;
      before = isWord(byte) ? AFTER_WORD : AFTER_OTHER;
    }
    return this.#follow(states, count, before, END) < 0;
  }

  /** Finds out where a byte leads from a set. */
  #transition(set: number, byte: number): number {
    const states = this.#sets[set]!;
    const reached = this.#follow(states, states.length, this.#before[set]!, byte);
    const at = set * this.#classCount + this.#classes[byte]!;
    if (reached < 0) return this.#transitions[at] = MATCH;
    const next = this.#next.slice(0, this.#step(reached, byte)).sort();
    const before = isWord(byte) ? AFTER_WORD : AFTER_OTHER;
    if (this.#sets.length >= MAX_SETS || this.#kept + next.length > MAX_KEPT) {
      this.#keeping = this.#matched > WORTH_KEEPING * this.#sets.length;
      this.#forget();
      return this.#number(next, before);
    }
    const number = this.#number(next, before);
    this.#transitions[at] = number;
    return number;
  }

  /** Fills `#reached` with what a set reaches before a byte. @returns How many; -1 if it matches. */
  #follow(states: Int32Array, count: number, before: number, byte: number): number {
    const reached = this.#reached;
    const reachedIn = this.#reachedIn;
    const round = ++this.#round;
    for (let i = 0; i < count; i++) {
      reached[i] = states[i]!;
      reachedIn[states[i]!] = round;
    }
    for (let i = 0; i < count; i++) {
      if (reached[i] === this.#accept) return -1;
      const { set, place, next, other } = this.#states[reached[i]!]!;
      if (set !== undefined || place !== undefined && !holds(place, before, byte)) continue;
      if (reachedIn[next] !== round) {
        reachedIn[next] = round;
        reached[count++] = next;
      }
      if (other >= 0 && reachedIn[other] !== round) {
        reachedIn[other] = round;
        reached[count++] = other;
      }
    }
    return count;
  }

  /** Fills `#next` with what a byte leads to from `#reached`. @returns How many. */
  #step(reached: number, byte: number): number {
    const round = this.#round;
    const nextIn = this.#nextIn;
    this.#next[0] = this.#start;
    nextIn[this.#start] = round;
    let count = 1;
    for (let i = 0; i < reached; i++) {
      const { set, next } = this.#states[this.#reached[i]!]!;
      if (set === undefined || set[byte] === 0 || nextIn[next] === round) continue;
      nextIn[next] = round;
      this.#next[count++] = next;
    }
    return count;
  }

  /** The number of a set, which is kept from here on. */
  #number(states: Int32Array, before: number): number {
    const name = `${before}:${states.join()}`;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#sets.push(states) - 1;
      this.#before.push(before);
      this.#numbers.set(name, number);
      this.#kept += states.length;
      const size = this.#sets.length * this.#classCount;
      if (size > this.#transitions.length) {
        const grown = new Int32Array(2 * size).fill(UNKNOWN);
        grown.set(this.#transitions);
        this.#transitions = grown;
      }
    }
    return number;
  }

  /** Lets go of all sets but the one that matching starts with, which has number 0. */
  #forget(): void {
    this.#sets = [];
    this.#before = [];
    this.#numbers.clear();
    this.#transitions.fill(UNKNOWN);
    this.#kept = 0;
    this.#matched = 0;
    this.#number(Int32Array.of(this.#start), AT_START);
  }
}

/** Whether a condition holds between what came before and the next byte. */
function holds(place: Place, before: number, next: number): boolean {
  const wordBefore = before === AFTER_WORD;
  const wordAfter = isWord(next);
  const outer = before === AT_START || next === END;
  switch (place) {
    case "start":
      return before === AT_START;
    case "end":
      return next === END;
    case "word":
      return outer || wordBefore !== wordAfter;
    case "no word":
      return !outer && wordBefore === wordAfter;
    case "word start":
      return !wordBefore && wordAfter;
    case "word end":
      return wordBefore && !wordAfter;
  }
}

/** Numbers the bytes so that those which no state tells apart have the same number. */
function byteClasses(states: readonly State[]): [classes: Uint8Array, count: number] {
  const words = Uint8Array.from({ length: 256 }, (_, byte) => isWord(byte) ? 1 : 0);
  const end = new Uint8Array(256);
  end[END] = 1;
  const sets = new Set<Uint8Array>([words, end]);
  for (const { set } of states) if (set !== undefined) sets.add(set);
  let classes = new Uint8Array(256);
  let count = 1;
  for (const set of sets) {
    if (count === 256) break;
    const numbers = new Map<number, number>();
    const refined = new Uint8Array(256);
    for (let byte = 0; byte < 256; byte++) {
      const pair = classes[byte]! * 2 + set[byte]!;
      let number = numbers.get(pair);
      if (number === undefined) numbers.set(pair, number = numbers.size);
      refined[byte] = number;
    }
    classes = refined;
    count = numbers.size;
  }
  return [classes, count];
}
