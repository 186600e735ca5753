import assert from "node:assert/strict";
import { HAS_FFI } from "../../src/runtime/ffi.ts";
import {
  addressAt,
  addressOf,
  copyKnown,
  keepAddress,
  loadMemory,
} from "../../src/runtime/memory.ts";
import { copyBytes } from "../../src/store/values/slice.ts";

const ignore = !HAS_FFI;

/** An array whose address is known. */
function known(size: number): Uint8Array {
  loadMemory();
  const bytes = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
  keepAddress(bytes);
  return bytes;
}

Deno.test({ name: "bytes between arrays whose addresses are known are copied", ignore }, () => {
  const source = known(300), target = known(300).fill(0);
  assert.equal(copyKnown(source, 100, 200, target, 7), true);
  assert.deepEqual([...target.subarray(7, 107)], [...source.subarray(100, 200)]);
  assert.equal(target[6], 0);
  assert.equal(target[107], 0);
  assert.equal(addressAt(source, 5) - addressOf(source), 5n);
});

Deno.test(
  { name: "bytes of arrays that nothing is known of are copied in another way", ignore },
  () => {
    const source = known(100), target = new Uint8Array(100);
    assert.equal(copyKnown(source, 0, 100, target, 0), false);
    assert.equal(copyKnown(target, 0, 100, source, 0), false);
    copyBytes(source, 0, 100, target, 0);
    assert.deepEqual(target, source);
  },
);

Deno.test({ name: "bytes are copied within one array, though the two runs meet", ignore }, () => {
  const bytes = known(100), before = bytes.slice();
  copyBytes(bytes, 0, 80, bytes, 10);
  assert.deepEqual(bytes.subarray(10, 90), before.subarray(0, 80));
});

Deno.test({ name: "nothing is copied that is not within its array", ignore }, () => {
  const source = known(100), target = known(100).fill(0);
  for (
    const [start, end, at] of [[-1, 30, 0], [0, 101, 0], [0, 50, 51], [0, 50, -1], [60, 20, 0]]
  ) {
    assert.throws(() => copyKnown(source, start!, end!, target, at!), RangeError);
  }
  assert.deepEqual(target, new Uint8Array(100));
});
