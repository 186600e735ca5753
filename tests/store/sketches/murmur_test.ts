/** The hashes, held against the same in 64-bit integers. */

import { strict as assert } from "node:assert";
import { Hash64, murmur32, murmur64 } from "../../../src/store/sketches/murmur.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { Dice } from "../../commands/effects/dice.ts";
import { SEED } from "../../harness/seed.ts";

const MASK = (1n << 64n) - 1n;
const M = 0xc6a4a7935bd1e995n;

/** MurmurHash64A, as its definition has it. */
function plain64(bytes: Uint8Array, seed: bigint): bigint {
  let hash = (seed ^ BigInt(bytes.length) * M) & MASK;
  const words = Math.floor(bytes.length / 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < words; i++) {
    let k = view.getBigUint64(8 * i, true) * M & MASK;
    k = (k ^ k >> 47n) * M & MASK;
    hash = (hash ^ k) * M & MASK;
  }
  const rest = bytes.subarray(8 * words);
  rest.forEach((byte, i) => hash ^= BigInt(byte) << BigInt(8 * i));
  if (rest.length > 0) hash = hash * M & MASK;
  hash = (hash ^ hash >> 47n) * M & MASK;
  return hash ^ hash >> 47n;
}

Deno.test("the hash of 64 bits is MurmurHash64A of random bytes and seeds", () => {
  const dice = new Dice(SEED);
  const hash = new Hash64();
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: dice.int(0, 40) + 3 }, () => dice.int(0, 255));
    const hi = dice.int(-(2 ** 31), 2 ** 31 - 1), lo = dice.int(-(2 ** 31), 2 ** 31 - 1);
    murmur64(new Slice(bytes, 1, bytes.length - 1), hi, lo, hash);
    const seed = BigInt(hi >>> 0) << 32n | BigInt(lo >>> 0);
    assert.equal(
      BigInt(hash.hi >>> 0) << 32n | BigInt(hash.lo >>> 0),
      plain64(bytes.subarray(1, bytes.length - 1), seed),
      `seed ${SEED}, ${i}`,
    );
  }
});

Deno.test("the hash of 32 bits is MurmurHash2", () => {
  const of = (text: string, seed: number) =>
    murmur32(new Slice(new TextEncoder().encode(text)), seed);
  assert.equal(of("abc", 0), 0x13577c9b);
  assert.equal(of("hello world", 0), 0x44a81419);
  assert.equal(of("hello world", 1919), 0xfba01f39);
  assert.equal(of("", 0), 0);
});
