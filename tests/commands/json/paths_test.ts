/** Random texts as paths and as patterns in them are read, or refused, as by RedisJSON. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { Dice } from "./generated.ts";
import { SEED } from "../../harness/seed.ts";

const PATHS = 2000;
const PATTERNS = 250;

const DOCUMENT = JSON.stringify({
  a: [{ b: 1, c: "x" }, { b: 2.5, c: "yy" }, { b: null, c: ["p", "q"] }],
  o: { "b": 3, "k v": 4, "a.b": 5, 'q"q': 6, "s's": 7, "b\\s": 8 },
  n: [5, 3, 1, 8],
  t: true,
});

const CHARACTERS = [
  ...[
    "a",
    "b",
    "$",
    "[",
    "]",
    "?",
    "(",
    ")",
    "@",
    ".",
    "..",
    "*",
    "'",
    '"',
    "0",
    "1",
    "-",
    "12",
    ":",
  ],
  ...[",", "==", ">", "<=", "&&", "||", "=~", "!", "null", "true", "x", "n", "o", " ", "\\"],
];
const PIECES = [
  ...["$.a", "$.n", "$..b", "$.a[*]", "$.a[?(@.b", "==1", "$.o", "['b']", "[0]", "[-1]", "[1:2]"],
  ...["[?(@>3)]", "..", ".*", ".b", ".c", "[?(@.c=='x'", "&&@.b>=1)]", "||@.b==null)]", "[0,1]"],
  ...[
    "['a','b']",
    "[::2]",
    "[:2]",
    "[1:]",
    "[?(@.b)]",
    ")]",
    "['s\\'s']",
    '["q\\"q"]',
    '["b\\\\s"]',
  ],
];

function randomText(dice: Dice): string {
  let path = "$";
  for (let left = 1 + dice.below(6), first = true; left > 0; left--, first = false) {
    const isPiece = dice.below(2) === 0;
    const piece = dice.pick(isPiece ? PIECES : CHARACTERS);
    path += isPiece && !first ? piece.replace(/^\$/, "") : piece;
  }
  return path;
}

Deno.test({
  ...named("paths are followed or refused as by RedisJSON", noOracle("redis-stack")),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    await using ours = await redlite.connect();
    await using theirs = await stack.connect();
    for (const client of [ours, theirs]) await client.send("JSON.SET", "d", "$", DOCUMENT);
    const dice = new Dice(SEED);
    const commands = Array.from({ length: PATHS }, () => ["JSON.GET", "d", randomText(dice)]);
    const answers = await ours.pipeline(commands);
    const wanted = await theirs.pipeline(commands);
    let newer = 0;
    for (const [i, command] of commands.entries()) {
      const answer = format(answers[i]!), theirs = format(wanted[i]!);
      // What 2.8 refuses may be a path of Redis 8.10.
      if (theirs.startsWith("-Error occurred") && !answer.startsWith("-")) newer++;
      else assert.equal(answer, theirs, `seed ${SEED}: ${command.join(" ")}`);
    }
    assert.ok(newer < PATHS / 50, `${newer}`);
  },
});

const TEXTS = [
  ...[
    "",
    "a",
    "b",
    "ab",
    "abc",
    "aab",
    "A",
    "AB",
    "foo bar",
    "foo\nbar",
    "123",
    "a1",
    "ü",
    "Ü",
    "ß",
  ],
  ...[
    "😀",
    "x-y",
    "a.b",
    "[",
    "]",
    "{",
    "a{2}",
    "tab\t",
    " ",
    "_",
    "Ünï",
    "aaa",
    "abab",
    "a b c",
    "K",
  ],
  ...["k", "\u212a", "é", "\\", "^", "$", "\n"],
];
const ATOMS = [
  ...[
    "a",
    "b",
    ".",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "[ab]",
    "[^a]",
    "[a-c]",
    "[[:alpha:]]",
    "^",
    "$",
  ],
  ...[
    "\\b",
    "\\B",
    "(a|b)",
    "(?i)a",
    "(?i:AB)",
    "(?s).",
    "(?m)^b",
    "\\p{L}",
    "\\pL",
    "\\P{L}",
    "\\x61",
  ],
  ...["\\x{61}", "\\u0061", "[\\d_]", "[^\\w]", "(?P<n>a)", "(?<n>a)", "\\A", "\\z", "ü", "[à-ü]"],
  ...[
    "(?x) a b",
    "\\.",
    "\\[",
    "[]a]",
    "[a&&b]",
    "[a-c--b]",
    "(?-i)a",
    "{",
    "}",
    "]",
    ")",
    "(",
    "[",
  ],
  ...[
    "\\q",
    "\\1",
    "(?=a)",
    "\\n",
    "\\t",
    "\\p{Greek}",
    "\\p{Lu}",
    "(?i)k",
    "(?i)ß",
    "(?i)ü",
    "\\Z",
    "\\<",
  ],
];
const COUNTS = [
  "",
  "",
  "",
  "*",
  "+",
  "?",
  "{2}",
  "{1,}",
  "{0,2}",
  "*?",
  "+?",
  "??",
  "{2}{2}",
  "**",
  "{,2}",
];

function randomPattern(dice: Dice): string {
  let pattern = "";
  for (let left = 1 + dice.below(4); left > 0; left--) {
    pattern += dice.pick(ATOMS) + dice.pick(COUNTS) + (dice.below(8) === 0 ? "|" : "");
  }
  return pattern;
}

Deno.test({
  ...named("patterns match what they match in RedisJSON", noOracle("redis-stack")),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    await using ours = await redlite.connect();
    await using theirs = await stack.connect();
    const dice = new Dice(SEED);
    for (let i = 0; i < PATTERNS; i++) {
      const pattern = randomPattern(dice);
      const document = JSON.stringify(TEXTS.map((text) => ({ text, pattern })));
      const found: string[] = [];
      for (const client of [ours, theirs]) {
        await client.send("JSON.SET", "d", "$", document);
        found.push(format(await client.send("JSON.GET", "d", "$[?(@.text=~@.pattern)].text")));
      }
      assert.equal(found[0], found[1], `seed ${SEED}: ${pattern}`);
    }
  },
});
