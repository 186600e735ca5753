import { STEMMED_LANGUAGES } from "../../../src/search/text/languages.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

/** Endings that stemmers take away, of several languages, and letters that words are made of. */
const ENDINGS = [
  ..."s es ed ing ation ational ization fulness ously ies ness ment able".split(" "),
  ..."en er heit keit lich isch chen ung erna aste ligt eren ende".split(" "),
  ..."ement ation euse issait eraient amente aciones ándose ibles mente".split(" "),
  ..."lar ler ların mak ıyor ssa stä lle kaan ään ami ach iu ów".split(" "),
  ..."ами ого ешь ость ние ими ение ιας ους ήσει".split(" "),
  "",
];
const LATIN = "b c d f g h k l m n p r s t v br st tr ch".split(" ");
const VOWELS = "a e i o u y ou ie ä ö ü é å á õ ı".split(" ");
const CYRILLIC = "б в г д ж к л м н п р с т".split(" ");
const CYRILLIC_VOWELS = "а е и о у ы я".split(" ");

function word(choice: Choice): string {
  const cyrillic = choice.chance(0.2);
  const consonants = cyrillic ? CYRILLIC : LATIN, vowels = cyrillic ? CYRILLIC_VOWELS : VOWELS;
  let made = "";
  for (let i = choice.below(3); i >= 0; i--) made += choice.of(consonants) + choice.of(vowels);
  return made + choice.of(ENDINGS) + (choice.chance(0.3) ? choice.of(ENDINGS) : "");
}

testSameAsStack("random words have the stems of Redis Stack in all languages", (choice) => {
  const made: Words[] = [["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT"]];
  for (const language of STEMMED_LANGUAGES) {
    for (let i = 0; i < 30; i++) {
      made.push(["FT.EXPLAIN", "i", word(choice), "LANGUAGE", language]);
    }
  }
  return made;
});

testSameAsStack("random words sound as in Redis Stack", (choice) => {
  const made: Words[] = [
    ["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT", "PHONETIC", "dm:en"],
  ];
  const letters = "a b c d e f g h i j k l m n o p q r s t u v w x y z ch sh ph th wr kn gh sch"
    .split(" ");
  for (let i = 0; i < 200; i++) {
    let text = "";
    for (let j = 1 + choice.below(6); j >= 0; j--) text += choice.of(letters);
    if (choice.chance(0.3)) made.push(["HSET", `d${i}`, "t", text]);
    else made.push([choice.chance(0.5) ? "FT.EXPLAIN" : "FT.SEARCH", "i", text, "DIALECT", "2"]);
  }
  return made;
});

/** Pieces of texts in which words end, go on and vanish in odd ways. */
const PIECES = [
  ..."foo Bar baz_qux x1 it's a-b the 3.14 Straße naïve e\u0301".split(" "),
  ...[
    " ",
    " ",
    "\t",
    "\n",
    ",",
    ".",
    "\\-",
    "\\ ",
    "\\\\",
    "\\",
    "\u0001",
    "\u00a0",
    "\u2013",
    "!",
  ],
];

testSameAsStack("random texts have the words of Redis Stack", (choice) => {
  const made: Words[] = [["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT"]];
  for (let i = 0; i < 200; i++) {
    let text = "";
    for (let j = choice.below(8); j >= 0; j--) text += choice.of(PIECES) + choice.of(["", " "]);
    made.push(["HSET", "d", "t", text]);
    const asked = [
      "foo",
      "bar",
      "baz_qux",
      "x1",
      "it",
      "s",
      "a",
      "b",
      "3",
      "14",
      "straße",
      "naïve",
    ];
    for (
      const query of [...asked.filter(() => choice.chance(0.4)), "foobar", '"foo bar"', "foo\\-bar"]
    ) {
      made.push(["FT.SEARCH", "i", query, "NOCONTENT", "DIALECT", "2"]);
    }
  }
  return made;
});
