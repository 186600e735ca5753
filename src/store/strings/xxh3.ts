/**
 * XXH3, 64 bits wide, with the default secret and seed 0: the digest that DIGEST and the IFDEQ and
 * IFDNE conditions use. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 *
 * Inputs up to 240 bytes take one of four short forms, written with bigints as the specification
 * reads. A longer input runs through eight 64-bit lanes, 64 bytes at a time; that loop is the one
 * that sees megabytes, so its lanes are pairs of 32-bit integers (0.8 GB/s on the build machine).
 *
 * @module
 */

const PRIME32_1 = 0x9e3779b1n;
const PRIME32_2 = 0x85ebca77n;
const PRIME32_3 = 0xc2b2ae3dn;
const PRIME64_1 = 0x9e3779b185ebca87n;
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME64_3 = 0x165667b19e3779f9n;
const PRIME64_4 = 0x85ebca77c2b2ae63n;
const PRIME64_5 = 0x27d4eb2f165667c5n;
const PRIME_MX1 = 0x165667919e3779f9n;
const PRIME_MX2 = 0x9fb21c651e98df25n;

/** PRIME32_1 for 32-bit arithmetic. */
const SCRAMBLE_PRIME = 0x9e3779b1 | 0;

const MASK64 = 0xffffffffffffffffn;

const SECRET_SIZE = 192;
/** Bytes that the eight lanes take in at once. */
const STRIPE_SIZE = 64;
/** Stripes after which the lanes are scrambled: one for each 8-byte step through the secret. */
const STRIPES_PER_BLOCK = (SECRET_SIZE - STRIPE_SIZE) / 8;
const BLOCK_SIZE = STRIPE_SIZE * STRIPES_PER_BLOCK;

/** The specification's default secret, 64 hexadecimal digits a line. */
const SECRET = secretOf(
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f" +
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c" +
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364" +
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e" +
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
);

/** The lanes' start values. */
const LANES = [
  PRIME32_3,
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  PRIME64_4,
  PRIME32_2,
  PRIME64_5,
  PRIME32_1,
];

/** The lanes of the hash at work: low and high halves in turn. Hashing is never re-entered. */
const lanes = new Int32Array(16);

/**
 * Hashes `bytes[start, end)`.
 *
 * @returns The hash, unsigned.
 */
export function xxh3(bytes: Uint8Array, start: number, end: number): bigint {
  const input = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const length = end - start;
  if (length <= 16) return hashUpTo16(input, length);
  if (length <= 128) return hashUpTo128(input, length);
  if (length <= 240) return hashUpTo240(input, length);
  return hashLong(input, length);
}

/**
 * Hashes `bytes[start, end)`.
 *
 * @returns The hash in exactly 16 lower-case hexadecimal digits.
 */
export function xxh3Hex(bytes: Uint8Array, start: number, end: number): string {
  return xxh3(bytes, start, end).toString(16).padStart(16, "0");
}

function secretOf(hex: string): DataView {
  const secret = new Uint8Array(SECRET_SIZE);
  for (let i = 0; i < SECRET_SIZE; i++) secret[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return new DataView(secret.buffer);
}

function u64(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true);
}

function u32(view: DataView, at: number): bigint {
  return BigInt(view.getUint32(at, true));
}

function hashUpTo16(input: DataView, length: number): bigint {
  if (length > 8) {
    const low = u64(input, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32);
    const high = u64(input, length - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48);
    return avalanche(BigInt(length) + swapBytes(low) + high + foldedProduct(low, high));
  }
  if (length >= 4) {
    const joined = u32(input, length - 4) + (u32(input, 0) << 32n);
    return mixUpTo8(joined ^ u64(SECRET, 8) ^ u64(SECRET, 16), BigInt(length));
  }
  if (length > 0) {
    const first = BigInt(input.getUint8(0));
    const middle = BigInt(input.getUint8(length >> 1));
    const last = BigInt(input.getUint8(length - 1));
    const joined = (first << 16n) | (middle << 24n) | last | (BigInt(length) << 8n);
    return avalanche64(joined ^ u32(SECRET, 0) ^ u32(SECRET, 4));
  }
  return avalanche64(u64(SECRET, 56) ^ u64(SECRET, 64));
}

function hashUpTo128(input: DataView, length: number): bigint {
  let sum = BigInt(length) * PRIME64_1;
  // Pairs of 16 bytes, one from the front and one from the back, from the outside in.
  for (let i = 0; 32 * i < length; i++) {
    sum += mix16(input, 16 * i, 32 * i) + mix16(input, length - 16 * (i + 1), 32 * i + 16);
  }
  return avalanche(sum);
}

function hashUpTo240(input: DataView, length: number): bigint {
  let sum = BigInt(length) * PRIME64_1;
  for (let i = 0; i < 8; i++) sum += mix16(input, 16 * i, 16 * i);
  sum = avalanche(sum);
  for (let i = 8; 16 * (i + 1) <= length; i++) sum += mix16(input, 16 * i, 16 * (i - 8) + 3);
  return avalanche(sum + mix16(input, length - 16, 136 - 17));
}

