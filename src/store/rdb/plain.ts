/** Elements written one after the other as strings, behind their number. */

import type { Members } from "./elements.ts";
import type { RdbInput } from "./input.ts";
import type { Piece } from "./piece.ts";

/** The elements, or the tuples, of a list, set, sorted set or hash that is not packed. */
export class PlainElements implements Members {
  /** Where the element given last begins. */
  position = 0;
  /** Where the elements are. */
  protected readonly input: RdbInput;
  #left: number;

  /** Reads the number of elements. */
  constructor(input: RdbInput) {
    this.input = input;
    this.#left = input.count();
  }

  /** Reads the next element. */
  next(into: Piece): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    this.lead();
    this.position = this.input.at;
    this.input.string(into);
    return true;
  }

  /** Reads an element again. */
  read(position: number, into: Piece): void {
    const at = this.input.at;
    this.input.at = position;
    this.input.string(into);
    this.input.at = at;
  }

  /** Reads the next part of a tuple. */
  part(into: Piece): void {
    this.input.string(into);
  }

  /** Reads what stands before an element. */
  protected lead(): void {}
}
