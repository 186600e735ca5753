import { strict as assert } from "node:assert";
import { Cursors } from "../../../src/store/keys/cursors.ts";

Deno.test("a cursor goes on from its position; none is the end, and an unknown one the beginning", () => {
  const cursors = new Cursors();
  assert.equal(cursors.cursor(undefined), 0n);
  const cursor = cursors.cursor(Uint8Array.of(1, 2));
  assert.deepEqual(cursors.position(cursor), Uint8Array.of(1, 2));
  assert.equal(cursors.position(cursor + 1n), undefined);
});

Deno.test("the last 16,384 positions are remembered", () => {
  const cursors = new Cursors();
  const all = Array.from({ length: 16_385 }, (_, i) => cursors.cursor(Uint8Array.of(i)));
  assert.equal(cursors.position(all[0]!), undefined);
  assert.deepEqual(cursors.position(all[1]!), Uint8Array.of(1));
});

Deno.test("long positions are remembered up to 64 MB, and the last one whatever its size", () => {
  const cursors = new Cursors();
  const all = Array.from({ length: 5 }, () => cursors.cursor(new Uint8Array(20_000_000)));
  assert.deepEqual(all.map((cursor) => cursors.position(cursor) !== undefined), [
    false,
    false,
    true,
    true,
    true,
  ]);
  const huge = cursors.cursor(new Uint8Array(100_000_000));
  assert.ok(cursors.position(huge) !== undefined);
  assert.equal(cursors.position(all[4]!), undefined);
});
