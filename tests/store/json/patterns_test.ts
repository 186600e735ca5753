import { strict as assert } from "node:assert";
import { matchesPattern } from "../../../src/store/json/path/patterns.ts";

const CASES: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ["b", "abc", true],
  ["^b", "abc", false],
  ["^(?i)ABC$", "abc", true],
  ["a.c", "a\nc", false],
  ["(?s)a.c", "a\nc", true],
  ["(?m)^b$", "a\nb\nc", true],
  ["\\d{3}-\\d{4}", "call 555-1234", true],
  ["\\bfoo\\b", "a foo b", true],
  ["\\bfoo\\b", "afoob", false],
  ["[[:digit:]&&[^5]]", "5", false],
  ["\\p{Greek}", "λ", true],
  ["^.$", "😀", true],
  ["", "", true],
  ["(", "(", false],
  ["(a)\\1", "aa", false],
  ["a(?=b)", "ab", false],
];

for (const [pattern, text, matches] of CASES) {
  Deno.test(`${pattern} ${matches ? "matches" : "does not match"} ${JSON.stringify(text)}`, () => {
    assert.equal(matchesPattern(pattern, text), matches);
  });
}

Deno.test("a pattern that would have others go back and forth goes on", () => {
  // With backtracking these take longer than the universe is old.
  assert.equal(matchesPattern("(a+)+$", `${"a".repeat(5000)}b`), false);
  assert.equal(matchesPattern("(a|a)*b", "a".repeat(5000)), false);
  assert.equal(matchesPattern("(x+x+)+y", "x".repeat(5000)), false);
});

Deno.test("a pattern whose counts come to too much matches nothing", () => {
  assert.equal(matchesPattern("(a{1000}){1000}", "a"), false);
});
