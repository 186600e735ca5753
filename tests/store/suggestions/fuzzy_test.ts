import { strict as assert } from "node:assert";
import { PrefixDistance } from "../../../src/store/suggestions/fuzzy.ts";

function distance(word: string, text: string, most = 1): number {
  const distances = new PrefixDistance([...word], most);
  distances.of(text);
  return distances.best;
}

Deno.test("what continues a word is at distance 0", () => {
  assert.equal(distance("hel", "hello"), 0);
  assert.equal(distance("hel", "hello", 0), 0);
});

Deno.test("one character may be another, be missing or be too many", () => {
  for (const text of ["hallo", "helo", "heello", "xhello"]) {
    assert.equal(distance("hello", text), 1);
  }
});

Deno.test("a text that is farther away does not match, and tells from where on none does", () => {
  const distances = new PrefixDistance([..."hello"], 1);
  assert.equal(distances.of("hxxlo"), "hxx");
  assert.equal(distances.best, Infinity);
});

Deno.test("without a difference a beginning that is another is told at once", () => {
  assert.equal(new PrefixDistance([..."hel"], 0).of("hallo"), "ha");
});
