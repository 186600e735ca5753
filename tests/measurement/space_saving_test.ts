import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { SpaceSaving } from "../../src/clients/space_saving.ts";
import { Slice } from "../../src/store/values/slice.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function add(counted: SpaceSaving, key: string, weight: number): void {
  // In the middle of a buffer, as the arguments of a command are.
  const bytes = encoder.encode(`<${key}>`);
  counted.add(new Slice(bytes, 1, bytes.length - 1), weight);
}

function heaviest(counted: SpaceSaving, limit = Infinity): [string, number][] {
  return counted.heaviest(limit).map(({ key, cost }) => [decoder.decode(key), cost]);
}

Deno.test("as long as all keys have room their weights are exact", () => {
  const weights = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{0,2}$/), fc.nat(50)));
  fc.assert(fc.property(weights, (stream) => {
    const exact = new Map<string, number>();
    const counted = new SpaceSaving(Math.max(1, stream.length));
    for (const [key, weight] of stream) {
      add(counted, key, weight);
      if (weight > 0) exact.set(key, (exact.get(key) ?? 0) + weight);
    }
    assert.deepEqual(new Map(heaviest(counted)), exact);
  }));
});

Deno.test("no weight is told too high, and no key heavier than its share of the room is missed", () => {
  const keys = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 })), { maxLength: 300 });
  fc.assert(fc.property(keys, fc.integer({ min: 1, max: 20 }), (stream, capacity) => {
    const exact = new Map<string, number>();
    const counted = new SpaceSaving(capacity);
    let total = 0;
    for (const [number, weight] of stream) {
      const key = `key:${number}`;
      add(counted, key, weight);
      exact.set(key, (exact.get(key) ?? 0) + weight);
      total += weight;
    }
    const told = new Map(heaviest(counted));
    assert.ok(told.size <= capacity);
    for (const [key, weight] of told) assert.ok(weight <= (exact.get(key) ?? 0), key);
    for (const [key, weight] of exact) {
      if (weight > total / capacity) assert.ok(told.has(key), `${key} ${weight} of ${total}`);
    }
  }));
});

Deno.test("hot keys come out of a stream of many thousand cold ones", () => {
  const counted = new SpaceSaving(160);
  for (let i = 0; i < 100_000; i++) {
    add(counted, i % 4 === 0 ? `hot:${i / 4 % 10}` : `cold:${i}`, 1);
  }
  const told = heaviest(counted, 10);
  assert.deepEqual(
    told.map(([key]) => key).sort(),
    Array.from({ length: 10 }, (_, i) => `hot:${i}`),
  );
  for (const [, weight] of told) assert.ok(weight > 1500 && weight <= 2500, String(weight));
});

Deno.test("the heaviest come first, no more than asked for, none lighter than 1", () => {
  const counted = new SpaceSaving(10);
  add(counted, "a", 2);
  add(counted, "b", 3);
  add(counted, "c", 0.5);
  add(counted, "d", 0);
  assert.deepEqual(heaviest(counted), [["b", 3], ["a", 2]]);
  assert.deepEqual(heaviest(counted, 1), [["b", 3]]);
});

Deno.test("a key in the place of a longer one is told without its rest", () => {
  const counted = new SpaceSaving(1);
  add(counted, "a long key", 1);
  add(counted, "b", 2);
  assert.deepEqual(heaviest(counted), [["b", 2]]);
});
