import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { type Line, testReplies } from "../replies.ts";

const WRONGTYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const BAD_INDEX = "-ERR invalid array index";
const arity = (name: string) => `-ERR wrong number of arguments for '${name}' command`;

testReplies("ARSET writes from an index on and counts what is new", [
  ["ARSET a 0 hello", ":1"],
  ["ARSET a 0 world", ":0"],
  ["ARSET a 0 a b c", ":2"],
  ["ARGET a 2", '"c"'],
  ["ARGET a 3", "$-1"],
  ["ARGET absent 0", "$-1"],
  ["ARSET a 5 ''", ":1"],
  ["ARGET a 5", '""'],
  ["ARMGET a 0 5 1 99", '["a", "", "b", $-1]'],
  ["ARMGET absent 1 2", "[$-1, $-1]"],
  ["TYPE a", "+array"],
  ["OBJECT ENCODING a", '"sliced-array"'],
]);

testReplies("what is not there is null", [
  ["ARGET absent 0", "_"],
  ["ARSET a 1 x", ":1"],
  ["ARMGET a 0 1", '[_, "x"]'],
  ["ARGETRANGE a 0 2", '[_, "x", _]'],
  ["ARLASTITEMS a 5", '[_, "x"]'],
], 3);

testReplies("ARMSET takes the last of two values for one index", [
  ["ARMSET a 3 x 1000000 y 3 z", ":2"],
  ["ARGET a 3", '"z"'],
  ["ARLEN a", ":1000001"],
  ["ARCOUNT a", ":2"],
  ["ARLEN absent", ":0"],
  ["ARCOUNT absent", ":0"],
]);

testReplies("indexes go up to 2^64 - 2, written as C reads them", [
  ["ARSET a 18446744073709551614 last", ":1"],
  ["ARLEN a", ":18446744073709551615"],
  ["ARGET a 18446744073709551614", '"last"'],
  ["ARGET a 18446744073709551615", BAD_INDEX],
  ["ARGET a 18446744073709551616", BAD_INDEX],
  ["ARGET a -1", BAD_INDEX],
  ["ARGET a ''", BAD_INDEX],
  ["ARGET a x", BAD_INDEX],
  ["ARGET a 1.0", BAD_INDEX],
  ["ARGET a 1_", BAD_INDEX],
  ["ARGET a _-2", '"last"'],
  ["ARSET a +7 x", ":1"],
  ["ARGET a 007", '"x"'],
  ["ARGET a _7", '"x"'],
  ["ARSET a 18446744073709551613 x y z", "-ERR array index overflow"],
  ["ARSET a 18446744073709551613 x y", ":1"],
  ["ARSET b 9223372036854775807 x y", ":2"],
  ["ARGETRANGE b 9223372036854775806 9223372036854775809", '[$-1, "x", "y", $-1]'],
  ["ARGETRANGE b 9223372036854775809 9223372036854775806", '[$-1, "y", "x", $-1]'],
  ["ARDEL b 9223372036854775808", ":1"],
  ["ARLEN b", ":9223372036854775808"],
]);

testReplies("ARDEL and ARDELRANGE delete, and the key with its last element", [
  ["ARSET a 0 a b c d e f g h", ":8"],
  ["ARDEL a 1 1 99 3", ":2"],
  ["ARDELRANGE a 2 0 6 5 5 6", ":4"],
  ["ARSCAN a 0 100", '[[:4, "e"], [:7, "h"]]'],
  ["ARLEN a", ":8"],
  ["ARDEL a 7", ":1"],
  ["ARLEN a", ":5"],
  ["ARDEL a 4 4", ":1"],
  ["EXISTS a", ":0"],
  ["ARDEL a 4", ":0"],
  ["ARDELRANGE a 0 1", ":0"],
  ["ARSET a 5 x y z", ":3"],
  ["ARDELRANGE a 18446744073709551614 0 5 6", ":3"],
  ["EXISTS a", ":0"],
  ["ARSET a 5 x y z", ":3"],
  ["ARDELRANGE a 5 6 7 7", ":3"],
  ["EXISTS a", ":0"],
]);

testReplies("ARGETRANGE gives a million positions and no more", [
  ["ARGETRANGE absent 0 1000000", "-ERR range exceeds maximum of 1000000 items"],
  ["ARGETRANGE absent 1000000 0", "-ERR range exceeds maximum of 1000000 items"],
  ["ARGETRANGE absent 0 18446744073709551614", "-ERR range exceeds maximum of 1000000 items"],
  ["ARMSET a 0 a 1 b 3 d", ":3"],
  ["ARGETRANGE a 0 4", '["a", "b", $-1, "d", $-1]'],
  ["ARGETRANGE a 3 1", '["d", $-1, "b"]'],
  ["ARGETRANGE absent 7 8", "[$-1, $-1]"],
]);