function hashLong(input: DataView, length: number): bigint {
  for (let i = 0; i < 8; i++) {
    lanes[2 * i] = Number(BigInt.asIntN(32, LANES[i]!));
    lanes[2 * i + 1] = Number(BigInt.asIntN(32, LANES[i]! >> 32n));
  }
  // The last byte is left to the last stripe, so a whole number of blocks ends inside a block.
  const blocks = Math.floor((length - 1) / BLOCK_SIZE);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < STRIPES_PER_BLOCK; i++) {
      accumulate(input, block * BLOCK_SIZE + i * STRIPE_SIZE, 8 * i);
    }
    scramble();
  }
  const rest = Math.floor((length - 1 - blocks * BLOCK_SIZE) / STRIPE_SIZE);
  for (let i = 0; i < rest; i++) {
    accumulate(input, blocks * BLOCK_SIZE + i * STRIPE_SIZE, 8 * i);
  }
  accumulate(input, length - STRIPE_SIZE, SECRET_SIZE - STRIPE_SIZE - 7);

  let sum = BigInt(length) * PRIME64_1;
  for (let i = 0; i < 8; i += 2) {
    sum += foldedProduct(lane(i) ^ u64(SECRET, 11 + 8 * i), lane(i + 1) ^ u64(SECRET, 19 + 8 * i));
  }
  return avalanche(sum);
}

/** Takes 64 bytes into the lanes: the bytes go to the neighbouring lane, the product to the own. */
function accumulate(input: DataView, at: number, secretAt: number): void {
  for (let i = 0; i < 16; i += 2) {
    const low = input.getInt32(at + 4 * i, true);
    const high = input.getInt32(at + 4 * i + 4, true);
    const a = low ^ SECRET.getInt32(secretAt + 4 * i, true);
    const b = high ^ SECRET.getInt32(secretAt + 4 * i + 4, true);

    const neighbour = i ^ 2;
    const shifted = (lanes[neighbour]! + low) | 0;
    lanes[neighbour] = shifted;
    lanes[neighbour + 1]! += high + (shifted >>> 0 < low >>> 0 ? 1 : 0);

    const productLow = Math.imul(a, b);
    const sum = (lanes[i]! + productLow) | 0;
    lanes[i] = sum;
    lanes[i + 1]! += multiplyHigh(a, b) + (sum >>> 0 < productLow >>> 0 ? 1 : 0);
  }
}

/** Between blocks: each lane is folded, keyed with the secret's end and multiplied by a prime. */
function scramble(): void {
  for (let i = 0; i < 16; i += 2) {
    const secretAt = SECRET_SIZE - STRIPE_SIZE + 4 * i;
    const low = lanes[i]! ^ (lanes[i + 1]! >>> 15) ^ SECRET.getInt32(secretAt, true);
    const high = lanes[i + 1]! ^ SECRET.getInt32(secretAt + 4, true);
    lanes[i] = Math.imul(low, SCRAMBLE_PRIME);
    lanes[i + 1] = Math.imul(high, SCRAMBLE_PRIME) + multiplyHigh(low, SCRAMBLE_PRIME);
  }
}

/** The upper half of the unsigned 64-bit product, by halves; no partial sum exceeds 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const crossed = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (crossed >>> 16)) | 0;
}

function lane(i: number): bigint {
  return (BigInt(lanes[2 * i + 1]! >>> 0) << 32n) | BigInt(lanes[2 * i]! >>> 0);
}

/** Mixes 16 bytes of the input with 16 of the secret. */
function mix16(input: DataView, at: number, secretAt: number): bigint {
  return foldedProduct(
    u64(input, at) ^ u64(SECRET, secretAt),
    u64(input, at + 8) ^ u64(SECRET, secretAt + 8),
  );
}

/** The 128-bit product's halves, exclusive-ored. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK64) ^ (product >> 64n);
}

function swapBytes(value: bigint): bigint {
  let swapped = 0n;
  for (let i = 0; i < 8; i++) swapped = (swapped << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return swapped;
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK64;
}

/** XXH3's final mix. Takes a sum that may exceed 64 bits. */
function avalanche(sum: bigint): bigint {
  let hash = sum & MASK64;
  hash ^= hash >> 37n;
  hash = (hash * PRIME_MX1) & MASK64;
  return hash ^ (hash >> 32n);
}

/** XXH64's final mix, which XXH3 uses up to 3 bytes. */
function avalanche64(value: bigint): bigint {
  let hash = value ^ (value >> 33n);
  hash = (hash * PRIME64_2) & MASK64;
  hash ^= hash >> 29n;
  hash = (hash * PRIME64_3) & MASK64;
  return hash ^ (hash >> 32n);
}

/** The final mix of 4 to 8 bytes. */
function mixUpTo8(value: bigint, length: bigint): bigint {
  let hash = value ^ rotateLeft(value, 49n) ^ rotateLeft(value, 24n);
  hash = (hash * PRIME_MX2) & MASK64;
  hash ^= (hash >> 35n) + length;
  hash = (hash * PRIME_MX2) & MASK64;
  return hash ^ (hash >> 28n);
}
