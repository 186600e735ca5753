/** Scripts by the digits of their SHA-1. */

import { strict as assert } from "node:assert";
import { ShaTable } from "../../src/scripting/sha_table.ts";
import { Slice } from "../../src/store/values/slice.ts";

const slice = (text: string) =>
  new Slice(new TextEncoder().encode(`..${text}.`), 2, 2 + text.length);
const digits = (first: string, last: string) =>
  `${first}${"0".repeat(40 - first.length - 1)}${last}`;

Deno.test("a script is found by its digits in either case", () => {
  const table = new ShaTable<number>();
  const sha = "0123456789abcdef0123456789abcdef01234567";
  table.set(sha, 1);
  assert.equal(table.find(slice(sha)), 1);
  assert.equal(table.find(slice(sha.toUpperCase())), 1);
  assert.equal(table.find(slice(sha.slice(1))), undefined);
  assert.equal(table.find(slice(`x${sha.slice(1)}`)), undefined);
});

Deno.test("scripts whose digits begin alike are told apart, and go one by one", () => {
  const table = new ShaTable<string>();
  const shas = ["1", "2", "3"].map((last) => digits("abcdef0", last));
  for (const sha of shas) table.set(sha, sha);
  for (const sha of shas) assert.equal(table.find(slice(sha)), sha);
  table.delete(shas[1]!);
  assert.deepEqual(shas.map((sha) => table.find(slice(sha))), [shas[0], undefined, shas[2]]);
  assert.deepEqual([...table.values()], [shas[0], shas[2]]);
  table.clear();
  assert.equal(table.find(slice(shas[0]!)), undefined);
  assert.equal(table.size, 0);
});

Deno.test("what is no digit finds nothing, even where its bits are a digit's", () => {
  const table = new ShaTable<number>();
  const sha = digits("1000000", "1");
  table.set(sha, 1);
  // "A" is 0x41, "1" is 0x31, "q" is 0x71.
  assert.equal(table.find(slice(`q${sha.slice(1)}`)), undefined);
  assert.equal(table.find(slice(`A${sha.slice(1)}`)), undefined);
});
