import { strict as assert } from "node:assert";
import { Glob } from "../../../src/store/values/glob.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { startRedis } from "../../harness/servers.ts";
import { fromLatin1, latin1, quote } from "../../harness/resp_client.ts";

/** Patterns and strings are written with one character a byte. */
function matches(pattern: string, text: string, nocase = false): boolean {
  const bytes = fromLatin1(text);
  return new Glob(fromLatin1(pattern)).matches(bytes, 0, bytes.length, nocase);
}

const CASES: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
  ["", "", true],
  ["", "a", false],
  ["a", "", false],
  ["abc", "abc", true],
  ["abc", "ab", false],
  ["ab", "abc", false],
  ["*", "abc", true],
  ["*", "", false],
  ["**", "a", true],
  ["a*", "a", true],
  ["a**", "a", true],
  ["*c", "abc", true],
  ["a*c", "abcbc", true],
  ["a*b*c", "axxbyyc", true],
  ["a*b*c", "axxyyc", false],
  ["h?llo", "hello", true],
  ["h?llo", "hllo", false],
  ["?", "\xff", true],
  ["h[ae]llo", "hallo", true],
  ["h[ae]llo", "hillo", false],
  ["h[^e]llo", "hallo", true],
  ["h[^e]llo", "hello", false],
  ["h[a-b]llo", "hbllo", true],
  ["h[b-a]llo", "hallo", true],
  ["h[a-b]llo", "hcllo", false],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["a\\", "a\\", true],
  ["\\\\", "\\", true],
  ["[\\]]", "]", true],
  ["[\\^a]", "^", true],
  ["[]a]", "a", false],
  ["[]", "a", false],
  ["[^]", "a", true],
  ["[", "[", false],
  ["[^", "x", true],
  ["[a", "a", true],
  ["[^a", "b", true],
  ["[a-", "-", true],
  ["[a-]", "b", false],
  ["[a-]", "^", true],
  ["[a\\", "\\", true],
  ["[a-\xff]", "5", true],
  ["[a-\xff]", "b", false],
  ["[\xe0-\xff]", "\xe9", true],
];

for (const [pattern, text, expected] of CASES) {
  const verb = expected ? "matches" : "does not match";
  Deno.test(`the pattern ${quote(fromLatin1(pattern))} ${verb} ${quote(fromLatin1(text))}`, () => {
    assert.equal(matches(pattern, text), expected);
  });
}

Deno.test("letters match in either case when asked to", () => {
  assert.equal(matches("HeLLo*", "hEllO w", true), true);
  assert.equal(matches("HeLLo*", "hEllO w"), false);
  assert.equal(matches("[A-C]x", "bX", true), true);
  assert.equal(matches("[abc]", "B", true), true);
  assert.equal(matches("[\\A]", "a", true), false);
});

Deno.test("only the bytes between start and end are matched", () => {
  const bytes = fromLatin1("xxabcxx");
  assert.equal(new Glob(fromLatin1("a?c")).matches(bytes, 2, 5), true);
  assert.equal(new Glob(fromLatin1("a?c")).matches(bytes, 2, 6), false);
});

Deno.test("the prefix is what stands before the first special byte, unescaped", () => {
  const prefix = (pattern: string) => latin1(new Glob(fromLatin1(pattern)).prefix);
  assert.equal(prefix("user:*"), "user:");
  assert.equal(prefix("user:[ab]"), "user:");
  assert.equal(prefix("a\\*b?c"), "a*b");
  assert.equal(prefix("a\\"), "a\\");
  assert.equal(prefix("*"), "");
});

Deno.test("a pattern without special bytes is literal", () => {
  assert.equal(new Glob(fromLatin1("a\\[b")).literal, true);
  assert.equal(new Glob(fromLatin1("")).literal, true);
  assert.equal(new Glob(fromLatin1("a*")).literal, false);
});

Deno.test("only a single star stands for all", () => {
  assert.equal(new Glob(fromLatin1("*")).all, true);
  assert.equal(new Glob(fromLatin1("**")).all, false);
  assert.equal(new Glob(fromLatin1("\\*")).all, false);
});

Deno.test("many stars do not take exponential time", () => {
  // It would never end.
  assert.equal(matches("a*".repeat(500) + "b", "a".repeat(20_000)), false);
});

Deno.test({
  ...named("random patterns match the strings they match in Redis", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect();
    const random = generator(20);
    const keys = new Set([""]);
    for (let i = 0; i < 400; i++) keys.add(text(random, "abAB[]^-\\*?\xe9\xff\0", 4));
    await client.pipeline([...keys].map((key) => ["SET", fromLatin1(key), "1"]));
    const patterns = Array.from(
      { length: 3000 },
      () => text(random, "aabbAB[[]]^--\\**?\xe9\xff", 8),
    );
    const replies = await client.pipeline(patterns.map((pattern) => ["KEYS", fromLatin1(pattern)]));
    for (const [i, reply] of replies.entries()) {
      assert.ok(reply.type === "array");
      const theirs = reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : "?");
      const glob = new Glob(fromLatin1(patterns[i]!));
      const ours = [...keys].filter((key) =>
        glob.all || glob.matches(fromLatin1(key), 0, key.length)
      );
      assert.deepEqual(ours.sort(), theirs.sort(), quote(fromLatin1(patterns[i]!)));
      assert.ok(theirs.every((key) => key.startsWith(latin1(glob.prefix))));
    }
  },
});

Deno.test({
  ...named("random patterns match in either case what they match in Redis", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect();
    const names = await client.send("COMMAND", "LIST");
    assert.ok(names.type === "array");
    const all = names.items.map((item) => item.type === "bulk" ? latin1(item.value) : "?");
    const random = generator(7);
    const patterns = Array.from({ length: 600 }, () => text(random, "aegsETGS[[]]^--\\***?", 8));
    const replies = await client.pipeline(
      patterns.map((pattern) => ["COMMAND", "LIST", "FILTERBY", "PATTERN", fromLatin1(pattern)]),
    );
    for (const [i, reply] of replies.entries()) {
      assert.ok(reply.type === "array");
      const theirs = reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : "?");
      const ours = all.filter((name) => matches(patterns[i]!, name, true));
      assert.deepEqual(ours.sort(), theirs.sort(), quote(fromLatin1(patterns[i]!)));
    }
  },
});

/** A small generator of numbers below a bound, the same for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function text(random: (below: number) => number, alphabet: string, longest: number): string {
  return Array.from({ length: random(longest + 1) }, () => alphabet[random(alphabet.length)]).join(
    "",
  );
}
