/**
 * Matching in steps.
 *
 * The interpreter's own matcher recurses, and cannot be interrupted while a pattern of exponential
 * cost keeps it busy. Those here can stop anywhere and go on later.
 *
 * @module
 */

/** A pattern is wrong, which Lua raises as an error. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** How a try went. */
export const TRY = { FAILED: 0, MATCHED: 1, MORE: 2 } as const;

/** A capture: where it is, or its position alone. */
export type Capture = { readonly start: number; readonly end: number } | number;

const NOTHING = new Uint8Array(0);

/** Matches one pattern, or bytes, with one subject. */
export abstract class Matching {
  /** Captures of the last match. */
  level = 0;
  /** Where the last match ended. */
  end = 0;
  /** Steps that may still be taken. */
  budget = 0;
  /** The bytes that hold the subject, and where in them it begins: it may be moved between two steps. */
  memory: Uint8Array = NOTHING;
  base = 0;
  /** Where the pattern begins in the same bytes. */
  patternBase = 0;
  /** Bytes of the subject. */
  readonly size: number;

  /** @param size Bytes of the subject. */
  constructor(size: number) {
    this.size = size;
  }

  /** Tries to match from a position on; after {@linkcode TRY}.MORE with the same one. @throws {PatternError} */
  abstract try(start: number): number;

  /**
   * A capture of the last match.
   *
   * @param start Where the match begins: the whole of it is the first capture where there is none.
   * @throws {PatternError} If there is no such capture.
   */
  abstract capture(index: number, start: number): Capture;
}
