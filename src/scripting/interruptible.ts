/**
 * Functions of Lua that might keep everybody waiting: `string.find`, `match`, `gmatch`, `gsub` and `rep`,
 * `table.sort` and `insert`. They are the interpreter's own where they cannot take long, and else are
 * done in steps, between which others are served.
 *
 * @module
 */

import { STEP } from "../lua/frames.ts";
import { ByteBuilder } from "../lua/libraries/byte_builder.ts";
import {
  Matcher,
  type Matching,
  type Pattern,
  PatternError,
  PlainMatcher,
  readPattern,
  TRY,
} from "../lua/libraries/patterns.ts";
import { LUA, TYPE_NAMES, UPVALUE } from "../lua/constants.ts";
import type { Lua, StepFunction } from "../lua/state.ts";

/** Steps that the interpreter's matcher may take at most: a tenth of a second. */
const FEW_STEPS = 3e7;
/** Repetitions of a pattern for each of which the interpreter's matcher calls itself. */
const MOST_NESTED = 500;
/** Steps between two looks at the clock. */
const STEPS_AT_ONCE = 50_000;
/** Bytes of a result of `gsub` at most. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Items of a table that are sorted or moved without a look at the clock. */
const FEW_ITEMS = 100_000;
/** Patterns that are kept taken apart, and how long one may be to be kept with others. */
const KEPT_PATTERNS = 100;
const LONG_PATTERN = 1000;

const SPECIAL = new Set(Array.from("^$*+?.([%-", (character) => character.charCodeAt(0)));
const PERCENT = 0x25, OPENING = 0x5b, CLOSING = 0x5d, CARET = 0x5e, QUESTION = 0x3f;
const QUANTIFIERS = new Set([0x2a, 0x2b, 0x2d]);
const INT_MAX = 2 ** 31 - 1;

/**
 * Steps that matching may take at most: each way to lay a pattern's repetitions out over the subject.
 *
 * @param size Bytes of the subject.
 */
export function mostSteps(size: number, memory: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let repetitions = memory[at] === CARET ? 0 : 1;
  let options = 0;
  for (let i = at; i < end; i++) {
    const byte = memory[i]!;
    if (byte === PERCENT) {
      const next = memory[++i] ?? 0;
      // A balance and a capture are looked for along the subject.
      if (next === 0x62 || (next >= 0x30 && next <= 0x39)) repetitions++;
    } else if (byte === OPENING) {
      i += memory[i + 1] === CARET ? 2 : 1;
      do {
        if (memory[i++] === PERCENT) i++;
      } while (i < end && memory[i] !== CLOSING);
    } else if (QUANTIFIERS.has(byte)) repetitions++;
    else if (byte === QUESTION) options++;
  }
  if (repetitions + options > MOST_NESTED) return Infinity;
  let steps = length * 2 ** options;
  for (let i = 1; i <= repetitions; i++) steps *= (size + i) / i;
  return steps;
}

/** The same of a search for bytes as they are, of which the interpreter compares many at once. */
function mostPlainSteps(size: number, length: number): number {
  return size * length / 16;
}

/** A call of one of the functions that is not over. */
interface Call {
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

/** These functions of one interpreter. */
export class InterruptibleFunctions {
  readonly #lua: Lua;
  /** Calls that are not over, by the number that each has on its stack. */
  readonly #calls = new Map<number, Call>();
  readonly #patterns = new Map<string, Pattern>();
  #lastCall = 0;
  #iterator = 0;
  #lessThan = 0;

  readonly #fewSteps: number;
  readonly #stepsAtOnce: number;

  /**
   * @param fewSteps Steps that the interpreter's own matcher may take at most.
   * @param stepsAtOnce Steps between two looks at the clock.
   */
  constructor(lua: Lua, fewSteps: number = FEW_STEPS, stepsAtOnce: number = STEPS_AT_ONCE) {
    this.#lua = lua;
    this.#fewSteps = fewSteps;
    this.#stepsAtOnce = stepsAtOnce;
  }

