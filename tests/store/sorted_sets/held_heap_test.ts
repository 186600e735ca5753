/** The heap of elements that are held back. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { HeldHeap } from "../../../src/store/sorted_sets/held_heap.ts";

Deno.test("what comes out of a heap is the lowest of what is there, with its place", () => {
  const key = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.option(key), { maxLength: 400 }), (steps) => {
      const heap = new HeldHeap();
      let kept: { key: number; place: number }[] = [];
      steps.forEach((key, place) => {
        if (key !== null) {
          heap.push(key, place);
          kept.push({ key, place });
        } else if (kept.length > 0) {
          assert.equal(heap.key + 0, Math.min(...kept.map(({ key }) => key)) + 0);
          const top = kept.find(({ place }) => place === heap.place);
          assert.equal(top?.key, heap.key);
          kept = kept.filter((each) => each !== top);
          heap.shift();
        }
        assert.equal(heap.length, kept.length);
      });
      heap.clear();
      assert.equal(heap.length, 0);
    }),
  );
});
