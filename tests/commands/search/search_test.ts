/** FT.SEARCH beside Redis Stack: which documents, in which order, with which scores. */

import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";
import { format, type Reply } from "../../harness/resp_client.ts";

const VOCABULARY = [
  ..."alpha beta gamma delta epsilon running runs ran house houses the of 42".split(" "),
];

const CREATE: Words = [
  ...["FT.CREATE", "i", "ON", "HASH", "PREFIX", "1", "d:", "SCORE_FIELD", "own", "SCHEMA"],
  ...["t", "TEXT", "SORTABLE", "u", "TEXT", "WEIGHT", "3", "NOSTEM", "g", "TAG", "SORTABLE"],
  ...["n", "NUMERIC", "SORTABLE", "m", "NUMERIC", "loc", "GEO", "x", "TEXT", "INDEXMISSING"],
];

const text = (choice: Choice) =>
  Array.from({ length: 1 + choice.below(9) }, () => choice.of(VOCABULARY)).join(" ");

/** Documents of which none has all fields. */
function documents(choice: Choice): Words[] {
  const made: Words[] = [];
  for (let i = 0; i < 50; i++) {
    const words = ["HSET", `d:${i}`, "all", "1"];
    const put = (name: string, probability: number, value: () => string) => {
      if (choice.chance(probability)) words.push(name, value());
    };
    put("t", 0.9, () => text(choice));
    put("u", 0.6, () => text(choice));
    put("g", 0.7, () => choice.of(["red", "Red, blue", "green,blue", "light blue"]));
    put("n", 0.8, () => String(choice.below(20) - 5));
    put("m", 0.8, () => (choice.below(2000) / 100).toString());
    put("loc", 0.6, () => `${choice.below(20)}.25,${choice.below(20)}.5`);
    put("x", 0.5, () => text(choice));
    put("own", 0.3, () => choice.of(["0.5", "1", "0.25"]));
    made.push(words);
  }
  return made;
}

/** A part of a query. Words that are in no document are left out: the order of ties would be by chance. */
function part(choice: Choice): string {
  const word = () => choice.of(VOCABULARY.slice(0, 10));
  return choice.of([
    word,
    word,
    () => `${word()}|${word()}`,
    () => `"${word()} ${word()}"`,
    () => `-${word()}`,
    () => `~${word()}`,
    () => `@t:${word()}`,
    () => `@u:(${word()}|${word()})`,
    () => `@t|x:${word()}`,
    () => `${word().slice(0, 2)}*`,
    () => `%${word()}%`,
    () => `*${word().slice(1, 3)}*`,
    () => `@n:[${choice.below(10) - 5} ${choice.below(15)}]`,
    () => `@m:[(${choice.below(10)} +inf]`,
    () => `@g:{${choice.of(["red", "blue", "red|green", "light blue", "b*"])}}`,
    () => `@loc:[${choice.below(20)} ${choice.below(20)} ${100 + choice.below(1500)} km]`,
    () => `w'${word().slice(0, 2)}*'`,
    () => "ismissing(@x)",
  ])();
}

function query(choice: Choice): string {
  const parts = Array.from({ length: 1 + choice.below(3) }, () => part(choice));
  return parts.join(" ");
}

function commands(choice: Choice, options: (choice: Choice) => readonly string[]): Words[] {
  const made = [CREATE, ...documents(choice)];
  for (let i = 0; i < 300; i++) {
    made.push(["FT.SEARCH", "i", query(choice), ...options(choice), "DIALECT", "2"]);
  }
  return made;
}

testSameAsStack(
  "random queries find the same documents, sorted by a number",
  (choice) =>
    commands(choice, () => [
      ...choice.of([[], ["VERBATIM"]]),
      ...["SORTBY", "n", choice.of(["ASC", "DESC"]), "LIMIT", String(choice.below(3)), "60"],
      ...choice.of([["NOCONTENT"], ["RETURN", "2", "n", "t"], ["WITHSORTKEYS", "NOCONTENT"], []]),
    ]),
);

testSameAsStack(
  "random queries find the same documents in other orders",
  (choice) =>
    commands(choice, () => [
      ...["SORTBY", choice.of(["t", "g"]), "NOCONTENT", "WITHSORTKEYS", "LIMIT", "0", "60"],
    ]),
);

/** Words that are expanded from one and found together: what comes of them in scores depends on memory. */
const SCORED = VOCABULARY.slice(0, 5);

