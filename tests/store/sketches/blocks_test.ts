/** The bytes of a filter in blocks, of which few are in memory. */

import { strict as assert } from "node:assert";
import { BLOCK, Blocks } from "../../../src/store/sketches/blocks.ts";
import { BlockRows } from "../../../src/store/sketches/rows.ts";
import { memoryStore, testOnDrivers } from "../open.ts";

/** Blocks, more than are found without a map at first. */
const COUNT = 100;

testOnDrivers("blocks that memory has no room for are read again as they were", (driver) => {
  const store = memoryStore(driver);
  const rows = new BlockRows(store.engine, "bloom_blocks");
  const budget = { used: 0, most: 4 * BLOCK };
  let blocks = new Blocks(rows, 1, budget);
  const expected = new Uint8Array(COUNT * BLOCK);
  let seed = 1;
  const next = (most: number) => (seed = Math.imul(seed, 1103515245) + 12345 >>> 0) % most;
  for (let turn = 0; turn < 40; turn++) {
    store.engine.write();
    for (let i = 0; i < 60; i++) {
      const at = next(expected.length);
      const number = Math.floor(at / BLOCK), mask = 1 << next(8);
      assert.equal(blocks.setBit(number, at % BLOCK, mask), (expected[at]! & mask) === 0);
      expected[at]! |= mask;
      const word = next(expected.length / 4) * 4, value = next(2 ** 32);
      blocks.setWord(Math.floor(word / BLOCK), word % BLOCK, value);
      new DataView(expected.buffer).setUint32(word, value, true);
      const read = next(COUNT);
      assert.deepEqual(
        blocks.read(read).subarray(0, 64),
        expected.subarray(read * BLOCK, read * BLOCK + 64),
      );
    }
    blocks.save();
    store.endTurn();
    if (turn % 10 !== 9) continue;
    assert.deepEqual(blocks.copy(0, expected.length), expected);
    blocks.forget();
    blocks = new Blocks(rows, 1, budget);
  }
  store.closeNow();
});
