/** The index of vectors by itself. */

import { strict as assert } from "node:assert";
import { Codes } from "../../../ext/vec/index/codes.ts";
import { ListTable } from "../../../ext/vec/index/list_table.ts";
import { packMembers, unpackMembers } from "../../../ext/vec/index/members.ts";
import { Shelf } from "../../../ext/vec/index/shelf.ts";
import { VectorLists } from "../../../ext/vec/index/vector_lists.ts";
import { vec } from "../../../ext/vec.ts";
import { normalize } from "../../../ext/vec/quantization.ts";
import { chooseDriver } from "../../../src/sqlite/drivers.ts";
import { Store } from "../../../src/store/store.ts";
import { dice } from "./generated.ts";

const DIM = 24;

/** Vectors in clusters, of length 1. */
function clustered(count: number, clusters: number, seed: number, dim = DIM): Float32Array[] {
  const random = dice(seed);
  const numbers = () =>
    Float32Array.from({ length: dim }, () => random() + random() + random() - 1.5);
  const centers = Array.from({ length: clusters }, numbers);
  return Array.from({ length: count }, () => {
    const noise = numbers();
    const vector = centers[Math.floor(random() * clusters)]!.map((value, i) =>
      value + noise[i]! / 2
    );
    normalize(vector);
    return vector;
  });
}

interface Index {
  readonly lists: VectorLists;
  readonly shelf: Shelf;
  reads: number;
}

function indexOf(
  store: Store,
  vectors: readonly (Float32Array | undefined)[],
  limit = 1 << 26,
): Index {
  const shelf = new Shelf(limit);
  const dim = vectors[0]?.length ?? DIM;
  const codes = new Codes(shelf.arena, dim, "COSINE", true);
  const index = {
    shelf,
    reads: 0,
    lists: new VectorLists(-1, shelf, new ListTable(store.engine), codes, {
      read: (number, into) => {
        index.reads++;
        const vector = vectors[number];
        if (vector !== undefined) into.set(vector);
        return vector !== undefined;
      },
    }),
  };
  return index;
}

const open = () => new Store(chooseDriver({}), ":memory:", { extensions: [vec()] });

Deno.test("numbers of members come back from their bytes", () => {
  const numbers = Uint32Array.of(5, 0, 4294967295, 300, 128, 127, 2 ** 31);
  assert.deepEqual(unpackMembers(packMembers(numbers, numbers.length)), numbers.slice().sort());
  assert.deepEqual(unpackMembers(packMembers(numbers, 0)), new Uint32Array(0));
});

Deno.test("a search finds nearly all of the nearest, and one of all vectors all of them", async () => {
  const store = open();
  // So many that a search does not look at all of them.
  const vectors = clustered(20_000, 200, 1, 256);
  const { lists } = indexOf(store, vectors);
  for (const [number, vector] of vectors.entries()) lists.add(number, vector);
  let hits = 0;
  const queries = vectors.slice(0, 40);
  for (const query of queries) {
    const exact = lists.nearest(query, 10, { exact: true });
    hits += lists.nearest(query, 10).numbers.filter((number) =>
      exact.numbers.includes(number)
    ).length;
    assert.deepEqual([...exact.distances].sort((a, b) => a - b), exact.distances);
  }
  assert.ok(hits / queries.length / 10 >= 0.95, `recall of ${hits / queries.length / 10}`);
  await store.close();
});

Deno.test("an index that was stored is there again without its vectors being read", async () => {
  const store = open();
  const vectors = clustered(3000, 20, 2);
  const first = indexOf(store, vectors);
  store.engine.write();
  for (const [number, vector] of vectors.entries()) first.lists.add(number, vector);
  first.lists.settle(7);
  const again = indexOf(store, vectors);
  assert.equal(again.lists.load(6, 3000), false);
  assert.equal(again.lists.load(7, 2999), false);
  assert.equal(again.lists.load(7, 3000), true);
  assert.equal(again.reads, 0);
  assert.equal(again.lists.lists.length, first.lists.lists.length);
  const query = vectors[5]!;
  assert.deepEqual(again.lists.nearest(query, 10), first.lists.nearest(query, 10));
  store.engine.rollback();
  await store.close();
});

Deno.test("an index whose members were never moved is searched farther", async () => {
  const store = open();
  const vectors = clustered(20_000, 200, 8, 256);
  const first = indexOf(store, vectors);
  store.engine.write();
  for (const [number, vector] of vectors.entries()) first.lists.add(number, vector);
  first.lists.settle(1);
  const lookedAt = () => {
    const { lists } = indexOf(store, vectors);
    assert.ok(lists.load(1, vectors.length));
    lists.nearest(vectors[3]!, 10);
    return lists.lists.filter(({ loaded }) => loaded).length;
  };
  const gathered = lookedAt();
  // As versions before wrote the head of an index.
  store.engine.prepare("UPDATE vec_lists SET members = x'' WHERE list = -1").run();
  const scattered = lookedAt();
  assert.ok(scattered > gathered, `${scattered} lists and ${gathered}`);
  store.engine.rollback();
  await store.close();
});