testSameAsStack("scores are the same to the last digit", (choice) => {
  const made = [CREATE, ...documents(choice)];
  const word = () => choice.of(SCORED);
  for (let i = 0; i < 300; i++) {
    const written = choice.of([
      () => word(),
      () => `${word()} ${word()}`,
      () => `"${word()} ${word()}"`,
      () => `${word()} -${word()}`,
      () => `${word()}=>{$weight: 2.5}`,
      () => `@g:{red} ${word()}`,
      () => `@t:${word()} @u:${word()}`,
    ])();
    const scorer = choice.of(["TFIDF", "TFIDF.DOCNORM", "BM25", "BM25STD", "DISMAX", "DOCSCORE"]);
    made.push([
      ...["FT.SEARCH", "i", written, "SCORER", scorer, "WITHSCORES", "NOCONTENT"],
      ...["LIMIT", "0", "60", "DIALECT", "2"],
      ...choice.of([[], ["EXPLAINSCORE"]]),
    ]);
  }
  return made;
});

testSameAsStack("what limits a query beside its words", (choice) => {
  const made = [CREATE, ...documents(choice)];
  for (let i = 0; i < 150; i++) {
    const words = choice.of([`${choice.of(SCORED)} ${choice.of(SCORED)}`, choice.of(SCORED), "*"]);
    const limits = choice.of([
      ["INKEYS", "4", "d:1", "d:2", "d:40", "d:nope"],
      ["FILTER", "m", "3", "(9"],
      ["FILTER", "m", "(3", "+inf", "FILTER", "n", "-inf", "5"],
      ["GEOFILTER", "loc", "10", "10", "1000", "km"],
      ["INFIELDS", "2", "t", "x"],
      ["INFIELDS", "1", "u"],
    ]);
    made.push(["FT.SEARCH", "i", words, ...limits, "NOCONTENT", "SORTBY", "n", "LIMIT", "0", "60"]);
  }
  return made;
});

testSameAsStack("words stand as near and in the order that is asked", (choice) => {
  const made = [CREATE, ...documents(choice)];
  // Of words that one is expanded to, Redis Stack looks at the places of some only.
  const words = () =>
    Array.from({ length: 2 + choice.below(2) }, () => choice.of(SCORED)).join(" ");
  for (let i = 0; i < 200; i++) {
    const written = choice.of([
      () => `(${words()})=>{$slop: ${choice.below(4)}}`,
      () => `(${words()})=>{$slop: ${choice.below(4)}; $inorder: true}`,
      () => `(${words()})=>{$inorder: true}`,
      () => `"${words()}"`,
    ])();
    made.push(["FT.SEARCH", "i", written, "VERBATIM", "NOCONTENT", "SORTBY", "n"]);
    const options = choice.of([["SLOP", "1"], ["INORDER"], ["SLOP", "2", "INORDER"]]);
    made.push(["FT.SEARCH", "i", words(), ...options, "VERBATIM", "NOCONTENT", "SORTBY", "n"]);
  }
  return made;
});

const OPTIONS = `
|BOGUS|NOCONTENT BOGUS|LIMIT|LIMIT 0|LIMIT a b|LIMIT -1 10|LIMIT 0 10000001|LIMIT 5 0|LIMIT 0 0
SORTBY|SORTBY nope|SORTBY n FOO|SORTBY n SORTBY t|RETURN|RETURN 0|RETURN 1|RETURN 1 nope
RETURN 3 n AS x|RETURN 2 n AS|INKEYS|INKEYS 0|INKEYS 5 d:1|INFIELDS 1 nope|INFIELDS 0
FILTER n 1|FILTER n a b|FILTER nope 1 2|FILTER t 1 2|GEOFILTER loc 1 2 3 xx|GEOFILTER loc 1 2
GEOFILTER loc a 2 3 km|LANGUAGE foo|LANGUAGE french|SCORER nope|SCORER|TIMEOUT -1|TIMEOUT abc
TIMEOUT 0|SLOP abc|SLOP -1|DIALECT 0|DIALECT 5|DIALECT abc|PARAMS 1 x|PARAMS 2 x|PARAMS 0
PARAMS 4 x y x z|PARAMS 2 x y PARAMS 2 z w|PAYLOAD|EXPANDER nope|WITHSORTKEYS|EXPLAINSCORE
SORTBY n MAX 3
`.trim().split(/[|\n]/);

