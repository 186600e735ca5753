/** Bits of the filter: of a hundred thousand rows one in twenty is taken for one that was written. */
const BITS = 1 << 21;

/** Which rows may have been written, by the hashes of their keys: a Bloom filter of one function. */
export class WrittenFilter {
  /** Made when it is first needed. */
  #words = new Int32Array(0);
  #any = false;

  /** Adds a row. @param hash 32 bits. */
  add(hash: number): void {
    if (this.#words.length === 0) this.#words = new Int32Array(BITS >> 5);
    this.#any = true;
    this.#words[(hash & BITS - 1) >> 5]! |= 1 << (hash & 31);
  }

  /** Whether a row may be among them. */
  has(hash: number): boolean {
    return this.#any && (this.#words[(hash & BITS - 1) >> 5]! & 1 << (hash & 31)) !== 0;
  }

  /** Takes all of them out. */
  clear(): void {
    if (!this.#any) return;
    this.#any = false;
    this.#words.fill(0);
  }
}
