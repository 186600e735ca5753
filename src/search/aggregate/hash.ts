/** Estimates how many values are distinct as RediSearch does: FNV-1a of 64 bits, HyperLogLog of 2^8. */

import { numberText, type Value } from "./values.ts";

const BITS = 8;
const REGISTERS = 1 << BITS;
/** What every hash begins with. */
const SEED = 0x5f61767a;
/** Bytes before the registers of a sketch: none used but the last, which says how many there are. */
const HEADER = [0, 0, 0, 0, BITS];

const doubles = new DataView(new ArrayBuffer(8));

/** FNV-1a of 64 bits, folded to 32. @param byteAt A byte by its index. */
function folded(length: number, byteAt: (index: number) => number): number {
  // The prime is 2^40 + 0x1b3, so a product needs two multiplications of halves and a shift.
  let low = SEED, high = 0;
  for (let i = 0; i < length; i++) {
    low = (low ^ byteAt(i)) >>> 0;
    const small = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(small / 2 ** 32) + (low << 8)) >>> 0;
    low = small % 2 ** 32;
  }
  return (low ^ high) >>> 0;
}

function hashOf(value: Value): number {
  if (typeof value === "number") {
    doubles.setFloat64(0, value, true);
    return folded(8, (i) => doubles.getUint8(i));
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return folded(text.length, (i) => text.charCodeAt(i));
}

/** How many distinct values there are, more or less. */
export class DistinctSketch {
  readonly #registers = new Uint8Array(REGISTERS);

  /** Takes a value. */
  add(value: Value): void {
    const hash = hashOf(value);
    const index = hash >>> (32 - BITS);
    const rest = hash & (2 ** (32 - BITS) - 1);
    const rank = rest === 0 ? 32 - BITS + 1 : 32 - Math.clz32(rest & -rest);
    if (rank > this.#registers[index]!) this.#registers[index] = rank;
  }

  /** Takes over another's values. @returns False if that is no sketch. */
  merge(sketch: string): boolean {
    if (sketch.length !== HEADER.length + REGISTERS) return false;
    for (const [i, byte] of HEADER.entries()) if (sketch.charCodeAt(i) !== byte) return false;
    for (let i = 0; i < REGISTERS; i++) {
      const rank = sketch.charCodeAt(HEADER.length + i);
      if (rank > this.#registers[i]!) this.#registers[i] = rank;
    }
    return true;
  }

  /** The estimate. */
  get count(): number {
    const alpha = 0.7213 / (1 + 1.079 / REGISTERS);
    let sum = 0, zeros = 0;
    for (const rank of this.#registers) {
      sum += 2 ** -rank;
      if (rank === 0) zeros++;
    }
    const estimate = alpha * REGISTERS * REGISTERS / sum;
    if (estimate <= 2.5 * REGISTERS && zeros > 0) {
      return Math.floor(REGISTERS * Math.log(REGISTERS / zeros));
    }
    const all = 2 ** 32;
    if (estimate > all / 30) return Math.floor(-all * Math.log(1 - estimate / all));
    return Math.floor(estimate);
  }

  /** The sketch itself, one character a byte. */
  get text(): string {
    return String.fromCharCode(...HEADER, ...this.#registers);
  }
}

/** What tells a value from others in maps and sets. */
export function identity(value: Value): string | number {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value;
  return value === null ? "\u0100" : "\u0101" + value.map((each) => {
    const text = typeof each === "number" ? numberText(each) : String(identity(each));
    return `${text.length} ${text}`;
  }).join("");
}
