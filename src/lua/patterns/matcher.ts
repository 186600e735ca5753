/**
 * Matches a pattern as the interpreter's own matcher does: it takes the same ways in the same order,
 * with its choices on a stack of its own.
 *
 * @module
 */

import { type Capture, Matching, PatternError, TRY } from "./matching.ts";
import { ITEM, type Pattern } from "./pattern.ts";

const NOTHING = new Uint8Array(0);

/** Most captures of a pattern. */
const MOST_CAPTURES = 32;
const UNFINISHED = -1, POSITION = -2;

/** Kinds of choices: what is tried, or taken back, when what follows does not match. */
const CHOICE = { OPTIONAL: 0, MOST: 1, LEAST: 2, LEVEL: 3, FINISHED: 4 } as const;
/** Numbers of a choice: its kind, the item after it, a position, a count. */
const WIDTH = 4;

/** Matches one pattern with one subject. */
export class Matcher extends Matching {
  readonly #items: Pattern;
  readonly #starts = new Int32Array(MOST_CAPTURES);
  readonly #sizes = new Int32Array(MOST_CAPTURES);
  #choices = new Int32Array(64 * WIDTH);
  #depth = 0;
  /** The item and the position that are next. */
  #item = 0;
  #at = 0;
  /** Whether a try is not over. */
  #pending = false;

  /** @param size Bytes of the subject. */
  constructor(items: Pattern, size: number) {
    super(size);
    this.#items = items;
  }

  override try(start: number): number {
    if (!this.#pending) {
      this.level = this.#depth = this.#item = 0;
      this.#at = start;
      this.#pending = true;
    }
    for (;;) {
      if (--this.budget < 0) return TRY.MORE;
      if (!this.#step() && !this.#back()) {
        this.#pending = false;
        return TRY.FAILED;
      }
      if (this.#item < 0) {
        this.#pending = false;
        this.end = this.#at;
        return TRY.MATCHED;
      }
    }
  }

