/**
 * The effects of a turn: commands that, run in order on the data as it was, leave it as it is now,
 * whatever the clock says and whatever dice fall. They are written down as the turn goes, in the
 * forms in which Redis tells its replicas, and given to listeners once the turn is committed.
 *
 * A unit is what has to come to be at once: all of a command, a script or a transaction. One of
 * several commands is put between MULTI and EXEC. A SELECT comes before a command of another
 * database than the one before it, so that what is written is a stream that can be cut between units.
 *
 * While nobody listens nothing is written: whoever has an effect to say looks at {@linkcode
 * Effects.active} first.
 *
 * @module
 */

import { keepAddress } from "../runtime/memory.ts";
import { writeInteger } from "../store/values/integers.ts";
import { copyBytes } from "../store/values/slice.ts";
import type { KeyBytes } from "./changes.ts";

/** The effects of one turn. */
export interface TurnEffects {
  /** Commands, as clients send them. The bytes are valid until the listener returns. */
  readonly bytes: Uint8Array;
  /** How many commands, MULTI, EXEC and SELECT included. */
  readonly count: number;
  /** The index of the database that must be selected before the first of them. */
  readonly db: number;
  /** The index of the database that is selected after the last of them. */
  readonly endDb: number;
  /** The turn's time, by which they are to be run: Unix time in milliseconds. */
  readonly atMs: number;
}

/** Takes the effects of a turn that was committed. */
export type EffectsListener = (effects: TurnEffects) => void;

/** The arguments of a command, the name first. */
export interface CommandWords {
  /** How many there are, the name included. */
  readonly count: number;
  /** The one at an index below that. */
  at(index: number): KeyBytes;
}

/** A part of a command. */
export type EffectWord = string | number | bigint | Uint8Array | KeyBytes;

const FIRST_SIZE = 4096;
/** Bytes of a buffer that is kept from turn to turn. */
const KEPT_SIZE = 1024 * 1024;
/** Bytes of a header at most: a type, 20 digits, a line's end. */
const HEADER = 24;

const encoder = new TextEncoder();
const MULTI = encoder.encode("*1\r\n$5\r\nMULTI\r\n");
const EXEC = encoder.encode("*1\r\n$4\r\nEXEC\r\n");

/** Writes down what turns do, for those who listen. */
export class Effects {
  /** Whether what happens is written down: somebody listens, or there is a log. */
  active = false;
  #kept = false;
  readonly #listeners = new Set<EffectsListener>();
  #bytes = new Uint8Array(0);
  #end = 0;
  #count = 0;
  /** The databases selected at the beginning and now; -1 before the first command. */
  #startDb = -1;
  #db = -1;
  /** Where the unit begins, and how many commands it has, SELECT not included. */
  #unitStart = 0;
  #unitCount = 0;

  /**
   * Adds a listener. Between turns: of the turn that runs it would get a part.
   *
   * @returns A function that removes it.
   * @internal
   */
  listen(listener: EffectsListener): () => void {
    this.#listeners.add(listener);
    this.active = true;
    return () => {
      this.#listeners.delete(listener);
      this.#activate();
    };
  }

  /** Whether it is written down though nobody listens, for the log. To be changed between turns. */
  get kept(): boolean {
    return this.#kept;
  }
  set kept(kept: boolean) {
    this.#kept = kept;
    this.#activate();
  }

