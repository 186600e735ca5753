/** The union of many words does what that of few does. */

import { strict as assert } from "node:assert";
import { Choice, SEED } from "../../commands/search/same_as_stack.ts";
import { FieldMask } from "../../../src/search/index/field_mask.ts";
import { END } from "../../../src/search/index/list_cursor.ts";
import { QueryBudget } from "../../../src/search/execution/budget.ts";
import { UnionCursor } from "../../../src/search/execution/union_cursor.ts";
import { WordCursor, type WordList } from "../../../src/search/execution/word_cursor.ts";
import { WordsUnionCursor } from "../../../src/search/execution/words_union_cursor.ts";

/** A list in memory. */
class List implements WordList {
  #index = -1;
  readonly estimate: number;
  /** A position for each document. */
  readonly bytes: Uint8Array;

  constructor(readonly numbers: readonly number[], readonly word: number) {
    this.estimate = numbers.length;
    this.bytes = new Uint8Array(numbers.map((number) => (number + word) % 100));
  }

  get frequency(): number {
    return 1 + (this.#index + this.word) % 5;
  }

  get mask(): number {
    return 1 << (this.#index + this.word) % 3;
  }

  get wideMask(): bigint {
    return BigInt(this.maskAt);
  }

  get maskAt(): number {
    return this.#index;
  }

  get start(): number {
    return this.#index;
  }

  get end(): number {
    return this.#index + 1;
  }

  next(): number {
    return this.numbers[++this.#index] ?? END;
  }

  skipTo(number: number): number {
    while ((this.numbers[this.#index] ?? (this.#index < 0 ? 0 : END)) < number) this.#index++;
    return this.numbers[this.#index] ?? END;
  }
}

/** What is to be seen of a union where it stands. */
function seen(union: UnionCursor): unknown {
  const { number, onlyFirst } = union;
  if (number === END) return { onlyFirst };
  const parts: unknown[] = [];
  union.eachPart((child) => {
    assert.ok(child instanceof WordCursor);
    assert.equal(child.number, number);
    const { list: { frequency, mask, maskAt }, term, weight, idf } = child;
    const positions: number[] = [];
    child.addPositions(positions);
    parts.push({ term, weight, idf, frequency, mask, maskAt, positions });
  });
  const positions: number[] = [];
  union.addPositions(positions);
  const standing = union.children.map((child) => child.number === number);
  return { number, onlyFirst, parts, positions, standing };
}

Deno.test("a union of many words goes through the documents as one of few does", () => {
  const choice = new Choice(SEED);
  for (let round = 0; round < 60; round++) {
    const [words, documents] = [1 + choice.below(12), 1 + choice.below(6000)];
    const density = choice.of([0.001, 0.01, 0.2, 0.9]);
    const numbers = Array.from({ length: words }, () => {
      const found: number[] = [];
      for (let number = 1; number <= documents; number++) {
        if (choice.chance(density)) found.push(number);
      }
      return found;
    });
    const mask = choice.of([undefined, new FieldMask([0]), new FieldMask([0, 1])]);
    const make = () =>
      numbers.map((own, i) => {
        const cursor = new WordCursor(new List(own, i), `word${i}`, mask, 1 + i, false);
        cursor.idf = i / 2;
        return cursor;
      });
    const few = new UnionCursor(make(), 2, new QueryBudget(0));
    const many = new WordsUnionCursor(make(), 2, new QueryBudget(0));
    assert.equal(many.estimate, few.estimate);
    const skips = choice.of([0, 0.2, 1]), farthest = choice.of([2, 50, 3000]);
    while (few.number !== END) {
      if (choice.chance(skips)) {
        const to = few.number + 1 + choice.below(farthest);
        assert.equal(many.skipTo(to), few.skipTo(to));
      } else {
        assert.equal(many.next(), few.next());
      }
      assert.deepEqual(seen(many), seen(few), `round ${round} (seed ${SEED})`);
    }
    assert.equal(many.next(), END);
    assert.equal(many.skipTo(END), END);
  }
});