testSameAsStack("options are taken and refused as in Redis Stack", (choice) => [
  CREATE,
  ...documents(choice),
  ["FT.SEARCH"],
  ["FT.SEARCH", "i"],
  ["FT.SEARCH", "nope", "alpha"],
  ...OPTIONS.map((options): Words => [
    ...["FT.SEARCH", "i", "alpha"],
    ...options === "" ? [] : options.split(" "),
    ...options.includes("LIMIT") || options.includes("RETURN") ? [] : ["NOCONTENT"],
  ]),
]);

const SCHEMAS = `
|SCHEMA|SCHEMA t|SCHEMA t FOO|SCHEMA t TEXT BAR|SCHEMA t TEXT WEIGHT|SCHEMA t TEXT WEIGHT abc
SCHEMA t TEXT PHONETIC|SCHEMA t TEXT PHONETIC foo|SCHEMA t TEXT t TEXT|SCHEMA t AS|SCHEMA t AS u
SCHEMA t TAG SEPARATOR|SCHEMA t TAG SEPARATOR ab|SCHEMA t TAG WEIGHT 3|SCHEMA t NUMERIC NOSTEM
SCHEMA t GEO INDEXEMPTY|ON FOO SCHEMA t TEXT|ON SCHEMA t TEXT|PREFIX SCHEMA t TEXT
PREFIX 2 a SCHEMA t TEXT|PREFIX -1 SCHEMA t TEXT|PREFIX abc a SCHEMA t TEXT|LANGUAGE foo SCHEMA t TEXT
SCORE 2 SCHEMA t TEXT|SCORE abc SCHEMA t TEXT|STOPWORDS SCHEMA t TEXT|STOPWORDS 2 a SCHEMA t TEXT
TEMPORARY abc SCHEMA t TEXT|BOGUS SCHEMA t TEXT|FILTER foo SCHEMA t TEXT|FILTER @t> SCHEMA t TEXT
ON JSON SCHEMA $..[ AS t TEXT|SCHEMA t TEXT UNF|SCHEMA t TEXT SORTABLE NOSTEM
`.trim().split(/[|\n]/);

testSameAsStack(
  "malformed definitions are refused in Redis Stack's words",
  () => SCHEMAS.map((options) => ["FT.CREATE", "i", ...options === "" ? [] : options.split(" ")]),
);

/** All names that FT.INFO tells, and what of the values is neither memory nor time. */
function definition(reply: Reply, [name]: Words): string {
  // Ids of cursors are by chance.
  if (name !== "FT.INFO") return format(reply).replace(/:\d{3,}/, "");
  const items = reply.type === "map"
    ? reply.entries.flat()
    : reply.type === "array"
    ? reply.items
    : [reply];
  const told = new Set([
    ...["+index_name", "+index_options", "+index_definition", "+attributes", "+num_docs"],
    ...["+num_terms", "+indexing", "+percent_indexed", "+stopwords_list", "+Index Errors"],
    ...["+field statistics", "+hash_indexing_failures", "+cursor_stats", "+dialect_stats"],
    ...["+number_of_uses", "+cleaning"],
  ]);
  return items.flatMap((item, i) => {
    if (i % 2 === 1) return [];
    const name = format(item);
    return [told.has(name) ? `${name}: ${format(items[i + 1] ?? item)}` : name];
  }).join("\n");
}

testSameAsStack("FT.INFO tells what an index is made of", () => [
  [
    ...["FT.CREATE", "i", "ON", "HASH", "PREFIX", "2", "a:", "b:", "LANGUAGE", "french", "SCORE"],
    ...["0.5", "SCORE_FIELD", "s", "LANGUAGE_FIELD", "l", "PAYLOAD_FIELD", "p", "FILTER", "@n>0"],
    ...["STOPWORDS", "2", "foo", "bar", "NOOFFSETS", "NOFREQS", "NOFIELDS", "MAXTEXTFIELDS"],
    ...["SCHEMA", "t", "TEXT", "WEIGHT", "2", "NOSTEM", "PHONETIC", "dm:en", "WITHSUFFIXTRIE"],
    ...["SORTABLE", "UNF", "g", "AS", "gg", "TAG", "SEPARATOR", ";", "CASESENSITIVE", "SORTABLE"],
    ...["n", "NUMERIC", "SORTABLE", "NOINDEX", "loc", "GEO", "m", "TEXT", "INDEXMISSING"],
  ],
  ["FT.INFO", "i"],
  ["FT.CREATE", "j", "ON", "JSON", "NOHL", "SCHEMA", "$.t", "AS", "t", "TEXT", "$.g", "TAG"],
  ["FT.INFO", "j"],
  ["FT.INFO", "nope"],
  ["FT.CREATE", "k", "PREFIX", "1", "k:", "SCHEMA", "n", "NUMERIC", "loc", "GEO"],
  ["HSET", "k:1", "n", "abc"],
  ["HSET", "k:2", "n", "1", "loc", "1,200"],
  ["HSET", "k:3", "n", "2", "loc", "3,4"],
  ["FT.INFO", "k"],
  ["FT.AGGREGATE", "k", "*", "WITHCURSOR", "COUNT", "1"],
  ["FT.SEARCH", "k", "*", "DIALECT", "3"],
  ["FT.INFO", "k"],
], definition);

