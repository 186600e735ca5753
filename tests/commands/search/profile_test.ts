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

testSameAsStack("FT.PROFILE is refused in Redis Stack's words", () => [
  ...DOCUMENTS,
  ["FT.PROFILE", "i", "FOO", "QUERY", "hello"],
  ["FT.PROFILE", "i", "SEARCH", "hello"],
  ["FT.PROFILE", "i"],
  ["FT.PROFILE", "none", "SEARCH", "QUERY", "x"],
  ["FT.PROFILE", "i", "SEARCH", "QUERY"],
  ["FT.PROFILE", "i", "SEARCH", "LIMITED", "FOO", "x"],
]);
