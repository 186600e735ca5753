import { type Capture, Matching, TRY } from "./matching.ts";

/** Matches bytes as they are. */
export class PlainMatcher extends Matching {
  readonly #length: number;
  /** Bytes that are the same so far. */
  #same = 0;

  /** @param size Bytes of the subject. @param length Bytes to look for. */
  constructor(size: number, length: number) {
    super(size);
    this.#length = length;
  }

  override try(start: number): number {
    this.budget--;
    const { memory } = this;
    const subject = this.base + start, pattern = this.patternBase;
    const length = this.#length;
    if (start + length > this.size) return TRY.FAILED;
    let same = this.#same;
    const end = Math.min(length, same + 8 * Math.max(1, this.budget));
    while (same < end && memory[subject + same] === memory[pattern + same]) same++;
    this.budget -= (same - this.#same) >> 3;
    const isLast = same === length || same < end;
    if (!isLast || this.budget < 0) {
      this.#same = same;
      return TRY.MORE;
    }
    this.#same = 0;
    this.end = start + length;
    return same === length ? TRY.MATCHED : TRY.FAILED;
  }

  override capture(_index: number, start: number): Capture {
    return { start, end: this.end };
  }
}
