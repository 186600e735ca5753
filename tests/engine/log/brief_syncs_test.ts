import { strict as assert } from "node:assert";
import { BriefSyncs } from "../../../src/engine/log/brief_syncs.ts";

/** Syncs that take so long each, seen so much later if another thread does them. @returns How many were done at once. */
function run(syncs: BriefSyncs, count: number, ms: number, laterMs: number): number {
  let atOnce = 0;
  for (let i = 0; i < count; i++) {
    if (syncs.expected) {
      atOnce++;
      syncs.took(ms);
    } else {
      syncs.tookAside(ms + laterMs);
    }
  }
  return atOnce;
}

Deno.test("syncs that are brief are done at once, though another thread's seem not to be", () => {
  assert.ok(run(new BriefSyncs(), 100, 0.3, 2) >= 80);
});

Deno.test("a long sync among brief ones does not keep those that follow from being done at once", () => {
  const syncs = new BriefSyncs();
  run(syncs, 100, 0.3, 2);
  syncs.took(200);
  assert.equal(syncs.expected, false);
  run(syncs, 100, 0.3, 2);
  assert.equal(run(syncs, 100, 0.3, 2), 100);
});

Deno.test("long syncs are another thread's, and none of those that take long is tried", () => {
  assert.equal(run(new BriefSyncs(), 1000, 10, 1), 0);
  // What is a little too long is tried now and then.
  const tries = run(new BriefSyncs(), 900, 4, 1);
  assert.ok(tries > 0 && tries <= 100);
});