testSameAsStack("aliases, synonyms and changes of an index", () => [
  ["FT.CREATE", "i", "PREFIX", "1", "d:", "SCHEMA", "t", "TEXT"],
  ["FT.CREATE", "i", "SCHEMA", "t", "TEXT"],
  ["FT.ALIASADD", "a", "i"],
  ["FT.ALIASADD", "a", "i"],
  ["FT.ALIASADD", "b", "nope"],
  ["FT.ALIASUPDATE", "b", "i"],
  ["FT.SYNUPDATE", "i", "g1", "hello", "hi"],
  ["FT.SYNUPDATE", "i", "g2", "hello"],
  ["FT.EXPLAIN", "i", "hello hi"],
  ["HSET", "d:1", "t", "hello there"],
  ["HSET", "d:2", "t", "hi there"],
  ["FT.SEARCH", "a", "hi", "NOCONTENT"],
  ["FT.SEARCH", "b", "hello", "NOCONTENT"],
  ["FT.ALTER", "i", "SCHEMA", "ADD", "t", "TEXT"],
  ["FT.ALTER", "i", "SKIPINITIALSCAN", "SCHEMA", "ADD", "w", "TAG"],
  ["HSET", "d:3", "w", "x, Y"],
  ["FT.SEARCH", "i", "@w:{y}", "NOCONTENT"],
  ["FT.TAGVALS", "i", "w"],
  ["FT.TAGVALS", "i", "t"],
  ["FT.TAGVALS", "i", "nope"],
  ["FT.ALIASDEL", "a"],
  ["FT.ALIASDEL", "a"],
  ["FT.DROPINDEX", "nope"],
  ["FT.DROPINDEX", "i", "DD"],
  ["EXISTS", "d:1", "d:2", "d:3"],
  ["FT._LIST"],
]);

testSameAsStack("shapes relate to others as in Redis Stack", (choice) => {
  const square = () => {
    const x = choice.below(100), y = choice.below(100), size = 1 + choice.below(60);
    return `POLYGON((${x} ${y}, ${x} ${y + size}, ${x + size} ${y + size}, ${
      x + size
    } ${y}, ${x} ${y}))`;
  };
  const shape = () =>
    choice.chance(0.7) ? square() : `POINT(${choice.below(150)} ${choice.below(150)})`;
  const made: Words[] = [
    ["FT.CREATE", "i", "PREFIX", "1", "d:", "SCHEMA", "f", "GEOSHAPE", "FLAT", "t", "TEXT"],
    ["HSET", "d:none", "f", "garbage", "t", "alpha"],
  ];
  for (let i = 0; i < 40; i++) made.push(["HSET", `d:${i}`, "f", shape(), "t", "alpha"]);
  for (let i = 0; i < 100; i++) {
    const predicate = choice.of(["WITHIN", "CONTAINS", "INTERSECTS", "DISJOINT"]);
    const query = `@f:[${predicate} $shape]${choice.of(["", " alpha"])}`;
    const options = [
      "PARAMS",
      "2",
      "shape",
      shape(),
      "DIALECT",
      "3",
      "NOCONTENT",
      "LIMIT",
      "0",
      "60",
    ];
    made.push(["FT.SEARCH", "i", query, ...options]);
  }
  made.push(["FT.SEARCH", "i", "@f:[WITHIN $s]", "PARAMS", "2", "s", "garbage", "DIALECT", "3"]);
  return made;
});