  #activate(): void {
    this.active = this.#kept || this.#listeners.size > 0;
    if (!this.active) this.discard();
  }

  /**
   * Writes a command as it came.
   *
   * @param db The index of the database it was run in.
   * @param name Its own name, whatever it was called by.
   * @internal
   */
  copy(db: number, args: CommandWords, name: Uint8Array): void {
    if (!this.active) return;
    const { count } = args;
    this.begin(db, count);
    this.bulk(name, 0, name.length);
    for (let i = 1; i < count; i++) {
      const { bytes, start, end } = args.at(i);
      this.bulk(bytes, start, end);
    }
  }

  /** @internal Writes a command. @param db The index of the database it is to be run in. */
  say(db: number, ...words: readonly EffectWord[]): void {
    if (!this.active) return;
    this.begin(db, words.length);
    for (const word of words) this.word(word);
  }

  /** @internal Writes a command of any number of words. */
  sayAll(db: number, head: readonly EffectWord[], rest: readonly EffectWord[]): void {
    if (!this.active) return;
    this.begin(db, head.length + rest.length);
    for (const word of head) this.word(word);
    for (const word of rest) this.word(word);
  }

  /** @internal Writes what belongs to no command: a unit of its own, unless one has begun. */
  sayAlone(db: number, ...words: readonly EffectWord[]): void {
    const alone = this.#unitCount === 0;
    this.say(db, ...words);
    if (alone) this.endUnit();
  }

  /** Begins a command whose words follow one by one. @param count How many, the name included. */
  begin(db: number, count: number): void {
    if (this.#db !== db) {
      if (this.#db === -1) this.#startDb = db;
      else this.#select(db);
      this.#db = db;
    }
    this.#unitCount++;
    this.#header(count);
  }

  /** @internal Writes the next word of a command that was begun. */
  word(word: EffectWord): void {
    if (word instanceof Uint8Array) return this.bulk(word, 0, word.length);
    if (typeof word === "object") return this.bulk(word.bytes, word.start, word.end);
    if (typeof word === "string") return this.#text(word);
    if (typeof word === "number" && !Number.isInteger(word)) return this.#text(String(word));
    this.bulk(DIGITS, 0, writeInteger(word, DIGITS, 0));
  }

  /** A text: encoding it by a call costs a microsecond, which names of commands are not worth. */
  #text(text: string): void {
    const { length } = text;
    this.#reserve(HEADER + length + 2);
    const target = this.#bytes;
    let at = writeLine(target, this.#end, BULK, length);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        const bytes = encoder.encode(text);
        return this.bulk(bytes, 0, bytes.length);
      }
      target[at++] = code;
    }
    target[at] = CR;
    target[at + 1] = LF;
    this.#end = at + 2;
  }

  #select(db: number): void {
    const digits = encoder.encode(String(db));
    this.#header(2);
    this.bulk(SELECT, 0, SELECT.length);
    this.bulk(digits, 0, digits.length);
  }

  /**
   * Ends a unit: all that was written since the last one ended came to be at once.
   *
   * @returns Whether there was anything.
   */
  endUnit(): boolean {
    if (this.#unitCount === 0) return false;
    if (this.#unitCount > 1) {
      const start = this.#unitStart;
      this.#reserve(MULTI.length + EXEC.length);
      this.#bytes.copyWithin(start + MULTI.length, start, this.#end);
      this.#bytes.set(MULTI, start);
      this.#bytes.set(EXEC, this.#end + MULTI.length);
      this.#end += MULTI.length + EXEC.length;
      this.#count += 2;
    }
    this.#unitStart = this.#end;
    this.#unitCount = 0;
    return true;
  }

  /**
   * @internal Ends what the turn does. The bytes are valid until {@linkcode deliver} or {@linkcode discard}.
   *
   * @param atMs The turn's time.
   * @returns Its effects, if there are any.
   */
  ended(atMs: number): TurnEffects | undefined {
    this.endUnit();
    if (this.#end === 0) return undefined;
    return {
      bytes: this.#bytes.subarray(0, this.#end),
      count: this.#count,
      db: this.#startDb,
      endDb: this.#db,
      atMs,
    };
  }

  /**
   * Tells the listeners; call once the turn lasts.
   *
   * @internal
   * @param effects What {@linkcode ended} gave.
   */
  deliver(effects: TurnEffects | undefined): void {
    if (effects === undefined) return;
    this.#tell(effects);
    this.discard();
  }

  /** Writes nothing down until {@linkcode resume}: what happens is the effect of what was told before. */
  pause(): void {
    this.active = false;
  }

  /** Writes down again what happens. */
  resume(): void {
    this.active = this.#kept || this.#listeners.size > 0;
  }

  /**
   * Tells the listeners of effects that were taken from elsewhere and have been applied here: whoever
   * follows this store gets them as they came.
   * @internal
   */
  passOn(effects: TurnEffects): void {
    this.#tell(effects);
  }

  #tell(effects: TurnEffects): void {
    for (const listener of this.#listeners) {
      try {
        listener(effects);
      } catch (error) {
        // The turn is committed: what follows its commit must not be kept from happening.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Forgets the turn's effects; call after its rollback. */
  discard(): void {
    this.#end =
      this.#count =
      this.#unitStart =
      this.#unitCount =
        0;
    this.#db = this.#startDb = -1;
    if (this.#bytes.length > KEPT_SIZE) this.#bytes = new Uint8Array(0);
  }

  #header(count: number): void {
    this.#count++;
    this.#reserve(HEADER);
    this.#end = writeLine(this.#bytes, this.#end, ARRAY, count);
  }

  /** @internal Writes the next word of a command that was begun: `bytes[start, end)`. */
  bulk(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(HEADER + length + 2);
    const target = this.#bytes;
    let at = writeLine(target, this.#end, BULK, length);
    copyBytes(bytes, start, end, target, at);
    at += length;
    target[at] = CR;
    target[at + 1] = LF;
    this.#end = at + 2;
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(FIRST_SIZE, 2 * this.#bytes.length, this.#end + size));
    grown.set(this.#bytes.subarray(0, this.#end));
    keepAddress(grown);
    this.#bytes = grown;
  }
}

/** Writes a line of a mark and a number. @returns Where the next one begins. */
function writeLine(target: Uint8Array, at: number, mark: number, number: number): number {
  target[at++] = mark;
  if (number < 10) target[at++] = 0x30 + number;
  else at = writeInteger(number, target, at);
  target[at] = CR;
  target[at + 1] = LF;
  return at + 2;
}

const ARRAY = 0x2a, BULK = 0x24, CR = 0x0d, LF = 0x0a;
const DIGITS = new Uint8Array(HEADER);
const SELECT = encoder.encode("SELECT");
