import { strict as assert } from "node:assert";
import { MemberList, MemberTable } from "../../../src/store/collections/member_list.ts";
import { distinctRanks, Sampling } from "../../../src/store/collections/random_ranks.ts";
import { slice, text } from "../open.ts";

Deno.test("a list keeps members of any size in their order", () => {
  const list = new MemberList();
  const members = Array.from({ length: 1000 }, (_, i) => "x".repeat(i * 7 % 300) + i);
  members.splice(500, 0, "", "y".repeat(100_000));
  for (const member of members) list.push(slice(member));
  assert.equal(list.length, members.length);
  assert.equal(list.size, members.join("").length);
  assert.deepEqual(members.map((_, i) => text(list.at(i).copy())), members);
});

Deno.test("a table has each member once, in the order they came", () => {
  const table = new MemberTable();
  const members = Array.from({ length: 10_000 }, (_, i) => `member:${i * 7919 % 3000}`);
  const first = new Set<string>();
  for (const member of members) {
    assert.equal(table.add(slice(member)), !first.has(member));
    first.add(member);
  }
  const order = [...first];
  assert.equal(table.list.length, order.length);
  for (const [i, member] of order.entries()) {
    assert.equal(text(table.list.at(i).copy()), member);
    assert.equal(table.indexOf(slice(member)), i);
  }
  assert.equal(table.indexOf(slice("member:3000")), -1);
  assert.equal(table.indexOf(slice("")), -1);
});

Deno.test("distinct ranks are as many as asked, in order, and all when all are asked for", () => {
  for (
    const [count, length] of [[0, 5], [1, 1], [3, 5], [5, 5], [100, 1000], [1000, 1000]] as const
  ) {
    const ranks = [...distinctRanks(count, length, Math.random)];
    assert.equal(new Set(ranks).size, count);
    assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b));
    assert.ok(ranks.every((rank) => Number.isInteger(rank) && rank >= 0 && rank < length));
  }
  assert.deepEqual([...distinctRanks(3, 3, () => 0)], [0, 1, 2]);
  assert.deepEqual([...distinctRanks(2, 4, () => 0.999)], [2, 3]);
});

Deno.test("a sampling takes as many as asked, whatever is drawn", () => {
  for (const random of [() => 0, () => 0.999999, Math.random]) {
    for (const [count, length] of [[0, 3], [1, 10], [7, 10], [10, 10]] as const) {
      const sampling = new Sampling(count, length, random);
      let taken = 0;
      for (let i = 0; i < length; i++) if (sampling.takes()) taken++;
      assert.equal(taken, count);
      assert.ok(sampling.done);
    }
  }
});
