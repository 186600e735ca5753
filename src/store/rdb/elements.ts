/** What the layouts of a collection have in common. */

import type { Piece } from "./piece.ts";

/** The elements of a collection, one after the other. */
export interface Elements {
  /**
   * Reads the next element, or the first part of the next tuple.
   *
   * @returns False if there is none.
   * @throws {CommandError} if the bytes are not well formed
   */
  next(into: Piece): boolean;
}

/** The elements of a collection whose members are unique. */
export interface Members extends Elements {
  /** Where the element that `next` gave last begins. */
  readonly position: number;
  /** Reads the element at a position again. */
  read(position: number, into: Piece): void;
  /**
   * Reads the next part of the tuple that `next` began.
   *
   * @throws {CommandError} if there is none
   */
  part(into: Piece): void;
}