Deno.test("ARGETRANGE of a million positions has them all", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("ARMSET", "a", "0", "first", "1000", "in the middle", "999999", "last");
  const reply = await client.send("ARGETRANGE", "a", "999999", "0");
  assert.ok(reply.type === "array");
  assert.equal(reply.items.length, 1_000_000);
  const found = reply.items.flatMap((item, i) => item.type === "null-bulk" ? [] : [i]);
  assert.deepEqual(found, [0, 999_999 - 1000, 999_999]);
  assert.equal(format(reply.items[0]!), '"last"');
});

testReplies("ARINSERT goes on where it was, ARSEEK moves it", [
  ["ARNEXT a", ":0"],
  ["ARSEEK a 10", ":0"],
  ["EXISTS a", ":0"],
  ["ARINSERT a a", ":0"],
  ["ARINSERT a b c", ":2"],
  ["ARNEXT a", ":3"],
  ["ARSEEK a 10", ":1"],
  ["ARNEXT a", ":10"],
  ["ARINSERT a d", ":10"],
  ["ARSET a 50 elsewhere", ":1"],
  ["ARNEXT a", ":11"],
  ["ARSEEK a 0", ":1"],
  ["ARNEXT a", ":0"],
  ["ARINSERT a A", ":0"],
  ["ARSCAN a 0 100", '[[:0, "A"], [:1, "b"], [:2, "c"], [:10, "d"], [:50, "elsewhere"]]'],
  ["ARDEL a 0 1 2 10 50", ":5"],
  ["ARNEXT a", ":0"],
]);

testReplies("the insert cursor ends at the last index", [
  ["ARINSERT a x", ":0"],
  ["ARSEEK a 18446744073709551613", ":1"],
  ["ARINSERT a y z w", "-ERR insert index overflow"],
  ["ARINSERT a y z", ":18446744073709551614"],
  ["ARNEXT a", "$-1"],
  ["ARINSERT a w", "-ERR insert index overflow"],
  ["ARSEEK a 18446744073709551615", ":1"],
  ["ARNEXT a", "$-1"],
  ["ARSEEK a 18446744073709551616", BAD_INDEX],
  ["ARCOUNT a", ":3"],
  ["ARRING a 4 again", ":2"],
  ["ARGETRANGE a 0 3", '["y", "z", "again", $-1]'],
]);

const wrapped: readonly Line[] = [
  ["ARRING a 5 v0 v1 v2", ":2"],
  ["ARRING a 5 v3 v4 v5 v6 v7", ":2"],
];

testReplies("ARRING overwrites the oldest elements", [
  ...wrapped,
  ["ARGETRANGE a 0 5", '["v5", "v6", "v7", "v3", "v4", $-1]'],
  ["ARNEXT a", ":3"],
  ["ARLASTITEMS a 3", '["v5", "v6", "v7"]'],
  ["ARLASTITEMS a 4", '["v4", "v5", "v6", "v7"]'],
  ["ARLASTITEMS a 4 rev", '["v7", "v6", "v5", "v4"]'],
  ["ARLASTITEMS a 99", '["v3", "v4", "v5", "v6", "v7"]'],
  ["ARRING b 1 x y z", ":0"],
  ["ARSCAN b 0 9", '[[:0, "z"]]'],
  ["ARRING c 3 a b c d e f g", ":0"],
  ["ARSCAN c 0 9", '[[:0, "g"], [:1, "e"], [:2, "f"]]'],
]);

testReplies("a ring that grows puts its elements in order first", [
  ...wrapped,
  ["ARRING a 8 grown", ":5"],
  ["ARGETRANGE a 0 5", '["v3", "v4", "v5", "v6", "v7", "grown"]'],
  ["ARNEXT a", ":6"],
  ["ARRING a 100 more", ":6"],
]);

testReplies("a ring that grows from where ARSEEK put it to 0 stays as it is", [
  ...wrapped,
  ["ARSEEK a 0", ":1"],
  ["ARRING a 8 grown", ":0"],
  ["ARGETRANGE a 0 5", '["grown", "v6", "v7", "v3", "v4", $-1]'],
]);

testReplies("a ring that shrinks keeps what came last, back to the first hole", [
  ...wrapped,
  ["ARRING a 3 v8", ":0"],
  ["ARSCAN a 0 9", '[[:0, "v8"], [:1, "v6"], [:2, "v7"]]'],
  ["ARRING b 5 v0 v1 v2 v3 v4", ":4"],
  ["ARDEL b 3", ":1"],
  ["ARRING b 3 new", ":1"],
  ["ARSCAN b 0 9", '[[:0, "v4"], [:1, "new"]]'],
  ["ARINSERT c a b c", ":2"],
  ["ARDEL c 2", ":1"],
  ["ARSET c 9 far", ":1"],
  ["ARRING c 4 x", ":0"],
  ["ARSCAN c 0 99", '[[:0, "x"]]'],
]);

