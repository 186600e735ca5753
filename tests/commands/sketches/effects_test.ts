/** What commands on filters and sketches tell those who follow the store. */

import { strict as assert } from "node:assert";
import { Followed } from "../effects/stores.ts";

Deno.test("a read that merges the nodes of a t-digest is told, as it changes it", () => {
  using followed = new Followed();
  const ask = (line: string) => followed.original.ask(...line.split(" "));
  ask("TDIGEST.CREATE d COMPRESSION 10");
  ask("TDIGEST.ADD d 1 5 2 4 3");
  followed.follow();
  followed.told.length = 0;
  assert.deepEqual(ask("TDIGEST.MIN d"), 1);
  assert.equal(followed.follow(), false);
  assert.deepEqual(ask("TDIGEST.RANK d 3 4"), [2, 3]);
  followed.follow();
  assert.deepEqual(followed.told.map((told) => told.trim()), [
    "[db 0]  | TDIGEST.QUANTILE d 0.5",
  ]);
  followed.look((original, copy) => {
    assert.deepEqual(original.ask("TDIGEST.INFO", "d"), copy.ask("TDIGEST.INFO", "d"));
  });
  // Merged once, it is as it was.
  ask("TDIGEST.QUANTILE d 0.5");
  assert.equal(followed.follow(), false);
});

Deno.test("what a full filter refuses is told up to there", () => {
  using followed = new Followed();
  followed.original.ask("BF.RESERVE", "b", "0.01", "2", "NONSCALING");
  followed.original.ask("BF.MADD", "b", "one", "two", "three");
  followed.follow();
  followed.look((original, copy) => {
    assert.deepEqual(original.ask("BF.CARD", "b"), 2);
    assert.deepEqual(copy.ask("BF.CARD", "b"), 2);
  });
});

Deno.test("the dice of a top-k list fall the same way for who follows", () => {
  using followed = new Followed();
  followed.original.ask("TOPK.RESERVE", "t", "3", "2", "2", "0.9");
  for (let i = 0; i < 200; i++) followed.original.ask("TOPK.ADD", "t", `item${i * 7 % 31}`);
  followed.follow();
  followed.look((original, copy) => {
    const list = original.ask("TOPK.LIST", "t", "WITHCOUNT");
    assert.ok(Array.isArray(list) && list.length === 6);
    assert.deepEqual(list, copy.ask("TOPK.LIST", "t", "WITHCOUNT"));
  });
});

Deno.test("a counter that overflows is told, and who follows takes it", () => {
  using followed = new Followed();
  followed.original.ask("CMS.INITBYDIM", "c", "10", "2");
  followed.original.ask("CMS.INCRBY", "c", "one", "3", "two", "4294967296", "one", "4");
  followed.follow();
  followed.look((original, copy) => {
    assert.deepEqual(original.ask("CMS.QUERY", "c", "two"), [4294967295]);
    assert.deepEqual(
      copy.ask("CMS.QUERY", "c", "one", "two"),
      original.ask("CMS.QUERY", "c", "one", "two"),
    );
  });
});
