/** The hash of a key and its space, 32 bits: Murmur3's mixing over four bytes at a time. */
export function hashOfKey(
  seed: number,
  space: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let hash = seed ^ space;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    let k = Math.imul(word, 0xcc9e2d51);
    k = k << 15 | k >>> 17;
    hash ^= Math.imul(k, 0x1b873593);
    hash = hash << 13 | hash >>> 19;
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (; i < end; i++) tail = tail << 8 | bytes[i]!;
  let k = Math.imul(tail, 0xcc9e2d51);
  k = k << 15 | k >>> 17;
  hash ^= Math.imul(k, 0x1b873593) ^ (end - start);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}