Deno.test("members of a cluster come together, however few lists there were at first", async () => {
  const store = open();
  const vectors = clustered(20_000, 200, 9, 64);
  const { lists } = indexOf(store, vectors);
  for (const [number, vector] of vectors.entries()) lists.add(number, vector);
  let near = 0, all = 0;
  for (const query of vectors.slice(0, 50)) {
    const { numbers } = lists.nearest(query, 10, { exact: true });
    const list = lists.find(numbers[0]!)!;
    const within = lists.near(list, Math.ceil(lists.lists.length / 20));
    const there = new Set(within.flatMap(({ numbers, count }) => [...numbers.subarray(0, count)]));
    near += numbers.filter((number) => there.has(number)).length;
    all += numbers.length;
  }
  assert.ok(near / all >= 0.95, `${near} of ${all} are in a twentieth of the lists`);
  await store.close();
});

Deno.test("vectors that go are found no more, and lists that grow short are given up", async () => {
  const store = open();
  const vectors: (Float32Array | undefined)[] = clustered(2000, 10, 3);
  const { lists } = indexOf(store, vectors);
  for (const [number, vector] of vectors.entries()) lists.add(number, vector!);
  const many = lists.lists.length;
  for (let number = 0; number < 1900; number++) {
    assert.equal(lists.remove(number, number % 2 === 0 ? vectors[number] : undefined), true);
    vectors[number] = undefined;
  }
  assert.equal(lists.remove(5), false);
  assert.equal(lists.length, 100);
  assert.ok(lists.lists.length < many / 2, `${lists.lists.length} of ${many} lists are left`);
  const found = lists.nearest(vectors[1950]!, 200).numbers;
  assert.equal(found[0], 1950);
  assert.deepEqual(
    [...found].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => 1900 + i),
  );
  await store.close();
});

Deno.test("alike vectors are spread over lists all the same", async () => {
  const store = open();
  const one = clustered(1, 1, 4)[0]!;
  const { lists } = indexOf(store, Array(1000).fill(one));
  for (let number = 0; number < 1000; number++) lists.add(number, one);
  assert.ok(lists.lists.every(({ count }) => count <= 128));
  assert.equal(lists.nearest(one, 1000).numbers.length, 1000);
  await store.close();
});

Deno.test("codes that do not fit are made coarse, and what is found is as exact", async () => {
  const store = open();
  const vectors = clustered(4000, 20, 5, 128);
  const small = indexOf(store, vectors, 512 * 1024), large = indexOf(store, vectors);
  for (const index of [small, large]) {
    for (const [number, vector] of vectors.entries()) index.lists.add(number, vector);
  }
  assert.ok(small.lists.isLoaded);
  assert.ok(small.lists.lists.some(({ coarse }) => coarse));
  assert.ok(large.lists.lists.every(({ coarse }) => !coarse));
  for (const query of vectors.slice(0, 50)) {
    for (const exact of [false, true]) {
      const search = { exact };
      assert.deepEqual(
        small.lists.nearest(query, 20, search),
        large.lists.nearest(query, 20, search),
      );
    }
    const { numbers } = large.lists.nearest(query, 20);
    const limit = large.lists.nearest(query, 20).distances[10]!;
    const allow = (list: { numbers: Uint32Array; count: number }) =>
      [...list.numbers.subarray(0, list.count).keys()].filter((row) => list.numbers[row]! % 2 > 0);
    const odd = small.lists.nearest(query, 5, { allow, limit });
    assert.deepEqual(odd, large.lists.nearest(query, 5, { allow, limit }));
    assert.ok(odd.numbers.every((number) => numbers.includes(number)));
  }
  await store.close();
});

Deno.test("lists of coarse codes are cut, grow and lose members as others do", async () => {
  const store = open();
  const vectors: (Float32Array | undefined)[] = clustered(6000, 30, 6, 128);
  const index = indexOf(store, vectors, 512 * 1024);
  for (const [number, vector] of vectors.entries()) index.lists.add(number, vector!);
  for (let number = 0; number < 6000; number += 3) {
    assert.ok(index.lists.remove(number, vectors[number]));
    vectors[number] = undefined;
  }
  assert.equal(index.lists.length, 4000);
  for (let number = 1; number < 6000; number += 300) {
    const { numbers, distances } = index.lists.nearest(vectors[number]!, 5);
    assert.equal(numbers[0], number);
    assert.ok(distances[0]! < 0.01);
    assert.ok(numbers.every((found) => found % 3 !== 0));
  }
  await store.close();
});

Deno.test("codes beyond the limit of memory are let go and read again", async () => {
  const store = open();
  const vectors = clustered(4000, 20, 5);
  const limit = 8 * 16 * 1024;
  const small = indexOf(store, vectors, limit), large = indexOf(store, vectors);
  for (const index of [small, large]) {
    for (const [number, vector] of vectors.entries()) index.lists.add(number, vector);
  }
  for (const query of vectors.slice(0, 10)) {
    assert.deepEqual(small.lists.nearest(query, 20), large.lists.nearest(query, 20));
  }
  const middles = small.lists.lists.length * 96 + 16 * 1024;
  assert.ok(small.shelf.used <= limit + middles + 32 * 1024, `${small.shelf.used} bytes`);
  assert.ok(small.reads > large.reads);
  await store.close();
});
