/** Where Redlite goes its own way, or RedisJSON 2.8 cannot be asked. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { words } from "./same.ts";

/** Registers a test that each line has its reply. */
function testLines(name: string, lines: readonly (readonly [line: string, reply: string])[]): void {
  const redlite = shareServer("redlite", startRedlite);
  Deno.test(name, async () => {
    const server = await redlite();
    await using client = await server.connect();
    for (const [line, reply] of lines) {
      assert.equal(format(await client.send(...words(line))).replaceAll('\\"', '"'), reply, line);
    }
  });
}

testLines("a number that cannot be changed keeps all others from it", [
  [`JSON.SET d $ '{"a":1,"b":1e308}'`, "+OK"],
  ["JSON.NUMMULTBY d $.* 100", "-ERR result is not a number"],
  ["JSON.GET d", '"{"a":1,"b":1e308}"'],
]);

testLines("an index out of one array keeps all others from an insertion", [
  [`JSON.SET d $ '{"x":[1,2,3],"y":{"x":[1]}}'`, "+OK"],
  ["JSON.ARRINSERT d $..x 2 0", "-ERR index out of bounds"],
  ["JSON.GET d", '"{"x":[1,2,3],"y":{"x":[1]}}"'],
]);

testLines("a value that is refused keeps JSON.MSET from all others", [
  ["JSON.MSET a $ 1 b $.x 2", "-ERR new objects must be created at the root"],
  ["EXISTS a b", ":0"],
]);

testLines("each place that a path leads to is deleted once", [
  ["JSON.SET d $ [0,1,2,3,4,5,6,7,8,9,10,11]", "+OK"],
  ["JSON.DEL d $[1,10,3]", ":3"],
  ["JSON.DEL d $[0,0]", ":1"],
  ["JSON.GET d", '"[2,4,5,6,7,8,9,11]"'],
  [`JSON.SET d $ '{"a":1,"ab":{"a":2},"b":3}'`, "+OK"],
  [`JSON.DEL d '$["a","ab"]'`, ":2"],
  ["JSON.GET d", '"{"b":3}"'],
]);

testLines("a path leads to a value once as often as it names it, where it is changed each time", [
  ["JSON.SET d $ [1]", "+OK"],
  ["JSON.NUMINCRBY d $[0,0] 2", '"[3,5]"'],
  ["JSON.GET d", '"[5]"'],
]);

testLines("conditions find members of objects to be changed", [
  [`JSON.SET d $ '{"a":1,"b":2,"c":{"n":3}}'`, "+OK"],
  ["JSON.NUMINCRBY d '$[?(@>1)]' 10", '"[12]"'],
  ["JSON.SET d '$[?(@.n==3)].n' 4", "+OK"],
  ["JSON.DEL d '$[?(@==1)]'", ":1"],
  ["JSON.GET d", '"{"c":{"n":4},"b":12}"'],
]);

testLines("names with quotes and backslashes are set and deleted", [
  ["JSON.SET d $ {}", "+OK"],
  [`JSON.SET d '$["a\\"b"]' 1`, "+OK"],
  [`JSON.SET d '$["c\\\\d"]' 2`, "+OK"],
  [`JSON.NUMINCRBY d '$["a\\"b"]' 1`, '"[2]"'],
  [`JSON.DEL d '$["c\\\\d"]'`, ":1"],
]);

testLines("integers of 64 bits without a sign are exact, and doubles in arithmetic", [
  ["JSON.SET d $ [18446744073709551615,9223372036854775808]", "+OK"],
  ["JSON.TYPE d $[0]", '["integer"]'],
  ["JSON.GET d $[?(@>9223372036854775807)]", '"[18446744073709551615,9223372036854775808]"'],
  ["JSON.GET d", '"[18446744073709551615,9223372036854775808]"'],
  ["JSON.NUMINCRBY d $[1] 1", '"[9.223372036854776e18]"'],
]);

testLines("an index further than any array is in none", [
  ["JSON.SET d $ [1]", "+OK"],
  ["JSON.GET d $[99999999999999999999]", '"[]"'],
  ["JSON.GET d $[-99999999999999999999]", '"[1]"'],
]);

testLines("doubles keep their digits", [
  ["JSON.SET d $ [294987.81474479733149875,4.623129514026454e-22,0.30000000000000004]", "+OK"],
  ["JSON.GET d", '"[294987.8147447973,4.623129514026454e-22,0.30000000000000004]"'],
]);

testLines("several paths come in their order", [
  [`JSON.SET d $ '{"z":1,"a":2}'`, "+OK"],
  ["JSON.GET d $.z $.a", '"{"$.z":[1],"$.a":[2]}"'],
]);

testLines("errors tell texts in UTF-8", [
  ["JSON.SET d $ {}", "+OK"],
  [
    "JSON.GET d $.é",
    `-Error occurred on position 2, "$. ---->>>> \\xc3\\xa9", expected one of the following: <string>, '*'.`,
  ],
  [
    "JSON.GET d .abé",
    `-Error occurred on position 4, "$.ab ---->>>> \\xc3\\xa9", expected one of the following: EOI, '..'.`,
  ],
]);

testLines("FPHA has arrays of fractions in a precision", [
  ["JSON.SET d $ [[1,2,4e3],[5,6.0],[7,8],[0.1,1.5e-5]] FPHA FP16", "+OK"],
  ["JSON.GET d", '"[[1.0,2.0,4000.0],[5.0,6.0],[7,8],[0.1,0.000015]]"'],
  ["JSON.SET d $ [0.123456789,16777217.5] FPHA fp32", "+OK"],
  ["JSON.GET d", '"[0.12345679,16777218.0]"'],
  ["JSON.SET d $ [1.01,256.9] FPHA BF16", "+OK"],
  ["JSON.GET d", '"[1.01,256.0]"'],
  ["JSON.SET d $ [70000.5] FPHA FP16", "-value out of range for F16"],
  ["JSON.SET d $ [1.5] FPHA FP8", "-ERR invalid FPHA type"],
  ["JSON.SET d $ [0.123456789] FPHA FP64", "+OK"],
  ["JSON.GET d", '"[0.123456789]"'],
]);