  /** Puts them in the place of the interpreter's. @param globals The index of the globals. */
  install(globals: number): void {
    const lua = this.#lua;
    this.#lessThan = lua.module.add(lua.module.frames.function("lessThan"));
    lua.field(globals, "string");
    this.#replace("find", (lua, again) => this.#find(lua, again, true));
    this.#replace("match", (lua, again) => this.#find(lua, again, false));
    this.#replace("rep", (lua) => this.#repeat(lua));
    this.#replace("gsub", (lua, again) => this.#substitute(lua, again));
    const native = this.#replace("gmatch", (lua) => this.#iterate(lua));
    this.#iterator = lua.knownSteps((lua, again) => this.#next(lua, again), native);
    // An older name of it.
    lua.field(-1, "gmatch");
    lua.setField(-2, "gfind");
    lua.pop();
    lua.field(globals, "table");
    this.#replace("sort", (lua) => this.#sort(lua));
    this.#replace("insert", (lua, again) => this.#insert(lua, again));
    lua.pop();
  }

  /** Replaces a function of the topmost value, a table. @returns The one there was. */
  #replace(name: string, by: StepFunction): CallableFunction {
    const lua = this.#lua;
    lua.field(-1, name);
    const native = lua.nativeFunction(-1);
    lua.pop();
    lua.pushKnown(lua.knownSteps(by, native));
    lua.setField(-2, name);
    return native;
  }

  /** Forgets the calls that an error has ended. Call when no script runs. */
  forget(): void {
    if (this.#calls.size > 0) this.#calls.clear();
  }

  // Beginning and ending.

  /** Whether the subject and the pattern of a call, its first two arguments, might take long. */
  #isCostly(lua: Lua): boolean {
    if (!lua.isText(1) || !lua.isText(2) || !lua.find(1)) return false;
    const size = lua.foundSize;
    if (!lua.find(2)) return false;
    return mostSteps(size, lua.module.bytes, lua.foundAt, lua.foundSize) > this.#fewSteps;
  }

  /** Takes up a call, whose subject and pattern are at two indexes. */
  #begin(lua: Lua, subject: number, pattern: number, mayAnchor: boolean, most = 0): Call {
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
  #keep(lua: Lua, call: Call): void {
    this.#calls.set(++this.#lastCall, call);
    lua.pushNumber(this.#lastCall);
  }

