import { format, type Reply } from "../../harness/resp_client.ts";
import { testSameAsStack, type Words } from "./same_as_stack.ts";

const DOCUMENTS: Words[] = [
  ["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT", "g", "TAG", "n", "NUMERIC", "SORTABLE"],
  ...[0, 1, 2, 3, 4].map((i) => {
    const text = `hello world runs${i % 2 ? " foo" : ""}`;
    return ["HSET", `d${i}`, "t", text, "g", `x${i % 2}`, "n", String(i)];
  }),
];

/** A reply without times, and without the ranges that the real one keeps numbers in. */
function shown(reply: Reply): string {
  return format(reply)
    .replace(
      /(\+Parsing time|\+Total profile time|\+Pipeline creation time|\+Time)(,|:) [",\d.e-]+?(?=[,\]}] ?|$)/g,
      "$1",
    )
    .replace(/(\+Type(?:,|:) \+NUMERIC.*?)\+?Term(?:,|:) "[^"]*"/g, "$1")
    .replace(/(\+NUMERIC.*?), \+Size(?:,|:) :\d+/g, "$1");
}

const QUERIES = [
  "hello world",
  "running",
  "(hello|world) runs",
  "-foo",
  "@g:{x1|x0}",
  '"hello world"',
  "@t:hello",
  "*",
  "nothing",
  "hel*",
  "%hell%",
];

testSameAsStack("searches are profiled as by Redis Stack", () => [
  ...DOCUMENTS,
  ...QUERIES.map((query) => ["FT.PROFILE", "i", "SEARCH", "QUERY", query]),
  ["FT.PROFILE", "i", "SEARCH", "LIMITED", "QUERY", "hel*"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY", "hello", "NOCONTENT"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY", "hello", "SORTBY", "n", "LIMIT", "0", "2"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY", "hello", "LIMIT", "0", "0"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY", "*", "LIMIT", "0", "2"],
], shown);

testSameAsStack("aggregations are profiled as by Redis Stack", () => [
  ...DOCUMENTS,
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "LOAD", "1", "@t"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "*", "APPLY", "@n", "AS", "x"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "*", "APPLY", "upper('a')", "AS", "x"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "*", "FILTER", "@n > 1 && @n < 9"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "*", "FILTER", "!(@n > 1)"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "SORTBY", "1", "@n"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "LOAD", "*"],
  ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "*", "ADDSCORES"],
], shown);

const PARTS: readonly (readonly [query: string, ...options: string[]])[] = [
  ...["@g:{x1}", "@g:{xx*}", "@g:{x1|zz}", "@g:{yy|zz}", "@g:{*x1|x0}", "@g:{w'x?'}", "@g:{x*}"]
    .map(
      (query) => [query] as const,
    ),
  ...["w'hel*'", "*ell*", "*llo", "zzz yyy", "zzz hello", "hello -foo", "~foo hello", "@n:[50 60]"]
    .map(
      (query) => [query] as const,
    ),
  ...["hello=>{$weight:2}", "(hello world)=>{$slop:1;$inorder:true}", "%zzz%"]
    .map(
      (query) => [query] as const,
    ),
  ["hello", "SORTBY", "t"],
  ["hello", "LIMIT", "2", "3"],
  ["hello", "INKEYS", "2", "d1", "d2"],
  ["hello", "HIGHLIGHT"],
  ["hello", "RETURN", "0"],
];

testSameAsStack(
  "parts and steps of a profile have Redis Stack's names, with and without times",
  () => [
    ...DOCUMENTS,
    ...["true", "false"].flatMap((timed) => [
      ["FT.CONFIG", "SET", "_PRINT_PROFILE_CLOCK", timed],
      ...PARTS.flatMap(([query, ...options]) => [
        ["FT.PROFILE", "i", "SEARCH", "QUERY", query, ...options, "DIALECT", "2"],
        ["FT.PROFILE", "i", "SEARCH", "LIMITED", "QUERY", query, ...options, "DIALECT", "2"],
      ]),
      ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "SORTBY", "1", "@n", "LIMIT", "0", "2"],
      ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "LIMIT", "0", "2"],
      ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "LIMIT", "0", "0"],
      ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "APPLY", "'a b'", "AS", "x"],
    ]),
    ["FT.PROFILE", "i", "AGGREGATE", "QUERY", "hello", "WITHCURSOR"],
  ],
  (reply) => shown(reply).replace(/(\+Counter)(,|:) :\d+/g, "$1"),
);

testSameAsStack("FT.PROFILE is refused in Redis Stack's words", () => [
  ...DOCUMENTS,
  ["FT.PROFILE", "i", "FOO", "QUERY", "hello"],
  ["FT.PROFILE", "i", "SEARCH", "hello"],
  ["FT.PROFILE", "i"],
  ["FT.PROFILE", "none", "SEARCH", "QUERY", "x"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY"],
  ["FT.PROFILE", "i", "SEARCH", "LIMITED", "FOO", "x"],
]);
