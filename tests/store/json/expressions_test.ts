import { strict as assert } from "node:assert";
import { parseJson } from "../../../src/store/json/parser.ts";
import { compilePath } from "../../../src/store/json/path/compile.ts";
import { matchesAt, valuesAt } from "../../../src/store/json/path/evaluate.ts";
import { jsonText } from "../../../src/store/json/text.ts";
import { JsonArray } from "../../../src/store/json/values.ts";

function found(document: string, path: string): string {
  return jsonText(new JsonArray(valuesAt(compilePath(path), parseJson(document, true))));
}

/** Registers a test that paths lead to, or compute, values of a document. */
function testPaths(name: string, document: string, cases: Readonly<Record<string, string>>): void {
  Deno.test(name, () => {
    for (const [path, values] of Object.entries(cases)) {
      assert.equal(found(document, path), values, path);
    }
  });
}

testPaths("a condition is negated", '[{"a":1,"b":1},{"b":2},{"a":null},{"c":3}]', {
  "$[?!@.a]": '[{"b":2},{"c":3}]',
  "$[?(!(@.a==1))]": '[{"b":2},{"a":null},{"c":3}]',
  "$[?!@.a && @.b]": '[{"b":2}]',
  "$[?!(@.a || @.b)]": '[{"c":3}]',
  "$[?!!@.a].a": "[1,null]",
  "$[?(@.a!=1 && !(@.b))]": '[{"a":null}]',
});

testPaths(
  "arrays and objects are compared as wholes",
  '{"l":[[1],[1,[2]],[1.0]],"o":[{"x":1,"y":2},{"x":1}]}',
  {
    "$.l[?(@ == [1])]": "[[1],[1.0]]",
    "$.l[?@==[1,[2]]]": "[[1,[2]]]",
    "$.l[?([1] != @)]": "[[1,[2]]]",
    '$.o[?@ == {"y":2, "x":1}]': '[{"x":1,"y":2}]',
    "$.o[?@ == {'x':1}]": '[{"x":1}]',
    "$.l[?@ < [2]]": "[]",
  },
);

testPaths("numbers are computed in conditions", '[{"a":2,"b":3},{"a":5,"b":2},{"a":"x","b":1}]', {
  "$[?@.a + 1 == 3].b": "[3]",
  "$[?@.a + @.b * 2 == 8].a": "[2]",
  "$[?(@.a + @.b) * 2 == 10].a": "[2]",
  "$[?@.a % 2 == 1].a": "[5]",
  "$[?@.a / 2 == 2.5].a": "[5]",
  "$[?-@.a == -2].a": "[2]",
  "$[?@.a / 0 == 1]": "[]",
  "$[?@.a * 1 != 2].a": "[5]",
});

testPaths(
  "values are looked for in arrays",
  '{"a":[1,2,3.0,"x"],"allow":[2,3],"s":[[1,2],[1,5],[]]}',
  {
    "$.a[?@ in [2,4]]": "[2]",
    '$.a[?@ nin [2,"x"]]': "[1,3.0]",
    "$.a[?@ in $.allow]": "[2,3.0]",
    "$.a[?@ in 5]": "[]",
    "$.s[?@ subsetof [1,2,3]]": "[[1,2],[]]",
    "$.s[?@ anyof [5,6]]": "[[1,5]]",
    "$.s[?@ noneof [5]]": "[[1,2],[]]",
    "$.s[?subsetof(@, [1,5])]": "[[1,5],[]]",
  },
);

testPaths("sizes are compared", '{"a":[[],[1],"","äb",{},{"k":1},7]}', {
  "$.a[?@ sizeof 1]": '[[1],{"k":1}]',
  "$.a[?@ size 2.9]": '["äb"]',
  "$.a[?@ empty true]": '[[],"",{}]',
  "$.a[?@ empty false]": '[[1],"äb",{"k":1}]',
});

testPaths(
  "functions compute in conditions",
  '{"a":["abc","xabc"],"n":[{"v":[3,1,2]},{"v":[5,6]},{"v":[]},{"v":["x"]}]}',
  {
    "$.a[?length(@) > 3]": '["xabc"]',
    "$.a[?@.length() == 3]": '["abc"]',
    '$.a[?match(@, "a.*")]': '["abc"]',
    '$.a[?search(@, "a.c$")]': '["abc","xabc"]',
    '$.a[?!match(@, "a.*")]': '["xabc"]',
    '$.a[?concat("x", $.a[0]) == @]': '["xabc"]',
    "$.n[?sum(@.v) == 6]": '[{"v":[3,1,2]}]',
    "$.n[?avg(@.v) > 2].v": "[[5,6]]",
    "$.n[?max(@.v) == 3].v": "[[3,1,2]]",
    "$.n[?min(@.v) == 5].v": "[[5,6]]",
    "$.n[?first(@.v) == 3].v": "[[3,1,2]]",
    "$.n[?index(@.v, -1) == 6].v": "[[5,6]]",
    "$.n[?last(@.v) == 2].v": "[[3,1,2]]",
    "$.n[?count(@.v[*]) == 0].v": "[[]]",
    "$.n[?value(@.v[0]) == 5].v": "[[5,6]]",
  },
);

testPaths(
  "a path may compute values",
  '{"a":2,"b":4,"l":[1,2,3],"f":[2.1,-3.9],"o":{"x":1,"y":{"z":2}}}',
  {
    "$.a + 1": "[3]",
    "$.a * $.b": "[8]",
    "($.a + $.b) / 2": "[3.0]",
    "$.a / 0": "[]",
    "-$.a": "[-2]",
    "$.l.length()": "[3]",
    "length($.l)": "[3]",
    "$.l.append(9, [0])": "[1,2,3,9,[0]]",
    "$.o~": '["x","y"]',
    "$~": '["a","b","l","f","o"]',
    "$.o.keys().count()": "[2]",
    "$.l~": "[]",
    "$.l.sum()": "[6]",
    "$.l.avg()": "[2.0]",
    "$.f[0].ceiling()": "[3.0]",
    "$.f[1].abs()": "[3.9]",
    "$.l[?(@ >= 2)].append(7)": "[2,3,7]",
    "$.none.length()": "[]",
    "$.l.index(5)": "[]",
    "$.l.length(1)": "[]",
  },
);

Deno.test("what RedisJSON 2.8 reads as a path means what it did", () => {
  assert.equal(found('{"a+1":5,"in":6,"a~b":7,"size":8}', "$.a+1"), "[5]");
  assert.equal(found('{"in":6}', "$.in"), "[6]");
  assert.equal(found('[{"in":6}]', "$[?(@.in==6)]"), '[{"in":6}]');
  assert.equal(found('{"a~b":7}', "$.a~b"), "[7]");
  assert.equal(compilePath("length").legacy, true);
});

Deno.test("what is no path either way is refused as before", () => {
  for (
    const path of ["$.a[?(@.b > )]", "$.nothing()", "$[?!]", "$[", "length("]
  ) {
    assert.throws(() => compilePath(path), /Error occurred on position/, path);
  }
  assert.throws(
    () => compilePath(`$[?${"(".repeat(60)}!@`),
    /Error occurred on position|too many conditions/,
  );
});

Deno.test("a legacy path may have such conditions", () => {
  const path = compilePath(".l[?(!(@ > 1))]");
  assert.equal(path.legacy, true);
  assert.deepEqual(valuesAt(path, parseJson('{"l":[1,2]}', true)), [1]);
});

Deno.test("what is computed cannot be written to", () => {
  assert.throws(
    () => matchesAt(compilePath("$.a + 1"), parseJson('{"a":1}', true)),
    /cannot be written to/,
  );
});
