import { strict as assert } from "node:assert";
import { RegularExpression } from "../../../src/commands/arrays/regular_expression.ts";
import { PatternError } from "../../../src/commands/arrays/regular_expression_syntax.ts";
import { fromLatin1 } from "../../harness/resp_client.ts";

/** Whether any part of a text matches; a character is a byte. */
function matches(pattern: string, text: string, nocase = false): boolean {
  const bytes = fromLatin1(`##${text}##`);
  return new RegularExpression(pattern, nocase).matches(bytes, 2, 2 + text.length);
}

function check(cases: readonly [pattern: string, yes: string[], no: string[]][]): void {
  for (const [pattern, yes, no] of cases) {
    for (const text of yes) assert.ok(matches(pattern, text), `${pattern} on ${text}`);
    for (const text of no) assert.ok(!matches(pattern, text), `${pattern} not on ${text}`);
  }
}

Deno.test("operators, groups and classes match as in POSIX", () => {
  check([
    ["foo|bar", ["foo", "xbar"], ["fo", "ba"]],
    ["^(foo|bar)$", ["foo", "bar"], ["foobar", ""]],
    ["ab*c", ["ac", "abbc"], ["ab"]],
    ["ab+c", ["abc"], ["ac"]],
    ["ab?c$", ["ac", "abc"], ["abbc"]],
    ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
    ["^a{2}$", ["aa"], ["a", "aaa"]],
    ["^a{2,}$", ["aa", "aaaaa"], ["a"]],
    ["^a{,2}$", ["", "a", "aa"], ["aaa"]],
    ["^a{0}b$", ["b"], ["ab"]],
    ["^a{1 }$", ["a"], ["aa"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["^[^]a]$", ["b"], ["]", "a"]],
    ["^[a-c-]+$", ["a-c"], ["d"]],
    ["^[[:alpha:]_]+$", ["ab_C"], ["a1"]],
    ["^[^[:space:]]$", ["x", "\x80"], [" ", "\x0b"]],
    ["^[[:xdigit:]]{4}$", ["09aF"], ["009g"]],
    ["a.c", ["a\nc", "a\0c", "a\xffc"], ["ac"]],
    ["()", [""], []],
    ["^(|a)b$", ["b", "ab"], ["aab"]],
  ]);
});

Deno.test("TRE's additions are understood", () => {
  check([
    ["^\\w+\\s\\d+$", ["ab_1 23"], ["ab 2x"]],
    ["^\\W\\S\\D$", ["-x-"], ["ax-"]],
    ["\\x41\\x{42}\\t", ["AB\t"], ["ab\t"]],
    ["^\\x$", ["\0"], ["x"]],
    ["\\x{100}", [], ["a", "\0"]],
    ["\\Qa.(\\Eb?$", ["a.(", "a.(b"], ["axx"]],
    ["\\Qa|b", ["a|b"], ["a", "b"]],
    ["a*?b", ["b", "aab"], ["a"]],
    ["^(?:ab)+$", ["abab"], ["aba"]],
    ["^(?i)ab$", ["AB", "ab"], ["b"]],
    ["^(?i:a)b$", ["Ab"], ["AB"]],
    ["a(?#remark)b", ["ab"], ["a"]],
    ["(?n)a.c", ["abc"], ["a\nc"]],
    ["\\<cat\\>", ["a cat.", "cat"], ["cats", "bobcat"]],
    ["a\\Bb", ["ab"], []],
    ["\\bcat", ["cat", "a cat"], ["bobcat"]],
    ["\\.", ["."], ["x"]],
  ]);
});

Deno.test("what is odd matches as TRE has it", () => {
  check([
    ["*a", ["a"], ["b"]],
    ["+|b", ["", "x"], []],
    ["a)", ["a)"], ["a"]],
    ["a||b", ["", "a"], []],
    ["a^b", [], ["ab", "a^b"]],
    ["x*^a", ["a"], ["xa"]],
    ["a$b", [], ["ab"]],
    ["(a{2}){2}$", ["aaaa"], ["aaa"]],
    ["a{}".replace("{}", "{,}"), ["", "aa"], []],
    // The end is wherever a NUL is.
    ["^a$", ["a", "a\0b"], ["ab"]],
    // The option ends at the group's parenthesis, and the group goes on.
    ["x((?i)a)b|c", ["xAb", "xc"], ["xAB", "c"]],
    ["\\Qa(\\E+$", ["a("], ["a(("]],
  ]);
});

Deno.test("without regard to case only letters of ASCII match in either case", () => {
  const cases: [pattern: string, text: string, expected: boolean][] = [
    ["abc[d-f]", "ABCE", true],
    ["[[:lower:]]", "A", true],
    ["^[^a]$", "A", false],
    ["\\x41", "a", false],
    ["\xe9", "\xc9", false],
    ["(?-i)a", "A", false],
  ];
  for (const [pattern, text, expected] of cases) {
    assert.equal(matches(pattern, text, true), expected, pattern);
  }
});

Deno.test("what is no regular expression is refused with TRE's message", () => {
  const cases: [pattern: string, message: string][] = [
    ["(", "Missing ')'"],
    ["(?:a", "Missing ')'"],
    ["[a", "Missing ']'"],
    ["[]", "Missing ']'"],
    ["[[:alpha:", "Missing ']'"],
    ["[[:word:]]", "Unknown character class name"],
    ["[[:alpha", "Unknown character class name"],
    ["[[.a.]]", "Unknown collating element"],
    ["[[=a=]]", "Unknown collating element"],
    ["[z-a]", "Invalid character range"],
    ["[a-c-e]", "Invalid character range"],
    ["a{", "Missing '}'"],
    ["a{1", "Missing '}'"],
    ["\\x{41", "Missing '}'"],
    ["\\x{1{", "Missing '}'"],
    ["a{}", "Invalid contents of {}"],
    ["a{2,1}", "Invalid contents of {}"],
    ["a{x}", "Invalid contents of {}"],
    ["a{~1}", "Invalid contents of {}"],
    ["a{256}", "Maximum repetition in {} larger than 255"],
    ["a**", "Invalid use of repetition operators"],
    ["a{2}+", "Invalid use of repetition operators"],
    ["a\\", "Trailing backslash"],
    ["(?x)a", "Invalid regexp"],
    ["(?i", "Invalid regexp"],
    ["(?#a", "Invalid regexp"],
    ["(a)\\2", "Invalid back reference"],
    ["((a{255}){255}){255}", "Out of memory"],
    ["(((|){255}){255}){255}", "Out of memory"],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(() => new RegularExpression(pattern, false), new PatternError(message), pattern);
  }
});

Deno.test("references back to a group are told of", () => {
  assert.ok(new RegularExpression("(a)\\1", false).backReferences);
  assert.ok(new RegularExpression("\\0", false).backReferences);
  assert.ok(!new RegularExpression("(a)\\\\1", false).backReferences);
});

Deno.test("groups may be nested as deep as a pattern is long", () => {
  assert.ok(matches("(".repeat(1024) + ")".repeat(1024), "a"));
  assert.throws(() => matches("(".repeat(2048), "a"), new PatternError("Missing ')'"));
});

/** Pseudo-random numbers. */
function randomNumbers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((seed ^ seed >>> 13) >>> 0) % limit;
  };
}

