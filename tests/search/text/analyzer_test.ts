import { strict as assert } from "node:assert";
import { Analyzer } from "../../../src/search/text/analyzer.ts";
import { soundOf } from "../../../src/search/text/sounds.ts";
import { type Language, languageOf } from "../../../src/search/text/languages.ts";
import { stemOf } from "../../../src/search/text/stemmer.ts";

const encoder = new TextEncoder();

function terms(text: string, analyzer = new Analyzer("english")): string[] {
  const found: string[] = [];
  const bytes = encoder.encode(text);
  analyzer.analyze(bytes, 0, bytes.length, (word) => void found.push(analyzer.words[word]!.term));
  return found;
}

Deno.test("words end at white space and at every ASCII punctuation but the underscore", () => {
  assert.deepEqual(terms("foo_bar,baz.qux/a-b'c\"d@e"), "foo_bar baz qux b c d e".split(" "));
});

Deno.test("words are in lower case, beyond ASCII too", () => {
  assert.deepEqual(terms("Straße ÜBER Ωμέγα"), ["straße", "über", "ωμέγα"]);
});

Deno.test("a backslash keeps a separator in its word", () => {
  assert.deepEqual(terms("hello\\-world a\\ b c\\\\ d\\e f\\"), [
    "hello-world",
    "a b",
    "c\\",
    "de",
    "f",
  ]);
});

Deno.test("control characters vanish, and a line break joins two words", () => {
  assert.deepEqual(terms("one\r\ntwo \u0001 th\u007free"), ["onetwo", "three"]);
});

Deno.test("text ends at its first byte 0", () => {
  assert.deepEqual(terms("one two\0three four"), ["one", "two"]);
});

Deno.test("a word is cut after 128 bytes, not within a character", () => {
  assert.deepEqual(terms("x".repeat(300)), ["x".repeat(128)]);
  assert.deepEqual(terms("x" + "é".repeat(100)), ["x" + "é".repeat(63)]);
});

Deno.test("stop words take no position, and words tell where they stand", () => {
  const bytes = encoder.encode("..The Quick and the brüne fox");
  const found: unknown[] = [];
  const analyzer = new Analyzer("english");
  const last = analyzer.analyze(
    bytes,
    2,
    bytes.length,
    (word, position, start, end) => found.push([analyzer.words[word]!.term, position, start, end]),
    10,
  );
  assert.deepEqual(found, [["quick", 11, 4, 9], ["brüne", 12, 18, 24], ["fox", 13, 25, 28]]);
  assert.equal(last, 13);
});

Deno.test("an index may have stop words of its own, or none", () => {
  assert.deepEqual(terms("the end", new Analyzer("english", new Set(["end"]))), ["the"]);
  assert.deepEqual(terms("the end", new Analyzer("english", new Set())), ["the", "end"]);
});

Deno.test("equal words have one number, those that differ after what is cut off, too", () => {
  const long = "x".repeat(128);
  const bytes = encoder.encode(`run Run run ${long} ${long}y1 ${long}y2`);
  const analyzer = new Analyzer("english");
  const seen: number[] = [];
  analyzer.analyze(bytes, 0, bytes.length, (word) => seen.push(word));
  assert.deepEqual(seen, [0, 1, 0, 2, 3, 3]);
  assert.equal(analyzer.words[3]!.term, long);
});

Deno.test("a word of a document has a stem from four bytes on, unless it is its own", () => {
  const stems: string[] = [];
  const bytes = encoder.encode("running ads toys run");
  const analyzer = new Analyzer("english");
  analyzer.analyze(bytes, 0, bytes.length, (word) => stems.push(analyzer.words[word]!.stem));
  assert.deepEqual(stems, ["run", "", "toy", ""]);
});

Deno.test("a word of a query has its stem whatever its length", () => {
  assert.deepEqual(new Analyzer("english").queryWord("ADS"), {
    term: "ads",
    stem: "ad",
    parts: [],
  });
});

Deno.test("words sound by their first code of Double Metaphone", () => {
  assert.deepEqual(["smith", "schmidt", "xi", "café"].map(soundOf), ["SM0", "XMT", "S", "KF"]);
});

Deno.test("Chinese is segmented, with words of other scripts in between", () => {
  const analyzer = new Analyzer("chinese");
  assert.deepEqual(terms("我爱北京天安门 Hello", analyzer), [
    "我",
    "爱",
    "北京",
    "天安门",
    "hello",
  ]);
  assert.deepEqual(analyzer.queryWord("我爱北京").parts, ["我", "爱", "北京"]);
});

// What FT.EXPLAIN of RediSearch 2.10 shows as `+stem`.
const STEMS: readonly (readonly [Language, string, string])[] = [
  ["english", "generously", "generous"],
  ["german", "cisseezuer", "cisseezu"],
  ["dutch", "boussováátt", "boussovaatt"],
  ["finnish", "coustahen", "coustahen"],
  ["swedish", "gaulöstern", "gaulöst"],
  ["romanian", "chillidaeaţi", "chillidaeaţ"],
  ["lithuanian", "mausiewoaierys", "mausiewoai"],
  ["russian", "бегущий", "бегущ"],
  ["turkish", "kitaplar", "kitap"],
  ["french", "mangeons", "mangeon"],
];

for (const [language, word, stem] of STEMS) {
  Deno.test(`the stem of ${word} in ${language} is RediSearch's`, () => {
    assert.equal(stemOf(word, language), stem);
  });
}

Deno.test("a word longer than the stemmers have room for has no stem", () => {
  const word = "é".repeat(600) + "ing";
  assert.equal(stemOf(word, "english"), word);
});

Deno.test("a language goes by its name in any case", () => {
  assert.equal(languageOf("English"), "english");
  assert.equal(languageOf("klingon"), undefined);
});
