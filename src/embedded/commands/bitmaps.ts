/** The typed methods of the bitmap and HyperLogLog commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { many } from "./given.ts";
import { wrongType } from "../checks.ts";
import { CommandGroup } from "./group.ts";
import { checked, type Kinds } from "./option_words.ts";
import type { Integer } from "./strings.ts";

/**
 * A bit.
 *
 * @example
 * ```ts
 * import { type Bit, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const before: Bit = db.setbit("days", 7, 1);
 * console.log(before, db.getbit("days", 7)); // 0 1
 * ```
 */
export type Bit = 0 | 1;

/**
 * Which part of a string `bitcount` looks at.
 *
 * @example
 * ```ts
 * import { type BitcountOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("bits", new Uint8Array([255, 1]));
 * const options: BitcountOptions = { start: 1, end: 1 };
 * console.log(db.bitcount("bits", options)); // 1
 * ```
 */
export interface BitcountOptions {
  /** The first byte or bit; a negative one counts from the string's end. */
  start: number;
  /** The last one. */
  end: number;
  /** What `start` and `end` count; bytes by default. */
  unit?: "byte" | "bit";
}

/**
 * Which part of a string `bitpos` looks at; all of it by default.
 *
 * @example
 * ```ts
 * import { type BitposOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("bits", new Uint8Array([255, 1]));
 * const options: BitposOptions = { start: 8, unit: "bit" };
 * console.log(db.bitpos("bits", 1, options)); // 15
 * ```
 */
export interface BitposOptions {
  /** The first byte or bit; a negative one counts from the string's end. */
  start?: number;
  /** The last one. With it, zeros after the string's end do not count. */
  end?: number;
  /** What `start` and `end` count; bytes by default. */
  unit?: "byte" | "bit";
}

/** What both take. */
const BITCOUNT: Kinds<BitcountOptions> = {
  start: "number",
  end: "number",
  unit: ["byte", "bit"],
};

/**
 * What `bitop` does; `diff`, `diff1` and `andor` hold the first string against all others.
 *
 * @example
 * ```ts
 * import { type BitopOperation, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.mset({ a: "abc", b: "abd" });
 * const operation: BitopOperation = "xor";
 * console.log(db.bitop(operation, "c", ["a", "b"])); // 3
 * ```
 */
export type BitopOperation = "and" | "or" | "xor" | "not" | "diff" | "diff1" | "andor" | "one";

/**
 * Where a field of `bitfield` is.
 *
 * @example
 * ```ts
 * import { type BitfieldOffset, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const third: BitfieldOffset = { offset: "#2" };
 * console.log(db.bitfield("counters", { get: "u8", ...third })); // [0]
 * ```
 */
export interface BitfieldOffset {
  /** Its first bit, or `#n` for the n-th field of its width. */
  offset: number | `#${number}`;
}

/**
 * Reads a field.
 *
 * @example
 * ```ts
 * import { type BitfieldGet, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const get: BitfieldGet = { get: "u8", offset: 0 };
 * console.log(db.bitfield_ro("counters", get)); // [0]
 * ```
 */
export interface BitfieldGet extends BitfieldOffset {
  /** The field's type: `u8`, `i16`, up to `u63` and `i64`. */
  get: string;
}

/**
 * Sets a field; its result is the value before.
 *
 * @example
 * ```ts
 * import { type BitfieldSet, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const set: BitfieldSet = { set: "u8", offset: 0, value: 200 };
 * console.log(db.bitfield("counters", set)); // [0]
 * ```
 */
export interface BitfieldSet extends BitfieldOffset {
  /** The field's type. */
  set: string;
  /** The value to set. */
  value: Integer;
  /** What becomes of a value that does not fit; it wraps around by default. */
  overflow?: "wrap" | "sat" | "fail";
}

/**
 * Adds to a field; its result is the sum.
 *
 * @example
 * ```ts
 * import { type BitfieldIncrby, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const add: BitfieldIncrby = { incrby: "u8", offset: 0, increment: 300, overflow: "sat" };
 * console.log(db.bitfield("counters", add)); // [255]
 * ```
 */
export interface BitfieldIncrby extends BitfieldOffset {
  /** The field's type. */
  incrby: string;
  /** What to add. */
  increment: Integer;
  /** What becomes of a sum that does not fit; it wraps around by default. */
  overflow?: "wrap" | "sat" | "fail";
}

/**
 * One operation of `bitfield`.
 *
 * @example
 * ```ts
 * import { type BitfieldOperation, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const operations: BitfieldOperation[] = [
 *   { set: "i8", offset: "#0", value: -1 },
 *   { get: "u8", offset: "#0" },
 * ];
 * console.log(db.bitfield("counters", operations)); // [0, 255]
 * ```
 */
export type BitfieldOperation = BitfieldGet | BitfieldSet | BitfieldIncrby;

/**
 * The bitmap and HyperLogLog commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type BitmapCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const seen = (bitmaps: BitmapCommands<string>, user: string) => bitmaps.pfadd("users", user);
 * console.log(seen(db, "ada"), db.pfcount("users")); // true 1
 * ```
 */
