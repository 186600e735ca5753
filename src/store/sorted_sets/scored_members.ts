/** Members with scores in memory, in the order of a sorted set once they are asked for. */

import { MemberList } from "../collections/member_list.ts";
import type { Slice } from "../values/slice.ts";

/** Distinct members and their scores. */
export class ScoredMembers {
  readonly #members: MemberList;
  readonly #scores: number[];

  /** @param scores One for each member. */
  constructor(members: MemberList = new MemberList(), scores: number[] = []) {
    this.#members = members;
    this.#scores = scores;
  }

  /** How many there are. */
  get length(): number {
    return this.#scores.length;
  }

  /** The length of the longest member. */
  get longest(): number {
    let longest = 0;
    for (let i = 0; i < this.length; i++) longest = Math.max(longest, this.#members.at(i).length);
    return longest;
  }

  /** Adds a member that is not there. */
  push(member: Slice, score: number): void {
    this.#members.push(member);
    this.#scores.push(score);
  }

  /** Visits them in the order of score and member; a member is valid during the call. */
  each(visit: (member: Slice, score: number) => void): void {
    const order = Uint32Array.from(this.#scores.keys());
    if (!this.#isSorted()) order.sort((a, b) => this.#compare(a, b));
    for (const index of order) visit(this.#members.at(index), this.#scores[index]!);
  }

  #isSorted(): boolean {
    for (let i = 1; i < this.length; i++) if (this.#compare(i - 1, i) > 0) return false;
    return true;
  }

  #compare(a: number, b: number): number {
    const difference = this.#scores[a]! - this.#scores[b]!;
    // Infinities of one sign differ by NaN: they are equal, and so are 0 and -0.
    if (difference > 0 || difference < 0) return difference;
    const { bytes, start, end } = this.#members.at(a);
    const other = this.#members.at(b);
    const length = Math.min(end - start, other.length);
    for (let i = 0; i < length; i++) {
      const byBytes = bytes[start + i]! - other.bytes[other.start + i]!;
      if (byBytes !== 0) return byBytes;
    }
    return end - start - other.length;
  }
}
