import { strict as assert } from "node:assert";
import { xxh3, xxh3Hex } from "../../../src/store/strings/xxh3.ts";

/**
 * Digests that xxhsum 0.8.1 (`xxhsum -H3`) gives for `pattern(size)`: every length class and both
 * sides of every limit between them.
 */
const DIGESTS: readonly (readonly [size: number, digest: string])[] = [
  [0, "2d06800538d394c2"],
  [1, "4c5cca45d0f4811f"],
  [2, "01c9a004b4575d2b"],
  [3, "eaad2b1bc8fcc7c0"],
  [4, "29ab5c15c44e18f0"],
  [5, "067097896a105961"],
  [7, "92774a80b4759519"],
  [8, "304360204fbd2d89"],
  [9, "c789c0313ee9bac7"],
  [12, "01b76ba9dd2b4dfa"],
  [15, "467b9c19e9b12808"],
  [16, "7557f2eaa9095d03"],
  [17, "a04f4166bd5275a1"],
  [32, "fdf677805dbbfcec"],
  [33, "5b11b0b2e83be648"],
  [64, "a13b781e9b2e271e"],
  [65, "3e3dd313647d6b67"],
  [96, "07799fe0eb14da09"],
  [97, "c04b6b261bbc4d54"],
  [127, "248f615f68243363"],
  [128, "4095c770a70b8cb5"],
  [129, "c81905ee40bbd49c"],
  [143, "d9309544b632b110"],
  [144, "468d40ebf1ea8333"],
  [160, "f8faff3cf19a8e46"],
  [239, "f6cfb7ac25259f53"],
  [240, "9837000b75ba1c19"],
  [241, "0bee9fcdd44dc4e2"],
  [255, "a19590d1eed90dde"],
  [256, "1a739bf51003cb33"],
  [320, "38729dbb1a03d4ff"],
  [1023, "fb8bc25b9eab0657"],
  [1024, "125f09b5c124279c"],
  [1025, "3d7fbe1fbd18c7e2"],
  [1088, "6e16942965736a91"],
  [2048, "edfda87ace44e55a"],
  [2049, "081d630332ecb0ac"],
  [4097, "57038dd9a297473d"],
  [65536, "da85f777f14dea1d"],
  [1000003, "6eb50fd94b79213a"],
];

function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i * 167 + 13 * (i >> 8) + 7);
}

for (const [size, digest] of DIGESTS) {
  Deno.test(`the XXH3 digest of ${size} bytes is xxhsum's`, () => {
    assert.equal(xxh3Hex(pattern(size), 0, size), digest);
  });
}

Deno.test("the XXH3 digest of Redis's example is Redis's", () => {
  const bytes = new TextEncoder().encode("Hello world");
  assert.equal(xxh3Hex(bytes, 0, bytes.length), "b6acb9d84a38ff74");
});

Deno.test("a digest has 16 digits whatever its value", () => {
  assert.equal(xxh3Hex(pattern(2), 0, 2), "01c9a004b4575d2b");
  assert.equal(xxh3(pattern(2), 0, 2), 0x1c9a004b4575d2bn);
});

Deno.test("only the bytes between start and end count, wherever they are", () => {
  for (const [size, digest] of DIGESTS) {
    for (const offset of [1, 3, 8]) {
      const around = new Uint8Array(size + 16).fill(0xee);
      around.set(pattern(size), offset + 2);
      assert.equal(xxh3Hex(around.subarray(2), offset, offset + size), digest, `${size} bytes`);
    }
  }
});
