/** The loops in WebAssembly, and the memory that they work in. */

import { strict as assert } from "node:assert";
import { kernelsModule } from "../../../ext/vec/kernels/build.ts";
import { Arena, floatStrideOf, strideOf } from "../../../ext/vec/kernels/kernels.ts";
import { KERNELS } from "../../../ext/vec/kernels/kernels_wasm.ts";
import { nibbleSize, packNibbles, unpackNibbles } from "../../../ext/vec/index/nibbles.ts";
import { dice } from "./generated.ts";

Deno.test("the WebAssembly module is what its source assembles to", async () => {
  const source = await Deno.readTextFile(
    new URL("../../../ext/vec/kernels/kernels.wat", import.meta.url),
  );
  assert.ok((await kernelsModule(source)).includes(`"${KERNELS}"`));
});

const DIMENSIONS = [1, 3, 15, 16, 17, 31, 64, 100, 384, 1000];

Deno.test("inner products of 8-bit codes are exact", () => {
  const random = dice(1);
  for (const dim of DIMENSIONS) {
    const arena = new Arena();
    const stride = strideOf(dim);
    const at = arena.take(Arena.blockSize(stride));
    const codes = () => Int8Array.from({ length: dim }, () => random() * 256 - 128);
    const query = codes(), rows = [codes(), codes(), codes()];
    for (const [i, row] of rows.entries()) {
      arena.bytes.set(new Uint8Array(row.buffer), at + i * stride);
    }
    // What a longer query left behind must not count.
    arena.queryInt8(new Int8Array(2000).fill(99));
    arena.queryInt8(query);
    arena.dotInt8(at, stride, rows.length);
    const wanted = rows.map((row) => row.reduce((sum, value, i) => sum + value * query[i]!, 0));
    assert.deepEqual([...arena.integers.subarray(0, 3)], wanted, `of ${dim} dimensions`);
  }
});

Deno.test("inner products of 4-bit codes are exact", () => {
  const random = dice(4);
  for (const dim of DIMENSIONS) {
    const arena = new Arena();
    const stride = strideOf(nibbleSize(dim));
    const at = arena.take(Arena.blockSize(stride));
    const codes = () => Int8Array.from({ length: dim }, () => random() * 255 - 127);
    const query = codes(), rows = [codes(), codes(), codes()];
    const numbers = new Float32Array(dim);
    arena.queryInt8(new Int8Array(2000).fill(99));
    arena.queryInt8(query);
    const wanted = rows.map((row, i) => {
      const error = packNibbles(row, arena.bytes, at + i * stride);
      unpackNibbles(arena.bytes, at + i * stride, 127, numbers);
      const off = Math.hypot(...numbers.map((number, j) => number - row[j]!)) / 127;
      assert.ok(Math.abs(off - error) < 1e-5, `${off} is not ${error}`);
      assert.ok(numbers.every((number, j) => Math.abs(number - row[j]!) <= 127 / 16 + 1e-5));
      // What they stand for are odd multiples of a sixteenth of the range.
      return numbers.reduce((sum, number, j) => sum + (number / 127 * 8 - 0.5) * query[j]!, 0);
    });
    arena.dotInt4(at, stride, rows.length);
    const products = [...arena.integers.subarray(0, 3)].map((value) => value / 16);
    for (const [i, product] of products.entries()) {
      assert.ok(Math.abs(product - wanted[i]!) < 0.1, `row ${i} of ${dim} dimensions`);
    }
  }
});

Deno.test("inner products of floating-point numbers are right to their precision", () => {
  const random = dice(2);
  for (const dim of DIMENSIONS) {
    const arena = new Arena();
    const stride = floatStrideOf(dim);
    const at = arena.take(Arena.blockSize(stride));
    const numbers = () => Float32Array.from({ length: dim }, () => random() * 2 - 1);
    const query = numbers(), rows = [numbers(), numbers(), numbers()];
    for (const [i, row] of rows.entries()) {
      new Float32Array(arena.bytes.buffer, at + i * stride, dim).set(row);
    }
    arena.queryFloat32(new Float32Array(2000).fill(99));
    arena.queryFloat32(query);
    arena.dotFloat32(at, stride, rows.length);
    for (const [i, row] of rows.entries()) {
      const wanted = row.reduce((sum, value, j) => sum + value * query[j]!, 0);
      assert.ok(Math.abs(arena.floats[i]! - wanted) < 1e-4, `row ${i} of ${dim} dimensions`);
    }
  }
});

Deno.test("bits that differ are counted", () => {
  const random = dice(3);
  for (const size of [8, 16, 24, 200]) {
    const arena = new Arena();
    const stride = strideOf(size);
    const at = arena.take(Arena.blockSize(stride));
    const bits = () => Uint8Array.from({ length: size }, () => random() * 256);
    const query = bits(), row = bits();
    arena.bytes.fill(0, at, at + stride);
    arena.bytes.set(row, at);
    arena.queryBits(query);
    arena.hamming(at, stride, 1);
    const wanted = row.reduce(
      (sum, byte, i) => sum + (byte ^ query[i]!).toString(2).replaceAll("0", "").length,
      0,
    );
    assert.equal(arena.integers[0], wanted);
  }
});

Deno.test("a block that is given back is taken again", () => {
  const arena = new Arena();
  const size = Arena.blockSize(64);
  const first = arena.take(size);
  assert.notEqual(arena.take(size), first);
  arena.give(first, size);
  assert.equal(arena.used, size);
  assert.equal(arena.take(size), first);
});

Deno.test("a block that is given back serves smaller ones", () => {
  const arena = new Arena();
  const large = Arena.blockSize(1024), small = Arena.blockSize(64);
  const first = arena.take(large);
  arena.take(small);
  arena.give(first, large);
  const taken = Array.from({ length: large / small }, () => arena.take(small));
  assert.deepEqual(
    taken.sort((a, b) => a - b),
    Array.from({ length: large / small }, (_, i) => first + i * small),
  );
});
