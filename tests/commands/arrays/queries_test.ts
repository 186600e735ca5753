import { strict as assert } from "node:assert";
import { format, fromLatin1 } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { type Line, testReplies } from "../replies.ts";

const BAD_INDEX = "-ERR invalid array index";
const arity = (name: string) => `-ERR wrong number of arguments for '${name}' command`;

testReplies("ARSCAN gives pairs, in either direction", [
  ["ARMSET a 0 a 5 b 9 c", ":3"],
  ["ARSCAN a 0 10", '[[:0, "a"], [:5, "b"], [:9, "c"]]'],
  ["ARSCAN a 9 1", '[[:9, "c"], [:5, "b"]]'],
  ["ARSCAN a 0 10 limit 2", '[[:0, "a"], [:5, "b"]]'],
  ["ARSCAN a 1 4", "[]"],
  ["ARSCAN absent 0 10", "[]"],
  ["ARSCAN a 0 10 LIMIT 0", "-ERR LIMIT must be positive"],
  ["ARSCAN a 0 10 LIMIT -1", "-ERR LIMIT must be positive"],
  ["ARSCAN a 0 10 LIMIT x", "-ERR value is not an integer or out of range"],
  ["ARSCAN a 0 10 COUNT 1", "-ERR syntax error"],
  ["ARSCAN a 0 10 LIMIT", arity("arscan")],
  ["ARSCAN a 0 10 LIMIT 1 x", arity("arscan")],
  ["ARSCAN a - +", BAD_INDEX],
]);

testReplies("ARGREP finds by whole values, parts and patterns", [
  ["ARMSET a 0 RedisArray 1 redis-match 2 array-only 3 plain 7 ''", ":5"],
  ["ARGREP a - + EXACT plain", "[:3]"],
  ["ARGREP a - + EXACT Plain", "[]"],
  ["ARGREP a - + EXACT Plain NOCASE", "[:3]"],
  ["ARGREP a - + EXACT ''", "[:7]"],
  ["ARGREP a - + MATCH redis", "[:1]"],
  ["ARGREP a - + match redis nocase", "[:0, :1]"],
  ["ARGREP a - + MATCH ''", "[:0, :1, :2, :3, :7]"],
  ["ARGREP a - + GLOB *array*", "[:2]"],
  ["ARGREP a - + GLOB *array* NOCASE", "[:0, :2]"],
  ["ARGREP a - + RE ^[a-z]+$", "[:3]"],
  ["ARGREP a - + RE ^[a-z]+$ NOCASE", "[:0, :3]"],
  ["ARGREP a + - MATCH a LIMIT 2", "[:3, :2]"],
  ["ARGREP a 1 2 MATCH a WITHVALUES", '[[:1, "redis-match"], [:2, "array-only"]]'],
  ["ARGREP a 2 1 MATCH a WITHVALUES", '[[:2, "array-only"], [:1, "redis-match"]]'],
  ["ARGREP absent - + MATCH a", "[]"],
]);

testReplies("ARGREP combines predicates, the last word about it counts", [
  ["ARMSET a 0 RedisArray 1 redis-match 2 array-only 3 plain", ":4"],
  ["ARGREP a - + MATCH redis MATCH plain", "[:1, :3]"],
  ["ARGREP a - + MATCH redis GLOB *array* AND NOCASE", "[:0]"],
  ["ARGREP a - + AND MATCH redis OR MATCH plain", "[:1, :3]"],
  ["ARGREP a - + OR MATCH redis LIMIT 3 GLOB *array* AND LIMIT 1 NOCASE", "[:0]"],
  ["ARGREP a - + WITHVALUES MATCH plain WITHVALUES", '[[:3, "plain"]]'],
]);