  #byte(at: number): number {
    return at < this.size ? this.memory[this.base + at]! : 0;
  }

  #isIn(set: Uint8Array, at: number): boolean {
    return at < this.size && set[this.memory[this.base + at]!] === 1;
  }

  /** Matches the next item. @returns False if it does not match. */
  #step(): boolean {
    const item = this.#items[this.#item]!;
    const at = this.#at;
    const set = item.set ?? NOTHING;
    switch (item.kind) {
      case ITEM.END:
        this.#item = -1;
        return true;
      case ITEM.ONE:
        if (!this.#isIn(set, at)) return false;
        this.#at++;
        break;
      case ITEM.OPTIONAL:
        if (!this.#isIn(set, at)) break;
        this.#choose(CHOICE.OPTIONAL, this.#item + 1, at, 0);
        this.#at++;
        break;
      case ITEM.MOST:
        return this.#most(set, at);
      case ITEM.MOST_OF_ONE:
        return this.#isIn(set, at) && this.#most(set, at + 1);
      case ITEM.LEAST:
        this.#choose(CHOICE.LEAST, this.#item, at, 0);
        break;
      case ITEM.OPEN:
      case ITEM.POSITION:
        this.#open(item.kind === ITEM.OPEN ? UNFINISHED : POSITION);
        break;
      case ITEM.CLOSE:
        this.#close();
        break;
      case ITEM.BALANCED:
        if (!this.#balance(item.first ?? 0, item.second ?? 0)) return false;
        break;
      case ITEM.FRONTIER: {
        const before = at === 0 ? 0 : this.#byte(at - 1);
        if (set[before] === 1 || set[this.#byte(at)] !== 1) return false;
        break;
      }
      case ITEM.CAPTURED:
        if (!this.#repeat(item.first ?? 0)) return false;
        break;
      case ITEM.SUBJECT_END:
        if (at !== this.size) return false;
        break;
      default:
        throw this.#error(item.message ?? "");
    }
    this.#item++;
    return true;
  }

  #error(message: string): PatternError {
    this.#pending = false;
    return new PatternError(message);
  }

  #most(set: Uint8Array, from: number): boolean {
    const { memory } = this;
    const end = this.base + this.size;
    let at = this.base + from;
    while (at < end && set[memory[at]!] === 1) at++;
    const count = at - this.base - from;
    this.budget -= count >> 3;
    // The way back finds the longest one after which the next item matches.
    this.#choose(CHOICE.MOST, this.#item + 1, from, count);
    return false;
  }

  #open(size: number): void {
    if (this.level >= MOST_CAPTURES) throw this.#error("too many captures");
    this.#starts[this.level] = this.#at;
    this.#sizes[this.level] = size;
    this.level++;
    this.#choose(CHOICE.LEVEL, 0, 0, 0);
  }

  #close(): void {
    let open = this.level - 1;
    while (open >= 0 && this.#sizes[open] !== UNFINISHED) open--;
    if (open < 0) throw this.#error("invalid pattern capture");
    this.#sizes[open] = this.#at - this.#starts[open]!;
    this.#choose(CHOICE.FINISHED, 0, open, 0);
  }

  #balance(first: number, second: number): boolean {
    let at = this.#at;
    if (this.#byte(at) !== first) return false;
    let open = 1;
    while (++at < this.size) {
      const byte = this.#byte(at);
      if (byte === second) {
        if (--open === 0) {
          this.budget -= (at - this.#at) >> 3;
          this.#at = at + 1;
          return true;
        }
      } else if (byte === first) open++;
    }
    this.budget -= (at - this.#at) >> 3;
    return false;
  }

  #repeat(capture: number): boolean {
    const size = this.#sizes[capture] ?? UNFINISHED;
    if (capture < 0 || capture >= this.level || size === UNFINISHED) {
      throw this.#error("invalid capture index");
    }
    const at = this.#at;
    if (size === POSITION || this.size - at < size) return false;
    const start = this.#starts[capture]!;
    for (let i = 0; i < size; i++) {
      if (this.#byte(start + i) === this.#byte(at + i)) continue;
      this.budget -= i >> 3;
      return false;
    }
    this.budget -= size >> 3;
    this.#at += size;
    return true;
  }

  #choose(kind: number, item: number, at: number, count: number): void {
    let choices = this.#choices;
    const top = this.#depth * WIDTH;
    if (top === choices.length) {
      const grown = new Int32Array(2 * top);
      grown.set(choices);
      choices = this.#choices = grown;
    }
    choices[top] = kind;
    choices[top + 1] = item;
    choices[top + 2] = at;
    choices[top + 3] = count;
    this.#depth++;
  }

  /** Up to how many bytes there may be before an item for that to match. @returns -1 if none will do. */
  #fewer(item: number, from: number, count: number): number {
    const { kind, set = NOTHING } = this.#items[item]!;
    if (kind !== ITEM.ONE) return count;
    const { memory } = this;
    const start = this.base + from;
    let left = from + count < this.size ? count : count - 1;
    while (left >= 0 && set[memory[start + left]!] !== 1) left--;
    this.budget -= (count - left) >> 3;
    return left;
  }

  /** Where after the bytes of an item, one more at least, the next one may match. @returns -1 if nowhere. */
  #further(item: number, from: number): number {
    const { set = NOTHING } = this.#items[item]!;
    const next = this.#items[item + 1]!;
    if (!this.#isIn(set, from)) return -1;
    let at = from + 1;
    if (next.kind !== ITEM.ONE || next.set === undefined) return at;
    while (!this.#isIn(next.set, at) && this.#isIn(set, at)) at++;
    this.budget -= (at - from) >> 3;
    return this.#isIn(next.set, at) ? at : -1;
  }

  /** Goes back to the last choice that is left. @returns False if there is none. */
  #back(): boolean {
    const choices = this.#choices;
    while (this.#depth > 0) {
      const top = (this.#depth - 1) * WIDTH;
      const item = choices[top + 1]!, at = choices[top + 2]!, count = choices[top + 3]!;
      switch (choices[top]) {
        case CHOICE.LEVEL:
          this.level--;
          break;
        case CHOICE.FINISHED:
          this.#sizes[at] = UNFINISHED;
          break;
        case CHOICE.OPTIONAL:
          this.#depth--;
          this.#item = item;
          this.#at = at;
          return true;
        case CHOICE.MOST: {
          const left = this.#fewer(item, at, count);
          if (left < 0) break;
          if (left === 0) this.#depth--;
          else choices[top + 3] = left - 1;
          this.#item = item;
          this.#at = at + left;
          return true;
        }
        default: {
          const next = this.#further(item, at);
          if (next < 0) break;
          choices[top + 2] = this.#at = next;
          this.#item = item + 1;
          return true;
        }
      }
      this.#depth--;
    }
    return false;
  }

  override capture(index: number, start: number): Capture {
    if (index >= this.level) {
      if (index !== 0) throw new PatternError("invalid capture index");
      return { start, end: this.end };
    }
    const from = this.#starts[index]!, size = this.#sizes[index]!;
    if (size === UNFINISHED) throw new PatternError("unfinished capture");
    return size === POSITION ? from + 1 : { start: from, end: from + size };
  }
}
