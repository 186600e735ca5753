/** The sort values of a field of text. Equal ones are one string. */
export class SortTexts {
  readonly #values: (string | undefined)[] = [];
  readonly #distinct = new Map<string, string>();
  /** Documents with a number up to here are known. */
  to = 0;
  /** Bytes of memory. */
  bytes = 0;

  /** Adds a document's value. */
  add(number: number, value: string): void {
    const same = this.#distinct.get(value);
    if (same === undefined) {
      this.#distinct.set(value, value);
      this.bytes += 40 + value.length;
    }
    this.#values[number] = same ?? value;
    this.bytes += 8;
  }

  /** A document's value. */
  get(number: number): string | undefined {
    return this.#values[number];
  }
}
