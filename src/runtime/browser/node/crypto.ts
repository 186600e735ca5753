/**
 * What is used of `node:crypto`, at once as Node's: a browser's own digests are promises.
 * https://doi.org/10.6028/NIST.FIPS.180-4
 *
 * @module
 */

/** Bytes of a block. */
const BLOCK = 64;
/** Where a block's last eight bytes begin, which hold the length in bits. */
const LENGTH_AT = 56;

const encoder = new TextEncoder();

/** A digest that bytes are added to. */
export abstract class Hash {
  readonly #block = new Uint8Array(BLOCK);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #bytes = 0;
  /** The words of the state. */
  protected abstract readonly state: Uint32Array;

  /** Mixes a block into the state. */
  protected abstract mix(block: DataView): void;

  /** Adds bytes, or a text as UTF-8. */
  update(data: Uint8Array | string): this {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    this.#bytes += bytes.length;
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + BLOCK - this.#filled);
      this.#block.set(bytes.subarray(from, to), this.#filled);
      this.#filled += to - from;
      from = to;
      if (this.#filled === BLOCK) this.#flush();
    }
    return this;
  }

  #flush(): void {
    this.mix(this.#view);
    this.#filled = 0;
  }

  /** The digest as bytes. Nothing can be added any more. */
  digest(): Uint8Array<ArrayBuffer>;
  /** The digest in hexadecimal. */
  digest(encoding: "hex"): string;
  digest(encoding?: "hex"): Uint8Array<ArrayBuffer> | string {
    this.#block[this.#filled++] = 0x80;
    if (this.#filled > LENGTH_AT) {
      this.#block.fill(0, this.#filled);
      this.#flush();
    }
    this.#block.fill(0, this.#filled);
    this.#view.setBigUint64(LENGTH_AT, BigInt(this.#bytes) * 8n);
    this.#flush();
    const { state } = this;
    const digest = new Uint8Array(state.length * 4);
    const view = new DataView(digest.buffer);
    for (const [i, word] of state.entries()) view.setUint32(i * 4, word);
    if (encoding === undefined) return digest;
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

const left = (word: number, bits: number) => word << bits | word >>> (32 - bits);
const right = (word: number, bits: number) => word >>> bits | word << (32 - bits);

/** The constants of SHA-1, each for twenty rounds. */
const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;

class Sha1 extends Hash {
  protected override readonly state: Uint32Array = new Uint32Array([
    0x67452301,
    0xefcdab89,
    0x98badcfe,
    0x10325476,
    0xc3d2e1f0,
  ]);
  readonly #words = new Uint32Array(80);

  protected override mix(block: DataView): void {
    const w = this.#words;
    for (let i = 0; i < 16; i++) w[i] = block.getUint32(i * 4);
    for (let i = 16; i < 80; i++) w[i] = left(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
    const { state } = this;
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!;
    for (let i = 0; i < 80; i++) {
      const f = i < 20 ? b & c | ~b & d : i < 40 || i >= 60 ? b ^ c ^ d : b & c | b & d | c & d;
      const sum = left(a, 5) + f + e + SHA1_CONSTANTS[Math.floor(i / 20)]! + w[i]! | 0;
      e = d;
      d = c;
      c = left(b, 30);
      b = a;
      a = sum;
    }
    for (const [i, word] of [a, b, c, d, e].entries()) state[i] = state[i]! + word;
  }
}

/** The first 32 bits behind the point of roots of primes. */
function rootsOfPrimes(count: number, root: number): Uint32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= n; divisor++) prime &&= n % divisor !== 0;
    if (prime) found.push(n ** (1 / root) % 1 * 2 ** 32);
  }
  return Uint32Array.from(found);
}

const SHA256_CONSTANTS = rootsOfPrimes(64, 3);

class Sha256 extends Hash {
  protected override readonly state: Uint32Array = rootsOfPrimes(8, 2);
  readonly #words = new Uint32Array(64);

  protected override mix(block: DataView): void {
    const w = this.#words;
    for (let i = 0; i < 16; i++) w[i] = block.getUint32(i * 4);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!, y = w[i - 2]!;
      w[i] = w[i - 16]! + (right(x, 7) ^ right(x, 18) ^ x >>> 3) +
        w[i - 7]! + (right(y, 17) ^ right(y, 19) ^ y >>> 10);
    }
    const { state } = this;
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let i = 0; i < 64; i++) {
      const sum = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + (e & f ^ ~e & g) +
        SHA256_CONSTANTS[i]! + w[i]!;
      const more = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + (a & b ^ a & c ^ b & c);
      h = g;
      g = f;
      f = e;
      e = d + sum | 0;
      d = c;
      c = b;
      b = a;
      a = sum + more | 0;
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + word;
  }
}

/** Begins a digest. */
export function createHash(algorithm: "sha1" | "sha256"): Hash {
  return algorithm === "sha1" ? new Sha1() : new Sha256();
}

/** Whether arrays of one length are the same, in a time that does not tell where they differ. */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