export abstract class BitmapCommands<V extends Data> extends CommandGroup<V> {
  /** SETBIT: sets a bit, growing the string with zeros as needed. @returns The bit before. */
  setbit(key: Key, offset: number, bit: Bit): Bit {
    return this.run(["SETBIT", key, offset, bit]);
  }

  /** GETBIT: a bit of a string, 0 past its end. */
  getbit(key: Key, offset: number): Bit {
    return this.run(["GETBIT", key, offset]);
  }

  /** BITCOUNT: how many bits of a string, or of a part of it, are set. */
  bitcount(key: Key, options?: BitcountOptions): number {
    if (options === undefined) return this.run(["BITCOUNT", key]);
    const { start, end, unit = "byte" } = checked(options, BITCOUNT);
    return this.run(["BITCOUNT", key, start, end, unit]);
  }

  /** BITPOS: the position of the first bit like `bit`; -1 if there is none. */
  bitpos(key: Key, bit: Bit, options: BitposOptions = {}): number {
    const { start, end, unit } = checked<BitposOptions>(options, BITCOUNT);
    const words: Argument[] = [];
    if (start !== undefined || end !== undefined || unit !== undefined) words.push(start ?? 0);
    if (end !== undefined || unit !== undefined) words.push(end ?? -1);
    if (unit !== undefined) words.push(unit);
    return this.run(["BITPOS", key, bit, ...words]);
  }

  /** BITOP: combines strings bit by bit into `destination`. @returns Its length in bytes. */
  bitop(operation: BitopOperation, destination: Key, ...keys: Many<Key>): number {
    return this.run(["BITOP", operation, destination, ...many(keys)]);
  }

  /**
   * BITFIELD: reads, sets and adds to integers of any width inside a string, in their order.
   *
   * @returns A result for each operation; `null` for one that did not fit and was to fail.
   */
  bitfield(key: Key, ...operations: Many<BitfieldOperation>): (Integer | null)[] {
    return this.run(["BITFIELD", key, ...many<BitfieldOperation>(operations).flatMap(wordsOf)]);
  }

  /** BITFIELD_RO: reads integers of any width inside a string. */
  bitfield_ro(key: Key, ...operations: Many<BitfieldGet>): Integer[] {
    return this.run(["BITFIELD_RO", key, ...many<BitfieldOperation>(operations).flatMap(wordsOf)]);
  }

  /** PFADD: adds elements to a HyperLogLog. @returns Whether its estimate may have changed. */
  pfadd(key: Key, ...elements: Many<Argument>): boolean {
    return this.run(["PFADD", key, ...many(elements)]) === 1;
  }

  /** PFCOUNT: estimates how many distinct elements HyperLogLogs have seen together. */
  pfcount(...keys: Many<Key>): number {
    return this.run(["PFCOUNT", ...many(keys)]);
  }

  /** PFMERGE: merges HyperLogLogs into `destination`, which is one of them if it exists. */
  pfmerge(destination: Key, ...sources: Many<Key>): void {
    this.run(["PFMERGE", destination, ...many(sources)]);
  }

  /** PFDEBUG: all registers of a HyperLogLog; it becomes dense. */
  pfdebug(subcommand: "getreg", key: Key): number[];
  /** PFDEBUG: the runs of a sparse HyperLogLog, or `dense` or `sparse`. */
  pfdebug(subcommand: "decode" | "encoding", key: Key): string;
  /** PFDEBUG: makes a HyperLogLog dense. @returns 1 if it was sparse. */
  pfdebug(subcommand: "todense", key: Key): number;
  pfdebug(subcommand: string, key: Key): number[] | string | number {
    return this.run(["PFDEBUG", subcommand, key]);
  }

  /** PFSELFTEST: tests the HyperLogLog implementation. @throws {RedliteError} If it fails. */
  pfselftest(): void {
    this.run(["PFSELFTEST"]);
  }
}

/** What an operation of any kind takes. */
const OPERATION: Kinds<Partial<BitfieldGet & BitfieldSet & BitfieldIncrby>> = {
  get: "text",
  set: "text",
  incrby: "text",
  offset: "number",
  value: "number",
  increment: "number",
  overflow: ["wrap", "sat", "fail"],
};

function wordsOf(operation: BitfieldOperation): Argument[] {
  if (typeof operation !== "object" || operation === null) {
    throw wrongType("an operation", "an object", operation);
  }
  checked<Partial<BitfieldGet & BitfieldSet & BitfieldIncrby>>(operation, OPERATION);
  const { offset } = operation;
  if ("get" in operation) return ["GET", operation.get, offset];
  const overflow = ["OVERFLOW", operation.overflow ?? "wrap"];
  if ("set" in operation) return [...overflow, "SET", operation.set, offset, operation.value];
  if ("incrby" in operation) {
    return [...overflow, "INCRBY", operation.incrby, offset, operation.increment];
  }
  throw wrongType("an operation", "an object with get, set or incrby", operation);
}