  /** The call whose number is at an index. */
  #kept(lua: Lua, index: number): Call {
    const call = this.#calls.get(lua.number(index));
    if (call === undefined) throw new TypeError("no such call");
    return call;
  }

  /** Readies a call for some steps. @param subject The index of its subject. */
  #ready(lua: Lua, { matcher }: Call, subject: number): void {
    // Not only patterns: what is looked for as it is lies beside its subject.
    if (subject === 1 && lua.find(2)) matcher.patternBase = lua.foundAt;
    lua.find(subject);
    matcher.memory = lua.module.bytes;
    matcher.base = lua.foundAt;
    matcher.budget = this.#stepsAtOnce;
  }

  /** Works on a call. What is wrong with its pattern becomes Lua's error. */
  #attempt(lua: Lua, work: () => number): number {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return lua.raiseText(error.message);
    }
  }

  // Captures.

  #pushCapture(lua: Lua, { matcher }: Call, index: number, start: number): void {
    const capture = matcher.capture(index, start);
    if (typeof capture === "number") lua.pushNumber(capture);
    else lua.pushFrom(matcher.base + capture.start, capture.end - capture.start);
  }

  /** Pushes the captures. @param whole Whether the match stands for them where there are none. */
  #pushCaptures(lua: Lua, call: Call, start: number, whole: boolean): number {
    const { level } = call.matcher;
    const count = level === 0 && whole ? 1 : level;
    lua.checkStack(count, "too many captures");
    for (let i = 0; i < count; i++) this.#pushCapture(lua, call, i, start);
    return count;
  }

  // find and match.

  #find(lua: Lua, again: boolean, finds: boolean): number {
    if (again) return this.#attempt(lua, () => this.#findOn(lua, this.#kept(lua, 5), finds));
    if (lua.type(3) === LUA.NUMBER) clamp(lua, 3);
    const plain = finds && this.#isPlain(lua);
    if (plain ? !this.#isCostlyPlain(lua) : !this.#isCostly(lua)) return STEP.NATIVE;
    const init = lua.optionalInteger(3, 1);
    lua.top = 4;
    const call = plain
      ? callOf(new PlainMatcher(lua.length(1), lua.length(2)), false, 0)
      : this.#begin(lua, 1, 2, true);
    const { size } = call.matcher;
    call.at = Math.min(Math.max(init < 0 ? size + init : init - 1, 0), size);
    this.#keep(lua, call);
    return this.#attempt(lua, () => this.#findOn(lua, call, finds));
  }

  /** Whether `find` looks for bytes as they are. */
  #isPlain(lua: Lua): boolean {
    if (lua.boolean(4)) return true;
    if (!lua.isText(2) || !lua.find(2)) return false;
    const memory = lua.module.bytes;
    for (let i = lua.foundAt; i < lua.foundAt + lua.foundSize; i++) {
      if (memory[i] === 0) return true;
      if (SPECIAL.has(memory[i]!)) return false;
    }
    return true;
  }

  #isCostlyPlain(lua: Lua): boolean {
    if (!lua.isText(1) || !lua.isText(2)) return false;
    return mostPlainSteps(lua.length(1), lua.length(2)) > this.#fewSteps;
  }

  #findOn(lua: Lua, call: Call, finds: boolean): number {
    const { matcher } = call;
    this.#ready(lua, call, 1);
    for (;;) {
      const tried = matcher.try(call.at);
      if (tried === TRY.MORE) return STEP.MORE;
      if (tried === TRY.MATCHED) break;
      if (call.anchored || call.at >= matcher.size) {
        lua.pushNil();
        return 1;
      }
      call.at++;
    }
    if (!finds) return this.#pushCaptures(lua, call, call.at, true);
    lua.pushNumber(call.at + 1);
    lua.pushNumber(matcher.end);
    return 2 + this.#pushCaptures(lua, call, call.at, false);
  }

  // gmatch.

  #iterate(lua: Lua): number {
    if (!this.#isCostly(lua)) return STEP.NATIVE;
    lua.top = 2;
    lua.pushNumber(0);
    lua.pushKnown(this.#iterator, 3);
    return 1;
  }

  /** The iterator, which has the subject, the pattern and where to begin for upvalues. */
  #next(lua: Lua, again: boolean): number {
    let call: Call;
    if (again) {
      call = this.#kept(lua, 1);
    } else {
      lua.top = 0;
      call = this.#begin(lua, UPVALUE, UPVALUE - 1, false);
      call.at = lua.number(UPVALUE - 2);
      this.#keep(lua, call);
    }
    return this.#attempt(lua, () => this.#nextOf(lua, call));
  }

  #nextOf(lua: Lua, call: Call): number {
    const { matcher } = call;
    this.#ready(lua, call, UPVALUE);
    for (; call.at <= matcher.size; call.at++) {
      const tried = matcher.try(call.at);
      if (tried === TRY.MORE) return STEP.MORE;
      if (tried === TRY.FAILED) continue;
      this.#calls.delete(lua.number(1));
      lua.pushNumber(matcher.end === call.at ? matcher.end + 1 : matcher.end);
      lua.replace(UPVALUE - 2);
      return this.#pushCaptures(lua, call, call.at, true);
    }
    return 0;
  }

  // gsub.

  #substitute(lua: Lua, again: boolean): number {
    if (again) return this.#attempt(lua, () => this.#substituteOn(lua, this.#kept(lua, 5)));
    if (!this.#isCostly(lua)) return STEP.NATIVE;
    if (lua.type(4) > LUA.NIL && !lua.isText(4)) return STEP.NATIVE;
    const type = lua.type(3);
    if (type < LUA.NUMBER || type > LUA.FUNCTION) return STEP.NATIVE;
    lua.top = 4;
    const most = lua.type(4) > LUA.NIL ? lua.checkInteger(4) : lua.length(1) + 1;
    const call = this.#begin(lua, 1, 2, true, most);
    this.#keep(lua, call);
    return this.#attempt(lua, () => this.#substituteOn(lua, call));
  }

  #substituteOn(lua: Lua, call: Call): number {
    const { matcher, built } = call;
    this.#ready(lua, call, 1);
    if (call.asked) {
      call.asked = false;
      this.#addAnswer(lua, call);
      lua.top = 5;
      if (!this.#advance(call, true)) return this.#substituted(lua, call);
    }
    while (call.replaced < call.most) {
      const tried = matcher.try(call.at);
      if (tried === TRY.MORE) return STEP.MORE;
      if (tried === TRY.MATCHED) {
        call.replaced++;
        this.#addSubject(call, call.at);
        const type = lua.type(3);
        if (type === LUA.TABLE) {
          this.#pushCapture(lua, call, 0, call.at);
          call.asked = true;
          return STEP.INDEX;
        }
        if (type === LUA.FUNCTION) {
          lua.pushValue(3);
          call.asked = true;
          return STEP.CALL - this.#pushCaptures(lua, call, call.at, true);
        }
        this.#addText(lua, call);
      }
      if (!this.#advance(call, tried === TRY.MATCHED)) break;
      if (built.length > MOST_BYTES) lua.raiseMemory();
    }
    return this.#substituted(lua, call);
  }

  /** Goes on behind a match, or one byte. @returns False at the end. */
  #advance(call: Call, matched: boolean): boolean {
    const { matcher } = call;
    if (matched && matcher.end > call.at) call.at = call.copied = matcher.end;
    else if (call.at < matcher.size) call.at++;
    else return false;
    return !call.anchored;
  }

  #substituted(lua: Lua, call: Call): number {
    this.#calls.delete(lua.number(5));
    const { built, matcher } = call;
    this.#addSubject(call, matcher.size);
    lua.pushBytes(built.bytes, 0, built.length);
    lua.pushNumber(call.replaced);
    return 2;
  }

  /** Adds what has not been added yet of the subject, up to a place. */
  #addSubject(call: Call, to: number): void {
    const { matcher: { memory, base }, built, copied } = call;
    if (to > copied) built.add(memory.subarray(base + copied, base + to));
    call.copied = to;
  }

  #addMatch({ matcher: { memory, base, end }, built, at }: Call): void {
    built.add(memory.subarray(base + at, base + end));
  }

  /** Adds what a table or a function has given, on top of the stack. */
  #addAnswer(lua: Lua, call: Call): void {
    if (!lua.boolean(-1)) return this.#addMatch(call);
    if (!lua.isText(-1)) {
      lua.raiseText(`invalid replacement value (a ${TYPE_NAMES[lua.type(-1)]})`);
    }
    call.built.add(lua.bytes(-1) ?? NOTHING);
  }

  /** Adds the replacement string, and the captures that it names. */
  #addText(lua: Lua, call: Call): void {
    const { built, matcher } = call;
    const text = (lua.bytes(3) ?? NOTHING).slice();
    matcher.memory = lua.module.bytes;
    for (let i = 0; i < text.length; i++) {
      const byte = text[i]!;
      if (byte !== PERCENT) {
        built.byte(byte);
        continue;
      }
      const next = text[++i] ?? 0;
      if (next < 0x30 || next > 0x39) {
        built.byte(next);
      } else if (next === 0x30) {
        this.#addMatch(call);
      } else {
        const capture = matcher.capture(next - 0x31, call.at);
        if (typeof capture === "number") built.text(String(capture));
        else {built.add(
            matcher.memory.subarray(matcher.base + capture.start, matcher.base + capture.end),
          );}
      }
    }
  }

  // Tables.

  /** Nothing, a thousand million times. */
  #repeat(lua: Lua): number {
    if (lua.type(1) !== LUA.STRING || lua.length(1) > 0 || !lua.isText(2)) return STEP.NATIVE;
    lua.top = 1;
    return 1;
  }

  /** Items that are compared by C alone are compared by a function that can be interrupted. */
  #sort(lua: Lua): number {
    if (lua.type(1) === LUA.TABLE && lua.type(2) <= LUA.NIL && lua.length(1) > FEW_ITEMS / 10) {
      lua.top = 1;
      lua.pushKnown(this.#lessThan);
    }
    return STEP.NATIVE;
  }

  /** A place far before a table's items makes many of them move. */
  #insert(lua: Lua, again: boolean): number {
    if (!again) {
      if (lua.top !== 3 || lua.type(1) !== LUA.TABLE || !lua.isText(2)) return STEP.NATIVE;
      const to = lua.checkInteger(2), last = lua.length(1) + 1;
      if (last - to < FEW_ITEMS) return STEP.NATIVE;
      lua.pushNumber(to);
      lua.pushNumber(last);
    }
    const to = lua.number(4);
    let from = lua.number(5);
    for (let moved = 0; from > to; from--) {
      if (moved++ === FEW_ITEMS) {
        lua.pushNumber(from);
        lua.replace(5);
        return STEP.MORE;
      }
      lua.item(1, from - 1);
      lua.setItem(1, from);
    }
    lua.pushValue(3);
    lua.setItem(1, to);
    return 0;
  }
}

const NOTHING = new Uint8Array(0);

function callOf(matcher: Matching, anchored: boolean, most: number): Call {
  const built = new ByteBuilder();
  return { matcher, anchored, at: 0, built, copied: 0, replaced: 0, most, asked: false };
}

function clamp(lua: Lua, arg: number): void {
  const value = lua.number(arg);
  if (value <= INT_MAX && value >= -INT_MAX) return;
  lua.pushNumber(value > 0 ? INT_MAX : -INT_MAX);
  lua.replace(arg);
}
