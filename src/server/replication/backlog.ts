/** The last bytes of the stream of changes, for replicas that come back and for those that are slow. */

/** Keeps the end of a stream. */
export class Backlog {
  /** Bytes of the stream so far. */
  end: number;
  #chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  /** @param end Bytes of the stream that were before. */
  constructor(end: number) {
    this.end = end;
  }

  /** Where what is kept begins: the bytes before it. */
  get start(): number {
    return this.#chunks[0]?.at ?? this.end;
  }

  /** Adds bytes, which must not be changed afterwards. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ at: this.end, bytes });
    this.end += bytes.length;
  }

  /** Forgets what is not among the last bytes, as far as that is whole pieces. */
  trim(size: number): void {
    let gone = 0;
    while (
      gone + 1 < this.#chunks.length && this.end - (this.#chunks[gone + 1]?.at ?? 0) >= size
    ) gone++;
    if (gone > 0) this.#chunks = this.#chunks.slice(gone);
  }

  /** Bytes from a place on, some of those there are; undefined if they are not kept, or not there. */
  from(at: number): Uint8Array | undefined {
    let low = 0, high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle];
      if (chunk !== undefined && chunk.at + chunk.bytes.length <= at) low = middle + 1;
      else high = middle;
    }
    const chunk = this.#chunks[low];
    if (chunk === undefined || chunk.at > at) return undefined;
    return chunk.bytes.subarray(at - chunk.at);
  }
}