testReplies("a ring takes in what was set outside of it", [
  ["ARRING a 3 v0 v1 v2 v3 v4", ":1"],
  ["ARSET a 100 outside", ":1"],
  ["ARRING a 3 v5", ":0"],
  ["ARSCAN a 0 1000", '[[:0, "v5"], [:1, "v3"], [:2, "v4"]]'],
  ["ARSET b 18446744073709551614 far", ":1"],
  ["ARRING b 2 near", ":1"],
  ["ARSCAN b 0 9", '[[:0, "far"], [:1, "near"]]'],
  ["ARLEN b", ":2"],
]);

testReplies("ARLASTITEMS walks positions, from the end without a cursor", [
  ["ARINSERT a a b c d e", ":4"],
  ["ARDEL a 1", ":1"],
  ["ARLASTITEMS a 10", '["a", $-1, "c", "d", "e"]'],
  ["ARDEL a 4", ":1"],
  ["ARLASTITEMS a 2", '["c", "d"]'],
  ["ARSEEK a 0", ":1"],
  ["ARLASTITEMS a 2 REV", '["d", "c"]'],
  ["ARSEEK a 3", ":1"],
  ["ARLASTITEMS a 4", '["d", "a", $-1, "c"]'],
  ["ARLASTITEMS a 0 x", "[]"],
  ["ARLASTITEMS a -1", "[]"],
  ["ARLASTITEMS a 1 x", "-ERR syntax error"],
  ["ARLASTITEMS a 1 REV x", arity("arlastitems")],
  ["ARLASTITEMS a x", "-ERR invalid COUNT"],
  ["ARLASTITEMS absent 5", "[]"],
  ["ARSET b 2000000 x", ":1"],
  ["ARLASTITEMS b 1000001", "-ERR count exceeds maximum of 1000000 items"],
  ["ARLASTITEMS b 2", '[$-1, "x"]'],
]);

testReplies("other types are refused", [
  ["SET s x", "+OK"],
  ["ARSET a 0 x", ":1"],
  ["GET a", WRONGTYPE],
  ...[
    "ARGET s 0",
    "ARGET s x",
    "ARMGET s 0 1",
    "ARSET s 0 x",
    "ARMSET s 0 x",
    "ARDEL s 0",
    "ARDELRANGE s 0 1",
    "ARLEN s",
    "ARCOUNT s",
    "ARGETRANGE s 0 1",
    "ARGETRANGE s 0 2000000",
    "ARSCAN s 0 1",
    "ARGREP s - + MATCH x",
    "AROP s 0 1 USED",
    "ARINSERT s x",
    "ARRING s 3 x",
    "ARNEXT s",
    "ARSEEK s 3",
    "ARLASTITEMS s 3",
    "ARINFO s",
  ].map((line): Line => [line, WRONGTYPE]),
  ["GET s", '"x"'],
]);

testReplies("arguments are checked before anything is done", [
  ["ARSET a x v", BAD_INDEX],
  ["ARMSET a 0 v x v", BAD_INDEX],
  ["ARMSET a 0 v 1", arity("armset")],
  ["ARDELRANGE a 0 1 2", arity("ardelrange")],
  ["ARDELRANGE a 0 x", BAD_INDEX],
  ["ARDEL a 0 x", BAD_INDEX],
  ["ARSEEK a x", BAD_INDEX],
  ["ARRING a x v", "-ERR invalid size"],
  ["ARRING a 9223372036854775808 v", "-ERR invalid size"],
  ["ARRING a 0 v", "-ERR size must be positive"],
  ["ARRING a -1 v", "-ERR size must be positive"],
  ["EXISTS a", ":0"],
  ["ARSET a 0", arity("arset")],
  ["ARGET a", arity("arget")],
  ["ARINSERT a", arity("arinsert")],
]);

testReplies("an array is renamed, copied and expires as any key", [
  ["ARINSERT a x y", ":1"],
  ["RENAME a b", "+OK"],
  ["COPY b c", ":1"],
  ["ARINSERT b z", ":2"],
  ["ARGETRANGE c 0 2", '["x", "y", $-1]'],
  ["ARINSERT c w", ":2"],
  ["ARGET b 2", '"z"'],
  ["EXPIRE b 100", ":1"],
  ["ARSET b 0 X", ":0"],
  ["TTL b", ":100"],
  ["SCAN 0 TYPE array COUNT 100 MATCH b", '["0", ["b"]]'],
  ["SET b string", "+OK"],
  ["ARLEN c", ":3"],
  ["DEL c", ":1"],
  ["ARGET c 0", "$-1"],
]);

Deno.test("an array of many rows is deleted and made anew at once", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const values = Array.from({ length: 3000 }, (_, i) => `v${i}`);
  const replies = await client.pipeline([
    ["ARSET", "a", "10", ...values],
    ["ARDELRANGE", "a", "0", "5000"],
    ["EXISTS", "a"],
    ["ARSET", "a", "20", "new"],
    ["ARSCAN", "a", "0", "5000"],
  ]);
  assert.deepEqual(replies.map(format), [":3000", ":3000", ":0", ":1", '[[:20, "new"]]']);
});
