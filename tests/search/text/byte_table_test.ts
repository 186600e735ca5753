/** Values by bytes. */

import { strict as assert } from "node:assert";
import { ByteTable } from "../../../src/search/text/byte_table.ts";

const encoder = new TextEncoder();

Deno.test("a table finds the value of all bytes it was given, whatever their hashes are", () => {
  const table = new ByteTable<string>();
  const texts = Array.from({ length: 3000 }, (_, i) => `${"x".repeat(i % 7)}${i}`);
  // Few hashes, negative ones too, so that rows collide.
  const hashOf = (i: number) => Math.imul(i % 50, 0x9e3779b9);
  for (const [i, text] of texts.entries()) {
    const bytes = encoder.encode(`_${text}_`);
    table.add(bytes, 1, bytes.length - 1, hashOf(i), text);
  }
  assert.equal(table.size, texts.length);
  for (const [i, text] of texts.entries()) {
    const bytes = encoder.encode(text);
    assert.equal(table.find(bytes, 0, bytes.length, hashOf(i)), text);
    assert.equal(table.find(bytes, 0, bytes.length, hashOf(i) + 1), undefined);
    assert.equal(table.find(bytes, 0, bytes.length - 1, hashOf(i)) === text, false);
  }
});

Deno.test("a table that was cleared knows nothing, and can be filled again", () => {
  const table = new ByteTable<number>();
  const bytes = encoder.encode("word");
  assert.equal(table.find(bytes, 0, 4, 1), undefined);
  table.add(bytes, 0, 4, 1, 10);
  table.clear();
  assert.equal(table.size, 0);
  assert.equal(table.find(bytes, 0, 4, 1), undefined);
  table.add(bytes, 0, 4, 1, 20);
  assert.equal(table.find(bytes, 0, 4, 1), 20);
});
