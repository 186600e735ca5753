/**
 * Values by bytes, for texts that are met again and again. Rows of four integers in one array, and all
 * bytes in another: looking one up touches a line of each, where chains of objects cost a cache miss
 * for each pointer.
 *
 * @module
 */

/** Integers of a row: hash, where its bytes begin, how many they are, and one more than its value's index. */
const ROW = 4;
/** Rows at the start, a power of two. */
const FIRST_ROWS = 256;
/** Bytes at the start. */
const FIRST_BYTES = 4096;

/** A table of values by bytes. */
export class ByteTable<Value> {
  #rows = new Int32Array(0);
  #bytes = new Uint8Array(0);
  #used = 0;
  readonly #values: Value[] = [];

  /** How many values there are. */
  get size(): number {
    return this.#values.length;
  }

  /** Forgets all values. */
  clear(): void {
    this.#rows = new Int32Array(0);
    this.#used = this.#values.length = 0;
  }

  /** The value of `bytes[start, end)`, whose hash the caller has; undefined without one. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): Value | undefined {
    const rows = this.#rows, kept = this.#bytes;
    if (rows.length === 0) return undefined;
    const length = end - start, last = rows.length - ROW;
    for (let at = placeOf(hash) & last; rows[at + 3] !== 0; at = (at + ROW) & last) {
      if (rows[at] !== hash || rows[at + 2] !== length) continue;
      const from = rows[at + 1]!;
      let i = 0;
      while (i < length && kept[from + i] === bytes[start + i]) i++;
      if (i === length) return this.#values[rows[at + 3]! - 1];
    }
    return undefined;
  }

  /** Adds a value of bytes that have none. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, value: Value): void {
    // At most half of the rows are taken.
    if (2 * ROW * (this.#values.length + 1) > this.#rows.length) this.#grow();
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
    this.#rows[at + 2] = length;
    this.#rows[at + 3] = this.#values.push(value);
  }

  #grow(): void {
    const before = this.#rows;
    const rows = new Int32Array(Math.max(FIRST_ROWS * ROW, 2 * before.length));
    for (let i = 0; i < before.length; i += ROW) {
      if (before[i + 3] !== 0) rows.set(before.subarray(i, i + ROW), freeRow(rows, before[i]!));
    }
    this.#rows = rows;
  }
}

/** Where the search for a hash begins, before it is cut to the size of the table. */
function placeOf(hash: number): number {
  return (hash ^ (hash >>> 15)) * ROW;
}

function freeRow(rows: Int32Array, hash: number): number {
  const last = rows.length - ROW;
  let at = placeOf(hash) & last;
  while (rows[at + 3] !== 0) at = (at + ROW) & last;
  return at;
}
