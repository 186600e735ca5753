/** How far a text is from what somebody typed, of which it may be the continuation. */

/**
 * Tells the distance (Levenshtein's) of the beginning of a text from a word, as RediSearch does: it
 * follows an automaton until no distance is small enough any more, and the last state before must be
 * one that accepts; at a text's end the one before its last character will do, too. So nothing that
 * begins with `laa` is found for `al`, though `l` is near it.
 */
export class PrefixDistance {
  readonly #word: readonly string[];
  readonly #most: number;
  #row: number[];
  #next: number[];
  /** The least distance of the last text; greater than the most that counts if it does not match. */
  best = 0;

  /** @param most The greatest distance that counts. */
  constructor(word: readonly string[], most: number) {
    this.#word = word;
    this.#most = most;
    this.#row = word.map(() => 0);
    this.#row.push(0);
    this.#next = [...this.#row];
  }

  /**
   * Finds the distance of a text.
   *
   * @returns A beginning of it after which no text matches; undefined if there is none.
   */
  of(text: string): string | undefined {
    const word = this.#word;
    const { length } = word;
    for (let i = 0; i <= length; i++) this.#row[i] = i;
    let accepts = length <= this.#most;
    let accepted = false;
    let least = Infinity;
    let at = 0;
    for (const character of text) {
      const row = this.#row, next = this.#next;
      let left = next[0] = row[0]! + 1;
      let alive = left <= this.#most;
      for (let i = 1; i <= length; i++) {
        const replaced = row[i - 1]! + (word[i - 1] === character ? 0 : 1);
        left = next[i] = Math.min(replaced, row[i]! + 1, left + 1);
        if (left <= this.#most) alive = true;
      }
      this.#row = next;
      this.#next = row;
      at += character.length;
      if (!alive) {
        this.best = !accepts ? Infinity : least === Infinity ? length : least;
        return accepts ? undefined : text.slice(0, at);
      }
      accepted = accepts;
      accepts = left <= this.#most;
      if (accepts && left < least) least = left;
    }
    this.best = accepts || accepted ? least : Infinity;
    return undefined;
  }
}
