/** Bits of the filter: with a hundred thousand rows one in five hundred is taken for one that was written. */
const BITS = 1 << 22;
const WORD_MASK = (BITS >> 5) - 1;

/** Which rows may have been written, by the hashes of their keys: a Bloom filter of two functions. */
export class WrittenFilter {
  /** Made when it is first needed. */
  #words = new Int32Array(0);
  #any = false;

  /** Adds a row. @param hash 32 bits. */
  add(hash: number): void {
    if (this.#words.length === 0) this.#words = new Int32Array(BITS >> 5);
    this.#any = true;
    const other = second(hash);
    this.#words[hash >>> 5 & WORD_MASK]! |= 1 << (hash & 31);
    this.#words[other >>> 5 & WORD_MASK]! |= 1 << (other & 31);
  }

  /** Whether a row may be among them. */
  has(hash: number): boolean {
    if (!this.#any || (this.#words[hash >>> 5 & WORD_MASK]! & 1 << (hash & 31)) === 0) return false;
    const other = second(hash);
    return (this.#words[other >>> 5 & WORD_MASK]! & 1 << (other & 31)) !== 0;
  }

  /** Takes all of them out. */
  clear(): void {
    if (!this.#any) return;
    this.#any = false;
    this.#words.fill(0);
  }
}

/** Another hash, which has little to do with the first. */
function second(hash: number): number {
  const mixed = Math.imul(hash ^ hash >>> 15, 0x2c1b3c6d);
  return Math.imul(mixed ^ mixed >>> 12, 0x297a2d39);
}