testReplies("ARGREP tells what is wrong with its arguments", [
  ["ARSET a 0 x", ":1"],
  ["ARGREP a - + LIMIT 1", "-ERR syntax error"],
  ["ARGREP a - + AND NOCASE", "-ERR syntax error"],
  ["ARGREP a - + MATCH x FOO", "-ERR syntax error"],
  ["ARGREP a - + MATCH x MATCH", "-ERR syntax error"],
  ["ARGREP a - + MATCH x LIMIT", "-ERR syntax error"],
  ["ARGREP a - + MATCH x LIMIT 0", "-ERR LIMIT must be positive"],
  ["ARGREP a - + MATCH x LIMIT y", "-ERR value is not an integer or out of range"],
  ["ARGREP a x + MATCH x", BAD_INDEX],
  ["ARGREP a - ++ MATCH x", BAD_INDEX],
  ["ARGREP a - +", arity("argrep")],
  ["ARGREP a - + RE ''", "-ERR regular expression is empty"],
  ["ARGREP a - + RE (", "-ERR invalid regular expression: Missing ')'"],
  ["ARGREP a - + RE (a)\\1", "-ERR regular expression backreferences are not supported"],
  [`ARGREP a - + RE ${"a".repeat(2048)}`, "[]"],
  [
    `ARGREP a - + RE ${"a".repeat(2049)}`,
    "-ERR regular expression is too long, maximum is 2048 bytes",
  ],
  [`ARGREP a - + ${"MATCH x ".repeat(250).trim()}`, "[:0]"],
  [
    `ARGREP a - + ${"MATCH x ".repeat(251).trim()}`,
    "-ERR too many predicates, maximum is 250",
  ],
  ["ARGREP absent - + RE (", "-ERR invalid regular expression: Missing ')'"],
]);

Deno.test("ARGREP compares bytes, whatever they are", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const value = fromLatin1("\xff\0A\xe9\n\xc9");
  await client.send("ARSET", "a", "0", value, "other");
  for (const part of ["\xff\0a", "\0A\xe9", "\xe9\n"]) {
    const reply = await client.send("ARGREP", "a", "-", "+", "MATCH", fromLatin1(part), "NOCASE");
    assert.equal(format(reply), "[:0]", part);
  }
  // Letters beyond ASCII have no other case.
  const no = await client.send("ARGREP", "a", "-", "+", "MATCH", fromLatin1("\xc9\n"), "NOCASE");
  assert.equal(format(no), "[]");
  const byExpression = await client.send(
    "ARGREP",
    "a",
    "-",
    "+",
    "RE",
    "^\\xff.a\\x{e9}",
    "NOCASE",
  );
  assert.equal(format(byExpression), "[:0]");
});

Deno.test("a search that matches at the end of a long value takes no long time", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const value = "a".repeat(1 << 20);
  await client.send("ARSET", "a", "0", value);
  const patterns = [["RE", "(a|aa)+$b"], ["RE", "(a*)*b"], ["MATCH", "a".repeat(5000) + "b"]];
  for (const [kind, pattern] of [...patterns, ["GLOB", "*a*a*a*a*b"]] as const) {
    const reply = await client.send("ARGREP", "a", "-", "+", kind, pattern);
    assert.equal(format(reply), "[]", pattern);
  }
});

testReplies("AROP adds up and compares the numbers, and passes over the rest", [
  ["ARMSET a 0 10 1 20 2 word 3 30 4 '' 9 -5", ":6"],
  ["AROP a 0 9 SUM", '"55"'],
  ["AROP a 9 0 sum", '"55"'],
  ["AROP a 0 9 MIN", '"-5"'],
  ["AROP a 0 9 MAX", '"30"'],
  ["AROP a 0 9 USED", ":6"],
  ["AROP a 1 3 USED", ":3"],
  ["AROP a 0 9 MATCH word", ":1"],
  ["AROP a 0 9 MATCH Word", ":0"],
  ["AROP a 0 9 MATCH ''", ":1"],
  ["AROP a 2 2 SUM", "$-1"],
  ["AROP a 2 2 AND", "$-1"],
  ["AROP a 5 8 MAX", "$-1"],
  ["AROP absent 0 9 SUM", "$-1"],
  ["AROP absent 0 9 XOR", "$-1"],
  ["AROP absent 0 9 USED", ":0"],
  ["AROP absent 0 9 MATCH x", ":0"],
]);

/** The sum of some values. */
const sum = (values: string, result: string): Line[] => [
  ["DEL s", ":1"],
  [`ARSET s 0 ${values}`, `:${values.split(" ").length}`],
  [`AROP s 0 99 SUM`, `"${result}"`],
];