/** A pattern that means the same to JavaScript. */
function randomPattern(below: (limit: number) => number, depth: number): string {
  switch (below(depth === 0 ? 4 : 9)) {
    case 0:
      return "a";
    case 1:
      return "b";
    case 2:
      return ".";
    case 3:
      return ["[ab]", "[^a]", "[a-c]", "[^bc]"][below(4)]!;
    case 4:
      return `(${randomPattern(below, depth - 1)}|${randomPattern(below, depth - 1)})`;
    case 5:
      return `(${randomPattern(below, depth - 1)})${
        ["*", "+", "?", "{2}", "{1,3}", "{2,}"][below(6)]
      }`;
    case 6:
      return ["(^|b)", "($|a)", "(^a|^b)"][below(3)]!;
    default:
      return randomPattern(below, depth - 1) + randomPattern(below, depth - 1);
  }
}

Deno.test("random patterns match what JavaScript's match", () => {
  const seed = 20261;
  const below = randomNumbers(seed);
  let matched = 0;
  for (let i = 0; i < 3000; i++) {
    const pattern = randomPattern(below, 4);
    const theirs = new RegExp(pattern, "s");
    const ours = new RegularExpression(pattern, false);
    for (let j = 0; j < 12; j++) {
      const text = Array.from({ length: below(9) }, () => "abc"[below(3)]).join("");
      const expected = theirs.test(text);
      if (expected) matched++;
      assert.equal(
        ours.matches(fromLatin1(text), 0, text.length),
        expected,
        `/${pattern}/ on "${text}", seed ${seed}`,
      );
    }
  }
  assert.ok(matched > 5000 && matched < 33_000, `${matched} of 36000 match: nothing is tested`);
});

Deno.test("a pattern whose sets hardly come twice still matches right", () => {
  const below = randomNumbers(7);
  const text = Array.from({ length: 60_000 }, () => "ab"[below(2)]).join("");
  const ours = new RegularExpression("a[ab]{40}c", false);
  const bytes = fromLatin1(text);
  assert.equal(ours.matches(bytes, 0, bytes.length), false);
  // By now no sets are kept any more.
  const found = fromLatin1("bbb" + text + "a" + "ab".repeat(20) + "c");
  assert.equal(ours.matches(found, 0, found.length), true);
  assert.equal(ours.matches(found, 0, found.length - 1), false);
  assert.equal(ours.matches(bytes, 0, bytes.length), false);
});
