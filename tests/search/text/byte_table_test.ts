/** Numbers by bytes. */

import { strict as assert } from "node:assert";
import { ABSENT, ByteTable, hashOf } from "../../../src/search/text/byte_table.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

Deno.test("a table finds the number of all bytes it was given, whatever their hashes are", () => {
  const table = new ByteTable();
  const texts = Array.from({ length: 3000 }, (_, i) => `${"x".repeat(i % 7)}${i}`);
  texts.push("");
  // Few hashes, negative ones too, so that rows collide.
  const poorHash = (i: number) => Math.imul(i % 50, 0x9e3779b9);
  for (const [i, text] of texts.entries()) {
    const bytes = encoder.encode(`_${text}_`);
    table.add(bytes, 1, bytes.length - 1, poorHash(i), i - 2);
  }
  assert.equal(table.size, texts.length);
  for (const [i, text] of texts.entries()) {
    const bytes = encoder.encode(text);
    assert.equal(table.find(bytes, 0, bytes.length, poorHash(i)), i - 2);
    assert.equal(table.find(bytes, 0, bytes.length, poorHash(i) + 1), ABSENT);
    assert.notEqual(
      table.find(encoder.encode(`${text}!`), 0, bytes.length + 1, poorHash(i)),
      i - 2,
    );
  }
});

Deno.test("a table tells of all that is in it in the order it was added in, or of some and then of the rest", () => {
  const table = new ByteTable();
  const texts = new Map(Array.from({ length: 500 }, (_, i) => [`word ${i}`, i]));
  for (const [text, i] of texts) {
    const bytes = encoder.encode(text);
    table.add(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length), i);
  }
  const told = new Map<string, number>();
  table.each((bytes, start, end, number) => {
    told.set(decoder.decode(bytes.subarray(start, end)), number);
    return true;
  });
  assert.deepEqual([...told], [...texts]);
  let visits = 0;
  assert.equal(table.each(() => ++visits < 7), 7);
  assert.equal(visits, 7);
  assert.equal(table.each(() => ++visits > 0, 7), 500);
  assert.equal(visits, 500);
});

Deno.test("an empty table has nothing", () => {
  assert.equal(new ByteTable().find(new Uint8Array(0), 0, 0, 0), ABSENT);
});