testReplies("AROP computes with 64 bits of mantissa, but some values are doubles", [
  ["ARSET s 0 x", ":1"],
  ...sum("0.1 0.2", "0.3"),
  ...sum("3.14", "3.14"),
  ...sum("0.07", "0.070000000000000007"),
  ...sum("0.070", "0.07"),
  ...sum("1.0 2.50 0x10", "3.5"),
  ...sum("1e5 1e-7", "100000.0000001"),
  ...sum("1e30", "1e+30"),
  ...sum("0.00001", "1e-05"),
  ...sum("9223372036854775807 1", "9.2233720368547758e+18"),
  ...sum("9007199254740993 -1", "9007199254740992"),
  ...sum("12345678901234567 2", "12345678901234569"),
  ...sum("123456789012345678", "1.2345678901234568e+17"),
  ...sum("-0", "-0"),
  ...sum("-0.0 0", "0"),
  ...sum("inf 5", "inf"),
  ...sum("inf -inf 5", "nan"),
  ...sum("nan 5", "5"),
  ...sum("5 _6 7_ +8 1e 0b1", "13"),
]);

testReplies("AROP cuts fractions before it combines bits", [
  ["ARMSET a 0 255 1 15 2 240", ":3"],
  ["AROP a 0 2 AND", ":0"],
  ["AROP a 0 2 OR", ":255"],
  ["AROP a 0 2 XOR", ":0"],
  ["ARMSET b 0 7.9 1 3.2 2 1.8 3 word", ":4"],
  ["AROP b 0 3 AND", ":1"],
  ["AROP b 0 3 OR", ":7"],
  ["AROP b 0 3 XOR", ":5"],
  ["ARMSET c 0 -1.9", ":1"],
  ["AROP c 0 0 OR", ":-1"],
  ["ARMSET c 0 9223372036854775807 1 9223372036854775808 2 inf 3 1e300", ":3"],
  ["AROP c 0 3 OR", ":9223372036854775807"],
  ["ARMSET c 0 -9223372036854775808 1 -9223372036854775809 2 -1e19 3 -inf", ":0"],
  ["AROP c 0 3 AND", ":-9223372036854775808"],
]);

testReplies("AROP tells what is wrong with its arguments", [
  ["AROP a 0 1 AVG", "-ERR unknown operation"],
  ["AROP a 0 1 AVG x", "-ERR unknown operation"],
  ["AROP a 0 1 MATCH", "-ERR MATCH requires a value argument"],
  ["AROP a 0 1 MATCH x y", "-ERR MATCH requires a value argument"],
  ["AROP a 0 1 SUM x", arity("arop")],
  ["AROP a 0 x SUM", BAD_INDEX],
  ["AROP a 0 1", arity("arop")],
]);

const FACTS = '"count": :3, "len": :101, "next-insert-index": :0, "slices": :1, ' +
  '"directory-size": :1, "super-dir-entries": :0, "slice-size": :4096';

testReplies("ARINFO is a map", [
  ["ARMSET a 0 a 1 b 100 c", ":3"],
  ["ARINFO a", `%{${FACTS}}`],
  [
    "ARINFO a full",
    `%{${FACTS}, "dense-slices": :0, "sparse-slices": :1, "avg-dense-size": ,0, ` +
    '"avg-dense-fill": ,0, "avg-sparse-size": ,4}',
  ],
], 3);

const hundred = Array.from({ length: 100 }, (_, i) => `v${i}`).join(" ");

testReplies("ARINFO tells how Redis would slice the array", [
  [`ARSET a 0 ${hundred}`, ":100"],
  ["ARMSET a 4096 x 4100 x 4200 x 4300 x 4400 x 20480 y", ":6"],
  ["ARINSERT a z", ":0"],
  [
    "ARINFO a FULL",
    '["count", :106, "len", :20481, "next-insert-index", :1, "slices", :3, "directory-size", :8, ' +
    '"super-dir-entries", :0, "slice-size", :4096, "dense-slices", :1, "sparse-slices", :2, ' +
    '"avg-dense-size", "128", "avg-dense-fill", "0.78125", "avg-sparse-size", "6"]',
  ],
  ["ARMSET b 0 x 8388608 y 8388609 y 16777216 z 18446744073709551614 w", ":5"],
  ["ARSEEK b 18446744073709551615", ":1"],
  [
    "ARINFO b",
    '["count", :5, "len", :18446744073709551615, "next-insert-index", :0, "slices", :4, ' +
    '"directory-size", :4, "super-dir-entries", :4, "slice-size", :4096]',
  ],
  ["ARINFO absent", "-ERR no such key"],
  ["ARINFO a x", "-ERR syntax error"],
  ["ARINFO a FULL x", "-ERR syntax error"],
]);
