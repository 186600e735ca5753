/**
 * Numbers by bytes, for texts that are met again and again. Rows of four integers in one array, and all
 * bytes in another: looking one up touches a line of each, where chains of objects cost a cache miss
 * for each pointer.
 *
 * @module
 */

/** Integers of a row: hash, where its bytes begin, one more than how many they are, and its number. */
const ROW = 4;
/** Rows at the start, a power of two. */
const FIRST_ROWS = 256;
/** Bytes at the start. */
const FIRST_BYTES = 4096;

/** What {@linkcode ByteTable.find} returns for bytes without a number. */
export const ABSENT = -0x80000000;

/**
 * The hash of no bytes, and by what it is multiplied with each that is joined to it. It begins with
 * chance, so that nobody can write a text whose words all have one hash.
 */
export const HASH_START: number = crypto.getRandomValues(new Int32Array(1))[0]! | 1;
export const HASH_FACTOR = 0x01000193;

/** The hash of `bytes[start, end)`. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_FACTOR);
  return hash;
}

/** A table of integers of 32 bits, other than {@linkcode ABSENT}, by bytes. */
export class ByteTable {
  #rows = new Int32Array(0);
  #bytes = new Uint8Array(0);
  /** In the order they were added in: where their bytes begin, and their numbers. */
  #starts = new Int32Array(0);
  #numbers = new Int32Array(0);
  #used = 0;
  #size = 0;

  /** How many numbers there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory. */
  get memory(): number {
    return 4 * this.#rows.length + this.#bytes.length + 8 * this.#starts.length;
  }

  /** The number of `bytes[start, end)`, whose hash ({@linkcode hashOf}) the caller has. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const rows = this.#rows, kept = this.#bytes;
    if (rows.length === 0) return ABSENT;
    const length = end - start, last = rows.length - ROW;
    for (let at = placeOf(hash) & last; rows[at + 2] !== 0; at = (at + ROW) & last) {
      if (rows[at] !== hash || rows[at + 2] !== length + 1) continue;
      const from = rows[at + 1]!;
      let i = 0;
      while (i < length && kept[from + i] === bytes[start + i]) i++;
      if (i === length) return rows[at + 3]!;
    }
    return ABSENT;
  }

  /** Gives a number to bytes that have none. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, number: number): void {
    // At most half of the rows are taken.
    if (2 * ROW * (this.#size + 1) > this.#rows.length) this.#grow();
    const length = end - start, from = this.#used;
    if (from + length > this.#bytes.length) {
      const more = new Uint8Array(Math.max(FIRST_BYTES, 2 * this.#bytes.length, from + length));
      more.set(this.#bytes);
      this.#bytes = more;
    }
    for (let i = 0; i < length; i++) this.#bytes[from + i] = bytes[start + i]!;
    this.#used = from + length;
    const at = freeRow(this.#rows, hash);
    this.#rows[at] = hash;
    this.#rows[at + 1] = from;
    this.#rows[at + 2] = length + 1;
    this.#rows[at + 3] = number;
    this.#starts[this.#size] = from;
    this.#numbers[this.#size++] = number;
  }

  /**
   * Visits all that have a number in the order they were added in, until `visit` returns false: their
   * bytes are `bytes[start, end)`, which may not be changed.
   *
   * @param from How many are passed over.
   * @returns How many were visited or passed over.
   */
  each(
    visit: (bytes: Uint8Array, start: number, end: number, number: number) => boolean,
    from = 0,
  ): number {
    const bytes = this.#bytes, starts = this.#starts, numbers = this.#numbers;
    const size = this.#size;
    while (from < size) {
      const start = starts[from]!, number = numbers[from]!;
      const end = ++from < size ? starts[from]! : this.#used;
      if (!visit(bytes, start, end, number)) break;
    }
    return from;
  }

  #grow(): void {
    const before = this.#rows;
    const rows = new Int32Array(Math.max(FIRST_ROWS * ROW, 2 * before.length));
    for (let i = 0; i < before.length; i += ROW) {
      if (before[i + 2] === 0) continue;
      const at = freeRow(rows, before[i]!);
      for (let j = 0; j < ROW; j++) rows[at + j] = before[i + j]!;
    }
    this.#rows = rows;
    const most = rows.length / (2 * ROW);
    this.#starts = withLength(this.#starts, most);
    this.#numbers = withLength(this.#numbers, most);
  }
}

function withLength(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}

/** Where the search for a hash begins, before it is cut to the size of the table. */
function placeOf(hash: number): number {
  return (hash ^ (hash >>> 15)) * ROW;
}

function freeRow(rows: Int32Array, hash: number): number {
  const last = rows.length - ROW;
  let at = placeOf(hash) & last;
  while (rows[at + 2] !== 0) at = (at + ROW) & last;
  return at;
}
