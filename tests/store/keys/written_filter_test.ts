import { strict as assert } from "node:assert";
import { hashOfKey } from "../../../src/store/keys/key_hash.ts";
import { WrittenFilter } from "../../../src/store/keys/held/written_filter.ts";

const ADDED = 100_000, OTHERS = 50_000;

const encoder = new TextEncoder();

function hashOf(i: number): number {
  const key = encoder.encode(`key:${i}`);
  return hashOfKey(1, 1, key, 0, key.length);
}

Deno.test("a filter has what was added until it is cleared, and little else", () => {
  const filter = new WrittenFilter();
  assert.equal(filter.has(hashOf(0)), false);
  for (let i = 0; i < ADDED; i++) filter.add(hashOf(i));
  for (let i = 0; i < ADDED; i++) assert.ok(filter.has(hashOf(i)));
  let taken = 0;
  for (let i = ADDED; i < ADDED + OTHERS; i++) if (filter.has(hashOf(i))) taken++;
  assert.ok(taken < OTHERS / 200, `${taken} of ${OTHERS}`);
  filter.clear();
  for (let i = 0; i < ADDED; i++) assert.equal(filter.has(hashOf(i)), false);
});
