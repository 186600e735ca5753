/** The typed methods of the bitmap and HyperLogLog commands. */

import type { Argument, Data } from "../data.ts";
import { CommandGroup } from "./group.ts";
import type { Integer } from "./strings.ts";

/** A bit. */
export type Bit = 0 | 1;

/** Which part of a string `bitcount` looks at. */
export interface BitcountOptions {
  /** The first byte or bit; a negative one counts from the string's end. */
  start: number;
  /** The last one. */
  end: number;
  /** What `start` and `end` count; bytes by default. */
  unit?: "byte" | "bit";
}

/** Which part of a string `bitpos` looks at; all of it by default. */
export interface BitposOptions {
  /** The first byte or bit; a negative one counts from the string's end. */
  start?: number;
  /** The last one. With it, zeros after the string's end do not count. */
  end?: number;
  /** What `start` and `end` count; bytes by default. */
  unit?: "byte" | "bit";
}

/** What `bitop` does; `diff`, `diff1` and `andor` hold the first string against all others. */
export type BitopOperation = "and" | "or" | "xor" | "not" | "diff" | "diff1" | "andor" | "one";

/** Where a field of `bitfield` is. */
export interface BitfieldOffset {
  /** Its first bit, or `#n` for the n-th field of its width. */
  offset: number | `#${number}`;
}

/** Reads a field. */
export interface BitfieldGet extends BitfieldOffset {
  /** The field's type: `u8`, `i16`, up to `u63` and `i64`. */
  get: string;
}

/** Sets a field; its result is the value before. */
export interface BitfieldSet extends BitfieldOffset {
  /** The field's type. */
  set: string;
  /** The value to set. */
  value: Integer;
  /** What becomes of a value that does not fit; it wraps around by default. */
  overflow?: "wrap" | "sat" | "fail";
}

/** Adds to a field; its result is the sum. */
export interface BitfieldIncrby extends BitfieldOffset {
  /** The field's type. */
  incrby: string;
  /** What to add. */
  increment: Integer;
  /** What becomes of a sum that does not fit; it wraps around by default. */
  overflow?: "wrap" | "sat" | "fail";
}

/** One operation of `bitfield`. */
export type BitfieldOperation = BitfieldGet | BitfieldSet | BitfieldIncrby;

/** The bitmap and HyperLogLog commands; `V` is what values come back as. */
export abstract class BitmapCommands<V extends Data> extends CommandGroup<V> {
  /** SETBIT: sets a bit, growing the string with zeros as needed. @returns The bit before. */
  setbit(key: Data, offset: number, bit: Bit): Bit {
    return this.run(["SETBIT", key, offset, bit]);
  }

  /** GETBIT: a bit of a string, 0 past its end. */
  getbit(key: Data, offset: number): Bit {
    return this.run(["GETBIT", key, offset]);
  }

  /** BITCOUNT: how many bits of a string, or of a part of it, are set. */
  bitcount(key: Data, options?: BitcountOptions): number {
    if (options === undefined) return this.run(["BITCOUNT", key]);
    const { start, end, unit = "byte" } = options;
    return this.run(["BITCOUNT", key, start, end, unit]);
  }

  /** BITPOS: the position of the first bit like `bit`; -1 if there is none. */
  bitpos(key: Data, bit: Bit, { start, end, unit }: BitposOptions = {}): number {
    const words: Argument[] = [];
    if (start !== undefined || end !== undefined || unit !== undefined) words.push(start ?? 0);
    if (end !== undefined || unit !== undefined) words.push(end ?? -1);
    if (unit !== undefined) words.push(unit);
    return this.run(["BITPOS", key, bit, ...words]);
  }

  /** BITOP: combines strings bit by bit into `destination`. @returns Its length in bytes. */
  bitop(operation: BitopOperation, destination: Data, ...keys: Data[]): number {
    return this.run(["BITOP", operation, destination, ...keys]);
  }

  /**
   * BITFIELD: reads, sets and adds to integers of any width inside a string, in their order.
   *
   * @returns A result for each operation; `null` for one that did not fit and was to fail.
   */
  bitfield(key: Data, ...operations: BitfieldOperation[]): (Integer | null)[] {
    return this.run(["BITFIELD", key, ...operations.flatMap(wordsOf)]);
  }

  /** BITFIELD_RO: reads integers of any width inside a string. */
  bitfield_ro(key: Data, ...operations: BitfieldGet[]): Integer[] {
    return this.run(["BITFIELD_RO", key, ...operations.flatMap(wordsOf)]);
  }

  /** PFADD: adds elements to a HyperLogLog. @returns Whether its estimate may have changed. */
  pfadd(key: Data, ...elements: Data[]): boolean {
    return this.run(["PFADD", key, ...elements]) === 1;
  }

  /** PFCOUNT: estimates how many distinct elements HyperLogLogs have seen together. */
  pfcount(...keys: Data[]): number {
    return this.run(["PFCOUNT", ...keys]);
  }

  /** PFMERGE: merges HyperLogLogs into `destination`, which is one of them if it exists. */
  pfmerge(destination: Data, ...sources: Data[]): void {
    this.run(["PFMERGE", destination, ...sources]);
  }

  /** PFDEBUG: all registers of a HyperLogLog; it becomes dense. */
  pfdebug(subcommand: "getreg", key: Data): number[];
  /** PFDEBUG: the runs of a sparse HyperLogLog, or `dense` or `sparse`. */
  pfdebug(subcommand: "decode" | "encoding", key: Data): string;
  /** PFDEBUG: makes a HyperLogLog dense. @returns 1 if it was sparse. */
  pfdebug(subcommand: "todense", key: Data): number;
  pfdebug(subcommand: string, key: Data): number[] | string | number {
    return this.run(["PFDEBUG", subcommand, key]);
  }

  /** PFSELFTEST: tests the HyperLogLog implementation. @throws {RedliteError} If it fails. */
  pfselftest(): void {
    this.run(["PFSELFTEST"]);
  }
}

function wordsOf(operation: BitfieldOperation): Argument[] {
  const { offset } = operation;
  if ("get" in operation) return ["GET", operation.get, offset];
  const overflow = ["OVERFLOW", operation.overflow ?? "wrap"];
  return "set" in operation
    ? [...overflow, "SET", operation.set, offset, operation.value]
    : [...overflow, "INCRBY", operation.incrby, offset, operation.increment];
}
