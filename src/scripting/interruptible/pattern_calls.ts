/**
 * Calls of functions that match patterns, as long as they are not over.
 *
 * A call has a number on its stack, by which it is found when it goes on.
 *
 * @module
 */

import { ByteBuilder } from "../../lua/libraries/byte_builder.ts";
import { mostSteps } from "../../lua/patterns/cost.ts";
import { Matcher } from "../../lua/patterns/matcher.ts";
import { type Matching, PatternError } from "../../lua/patterns/matching.ts";
import { CARET, type Pattern, readPattern } from "../../lua/patterns/pattern.ts";
import type { Lua } from "../../lua/state.ts";

/** Steps that the interpreter's matcher may take at most: a tenth of a second. */
const FEW_STEPS = 3e7;
/** Steps between two looks at the clock. */
const STEPS_AT_ONCE = 50_000;
/** Patterns that are kept taken apart, and how long one may be to be kept with others. */
const KEPT_PATTERNS = 100;
const LONG_PATTERN = 1000;

/** No bytes. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** A call of one of the functions that is not over. */
export interface Call {
  readonly matcher: Matching;
  readonly anchored: boolean;
  /** Where the next try begins. */
  at: number;
  /** What `gsub` has put together, up to where of the subject, how often it has replaced and may. */
  readonly built: ByteBuilder;
  copied: number;
  replaced: number;
  readonly most: number;
  /** Whether what takes a match's place is being asked for. */
  asked: boolean;
}

/** Takes up a call. @param most How often `gsub` may replace. */
export function callOf(matcher: Matching, anchored: boolean, most: number): Call {
  const built = new ByteBuilder();
  return { matcher, anchored, at: 0, built, copied: 0, replaced: 0, most, asked: false };
}

/** The calls of one interpreter. */
export class PatternCalls {
  /** Calls that are not over, by their numbers. */
  readonly #calls = new Map<number, Call>();
  readonly #patterns = new Map<string, Pattern>();
  #last = 0;
  /** Steps that the interpreter's own matcher may take at most. */
  readonly fewSteps: number;
  readonly #stepsAtOnce: number;

  /**
   * @param fewSteps Steps that the interpreter's own matcher may take at most.
   * @param stepsAtOnce Steps between two looks at the clock.
   */
  constructor(fewSteps: number = FEW_STEPS, stepsAtOnce: number = STEPS_AT_ONCE) {
    this.fewSteps = fewSteps;
    this.#stepsAtOnce = stepsAtOnce;
  }

  /** Forgets the calls that an error has ended. Call when no script runs. */
  forget(): void {
    if (this.#calls.size > 0) this.#calls.clear();
  }

  /** Whether the subject and the pattern of a call, its first two arguments, might take long. */
  isCostly(lua: Lua): boolean {
    if (!lua.isText(1) || !lua.isText(2) || !lua.find(1)) return false;
    const size = lua.foundSize;
    if (!lua.find(2)) return false;
    return mostSteps(size, lua.module.bytes, lua.foundAt, lua.foundSize) > this.fewSteps;
  }

  /** Takes up a call, whose subject and pattern are at two indexes. */
  begin(lua: Lua, subject: number, pattern: number, mayAnchor: boolean, most = 0): Call {
    lua.find(subject);
    const size = lua.foundSize;
    const bytes = lua.bytes(pattern) ?? NOTHING;
    const anchored = mayAnchor && bytes[0] === CARET;
    const items = this.#pattern(anchored ? bytes.subarray(1) : bytes);
    return callOf(new Matcher(items, size), anchored, most);
  }

  #pattern(bytes: Uint8Array): Pattern {
    const text = bytes.join();
    let pattern = this.#patterns.get(text);
    if (pattern === undefined) {
      pattern = readPattern(bytes);
      if (this.#patterns.size >= KEPT_PATTERNS || text.length > LONG_PATTERN) {
        this.#patterns.clear();
      }
      this.#patterns.set(text, pattern);
    }
    return pattern;
  }

  /** Notes a call that goes on later, by a number on top of the stack. */
  keep(lua: Lua, call: Call): void {
    this.#calls.set(++this.#last, call);
    lua.pushNumber(this.#last);
  }

  /** The call whose number is at an index. */
  kept(lua: Lua, index: number): Call {
    const call = this.#calls.get(lua.number(index));
    if (call === undefined) throw new TypeError("no such call");
    return call;
  }

  /** Forgets a call that is over, whose number is at an index. */
  end(lua: Lua, index: number): void {
    this.#calls.delete(lua.number(index));
  }

  /** Readies a call for some steps. @param subject The index of its subject. */
  ready(lua: Lua, { matcher }: Call, subject: number): void {
    // Not only patterns: what is looked for as it is lies beside its subject.
    if (subject === 1 && lua.find(2)) matcher.patternBase = lua.foundAt;
    lua.find(subject);
    matcher.memory = lua.module.bytes;
    matcher.base = lua.foundAt;
    matcher.budget = this.#stepsAtOnce;
  }

  /** Works on a call. What is wrong with its pattern becomes Lua's error. */
  attempt(lua: Lua, work: () => number): number {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return lua.raiseText(error.message);
    }
  }

  /** Pushes a capture of the last match, which began at `start`. */
  pushCapture(lua: Lua, { matcher }: Call, index: number, start: number): void {
    const capture = matcher.capture(index, start);
    if (typeof capture === "number") lua.pushNumber(capture);
    else lua.pushFrom(matcher.base + capture.start, capture.end - capture.start);
  }

  /** Pushes the captures. @param whole Whether the match stands for them where there are none. */
  pushCaptures(lua: Lua, call: Call, start: number, whole: boolean): number {
    const { level } = call.matcher;
    const count = level === 0 && whole ? 1 : level;
    lua.checkStack(count, "too many captures");
    for (let i = 0; i < count; i++) this.pushCapture(lua, call, i, start);
    return count;
  }
}
