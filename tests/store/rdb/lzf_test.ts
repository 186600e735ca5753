import { strict as assert } from "node:assert";
import { lzfCompress, lzfExpand, lzfExpandedSize } from "../../../src/store/rdb/lzf.ts";
import { bytesOf } from "./payloads.ts";
import { randomNumbers } from "./random.ts";

/** Compresses in the middle of an array, and checks that nothing around it changed. */
function compress(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  const source = bytesOf("aaa", bytes, "aaa");
  const target = new Uint8Array(limit + 2).fill(0x55);
  const size = lzfCompress(source, 3, 3 + bytes.length, target, 1, limit);
  assert.ok(size <= limit);
  assert.equal(target[0], 0x55);
  assert.equal(target[limit + 1], 0x55);
  return size === 0 ? undefined : target.slice(1, 1 + size);
}

function expand(bytes: Uint8Array): Uint8Array {
  const size = lzfExpandedSize(bytes, 0, bytes.length);
  assert.ok(size >= 0, "not well formed");
  const target = new Uint8Array(size + 1).fill(0x55);
  lzfExpand(bytes, 0, bytes.length, target);
  assert.equal(target[size], 0x55);
  return target.subarray(0, size);
}

function texts(): Uint8Array[] {
  const below = randomNumbers(20240607);
  const noise = (length: number, letters: number) =>
    Uint8Array.from({ length }, () => 97 + below(letters));
  const all: Uint8Array[] = [];
  for (const length of [1, 2, 3, 4, 5, 31, 32, 33, 64, 263, 264, 265, 266, 267, 8193, 20000]) {
    all.push(new Uint8Array(length), noise(length, 2), noise(length, 26), noise(length, 159));
  }
  const word = noise(50, 159);
  // The same word at the farthest distance a reference reaches, and one byte beyond.
  for (const gap of [8192 - 50, 8193 - 50]) all.push(bytesOf(word, noise(gap, 159), word));
  return all;
}

Deno.test("what LZF compresses expands to the same bytes", () => {
  for (const bytes of texts()) {
    const compressed = compress(bytes, bytes.length + Math.ceil(bytes.length / 32));
    assert.ok(compressed !== undefined, `${bytes.length} bytes`);
    assert.deepEqual(expand(compressed), bytes);
  }
});

Deno.test("LZF stays below its limit or gives up", () => {
  for (const bytes of texts()) {
    const size = compress(bytes, 2 * bytes.length)?.length ?? 0;
    assert.equal(compress(bytes, size)?.length, size);
    assert.equal(compress(bytes, size - 1), undefined);
  }
});

Deno.test("LZF compresses the same bytes the same way, whatever it compressed before", () => {
  const all = texts();
  const once = all.map((bytes) => compress(bytes, 2 * bytes.length));
  for (const [i, bytes] of [...all.entries()].reverse()) {
    assert.deepEqual(compress(bytes, 2 * bytes.length), once[i]);
  }
});

Deno.test("LZF refers to nothing in front of its range, not even what it compressed just before", () => {
  const below = randomNumbers(3);
  const word = Uint8Array.from({ length: 100 }, () => below(256));
  const twice = bytesOf(word, word);
  for (const start of [0, 100]) {
    const target = new Uint8Array(200);
    const size = lzfCompress(twice, start, start + 100, target, 0, target.length);
    assert.deepEqual(expand(target.subarray(0, size)), word);
  }
});

Deno.test("LZF makes a long run of one byte as small as the format allows", () => {
  const compressed = compress(new Uint8Array(1 + 264 * 100), 1000);
  assert.equal(compressed?.length, 2 + 3 * 100);
});

Deno.test("LZF expands literals, and references short, long and overlapping", () => {
  const text = (...parts: number[]) => String.fromCharCode(...expand(Uint8Array.of(...parts)));
  assert.equal(text(), "");
  assert.equal(text(2, 97, 98, 99), "abc");
  assert.equal(text(2, 97, 98, 99, 0x20, 2), "abcabc");
  assert.equal(text(0, 97, 0xe0, 255, 0), "a".repeat(265));
  assert.equal(text(1, 97, 98, 0xe0, 0, 1), "ababababab" + "a");
});

Deno.test("LZF that ends early or refers to what is not there is not well formed", () => {
  const broken = [[0], [5, 97], [31], [0, 97, 0x20], [0, 97, 0xe0], [0, 97, 0xe0, 1], [0x20, 0]];
  for (const bytes of [...broken, [0, 97, 0x20, 1], [0, 97, 0x3f, 0]]) {
    assert.equal(lzfExpandedSize(Uint8Array.of(...bytes), 0, bytes.length), -1, String(bytes));
  }
});
